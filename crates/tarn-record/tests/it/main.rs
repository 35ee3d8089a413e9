//! The contract of the record store: one suite, run on SQLite and on PostgreSQL.

mod admission;
mod attachments;
mod backend;
mod conditions;
mod deliveries;
mod identity;
mod interface;
mod linking;
mod migrations;
mod races;
mod reading;
mod requests;
mod shared_data;
mod writes;
