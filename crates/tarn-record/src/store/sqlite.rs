//! SQLite: a file of the store's own, one writer at a time.

/// The connection that the queries of this backend run on.
pub(super) type Connection = tarn_database::Lite;

/// Runs `$work` in one transaction that holds the write lock from its first statement, so that
/// it never fails half-way because another writer came in between.
macro_rules! write_transaction {
    ($connection:expr, $work:expr) => {
        $connection.immediate_transaction($work)
    };
}

/// Executes one statement over many owned rows. Only SQLite's own connection can insert many
/// rows at once, so this one statement is run on it directly.
macro_rules! execute_many {
    ($connection:expr, $rows:ident => $statement:expr) => {
        $connection.spawn_blocking(move |connection| {
            let $rows = &$rows;
            diesel::RunQueryDsl::execute($statement, connection)
        })
    };
}

#[path = "queries/mod.rs"]
pub(super) mod queries;
