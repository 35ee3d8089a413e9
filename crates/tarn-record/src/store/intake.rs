//! The store as it takes what sources send.

use std::collections::BTreeSet;

use tarn_model::{IdMaker, OdsCode};

use super::pool::on_backend;
use super::{Answer, RecordStore};
use crate::bundle::together;
use crate::{Delivery, IngestError, Plan, Receipt, plan};

impl RecordStore {
    /// Whether a message of this id was taken from this source.
    /// # Errors
    /// [`crate::RecordError`] if the store does not answer.
    pub fn has_received<'a>(
        &'a self,
        source: &'a OdsCode,
        message_id: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let received = self.have_received(source, &[message_id]).await?;
            Ok(received == [true])
        })
    }

    /// Takes one delivery, whole or not at all. When this returns a receipt, everything in the
    /// delivery is on disk.
    ///
    /// The same message again changes nothing, also when it comes eight times at once. Within a
    /// new message a resource whose text is already the current version is left as it is.
    /// # Errors
    /// [`IngestError`]; nothing of the delivery was kept.
    pub fn ingest<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
        ids: IdMaker<'a>,
    ) -> Answer<'a, Receipt, IngestError> {
        Box::pin(async move {
            // Read before anything is held that others wait for.
            let plan = plan(delivery.text)?;
            let mut receipts = self.ingest_read(&[*delivery], vec![plan], ids).await?;
            receipts.pop().ok_or(IngestError::MessageReused)
        })
    }

    /// Takes several deliveries that were read already (each with its plan, in order), all in one
    /// transaction or none at all, and says what became of each: one commit for many small texts.
    /// Otherwise they are taken as one after the other would be.
    ///
    /// They are of one source and came at one time. A Bundle is only taken alone, since it is whole
    /// by itself.
    /// # Errors
    /// [`IngestError`] of any of them; nothing was kept, and whoever wants to know which one it was
    /// takes them one by one. [`IngestError::MessageReused`] if two have the same id.
    pub fn ingest_read<'a>(
        &'a self,
        deliveries: &'a [Delivery<'a>],
        plans: Vec<Plan<'a>>,
        ids: IdMaker<'a>,
    ) -> Answer<'a, Vec<Receipt>, IngestError> {
        Box::pin(async move {
            let different: BTreeSet<&str> = deliveries.iter().map(|one| one.message_id).collect();
            if different.len() != deliveries.len() {
                return Err(IngestError::MessageReused);
            }
            let plan = together(plans)?;
            let _turn = self.pool.turn().await;
            on_backend!(self.pool, ingest::ingest(deliveries, plan, ids))
        })
    }
}
