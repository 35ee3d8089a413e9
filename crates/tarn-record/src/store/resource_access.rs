//! The store as an interface of resources uses it: search rows, bodies by name, and what became
//! of each entry of a delivery.

use tarn_model::{IdMaker, PersonId, Timestamp};

use super::RecordStore;
use super::pool::on_backend;
use crate::{
    Delivery, EntryOutcome, IngestError, RecordError, SearchRow, Selection, StoredResource, plan,
};

impl RecordStore {
    /// The search rows of the person's current resources of these types within `selection`, by
    /// type and id. [`PersonId::DIRECTORY`] gives those about nobody; there the selection decides
    /// by source and label only. No type named is every type.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn search_rows(
        &self,
        person: PersonId,
        types: &[&str],
        selection: &Selection,
    ) -> Result<Vec<SearchRow>, RecordError> {
        on_backend!(self.pool, search::rows(person, types, selection))
    }

    /// The same for resources with these names (type, id), by type and id: for what others name,
    /// of which only a few are wanted.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn search_rows_named(
        &self,
        person: PersonId,
        names: &[(String, String)],
        selection: &Selection,
    ) -> Result<Vec<SearchRow>, RecordError> {
        on_backend!(self.pool, search::rows_named(person, names, selection))
    }

    /// The person's current resources with these names (type, id) within `selection`, in the
    /// order of `names`; what is not there or out of the selection is left out.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn bodies(
        &self,
        person: PersonId,
        names: &[(String, String)],
        selection: &Selection,
    ) -> Result<Vec<StoredResource>, RecordError> {
        on_backend!(self.pool, search::bodies(person, names, selection))
    }

    /// One page of the person's current resources within `selection`, by type and id, after
    /// `after`; of these types only, if any are named.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn resources_page(
        &self,
        person: PersonId,
        types: &[&str],
        after: Option<(&str, &str)>,
        limit: usize,
        selection: &Selection,
    ) -> Result<Vec<StoredResource>, RecordError> {
        on_backend!(
            self.pool,
            search::page(person, types, after, limit, selection)
        )
    }

    /// The current version of one resource within `selection`, also if it says that its source
    /// took it back: that version is as sensitive as what it took back.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn latest(
        &self,
        person: PersonId,
        resource_type: &str,
        resource_id: &str,
        selection: &Selection,
    ) -> Result<Option<StoredResource>, RecordError> {
        on_backend!(
            self.pool,
            versions::latest(person, resource_type, resource_id, selection)
        )
    }

    /// One version of one resource within `selection`, by the rule of [`RecordStore::versions`].
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn version(
        &self,
        person: PersonId,
        resource_type: &str,
        resource_id: &str,
        version: i64,
        selection: &Selection,
    ) -> Result<Option<StoredResource>, RecordError> {
        on_backend!(
            self.pool,
            versions::version(person, resource_type, resource_id, version, selection)
        )
    }

    /// Whose these resources (type, id) are, in the order of `names`; see
    /// [`RecordStore::person_of`].
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn people_of_resources(
        &self,
        names: &[(String, String)],
    ) -> Result<Vec<Option<PersonId>>, RecordError> {
        on_backend!(self.pool, search::people_of(names))
    }

    /// The people who have this identifier: `system` as a FHIR identifier has it, or any if not
    /// given. At most `limit`, by key.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn people_by_identifier(
        &self,
        system: Option<&str>,
        value: &str,
        limit: usize,
    ) -> Result<Vec<PersonId>, RecordError> {
        on_backend!(
            self.pool,
            search::people_by_identifier(system, value, limit)
        )
    }

    /// The people of whom some source says that they were born on this day (its beginning), at most
    /// `limit`, by key: where a match that forgives a misspelt name looks.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn people_born_on(
        &self,
        day: Timestamp,
        limit: usize,
    ) -> Result<Vec<PersonId>, RecordError> {
        on_backend!(self.pool, people::born_on(day, limit))
    }

    /// The people held now whom a delivery of the interface is about, or may turn out to be, so
    /// that the door can decide on each before anything is written; each with the first place in
    /// the text that leads to them, in the order of the text. Writes nothing.
    /// # Errors
    /// [`IngestError`] as [`RecordStore::write`] would answer. Somebody who is named but not held
    /// is [`IngestError::Unresolved`] with that place: what the door says of somebody of whom the
    /// asker may not know.
    pub async fn subjects(
        &self,
        delivery: &Delivery<'_>,
    ) -> Result<Vec<(PersonId, String)>, IngestError> {
        let plan = plan(delivery.text)?;
        on_backend!(self.pool, ingest::subjects(delivery, plan))
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
    /// `decided` are the people on whom the door has decided: a delivery that turns out to be
    /// about somebody else who was held before is not taken.
    /// # Errors
    /// [`IngestError`]; nothing of the delivery was kept. [`IngestError::NotDecided`] for the rule
    /// above; asking [`RecordStore::subjects`] again says about whom it is now.
    pub async fn write(
        &self,
        delivery: &Delivery<'_>,
        ids: IdMaker<'_>,
        decided: &[PersonId],
    ) -> Result<Vec<EntryOutcome>, IngestError> {
        let plan = plan(delivery.text)?;
        let _turn = self.pool.turn().await;
        on_backend!(self.pool, ingest::write(delivery, plan, ids, decided))
    }

    /// The person's resources within `selection` that their source took back, by type and id: of
    /// each the version that says so, which is as sensitive as what it took back.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn taken_back(
        &self,
        person: PersonId,
        selection: &Selection,
    ) -> Result<Vec<StoredResource>, RecordError> {
        on_backend!(self.pool, versions::taken_back(person, selection))
    }

    /// Every version of every resource of one type of the person within `selection`, newest
    /// first, that come after `before` (when it was stored, its id, its version) in that order; at
    /// most `limit`. Versions of one moment are ordered by id and version, downwards. The rule of [`RecordStore::versions`] holds:
    /// none of a resource whose current version is out of the selection.
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn versions_of_type(
        &self,
        person: PersonId,
        resource_type: &str,
        before: Option<(Timestamp, &str, i64)>,
        limit: usize,
        selection: &Selection,
    ) -> Result<Vec<StoredResource>, RecordError> {
        on_backend!(
            self.pool,
            versions::of_type(person, resource_type, before, limit, selection)
        )
    }
}
