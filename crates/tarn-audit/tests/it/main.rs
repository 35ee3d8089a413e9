//! The contract of the audit log, on both backends.

mod alerts;
mod contract;
mod database;
mod tamper;
