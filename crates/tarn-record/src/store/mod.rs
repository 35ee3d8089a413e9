//! The database behind the record: one set of queries, compiled once for each backend.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod derived;
mod intake;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod matching;
mod outward;
mod people_merge;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod resource_access;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod rows;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;

use tarn_model::{NhsNumber, OdsCode, PersonId, Timestamp};

use crate::{
    Connection, Counts, Demographics, Line, PersonQuery, RecordError, Relationship, Selection,
    Source, StoredResource,
};
pub use pool::Answer;
use pool::{Pool, on_backend};

/// The record: people, their resources as sources sent them, and the lines that pages draw.
///
/// Cheap to share behind an `Arc`; each call takes a connection of its own from a small pool.
pub struct RecordStore {
    pool: Pool,
}

/// Opening it, and keeping its tables up to date.
impl RecordStore {
    /// Opens the store at `sqlite:PATH` or `postgres://…` (there in the schema `record`).
    ///
    /// Changes no table; see [`RecordStore::migrate`].
    /// # Errors
    /// [`RecordError::Address`] if the address is of no backend in this build;
    /// [`RecordError::Unreachable`] if the database does not answer.
    pub async fn connect(url: &str) -> Result<Self, RecordError> {
        Ok(Self {
            pool: Pool::open(url).await?,
        })
    }

    /// Brings the tables up to date and says how many migrations that took. On PostgreSQL one
    /// caller at a time does so, the others wait. Needs a multi-thread runtime.
    ///
    /// Rows beside the resources that were written by an older reading of FHIR are then made anew,
    /// person by person; whoever interrupts that can call again, and it goes on from there.
    /// # Errors
    /// [`RecordError::Migration`] if one failed; those before it stay. [`RecordError::Damaged`] if
    /// a stored body does not read back.
    pub fn migrate(&self) -> Answer<'_, usize> {
        Box::pin(async move {
            let applied = self.pool.migrate().await?;
            self.read_anew().await?;
            Ok(applied)
        })
    }

    /// Walks over everybody where the rows beside the resources are of an older reading.
    async fn read_anew(&self) -> Result<(), RecordError> {
        loop {
            let next: Result<Option<PersonId>, RecordError> =
                on_backend!(self.pool, reading::next());
            let Some(person) = next? else {
                return Ok(());
            };
            self.rebuild_view(person).await?;
            let _turn = self.pool.turn().await;
            let walked: Result<(), RecordError> = on_backend!(self.pool, reading::walked(person));
            walked?;
        }
    }

    /// The names of the migrations that this build brings and the store has not had, oldest
    /// first. Needs a multi-thread runtime.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn pending_migrations(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move { self.pool.pending_migrations().await })
    }

    /// Takes every table away again, newest migration first; for tests of the migrations.
    #[doc(hidden)]
    pub fn revert_migrations(&self) -> Answer<'_, usize> {
        Box::pin(async move { self.pool.revert_migrations().await })
    }

    /// Asks the database for an answer.
    /// # Errors
    /// [`RecordError::Unreachable`] if there is none.
    pub fn ping(&self) -> Answer<'_, ()> {
        Box::pin(async move { on_backend!(self.pool, counts::ping()) })
    }

    /// Whether writers queue for the one file: more of them at once get nothing done sooner.
    #[must_use]
    pub fn has_one_writer(&self) -> bool {
        self.pool.backend() == "sqlite"
    }

    /// How much the store holds; counts every row, so for reports and checks, not for pages.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn counts(&self) -> Answer<'_, Counts> {
        Box::pin(async move { on_backend!(self.pool, counts::counts()) })
    }
}

/// People.
impl RecordStore {
    /// The people who fit `query`, at most `limit`, oldest entry first. One person once, however
    /// many sources know them.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn find_people<'a>(
        &'a self,
        query: &'a PersonQuery,
        limit: usize,
    ) -> Answer<'a, Vec<PersonId>> {
        Box::pin(async move { on_backend!(self.pool, people::find(query, limit)) })
    }

    /// What each source says of who the person is, newest first; empty if there is no such
    /// person or no source has sent a Patient yet.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn demographics(&self, person: PersonId) -> Answer<'_, Vec<Demographics>> {
        Box::pin(async move { on_backend!(self.pool, people::demographics(person)) })
    }

    /// Whether any source marks where the person can be found as protected; `None` if there is
    /// no such person.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn restricted(&self, person: PersonId) -> Answer<'_, Option<bool>> {
        Box::pin(async move { on_backend!(self.pool, people::restricted(person)) })
    }

    /// What the record shows of an organisation having to do with the person.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn relationships<'a>(
        &'a self,
        person: PersonId,
        organisation: &'a OdsCode,
    ) -> Answer<'a, Vec<Relationship>> {
        Box::pin(async move { on_backend!(self.pool, people::relationships(person, organisation)) })
    }

    /// The people that an organisation has to do with now or had, at most `limit`, by key.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn people_of<'a>(
        &'a self,
        organisation: &'a OdsCode,
        limit: usize,
    ) -> Answer<'a, Vec<PersonId>> {
        Box::pin(async move { on_backend!(self.pool, people::people_of(organisation, limit)) })
    }

    /// Every person after `after` in key order, at most `limit`; for walks over the whole store.
    /// [`PersonId::DIRECTORY`] is not among them.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn people(&self, after: Option<PersonId>, limit: usize) -> Answer<'_, Vec<PersonId>> {
        Box::pin(async move { on_backend!(self.pool, people::page(after, limit)) })
    }

    /// Every id under which the person was ever known, the one that holds now first; empty if there
    /// is no such person. Two people become one when a source says more of who they are: content
    /// moves then, but logs that only grow keep the id that was written. One range read of two
    /// indexes, a second one for an id that no longer holds.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn same_person(&self, person: PersonId) -> Answer<'_, Vec<PersonId>> {
        Box::pin(async move { on_backend!(self.pool, people::same_person(person)) })
    }

    /// Every identifier that any source gave the person: system, value, source; in that order.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn identifiers(&self, person: PersonId) -> Answer<'_, Vec<(String, String, OdsCode)>> {
        Box::pin(async move { on_backend!(self.pool, people::identifiers(person)) })
    }

    /// Gives a person without an NHS number one of the synthetic range (999), so that a
    /// demonstration can find them by it. `false` if the person has one, or the number is taken
    /// or not synthetic; then nothing changes.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn assign_test_nhs_number(&self, person: PersonId, number: NhsNumber) -> Answer<'_, bool> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, people::assign_test_nhs_number(person, number))
        })
    }
}

