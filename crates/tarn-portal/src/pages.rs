//! One file per page.

pub(crate) mod choices;
pub(crate) mod home;
pub(crate) mod letter;
pub(crate) mod record;
pub(crate) mod who_looked;
