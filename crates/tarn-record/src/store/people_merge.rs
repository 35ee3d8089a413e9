//! Making two people one, and two again.

use tarn_model::{PersonId, Timestamp};

use super::pool::on_backend;
use super::{Answer, RecordStore};
use crate::{KeptApart, Merge, MergeError};

impl RecordStore {
    /// Makes two people one: everything of `gone` stands under `stays` from now on, and what comes
    /// for either goes there. [`RecordStore::same_person`] knows both ids.
    ///
    /// Each source's own Patients keep being held against what the same source, or others of the
    /// same person before, said; not against those of the other.
    /// # Errors
    /// [`MergeError`]; nothing was changed.
    pub fn merge_people(
        &self,
        gone: PersonId,
        stays: PersonId,
        at: Timestamp,
    ) -> Answer<'_, (), MergeError> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, merge::merge(gone, stays, at))
        })
    }

    /// Takes a merge back, and says from whom `gone` was parted: everything that was sent as
    /// `gone`, before and since, stands there again. Who was merged into `gone` comes along.
    ///
    /// A link of a source's own Patients that is taken back so is not followed again.
    /// # Errors
    /// [`MergeError`]; nothing was changed.
    pub fn unmerge_people(
        &self,
        gone: PersonId,
        at: Timestamp,
    ) -> Answer<'_, PersonId, MergeError> {
        Box::pin(async move {
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, merge::unmerge(gone, at))
        })
    }

    /// The merges that hold now, oldest first, but those that the record made itself when what
    /// was referred to arrived.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn merges(&self) -> Answer<'_, Vec<Merge>> {
        Box::pin(async move { on_backend!(self.pool, merge::standing()) })
    }

    /// How many people are kept apart although something speaks for joining them; counts every
    /// row, so for reports, not for pages.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn kept_apart(&self) -> Answer<'_, KeptApart> {
        Box::pin(async move { on_backend!(self.pool, apart::kept_apart()) })
    }
}
