//! One file per command.

pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod load;
pub(crate) mod migrate;
pub(crate) mod people;
pub(crate) mod run;
pub(crate) mod source;
pub(crate) mod token;
pub(crate) mod verify;
