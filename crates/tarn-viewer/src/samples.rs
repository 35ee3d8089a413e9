//! Sample records for this crate's tests. Synthetic people only.

use tarn_access::{
    Alert, AlertKind, Cell, CitedClause, Code, Connection, Demographics, Detail, Ledger,
    LedgerCell, Line, LogEntry, Polarity, Source, SourceStanding, SourceState, When,
};
use tarn_model::{
    Heading, HeadingSet, LabelSet, OdsCode, PersonId, Purpose, Role, Timestamp, parse_fhir_date,
};

mod story;

pub(crate) use story::record;

pub(crate) fn now() -> Timestamp {
    moment("2026-11-22T10:04:00Z")
}

/// A look with emergency access at Edna Hargreaves's record.
pub(crate) fn alert(event: uuid::Uuid) -> Alert {
    Alert {
        event,
        began_at: moment("2026-11-22T09:50:00Z"),
        events: 3,
        look: LogEntry {
            sequence: 7,
            person_sequence: 3,
            at: now(),
            action: "open".to_owned(),
            permitted: true,
            who: "Dr Nadia Achterberg".to_owned(),
            role: Role::OohDoctor,
            organisation: Some((ods("HUC01"), "Harrowmere Urgent Care".to_owned())),
            purpose: Purpose::Emergency,
            basis: Some("self-claimed".to_owned()),
            reason: Some("Serious risk to their life or health: Breathless".to_owned()),
            headings: HeadingSet::all(),
            clause: Some(CitedClause {
                number: "4.2".to_owned(),
                citation: "harrowmere-direct-care@0123456789ab#4.2".to_owned(),
                text: "Out-of-hours doctors may see what they need.".to_owned(),
                headings: HeadingSet::all(),
            }),
            reason_code: None,
            note: None,
            alert: Some(AlertKind::Emergency),
        },
        person: Some(edie()),
        acknowledgement: None,
    }
}

pub(crate) fn moment(text: &str) -> Timestamp {
    parse_fhir_date(text).unwrap().0
}

pub(crate) fn day(text: &str) -> When {
    let (at, precision) = parse_fhir_date(text).unwrap();
    When { at, precision }
}

pub(crate) fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

pub(crate) fn line(source: &str, display: &str) -> Line {
    Line {
        source: ods(source),
        heading: Heading::Medicines,
        resource_type: "MedicationRequest".to_owned(),
        resource_id: format!("{source}-{display}"),
        clinical_at: None,
        clinical_until: None,
        recorded_at: None,
        received_at: moment("2026-11-22T10:00:00Z"),
        code: None,
        display: display.to_owned(),
        status: "active".to_owned(),
        polarity: Polarity::Asserted,
        value: None,
        unit: None,
        labels: LabelSet::EMPTY,
        detail: Detail::default(),
    }
}

pub(crate) fn medicine(
    source: &str,
    name: &str,
    dose: &str,
    frequency: &str,
    started: &str,
) -> Line {
    let mut line = line(source, name);
    line.clinical_at = Some(day(started));
    line.detail.dose = Some(dose.to_owned());
    line.detail.frequency = Some(frequency.to_owned());
    line.detail.form = Some("tablet".to_owned());
    line.detail.route = Some("oral".to_owned());
    line
}

pub(crate) fn allergy(source: &str, display: &str) -> Line {
    let mut line = line(source, display);
    line.heading = Heading::Allergies;
    line.resource_type = "AllergyIntolerance".to_owned();
    line.recorded_at = Some(day("2011-02-04"));
    line
}

pub(crate) fn no_known_allergies(source: &str) -> Line {
    let mut line = allergy(source, "No known drug allergies");
    line.polarity = Polarity::Negated;
    line.code = Some(Code {
        system: "http://snomed.info/sct".to_owned(),
        code: "409137002".to_owned(),
    });
    line
}

pub(crate) fn result(source: &str, name: &str, value: &str, unit: &str, at: &str) -> Line {
    let mut line = line(source, name);
    line.heading = Heading::Results;
    line.resource_type = "Observation".to_owned();
    line.resource_id = format!("{source}-{name}-{at}");
    line.status = "final".to_owned();
    line.clinical_at = Some(day(at));
    line.value = Some(value.to_owned());
    line.unit = Some(unit.to_owned());
    line
}

pub(crate) fn encounter(source: &str, display: &str, at: &str) -> Line {
    let mut line = line(source, display);
    line.heading = Heading::Encounters;
    line.resource_type = "Encounter".to_owned();
    line.resource_id = format!("{source}-{at}");
    line.status = "finished".to_owned();
    line.clinical_at = Some(day(at));
    line
}

pub(crate) fn source(code: &str) -> Source {
    Source {
        organisation: ods(code),
        name: format!("Organisation {code}"),
        short_name: code.to_owned(),
        kind: "gp-practice".to_owned(),
        telephone: Some("01632 960 140".to_owned()),
        headings: HeadingSet::all(),
        connection: Connection::Stored,
        cadence_seconds: 3600,
        last_heard_at: Some(now()),
        complete_to: Some(now()),
    }
}

/// A ledger in which every one of these sources is live and feeds everything.
pub(crate) fn ledger(codes: &[&str]) -> Ledger {
    let sources = codes
        .iter()
        .map(|code| SourceStanding {
            source: source(code),
            state: SourceState::Live { as_at: now() },
        })
        .collect();
    let cells = codes
        .iter()
        .flat_map(|code| {
            HeadingSet::all().iter().map(|heading| LedgerCell {
                organisation: ods(code),
                heading,
                cell: Cell::None,
            })
        })
        .collect();
    Ledger { sources, cells }
}

/// A ledger of three sources in which the one called `code` feeds only `heading` and is silent.
pub(crate) fn silent(code: &str, heading: Heading) -> Ledger {
    let mut ledger = ledger(&["A1", "B2", "C3"]);
    let last_heard_at = Some(moment("2026-11-21T22:10:00Z"));
    for standing in &mut ledger.sources {
        if standing.source.organisation.as_str() == code {
            standing.source.headings = HeadingSet::EMPTY.with(heading);
            standing.state = SourceState::Unavailable { last_heard_at };
        }
    }
    ledger
        .cells
        .retain(|cell| cell.organisation.as_str() != code);
    ledger.cells.push(LedgerCell {
        organisation: ods(code),
        heading,
        cell: Cell::Unavailable { last_heard_at },
    });
    ledger
}

pub(crate) fn edie() -> Demographics {
    Demographics {
        person: PersonId::DIRECTORY,
        source: ods("A1"),
        received_at: now(),
        nhs_number: Some("9990000018".parse().unwrap()),
        family: "Hargreaves".to_owned(),
        given: vec!["Edna".to_owned()],
        title: Some("MRS.".to_owned()),
        preferred_name: Some("Edie".to_owned()),
        former_names: Vec::new(),
        gender: Some("female".to_owned()),
        birth_date: Some(day("1945-07-14")),
        died: None,
        addresses: vec!["3 Wheelwright Row, Harrowmere".to_owned()],
        contacts: vec![("home".to_owned(), "01632 960 184".to_owned())],
        registered_gp: Some(ods("A1")),
        registered_gp_name: Some("Oak Lane Surgery".to_owned()),
        registrations: Vec::new(),
        updated_at: None,
        next_of_kin: vec![(
            "Ruth Hargreaves".to_owned(),
            "daughter".to_owned(),
            Some("07700 900 461".to_owned()),
        )],
        communication: vec!["Deaf in the left ear".to_owned()],
        restricted: false,
        labels: tarn_model::LabelSet::EMPTY,
    }
}
