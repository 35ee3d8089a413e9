//! Edie's record as the out-of-hours doctor opens it.

use super::*;
use tarn_access::{CitedClause, Opening, PersonRecord};
use tarn_model::Purpose;

struct Feed {
    code: &'static str,
    name: &'static str,
    short: &'static str,
    telephone: &'static str,
    state: SourceState,
}

fn feeds() -> Vec<Feed> {
    let live = SourceState::Live { as_at: now() };
    let late = SourceState::Late {
        complete_to: moment("2026-11-21T20:04:00Z"),
        late_by_seconds: 50_400,
    };
    let silent = SourceState::Unavailable {
        last_heard_at: Some(moment("2026-11-22T06:10:00Z")),
    };
    let feed = |code, name, short, telephone, state| Feed {
        code,
        name,
        short,
        telephone,
        state,
    };
    vec![
        feed("OAK01", "Oak Lane Surgery", "GP", "01632 960 108", live),
        feed(
            "RSB",
            "St Brannoc’s Hospital",
            "Hospital",
            "01632 960 155",
            live,
        ),
        feed(
            "RHC",
            "Harrowmere Community Nursing",
            "Community",
            "01632 960 122",
            late,
        ),
        feed(
            "RMH",
            "Harrowmere Mental Health",
            "Mental health",
            "01632 960 133",
            silent,
        ),
        feed(
            "HUC01",
            "Harrowmere Urgent Care",
            "Urgent care",
            "01632 960 111",
            live,
        ),
        feed(
            "H10A",
            "Adult social care",
            "Social care",
            "01632 960 140",
            SourceState::NotConnected,
        ),
    ]
}

fn of(mut line: Line, heading: Heading, at: &str) -> Line {
    line.heading = heading;
    line.clinical_at = Some(day(at));
    line.resource_type = "Condition".to_owned();
    line
}

fn text(mut line: Line, text: &str, who: &str) -> Line {
    line.detail.text = Some(text.to_owned());
    line.detail.who = Some(who.to_owned());
    line
}

fn for_reason(mut line: Line, why: &str, issued: Option<&str>) -> Line {
    line.detail.indication = Some(why.to_owned());
    line.detail.last_issued = issued.map(day);
    line
}

fn medicines() -> Vec<Line> {
    let mut lines = vec![
        for_reason(
            medicine("OAK01", "furosemide", "40 mg", "once a day", "2024-03-02"),
            "heart failure",
            Some("2026-11-02"),
        ),
        for_reason(
            medicine("RSB", "furosemide", "40 mg", "twice a day", "2026-11-19"),
            "heart failure",
            None,
        ),
        for_reason(
            medicine("RSB", "doxycycline", "100 mg", "once a day", "2026-11-18"),
            "pneumonia",
            None,
        ),
        for_reason(
            medicine("OAK01", "mirtazapine", "15 mg", "at night", "2025-08-11"),
            "depression",
            None,
        ),
        for_reason(
            medicine("RSB", "mirtazapine", "15 mg", "at night", "2025-08-11"),
            "depression",
            None,
        ),
        for_reason(
            medicine("OAK01", "ramipril", "5 mg", "once a day", "2019-05-08"),
            "heart failure",
            Some("2026-11-02"),
        ),
        for_reason(
            medicine(
                "OAK01",
                "paracetamol",
                "1 g",
                "up to four times a day, when required",
                "2014-09-30",
            ),
            "osteoarthritis",
            Some("2026-09-14"),
        ),
    ];
    for source in ["OAK01", "RSB", "RHC"] {
        lines.push(for_reason(
            medicine(source, "apixaban", "2.5 mg", "twice a day", "2021-03-12"),
            "atrial fibrillation",
            None,
        ));
        lines.push(for_reason(
            medicine(source, "metformin", "500 mg", "twice a day", "2016-01-21"),
            "type 2 diabetes",
            None,
        ));
    }
    let mut stopped = medicine("RSB", "ramipril", "5 mg", "once a day", "2019-05-08");
    stopped.status = "stopped".to_owned();
    stopped.clinical_until = Some(day("2026-11-16"));
    stopped.detail.status_reason = Some("acute kidney injury".to_owned());
    let mut naproxen = medicine("OAK01", "naproxen", "250 mg", "twice a day", "2026-05-01");
    naproxen.status = "stopped".to_owned();
    naproxen.clinical_until = Some(day("2026-11-14"));
    naproxen.detail.status_reason = Some("acute kidney injury".to_owned());
    lines.extend([stopped, naproxen]);
    lines
}

