//! The contract of the record store: one suite, run on SQLite and on PostgreSQL.

mod backend;
mod deliveries;
mod identity;
mod migrations;
mod reading;
mod shared_data;
