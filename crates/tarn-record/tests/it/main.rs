//! The contract of the record store: one suite, run on SQLite and on PostgreSQL.

mod admission;
mod attachments;
mod backend;
mod batches;
mod conditions;
mod deliveries;
mod identity;
mod interface;
mod linking;
mod merges;
mod migrations;
mod patient_links;
mod races;
mod reading;
mod requests;
mod shared_data;
mod writes;
