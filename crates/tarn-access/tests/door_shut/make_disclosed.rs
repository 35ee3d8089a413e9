//! A page cannot make disclosed content of its own.
use tarn_access::{AuditTicket, Disclosed};

fn ticket() -> AuditTicket {
    unreachable!()
}

fn main() {
    let _ = Disclosed::new("a record nobody decided on", ticket());
}
