//! What every part relies on, tried through a whole application.

mod contrast;
mod headers;
mod identity;
mod pages;
mod sessions;
mod support;
mod words;
