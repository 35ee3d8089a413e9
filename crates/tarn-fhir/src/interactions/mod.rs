//! The RESTful interactions, one file each.

pub(crate) mod bundle;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod history;
pub(crate) mod patch;
pub(crate) mod read;
pub(crate) mod search;
pub(crate) mod update;
pub(crate) mod write;
