//! The binary `tarn`.
fn main() {}