fn results() -> Vec<Line> {
    let mut lines = Vec::new();
    let mut series =
        |name: &str, unit: &str, values: &[&str], range: Option<(&str, &str, &str)>| {
            for (at, value) in ["2026-11-14", "2026-11-16", "2026-11-18", "2026-11-21"]
                .iter()
                .zip(values)
            {
                let mut line = result("RSB", name, value, unit, at);
                if let Some((people, low, high)) = range {
                    line.detail.range_for = Some(people.to_owned());
                    line.detail.range_low = Some(low.to_owned());
                    line.detail.range_high = Some(high.to_owned());
                }
                lines.push(line);
            }
        };
    series(
        "Creatinine",
        "micromol/L",
        &["168", "150", "138", "131"],
        Some(("women, 18 and over", "45", "84")),
    );
    series("eGFR", "mL/min/1.73 m²", &["24", "28", "31", "33"], None);
    series(
        "Potassium",
        "mmol/L",
        &["5.6", "5.4", "5.2", "4.9"],
        Some(("adults", "3.5", "5.3")),
    );
    series(
        "CRP",
        "mg/L",
        &["210", "180", "86", "38"],
        Some(("adults", "0", "5")),
    );
    lines
}

fn others() -> Vec<Line> {
    let mut severe = allergy("OAK01", "penicillin");
    severe.detail.reactions = vec!["rash".to_owned(), "facial swelling".to_owned()];
    severe.detail.severity = Some("severe".to_owned());
    let mut dressings = allergy("RHC", "adhesive dressings");
    dressings.recorded_at = Some(day("2024-06-17"));
    dressings.detail.reactions = vec!["blistering".to_owned()];
    let mut denial = no_known_allergies("RSB");
    denial.recorded_at = Some(day("2026-11-14"));
    let mut ward = text(
        encounter("RSB", "Hospital · discharged", "2026-11-14T09:00:00Z"),
        "Ward J12 after 5 d. Pneumonia with acute kidney injury. ramipril and naproxen stopped.",
        "Dr Leila Marsh",
    );
    ward.clinical_until = Some(day("2026-11-19T15:20:00Z"));
    let mut letter = of(
        line("RSB", "Discharge summary"),
        Heading::Documents,
        "2026-11-19",
    );
    letter.resource_type = "DocumentReference".to_owned();
    letter.detail.opens = Some("Binary/1".to_owned());
    let nurse = |name: &str, role: &str, number: &str| {
        let mut line = of(line("RHC", role), Heading::CareTeam, "2025-01-14");
        line.resource_id = name.to_owned();
        line.detail.who = Some(name.to_owned());
        line.detail.role = Some(role.to_owned());
        line.detail.telephone = Some(number.to_owned());
        line
    };
    vec![
        severe,
        dressings,
        denial,
        ward,
        letter,
        text(
            encounter("HUC01", "Urgent care · telephone", "2026-11-22T07:52:00Z"),
            "More breathless overnight, ankles swollen. Doctor to call back.",
            "J. Pryce, call handler",
        ),
        text(
            encounter(
                "RHC",
                "Community nurse · home visit",
                "2026-11-21T16:30:00Z",
            ),
            "Weight up 1.6 kg since 18-Nov-2026. Ankles swollen to mid-shin. Bloods taken.",
            "Amina Yusuf, district nurse",
        ),
        text(
            encounter("OAK01", "GP · telephone", "2026-11-20T11:15:00Z"),
            "After discharge. Coping with daughter’s help.",
            "Dr Paul Osei",
        ),
        text(
            of(
                line("OAK01", "ReSPECT in place: not for CPR"),
                Heading::Alerts,
                "2026-03-03",
            ),
            "Wants to be treated at home where possible. For antibiotics. Not for intensive care.",
            "Dr Paul Osei",
        ),
        of(
            line("OAK01", "Takes an anticoagulant"),
            Heading::Alerts,
            "2021-03-12",
        ),
        of(
            line("RHC", "2 falls in 90 d"),
            Heading::Alerts,
            "2026-11-09",
        ),
        of(
            line("RHC", "Key safe, back door"),
            Heading::Alerts,
            "2025-01-14",
        ),
        of(
            line("RSB", "Pneumonia, left lower"),
            Heading::Problems,
            "2026-11-14",
        ),
        of(
            line("RSB", "Acute kidney injury"),
            Heading::Problems,
            "2026-11-14",
        ),
        of(line("OAK01", "Depression"), Heading::Problems, "2025-08-11"),
        of(
            line("OAK01", "Atrial fibrillation"),
            Heading::Problems,
            "2021-03-12",
        ),
        of(
            line("RSB", "Atrial fibrillation"),
            Heading::Problems,
            "2021-03-12",
        ),
        of(
            line("OAK01", "Deaf in my left ear. Sit on my right."),
            Heading::AboutMe,
            "2026-10-06",
        ),
        of(
            line(
                "OAK01",
                "My cat is called Biscuit. Joan next door has a key.",
            ),
            Heading::AboutMe,
            "2026-10-06",
        ),
        nurse("Amina Yusuf", "District nurse", "01632 960 122"),
        nurse("Kofi Lindqvist", "Heart failure nurse", "01632 960 155"),
        of(
            line("OAK01", "Flu vaccine"),
            Heading::Immunisations,
            "2026-10-01",
        ),
    ]
}

