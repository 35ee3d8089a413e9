//! PostgreSQL: the schema `record` of a database.

/// The connection that the queries of this backend run on.
pub(super) type Connection = tarn_database::Pg;

/// Runs `$work` in one transaction.
macro_rules! write_transaction {
    ($connection:expr, $work:expr) => {
        diesel_async::AsyncConnection::transaction($connection, $work)
    };
}

/// Executes one statement over many owned rows.
macro_rules! execute_many {
    ($connection:expr, $rows:ident => $statement:expr) => {{
        let $rows = &$rows;
        diesel_async::RunQueryDsl::execute($statement, $connection)
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
