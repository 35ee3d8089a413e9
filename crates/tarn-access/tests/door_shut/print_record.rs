//! A record cannot be written into a page as it is.
use tarn_access::PersonRecord;

fn leak(record: &PersonRecord) -> String {
    format!("{record}")
}

fn main() {}
