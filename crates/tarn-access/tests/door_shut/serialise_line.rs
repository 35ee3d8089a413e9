//! Content has no serialisation of its own.
use tarn_access::Line;

fn reply<T: serde::Serialize>(_: &T) {}

fn leak(line: &Line) {
    reply(line);
}

fn main() {}
