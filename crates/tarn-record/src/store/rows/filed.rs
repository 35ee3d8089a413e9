use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::{Binary, Text};

use super::columns::columns;
use crate::store::schema::filed;

/// Under whom a resource stood before that person was merged into another one.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = filed)]
pub(in crate::store) struct FiledRow {
    pub(in crate::store) resource_type: String,
    pub(in crate::store) resource_id: String,
    pub(in crate::store) origin: Vec<u8>,
}

columns! {
    InsertFiled of FiledRow into filed {
        resource_type: String as Text,
        resource_id: String as Text,
        origin: Vec<u8> as Binary,
    }
}
