//! Sign-in from end to end, and the contract of the session store on both backends.

mod database;
mod flow;
mod profiles;
mod provider;
mod sessions;
mod world;
