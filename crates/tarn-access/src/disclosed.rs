use std::ops::Deref;

use tarn_model::Timestamp;
use uuid::Uuid;

/// Proof that an audit row stands behind a disclosure. Only the door makes one, and only from
/// the receipt of a durably written row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditTicket {
    event: Uuid,
    sequence: i64,
    at: Timestamp,
}

impl AuditTicket {
    pub(crate) fn new(receipt: &tarn_audit::Receipt, at: Timestamp) -> Self {
        Self {
            event: receipt.id,
            sequence: receipt.sequence,
            at,
        }
    }

    /// Id of the audit row; pages print it as their reference.
    #[must_use]
    pub const fn event(&self) -> Uuid {
        self.event
    }

    /// Place of the row in the whole log.
    #[must_use]
    pub const fn sequence(&self) -> i64 {
        self.sequence
    }

    /// When the record was opened.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// Record content that has been decided on and audited, and so may be shown.
///
/// It cannot be made outside this crate. Content itself (lines, demographics, documents)
/// implements neither `Serialize` nor `Display`, and the door returns it in no other way, so
/// forgetting to ask or to log does not compile:
///
/// ```compile_fail
/// let shown = tarn_access::Disclosed::new("anything", todo!());
/// ```
#[derive(Debug, Clone)]
pub struct Disclosed<T> {
    content: T,
    ticket: AuditTicket,
}

impl<T> Disclosed<T> {
    pub(crate) const fn new(content: T, ticket: AuditTicket) -> Self {
        Self { content, ticket }
    }

    /// The audit row behind this disclosure.
    #[must_use]
    pub const fn ticket(&self) -> &AuditTicket {
        &self.ticket
    }

    /// Turns the content into another form of itself, for example a page. The audit row stays
    /// with it.
    #[must_use]
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Disclosed<U> {
        Disclosed {
            content: form(self.content),
            ticket: self.ticket,
        }
    }
}

impl<T> Deref for Disclosed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.content
    }
}
