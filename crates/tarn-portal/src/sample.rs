//! Edna Hargreaves' record, log and choices as they stand in the pictures of the pages. Invented.

use tarn_access::{
    Cell, Choices, Connection, Demographics, Detail, Directive, Document, Ledger, LedgerCell, Line,
    Opening, PersonRecord, Polarity, Preview, Source, SourceStanding, SourceState, When,
};
use tarn_consent::{Channel, Decision, Kind, Scope};
use tarn_model::{
    Heading, HeadingSet, LabelSet, NhsNumber, OdsCode, PersonId, Purpose, Role, Timestamp,
    parse_fhir_date,
};
use tarn_web::testing::AT;
use uuid::Uuid;

pub(crate) fn when(fhir: &str) -> When {
    let (at, precision) = parse_fhir_date(fhir).unwrap();
    When { at, precision }
}

fn at(fhir: &str) -> Timestamp {
    when(fhir).at
}

pub(crate) fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

fn person() -> PersonId {
    "01990000-0000-7000-8000-000000000001".parse().unwrap()
}

pub(crate) fn line(source: &str, heading: Heading, display: &str, date: &str) -> Line {
    Line {
        source: ods(source),
        heading,
        resource_type: "Basic".to_owned(),
        resource_id: format!("{source}-1"),
        clinical_at: (!date.is_empty()).then(|| when(date)),
        clinical_until: None,
        recorded_at: None,
        received_at: AT,
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

fn standing(code: &str, name: &str, short: &str, kind: &str, state: SourceState) -> SourceStanding {
    SourceStanding {
        source: Source {
            organisation: ods(code),
            name: name.to_owned(),
            short_name: short.to_owned(),
            kind: kind.to_owned(),
            telephone: (code == "H10A").then(|| "01632 960 140".to_owned()),
            headings: HeadingSet::all(),
            connection: Connection::Stored,
            cadence_seconds: 3600,
            last_heard_at: Some(at("2026-11-21T22:10:00Z")),
            complete_to: None,
        },
        state,
    }
}

fn sources() -> Vec<SourceStanding> {
    let live = SourceState::Live { as_at: AT };
    let complete_to = at("2026-11-21T20:04:00Z");
    vec![
        standing("OAK01", "Oak Lane Surgery", "GP", "gp-practice", live),
        standing(
            "RSB",
            "St Brannoc’s Hospital",
            "Hospital",
            "acute-trust",
            live,
        ),
        standing(
            "RHC",
            "Harrowmere Community Nursing",
            "Community",
            "community-trust",
            SourceState::Late {
                complete_to,
                late_by_seconds: 14 * 3600,
            },
        ),
        standing(
            "RMH",
            "Harrowmere Mental Health",
            "Mental health",
            "mental-health-trust",
            SourceState::Unavailable {
                last_heard_at: Some(at("2026-11-21T22:10:00Z")),
            },
        ),
        standing(
            "H10A",
            "Harrowmere Council",
            "Social care",
            "adult-social-care",
            SourceState::NotConnected,
        ),
    ]
}

fn cell(source: &str, heading: Heading, cell: Cell) -> LedgerCell {
    LedgerCell {
        organisation: ods(source),
        heading,
        cell,
    }
}

/// The record while it is shared: every kind of state stands somewhere in it.
pub(crate) fn record() -> PersonRecord {
    let complete_to = at("2026-11-21T20:04:00Z");
    let last_heard_at = Some(at("2026-11-21T22:10:00Z"));
    let cells = vec![
        cell("OAK01", Heading::Allergies, Cell::Present { count: 1 }),
        cell("RSB", Heading::Allergies, Cell::Present { count: 1 }),
        cell(
            "RHC",
            Heading::Allergies,
            Cell::Late {
                count: 1,
                complete_to,
            },
        ),
        cell(
            "RMH",
            Heading::Allergies,
            Cell::Unavailable { last_heard_at },
        ),
        cell("OAK01", Heading::Medicines, Cell::Present { count: 3 }),
        cell("RSB", Heading::Results, Cell::Present { count: 1 }),
        cell("OAK01", Heading::Procedures, Cell::None),
        cell("RSB", Heading::Procedures, Cell::None),
        cell("H10A", Heading::SocialCare, Cell::NotConnected),
        cell("OAK01", Heading::Safeguarding, Cell::NotYourRole),
    ];
    PersonRecord {
        person: person(),
        demographics: vec![demographics()],
        location_protected: false,
        lines: lines(),
        held: Vec::new(),
        ledger: Ledger {
            sources: sources(),
            cells,
        },
        permitted: HeadingSet::all(),
        opening: opening(),
    }
}

/// The same record after the person opted out: they still see it, and that others don't.
pub(crate) fn record_opted_out() -> PersonRecord {
    let mut record = record();
    for cell in &mut record.ledger.cells {
        if let Cell::Present { count } = cell.cell {
            cell.cell = Cell::HiddenByYourChoice { count };
        }
    }
    record
}

/// A record of which nothing but the name is held.
pub(crate) fn record_empty() -> PersonRecord {
    let mut record = record();
    record.lines.clear();
    record.ledger = Ledger {
        sources: sources(),
        cells: Vec::new(),
    };
    record
}

fn demographics() -> Demographics {
    Demographics {
        person: person(),
        source: ods("OAK01"),
        received_at: AT,
        nhs_number: NhsNumber::from_first_nine([9, 9, 9, 0, 0, 0, 0, 0, 1]),
        family: "Hargreaves".to_owned(),
        given: vec!["Edna".to_owned()],
        title: Some("Mrs".to_owned()),
        preferred_name: Some("Edie".to_owned()),
        former_names: vec!["Edna PETRIE".to_owned()],
        gender: Some("female".to_owned()),
        birth_date: Some(when("1945-07-14")),
        died: None,
        addresses: vec!["3 Wheelwright Row, Harrowmere".to_owned()],
        contacts: vec![("home".to_owned(), "01632 960 184".to_owned())],
        registered_gp: Some(ods("OAK01")),
        registered_gp_name: Some("Oak Lane Surgery".to_owned()),
        registrations: Vec::new(),
        updated_at: None,
        next_of_kin: vec![("Ruth Hargreaves".to_owned(), "daughter".to_owned(), None)],
        communication: vec!["Deaf in left ear".to_owned()],
        restricted: false,
        labels: tarn_model::LabelSet::EMPTY,
    }
}

fn opening() -> Opening {
    Opening {
        at: AT,
        purpose: Purpose::SubjectAccess,
        basis: "own".to_owned(),
        reason: None,
        clauses: Vec::new(),
    }
}

fn lines() -> Vec<Line> {
    let mut penicillin = line("OAK01", Heading::Allergies, "penicillin", "2011-02-04");
    penicillin.detail.reactions = vec!["rash".to_owned(), "facial swelling".to_owned()];
    penicillin.detail.severity = Some("severe".to_owned());
    let mut none = line(
        "RSB",
        Heading::Allergies,
        "No known drug allergies",
        "2026-11-14",
    );
    none.polarity = Polarity::Negated;
    let mut dressings = line(
        "RHC",
        Heading::Allergies,
        "adhesive dressings",
        "2024-06-17",
    );
    dressings.detail.reactions = vec!["blistering".to_owned()];
    let mut furosemide = line(
        "OAK01",
        Heading::Medicines,
        "Furosemide 40 mg tablets",
        "2026-11-19",
    );
    furosemide.detail.dosage_text = Some("One 40 mg tablet once a day".to_owned());
    furosemide.detail.indication = Some("heart failure".to_owned());
    let mut naproxen = line(
        "OAK01",
        Heading::Medicines,
        "Naproxen 250 mg tablets",
        "2024-03",
    );
    naproxen.status = "stopped".to_owned();
    naproxen.clinical_until = Some(when("2026-11-14"));
    naproxen.detail.status_reason = Some("acute kidney injury".to_owned());
    let mut wrong = line(
        "OAK01",
        Heading::Medicines,
        "Warfarin 3 mg tablets",
        "2026-11-02",
    );
    wrong.polarity = Polarity::EnteredInError;
    let mut angina = line("RSB", Heading::Problems, "Angina", "2026-11-14");
    angina.polarity = Polarity::Negated;
    let fibrillation = line("OAK01", Heading::Problems, "Atrial fibrillation", "2021");
    let mut creatinine = line(
        "RSB",
        Heading::Results,
        "Creatinine",
        "2026-11-21T16:40:00Z",
    );
    creatinine.value = Some("131".to_owned());
    creatinine.unit = Some("micromol/L".to_owned());
    creatinine.detail.interpretation = Some("above".to_owned());
    creatinine.detail.range_low = Some("45".to_owned());
    creatinine.detail.range_high = Some("84".to_owned());
    creatinine.detail.range_for = Some("women, 18 and over".to_owned());
    let mut letter = line("RSB", Heading::Documents, "Discharge summary", "2026-11-19");
    letter.detail.opens = Some("Binary/1".to_owned());
    let undated = line(
        "OAK01",
        Heading::AboutMe,
        "Deaf in my left ear. Sit on my right.",
        "",
    );
    vec![
        penicillin,
        none,
        dressings,
        furosemide,
        naproxen,
        wrong,
        angina,
        fibrillation,
        creatinine,
        letter,
        undated,
    ]
}

pub(crate) fn letter(content_type: &str, bytes: &[u8]) -> Document {
    let mut line = line("RSB", Heading::Documents, "Discharge summary", "2026-11-19");
    line.detail.who = Some("Dr Leila Marsh".to_owned());
    Document {
        words_only: false,
        line,
        content_type: content_type.to_owned(),
        bytes: bytes.to_vec(),
        demographics: vec![demographics()],
        opening: opening(),
    }
}

pub(crate) fn preview() -> Preview {
    Preview {
        role: Role::EdDoctor,
        sharing: vec![
            (Heading::Allergies, 2),
            (Heading::Medicines, 8),
            (Heading::Documents, 14),
        ],
        opted_out: Vec::new(),
        not_answering: vec!["Harrowmere Mental Health".to_owned()],
    }
}

/// The person's choices: none made yet, so the record is shared.
pub(crate) fn choices_none() -> Choices {
    Choices {
        sharing: true,
        history: Vec::new(),
    }
}

/// The choices after an opt-out: with one that was a mistake, and one of another scheme.
pub(crate) fn choices_opted_out() -> Choices {
    let latest = Directive {
        id: Uuid::from_u128(1),
        person: person(),
        sequence: 4,
        kind: Kind::LocalObjection,
        scope: Scope::WholeRecord,
        decision: Decision::Object,
        effective_from: AT,
        effective_until: None,
        recorded_at: AT,
        recorded_by: "Edna Hargreaves".to_owned(),
        recorded_by_role: Role::Citizen,
        channel: Channel::Portal,
        reference: "HRW-7F3K-22AB".to_owned(),
        consequences_read: true,
        in_error: false,
    };
    let mistake = Directive {
        sequence: 3,
        in_error: true,
        channel: Channel::Paper,
        reference: "HRW-0000-0003".to_owned(),
        recorded_at: at("2026-10-02T09:00:00Z"),
        ..latest.clone()
    };
    let shared = Directive {
        sequence: 2,
        decision: Decision::Allow,
        channel: Channel::Telephone,
        reference: "HRW-0000-0002".to_owned(),
        recorded_at: at("2026-09-04T12:00:00Z"),
        ..latest.clone()
    };
    let national = Directive {
        sequence: 1,
        kind: Kind::NationalDataOptOut,
        channel: Channel::Feed,
        reference: "HRW-0000-0001".to_owned(),
        ..latest.clone()
    };
    Choices {
        sharing: false,
        history: vec![latest, mistake, shared, national],
    }
}
