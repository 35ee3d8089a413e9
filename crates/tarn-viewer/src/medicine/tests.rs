use proptest::prelude::*;
use tarn_access::Code;

use super::*;
use crate::samples::{day, line, medicine, now};

fn stopped(mut line: Line, on: &str) -> Line {
    line.status = "stopped".to_owned();
    line.clinical_until = Some(day(on));
    line.resource_id.push_str("-stopped");
    line
}

#[test]
fn one_row_per_drug_with_the_differing_attribute_left_out() {
    let lines = [
        medicine(
            "GP1",
            "Furosemide 40mg tablets",
            "40 mg",
            "once a day",
            "2026-11-02",
        ),
        medicine("HO1", "furosemide", "40mg", "twice a day", "2026-11-19"),
    ];
    let merged = Medicines::merge(&lines);
    assert_eq!(merged.current.len(), 1);
    let row = &merged.current[0];
    assert_eq!(row.outcome, Outcome::Differs(vec![Attribute::Frequency]));
    assert_eq!(row.agreed(Attribute::Frequency), None);
    assert_eq!(row.agreed(Attribute::Dose), Some("40 mg"));
    assert_eq!(
        (row.name, row.entries.len(), merged.differing()),
        ("furosemide", 2, 1)
    );
}

#[test]
fn there_are_three_outcomes() {
    let check = |lines: &[Line], expected: Outcome| {
        let merged = Medicines::merge(lines);
        assert_eq!(merged.current.len(), 1);
        assert_eq!(merged.current[0].outcome, expected);
    };
    let gp = medicine("GP1", "apixaban", "2.5 mg", "twice a day", "2021-03-12");
    let hospital = medicine("HO1", "Apixaban", "2.5mg", "twice a day", "2021-03-14");
    let mut dose = hospital.clone();
    dose.detail.dose = Some("5 mg".to_owned());
    let mut paused = hospital.clone();
    paused.status = "on-hold".to_owned();
    check(
        std::slice::from_ref(&gp),
        Outcome::OnlyIn("GP1".parse().unwrap()),
    );
    check(&[gp.clone(), hospital], Outcome::Same);
    check(&[gp.clone(), dose], Outcome::Differs(vec![Attribute::Dose]));
    check(&[gp, paused], Outcome::Differs(vec![Attribute::Status]));
}

#[test]
fn a_later_stop_by_another_source_is_a_difference_and_an_old_course_is_not() {
    let gp = medicine("GP1", "ramipril", "5 mg", "once a day", "2019-05-08");
    let hospital = medicine("HO1", "ramipril", "5 mg", "once a day", "2019-05-08");
    let lines = [gp.clone(), stopped(hospital.clone(), "2026-11-16")];
    let merged = Medicines::merge(&lines);
    assert_eq!(
        merged.current[0].outcome,
        Outcome::Differs(vec![Attribute::Status])
    );
    assert!(merged.past.is_empty());
    let lines = [gp.clone(), stopped(hospital, "2015-01-01")];
    let merged = Medicines::merge(&lines);
    assert_eq!(
        (merged.current.len(), merged.past.len(), merged.differing()),
        (1, 1, 0)
    );
    // A source that stopped one course and began another does not contradict itself.
    let mut earlier = medicine("GP1", "ramipril", "2.5 mg", "once a day", "2017-01-01");
    earlier.resource_id.push_str("-earlier");
    let lines = [gp, stopped(earlier, "2026-01-01")];
    assert_eq!(Medicines::merge(&lines).differing(), 0);
}

#[test]
fn other_forms_combinations_and_products_stay_apart() {
    let check = |a: Line, b: Line| assert_eq!(Medicines::merge(&[a, b]).current.len(), 2);
    let mut liquid = medicine("HO1", "morphine", "5 mg", "four times a day", "2026-01-01");
    liquid.detail.form = Some("oral solution".to_owned());
    check(
        medicine("GP1", "morphine", "10 mg", "twice a day", "2026-01-01"),
        liquid,
    );
    let mut injected = medicine("HO1", "hydrocortisone", "100 mg", "once", "2026-01-01");
    injected.detail.route = Some("intravenous".to_owned());
    check(
        medicine(
            "GP1",
            "hydrocortisone",
            "10 mg",
            "twice a day",
            "2026-01-01",
        ),
        injected,
    );
    check(
        line("GP1", "paracetamol 500 mg tablets"),
        line("HO1", "paracetamol 500 mg / codeine 8 mg tablets"),
    );
    // One source that lists two strengths means two products.
    check(
        line("GP1", "warfarin 1 mg tablets"),
        line("GP1", "warfarin 3 mg tablets"),
    );
}

#[test]
fn the_same_code_is_the_same_drug_whatever_it_is_called() {
    let code = Some(Code {
        system: "https://dmd.nhs.uk".to_owned(),
        code: "1".to_owned(),
    });
    let (mut a, mut b) = (line("GP1", "Frusemide"), line("HO1", "furosemide"));
    (a.code, b.code) = (code.clone(), code);
    let lines = [a, b];
    assert_eq!(Medicines::merge(&lines).current.len(), 1);
}

#[test]
fn medv_074_and_099_recent_past_and_newest_first() {
    let lines = [
        medicine("GP1", "metformin", "500 mg", "twice a day", "2016-01-21"),
        medicine("GP1", "mirtazapine", "15 mg", "at night", "2025-08-11"),
        stopped(
            medicine("GP1", "naproxen", "250 mg", "twice a day", "2026-05-01"),
            "2026-11-14",
        ),
        stopped(
            medicine(
                "GP1",
                "amoxicillin",
                "500 mg",
                "three times a day",
                "2024-05-01",
            ),
            "2024-05-08",
        ),
    ];
    let merged = Medicines::merge(&lines);
    let names = |rows: &[Medicine<'_>]| {
        rows.iter()
            .map(|row| row.name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&merged.current), ["mirtazapine", "metformin"]);
    assert_eq!(names(&merged.past), ["naproxen", "amoxicillin"]);
    let recent: Vec<&str> = merged
        .recently_past(now(), 90)
        .map(|row| row.name)
        .collect();
    assert_eq!(recent, ["naproxen"]);
}

