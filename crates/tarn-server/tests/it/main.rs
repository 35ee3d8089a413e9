//! The server's own tests: what its commands do to real stores, on both backends.

mod interrupted_load;
mod loading;
mod shared_data;
mod store_state;
