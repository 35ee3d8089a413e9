//! PostgreSQL: the schema `record` of a database.

/// The connection that the queries of this backend run on.
pub(super) type Connection = tarn_database::Pg;

/// Runs `$work` in one transaction.
macro_rules! write_transaction {
    ($connection:expr, $work:expr) => {
        diesel_async::AsyncConnection::transaction($connection, $work)
    };
}

/// The query, keeping other writers from the rows that it finds.
macro_rules! for_update {
    ($query:expr) => {
        diesel::QueryDsl::for_update($query)
    };
}

/// Waits until every writer who has looked up whose something is has finished, and keeps others
/// from looking until the end of the transaction.
macro_rules! keep_writers_out {
    ($connection:expr) => {
        diesel_async::RunQueryDsl::execute($crate::store::rows::LockKeys, $connection)
    };
}

/// Inserts many owned rows; how many it were. With `skipping`, those whose key is there already
/// are left out.
macro_rules! insert_rows {
    ($connection:expr, $rows:expr => $row:ident in $table:ident) => {{
        let _ = $table::table;
        diesel_async::RunQueryDsl::execute($row::insert::<false>(&$rows), $connection)
    }};
    ($connection:expr, $rows:expr => $row:ident in $table:ident, skipping) => {{
        let _ = $table::table;
        diesel_async::RunQueryDsl::execute($row::insert::<true>(&$rows), $connection)
    }};
}

#[cfg_attr(
    feature = "sqlite",
    expect(
        clippy::duplicate_mod,
        reason = "one query text is compiled for each backend, with that backend's connection"
    )
)]
#[path = "queries/mod.rs"]
pub(super) mod queries;