/// Content.
impl RecordStore {
    /// The person's lines within `selection`, newest first by when they happened, those without
    /// a time last.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn lines<'a>(
        &'a self,
        person: PersonId,
        selection: &'a Selection,
    ) -> Answer<'a, Vec<Line>> {
        Box::pin(async move { on_backend!(self.pool, lines::lines(person, selection)) })
    }

    /// The current version of one resource, if the person has it and all of it is within
    /// `selection`. What is not there, was taken back, or is out of the selection is `None`
    /// alike.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn resource<'a>(
        &'a self,
        person: PersonId,
        resource_type: &'a str,
        resource_id: &'a str,
        selection: &'a Selection,
    ) -> Answer<'a, Option<StoredResource>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                resources::resource(person, resource_type, resource_id, selection)
            )
        })
    }

    /// The person's current resources within `selection`, by type and id.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn resources<'a>(
        &'a self,
        person: PersonId,
        selection: &'a Selection,
    ) -> Answer<'a, Vec<StoredResource>> {
        Box::pin(async move { on_backend!(self.pool, resources::resources(person, selection)) })
    }

    /// Every version of one resource within `selection`, newest first. A version's own labels
    /// and headings decide on it, and the current version's too: none is given when that one is
    /// out of the selection.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn versions<'a>(
        &'a self,
        person: PersonId,
        resource_type: &'a str,
        resource_id: &'a str,
        selection: &'a Selection,
    ) -> Answer<'a, Vec<StoredResource>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                resources::versions(person, resource_type, resource_id, selection)
            )
        })
    }

    /// Whose resource this is: a key to open the record by, never a sign that it may be seen.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn person_of<'a>(
        &'a self,
        resource_type: &'a str,
        resource_id: &'a str,
    ) -> Answer<'a, Option<PersonId>> {
        Box::pin(
            async move { on_backend!(self.pool, resources::person_of(resource_type, resource_id)) },
        )
    }

    /// Tarn's id of what a source calls `source_ref`, and whose it is.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn locate<'a>(
        &'a self,
        source: &'a OdsCode,
        resource_type: &'a str,
        source_ref: &'a str,
    ) -> Answer<'a, Option<(PersonId, String)>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                resources::locate(source, resource_type, source_ref)
            )
        })
    }

    /// Projects the person's lines, demographics and relationships anew from the stored bodies,
    /// in one transaction, and says how many resources that took. Changes nothing unless the
    /// reading of FHIR has changed since they were stored.
    /// # Errors
    /// [`RecordError`] if the store does not answer or a stored body does not read back.
    pub fn rebuild_view(&self, person: PersonId) -> Answer<'_, usize> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, rebuild::rebuild_view(person))
        })
    }
}

/// Sources and what they send.
impl RecordStore {
    /// The register of sources, by organisation code.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn sources(&self) -> Answer<'_, Vec<Source>> {
        Box::pin(async move { on_backend!(self.pool, sources::all()) })
    }

    /// Adds a source, or replaces what the register says of it.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn save_source<'a>(&'a self, source: &'a Source) -> Answer<'a, ()> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, sources::save(source))
        })
    }

    /// Says whether and how a source is joined, as of `at`. `false` if it is not in the register.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn set_connection<'a>(
        &'a self,
        organisation: &'a OdsCode,
        connection: Connection,
        at: Timestamp,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(
                self.pool,
                sources::set_connection(organisation, connection, at)
            )
        })
    }

    /// Notes that a source was heard from at `at`, and up to when what it has recorded has
    /// arrived. Neither time ever moves back. `false` if it is not in the register.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn heard<'a>(
        &'a self,
        organisation: &'a OdsCode,
        at: Timestamp,
        complete_to: Option<Timestamp>,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, sources::heard(organisation, at, complete_to))
        })
    }

    /// Whether a message of each of these ids was taken from this source, in their order.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub fn have_received<'a>(
        &'a self,
        source: &'a OdsCode,
        message_ids: &'a [&'a str],
    ) -> Answer<'a, Vec<bool>> {
        Box::pin(async move { on_backend!(self.pool, counts::have_received(source, message_ids)) })
    }
}

impl std::fmt::Debug for RecordStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordStore")
            .field("backend", &self.pool.backend())
            .finish()
    }
}
