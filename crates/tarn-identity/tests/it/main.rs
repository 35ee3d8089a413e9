//! Sign-in from end to end, access tokens, and the contract of the session store on both backends.

mod access_tokens;
mod bearer;
mod client_keys;
mod database;
mod flow;
mod profiles;
mod provider;
mod scopes;
mod sessions;
mod world;
