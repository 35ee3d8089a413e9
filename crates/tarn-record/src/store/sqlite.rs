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

/// The same query: a writer has the whole file to itself.
macro_rules! for_update {
    ($query:expr) => {
        $query
    };
}

/// Nothing to do: a writer has the whole file to itself.
macro_rules! keep_writers_out {
    ($connection:expr) => {{
        let _: &mut Connection = $connection;
        std::future::ready(diesel::result::QueryResult::Ok(0))
    }};
}

/// Inserts many owned rows; how many it were. With `skipping`, those whose key is there already
/// are left out. One row after another, each by the same prepared statement, in one go on the
/// connection itself.
macro_rules! insert_rows {
    ($connection:expr, $rows:expr => $row:ident in $table:ident) => {
        insert_rows!(@each $connection, $rows, row: $row => diesel::insert_into($table::table).values(row))
    };
    ($connection:expr, $rows:expr => $row:ident in $table:ident, skipping) => {
        insert_rows!(
            @each $connection, $rows, row: $row =>
                diesel::insert_into($table::table).values(row).on_conflict_do_nothing()
        )
    };
    (@each $connection:expr, $rows:expr, $one:ident: $row:ident => $statement:expr) => {{
        let rows: Vec<$row> = $rows;
        $connection.spawn_blocking(move |connection| {
            let mut inserted = 0;
            for $one in &rows {
                inserted += diesel::RunQueryDsl::execute($statement, connection)?;
            }
            Ok(inserted)
        })
    }};
}

#[path = "queries/mod.rs"]
pub(super) mod queries;
