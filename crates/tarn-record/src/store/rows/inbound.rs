use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::{BigInt, Binary, Integer, Text};

use super::columns::columns;
use crate::Tally;
use crate::store::schema::inbound;

/// A message that was taken, and what it did.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = inbound)]
pub(in crate::store) struct InboundRow {
    pub(in crate::store) source: String,
    pub(in crate::store) message_id: String,
    pub(in crate::store) sha256: Vec<u8>,
    pub(in crate::store) received_at: i64,
    pub(in crate::store) created: i32,
    pub(in crate::store) updated: i32,
    pub(in crate::store) unchanged: i32,
    pub(in crate::store) deleted: i32,
}

impl InboundRow {
    /// What it did.
    pub(in crate::store) fn tally(&self) -> Tally {
        let count = |stored: i32| usize::try_from(stored).unwrap_or_default();
        Tally {
            created: count(self.created),
            updated: count(self.updated),
            unchanged: count(self.unchanged),
            deleted: count(self.deleted),
        }
    }
}

columns! {
    InsertInbound of InboundRow into inbound {
        source: String as Text,
        message_id: String as Text,
        sha256: Vec<u8> as Binary,
        received_at: i64 as BigInt,
        created: i32 as Integer,
        updated: i32 as Integer,
        unchanged: i32 as Integer,
        deleted: i32 as Integer,
    }
}
