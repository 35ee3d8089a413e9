//! Who looked at Edna Hargreaves' record, with every kind of entry. Invented.

use tarn_access::{AccessLog, AlertKind, CitedClause, LogEntry};
use tarn_model::{Heading, HeadingSet, Purpose, Role};

use crate::sample::{ods, when};

pub(crate) fn log_entry(number: i64, at: &str, who: &str, organisation: (&str, &str)) -> LogEntry {
    LogEntry {
        sequence: number + 100,
        person_sequence: number,
        at: when(at).at,
        action: "open".to_owned(),
        permitted: true,
        who: who.to_owned(),
        role: Role::OohDoctor,
        organisation: Some((ods(organisation.0), organisation.1.to_owned())),
        purpose: Purpose::DirectCare,
        basis: Some("encounter".to_owned()),
        reason: None,
        headings: HeadingSet::EMPTY.with(Heading::Alerts).with(Heading::Allergies).with(Heading::Medicines),
        clause: Some(CitedClause {
            number: "4.2".to_owned(),
            citation: "harrowmere-direct-care@0123456789ab#4.2".to_owned(),
            text: "Out-of-hours doctors may see alerts, allergies and medicines, for a person whose case is open with them.".to_owned(),
            headings: HeadingSet::EMPTY,
        }),
        reason_code: None,
        note: None,
        alert: None,
    }
}

/// A log in which every kind of entry stands: visits, a letter, a search, refusals, a reason, the
/// person's own reading, a choice and an update.
pub(crate) fn log() -> AccessLog {
    const URGENT: (&str, &str) = ("HUC01", "Harrowmere Urgent Care");
    const HOSPITAL: (&str, &str) = ("RSB", "St Brannoc’s Hospital");
    const SURGERY: (&str, &str) = ("OAK01", "Oak Lane Surgery");
    let own = |number, at, action: &str| LogEntry {
        action: action.to_owned(),
        role: Role::Citizen,
        organisation: None,
        clause: None,
        basis: Some("own".to_owned()),
        purpose: Purpose::SubjectAccess,
        ..log_entry(number, at, "Edna Hargreaves", URGENT)
    };
    let nadia = |number, at| log_entry(number, at, "Dr Nadia Achterberg", URGENT);
    let refused = |number, at| LogEntry {
        permitted: false,
        action: "refused".to_owned(),
        role: Role::Pharmacist,
        reason_code: Some("relationship-needed".to_owned()),
        headings: HeadingSet::EMPTY,
        clause: None,
        basis: None,
        ..log_entry(number, at, "Simon Cole", HOSPITAL)
    };
    let entries = vec![
        own(10, "2026-11-22T10:03:00Z", "read-access-log"),
        LogEntry {
            action: "read-document".to_owned(),
            ..nadia(9, "2026-11-22T09:10:00Z")
        },
        nadia(8, "2026-11-22T09:04:00Z"),
        log_entry(7, "2026-11-22T08:50:00Z", "J. Pryce", URGENT),
        LogEntry {
            role: Role::Gp,
            basis: Some("self-claimed".to_owned()),
            reason: Some("Rang me from the pharmacy".to_owned()),
            headings: HeadingSet::all(),
            purpose: Purpose::Emergency,
            alert: Some(AlertKind::Emergency),
            ..log_entry(6, "2026-11-20T11:15:00Z", "Dr Paul Osei", SURGERY)
        },
        refused(5, "2026-11-17T14:02:00Z"),
        refused(4, "2026-11-17T14:00:00Z"),
        LogEntry {
            action: "shown".to_owned(),
            role: Role::EdDoctor,
            headings: HeadingSet::EMPTY.with(Heading::Demographics),
            clause: None,
            ..log_entry(3, "2026-11-14T03:00:00Z", "Dr Leila Marsh", HOSPITAL)
        },
        LogEntry {
            action: "choice-recorded".to_owned(),
            note: Some("opted back in".to_owned()),
            ..own(2, "2026-09-04T12:00:00Z", "")
        },
        LogEntry {
            action: "load".to_owned(),
            role: Role::Operator,
            ..log_entry(1, "2026-03-01T01:00:00Z", "Tarn", SURGERY)
        },
    ];
    AccessLog {
        total: 10,
        complete: true,
        entries,
    }
}
