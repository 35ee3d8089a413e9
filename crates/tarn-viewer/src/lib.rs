#![doc = include_str!("../README.md")]

pub mod allergy;
pub mod banner;
pub mod completeness;
pub mod contacts;
mod dates;
pub mod medicine;
pub mod medicine_text;
mod medicine_words;
pub mod panels;
pub mod result;
#[cfg(test)]
mod samples;
pub mod source;
pub mod sparkline;
