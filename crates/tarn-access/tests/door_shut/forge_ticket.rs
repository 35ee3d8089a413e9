//! An audit ticket comes from a written row only.
use tarn_access::AuditTicket;

fn main() {
    let _ = AuditTicket { event: uuid::Uuid::nil(), sequence: 1, at: tarn_model::Timestamp::from_micros(0) };
}
