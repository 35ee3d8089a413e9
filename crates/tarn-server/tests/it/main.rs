//! The server's own tests: what its commands do to real stores, and what the running program
//! answers, on both backends.

mod browser;
mod commands;
mod demo;
mod exit_drill;
mod faults;
mod interrupted_load;
mod letters;
mod load_driver;
mod loading;
mod outages;
mod pages;
mod people;
mod routes;
mod shared_data;
mod slow_clients;
mod store_state;
mod system_tokens;
mod token;
mod whole;
