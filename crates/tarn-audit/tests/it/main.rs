//! The contract of the audit log, on both backends.

mod contract;
mod database;
mod tamper;
