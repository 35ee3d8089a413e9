//! The store as an interface of resources uses it: search rows, bodies by name, and what became
//! of each entry of a delivery.

use tarn_model::{IdMaker, PersonId, Timestamp};

use super::pool::on_backend;
use super::{Answer, RecordStore};
use crate::{
    Admission, Delivery, EntryOutcome, IngestError, SearchRow, Selection, StoredResource, Subjects,
    plan,
};

impl RecordStore {
    /// The search rows of the person's current resources of these types within `selection`, by
    /// type and id. [`PersonId::DIRECTORY`] gives those about nobody; there the selection decides
    /// by source and label only. No type named is every type.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn search_rows<'a>(
        &'a self,
        person: PersonId,
        types: &'a [&'a str],
        selection: &'a Selection,
    ) -> Answer<'a, Vec<SearchRow>> {
        Box::pin(async move { on_backend!(self.pool, search::rows(person, types, selection)) })
    }

    /// The same for resources with these names (type, id), by type and id: for what others name,
    /// of which only a few are wanted.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn search_rows_named<'a>(
        &'a self,
        person: PersonId,
        names: &'a [(String, String)],
        selection: &'a Selection,
    ) -> Answer<'a, Vec<SearchRow>> {
        Box::pin(
            async move { on_backend!(self.pool, search::rows_named(person, names, selection)) },
        )
    }

    /// The person's current resources with these names (type, id) within `selection`, in the
    /// order of `names`; what is not there or out of the selection is left out.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn bodies<'a>(
        &'a self,
        person: PersonId,
        names: &'a [(String, String)],
        selection: &'a Selection,
    ) -> Answer<'a, Vec<StoredResource>> {
        Box::pin(async move { on_backend!(self.pool, search::bodies(person, names, selection)) })
    }

    /// One page of the person's current resources within `selection`, by type and id, after
    /// `after`; of these types only, if any are named.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn resources_page<'a>(
        &'a self,
        person: PersonId,
        types: &'a [&'a str],
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        selection: &'a Selection,
    ) -> Answer<'a, Vec<StoredResource>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                search::page(person, types, after, limit, selection)
            )
        })
    }

    /// The current version of one resource within `selection`, also if it says that its source
    /// took it back: that version is as sensitive as what it took back.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn latest<'a>(
        &'a self,
        person: PersonId,
        resource_type: &'a str,
        resource_id: &'a str,
        selection: &'a Selection,
    ) -> Answer<'a, Option<StoredResource>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                versions::latest(person, resource_type, resource_id, selection)
            )
        })
    }

    /// One version of one resource within `selection`, by the rule of [`RecordStore::versions`].
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn version<'a>(
        &'a self,
        person: PersonId,
        resource_type: &'a str,
        resource_id: &'a str,
        version: i64,
        selection: &'a Selection,
    ) -> Answer<'a, Option<StoredResource>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                versions::version(person, resource_type, resource_id, version, selection)
            )
        })
    }

    /// Whose these resources (type, id) are, in the order of `names`; see
    /// [`RecordStore::person_of`].
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn people_of_resources<'a>(
        &'a self,
        names: &'a [(String, String)],
    ) -> Answer<'a, Vec<Option<PersonId>>> {
        Box::pin(async move { on_backend!(self.pool, search::people_of(names)) })
    }

    /// The people who have this identifier: `system` as a FHIR identifier has it, or any if not
    /// given. At most `limit`, by key.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn people_by_identifier<'a>(
        &'a self,
        system: Option<&'a str>,
        value: &'a str,
        limit: usize,
    ) -> Answer<'a, Vec<PersonId>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                search::people_by_identifier(system, value, limit)
            )
        })
    }

    /// The people of whom some source says that they were born on this day (its beginning), at most
    /// `limit`, by key: where a match that forgives a misspelt name looks.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn people_born_on(&self, day: Timestamp, limit: usize) -> Answer<'_, Vec<PersonId>> {
        Box::pin(async move { on_backend!(self.pool, people::born_on(day, limit)) })
    }

    /// The resources (type, id) that the conditions of a delivery of the interface find, and its
    /// references by condition, so that the door can decide which of them it may know of. Writes
    /// nothing.
    /// # Errors
    /// [`IngestError`] as [`RecordStore::write`] would answer.
    pub fn conditional_matches<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
    ) -> Answer<'a, Vec<(String, String)>, IngestError> {
        Box::pin(async move {
            let plan = plan(delivery.text)?;
            on_backend!(self.pool, ingest::matches(delivery, plan))
        })
    }

    /// The people whom a delivery of the interface is about, so that the door can decide on each
    /// before anything is written, and can know of those to come. `seen` is that of
    /// [`Admission`]. Writes nothing.
    /// # Errors
    /// [`IngestError`] as [`RecordStore::write`] would answer. Somebody who is named but not held
    /// is [`IngestError::Unresolved`] with that place: what the door says of somebody of whom the
    /// asker may not know.
    pub fn subjects<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
        seen: Option<&'a [(String, String)]>,
    ) -> Answer<'a, Subjects, IngestError> {
        Box::pin(async move {
            let plan = plan(delivery.text)?;
            on_backend!(self.pool, ingest::subjects(delivery, plan, seen))
        })
    }

    /// Takes one delivery of the interface, whole or not at all, and says what became of each
    /// entry, in the order of the Bundle. An entry that takes away what was never there has no
    /// outcome.
    ///
    /// It differs from [`RecordStore::ingest`] in whose words it is: an id is Tarn's here. What is
    /// created gets a new id, whatever the text says; what is updated keeps its own, or is created
    /// with it. References may name what is another source's, but no entry may be about that.
    ///
    /// The same message again changes nothing; its outcomes are then [`Unchanged`](crate::EntryAction::Unchanged),
    /// with what the same names stand for now.
    ///
    /// # Errors
    /// [`IngestError`]; nothing of the delivery was kept. [`IngestError::NotDecided`] if it goes
    /// beyond what `admission` names; asking [`RecordStore::subjects`] again says about whom it is now.
    pub fn write<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
        ids: IdMaker<'a>,
        admission: &'a Admission<'a>,
    ) -> Answer<'a, Vec<EntryOutcome>, IngestError> {
        Box::pin(async move {
            let plan = plan(delivery.text)?;
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, ingest::write(delivery, plan, ids, admission))
        })
    }

    /// The person's resources within `selection` that their source took back, by type and id: of
    /// each the version that says so, which is as sensitive as what it took back.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn taken_back<'a>(
        &'a self,
        person: PersonId,
        selection: &'a Selection,
    ) -> Answer<'a, Vec<StoredResource>> {
        Box::pin(async move { on_backend!(self.pool, versions::taken_back(person, selection)) })
    }

    /// Every version of every resource of one type of the person within `selection`, newest
    /// first, that come after `before` (when it was stored, its id, its version) in that order; at
    /// most `limit`. Versions of one moment are ordered by id and version, downwards. The rule of [`RecordStore::versions`] holds:
    /// none of a resource whose current version is out of the selection.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn versions_of_type<'a>(
        &'a self,
        person: PersonId,
        resource_type: &'a str,
        before: Option<(Timestamp, &'a str, i64)>,
        limit: usize,
        selection: &'a Selection,
    ) -> Answer<'a, Vec<StoredResource>> {
        Box::pin(async move {
            on_backend!(
                self.pool,
                versions::of_type(person, resource_type, before, limit, selection)
            )
        })
    }
}
