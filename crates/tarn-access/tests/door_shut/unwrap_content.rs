//! A page that wants disclosed content does not take bare content.
use tarn_access::{Disclosed, PersonRecord};

fn page(_: &Disclosed<PersonRecord>) {}

fn from_elsewhere(record: &PersonRecord) {
    page(record);
}

fn main() {}