/// Edie's record: six sources, of which one is late, one silent and one not joined.
pub(crate) fn record() -> PersonRecord {
    let feeds = feeds();
    let mut lines = medicines();
    lines.extend(results());
    lines.extend(others());
    for (place, line) in lines.iter_mut().enumerate() {
        line.resource_id = format!("{}-{place}", line.resource_id.replace(' ', "-"));
    }
    lines.sort_by_key(|line| {
        (
            line.heading,
            std::cmp::Reverse(line.clinical_at.or(line.recorded_at).map(|when| when.at)),
        )
    });
    let sources: Vec<SourceStanding> = feeds
        .iter()
        .map(|feed| {
            let mut source = source(feed.code);
            source.name = feed.name.to_owned();
            source.short_name = feed.short.to_owned();
            source.telephone = Some(feed.telephone.to_owned());
            SourceStanding {
                source,
                state: feed.state,
            }
        })
        .collect();
    let mut cells = Vec::new();
    for standing in &sources {
        for heading in HeadingSet::all().iter() {
            let organisation = standing.source.organisation.clone();
            let count = lines
                .iter()
                .filter(|l| l.source == organisation && l.heading == heading)
                .count();
            let cell = match standing.state {
                SourceState::Live { .. } if count == 0 => Cell::None,
                SourceState::Live { .. } => Cell::Present { count },
                SourceState::Late { complete_to, .. } => Cell::Late { count, complete_to },
                SourceState::Unavailable { last_heard_at } => Cell::Unavailable { last_heard_at },
                SourceState::NotConnected => Cell::NotConnected,
            };
            cells.push(LedgerCell {
                organisation,
                heading,
                cell,
            });
        }
    }
    let mut demographics = edie();
    demographics.source = ods("OAK01");
    PersonRecord {
        person: "0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b".parse().unwrap(),
        demographics: vec![demographics],
        location_protected: false,
        lines,
        held: Vec::new(),
        ledger: Ledger { sources, cells },
        permitted: HeadingSet::all().without(
            [Heading::Safeguarding, Heading::MentalHealth]
                .into_iter()
                .collect(),
        ),
        opening: Opening {
            at: now(),
            purpose: Purpose::DirectCare,
            basis: "encounter".to_owned(),
            reason: None,
            clauses: vec![CitedClause {
                number: "4.2".to_owned(),
                citation: "harrowmere@abc#4.2".to_owned(),
                text: "Out-of-hours doctors may see …".to_owned(),
                headings: HeadingSet::all(),
            }],
        },
    }
}