#[test]
fn medv_162_every_status_has_a_word_and_an_unknown_one_counts_as_current() {
    let mut odd = line("GP1", "lithium");
    for (status, word, current) in [
        ("active", "Started", true),
        ("draft", "Not started", true),
        ("on-hold", "Suspended", true),
        ("completed", "Completed", false),
        ("stopped", "Discontinued", false),
        ("cancelled", "Discontinued", false),
        ("unknown", "Status not known", true),
        ("", "Status not known", true),
    ] {
        odd.status = status.to_owned();
        let read = Status::of(&odd);
        assert_eq!(
            (read.word(), read.is_current()),
            (word, current),
            "{status}"
        );
    }
    odd.polarity = Polarity::Negated;
    assert_eq!(Status::of(&odd), Status::NotTaken);
}

fn any_line() -> impl Strategy<Value = Line> {
    let of = |words: &'static [&'static str]| proptest::sample::select(words);
    (
        of(&["GP1", "HO1", "CO1"]),
        of(&[
            "furosemide",
            "Furosemide 40mg tablets",
            "furosemide 20 mg tablets",
            "ramipril",
            "ramipril 5 mg capsules",
        ]),
        of(&[
            "active",
            "on-hold",
            "stopped",
            "completed",
            "unknown",
            "draft",
        ]),
        proptest::option::of(of(&["40 mg", "40mg", "20 mg"])),
        proptest::option::of(of(&["once a day", "twice a day"])),
        proptest::option::of(of(&["tablet", "tablets", "capsule"])),
        proptest::option::of(of(&["2019-05-08", "2024", "2026-11-19"])),
        proptest::option::of(of(&["2018-01-01", "2026-11-20"])),
        of(&[
            "MedicationRequest",
            "MedicationStatement",
            "MedicationDispense",
        ]),
        (proptest::option::of(of(&["1", "2"])), 0u8..8),
    )
        .prop_map(
            |(
                source,
                display,
                status,
                dose,
                frequency,
                form,
                from,
                until,
                kind,
                (code, mistake),
            )| {
                let mut drawn = line(source, display);
                drawn.status = status.to_owned();
                drawn.detail.dose = dose.map(str::to_owned);
                drawn.detail.frequency = frequency.map(str::to_owned);
                drawn.detail.form = form.map(str::to_owned);
                drawn.clinical_at = from.map(day);
                drawn.clinical_until = until.map(day);
                drawn.resource_type = kind.to_owned();
                drawn.code = code.map(|code| Code {
                    system: "urn:x".to_owned(),
                    code: code.to_owned(),
                });
                if mistake == 0 {
                    drawn.polarity = Polarity::EnteredInError;
                }
                drawn
            },
        )
}

fn any_record() -> impl Strategy<Value = Vec<Line>> {
    proptest::collection::vec(any_line(), 0..14).prop_map(|mut lines| {
        for (id, line) in lines.iter_mut().enumerate() {
            line.resource_id = format!("{id:02}");
        }
        lines
    })
}

proptest! {
    #[test]
    fn the_order_of_sources_does_not_matter(
        (lines, shuffled) in any_record().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
    ) {
        prop_assert_eq!(Medicines::merge(&lines), Medicines::merge(&shuffled));
    }

    #[test]
    fn nothing_is_lost_and_nothing_appears_twice(lines in any_record()) {
        let merged = Medicines::merge(&lines);
        let rows = merged.current.iter().chain(&merged.past);
        let mut placed: Vec<&str> = rows.flat_map(|row| row.entries.iter().map(|entry| entry.line.resource_id.as_str())).collect();
        placed.extend(merged.issues.iter().chain(&merged.errors).map(|line| line.resource_id.as_str()));
        placed.sort_unstable();
        let given: Vec<&str> = lines.iter().map(|line| line.resource_id.as_str()).collect();
        prop_assert_eq!(placed, given);
    }

    #[test]
    fn no_value_is_shown_that_no_source_holds_or_another_contradicts(lines in any_record()) {
        let merged = Medicines::merge(&lines);
        for row in merged.current.iter().chain(&merged.past) {
            for attribute in Attribute::ALL.iter().copied() {
                let held: Vec<&str> = row.entries.iter().filter_map(|entry| entry.says(attribute)).collect();
                match row.agreed(attribute) {
                    Some(value) => {
                        prop_assert!(held.contains(&value));
                        prop_assert!(!row.differs_in(attribute));
                    }
                    None => prop_assert!(held.is_empty() || row.differs_in(attribute)),
                }
            }
            match &row.outcome {
                Outcome::OnlyIn(source) => prop_assert!(row.entries.iter().all(|entry| entry.line.source == *source)),
                Outcome::Same => prop_assert!(row.entries.len() > 1),
                Outcome::Differs(which) => prop_assert!(!which.is_empty() && row.entries.len() > 1),
            }
        }
    }

    #[test]
    fn a_current_medicine_is_never_hidden_among_the_past(lines in any_record()) {
        let merged = Medicines::merge(&lines);
        for row in &merged.past {
            prop_assert!(row.entries.iter().all(|entry| !entry.status.is_current()));
        }
        for row in &merged.current {
            prop_assert!(row.entries.iter().any(|entry| entry.status.is_current()));
        }
    }
}
