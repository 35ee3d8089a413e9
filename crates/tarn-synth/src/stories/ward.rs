//! Stories of people in hospital, on their way home, or looked after at home by the hospital.

use super::known::{
    AMLODIPINE, APIXABAN, ATORVASTATIN, ATRIAL_FIBRILLATION, COPD, CREATININE_MEN, CRP, DEMENTIA,
    DIABETES_1, HYPERTENSION, NO_ALLERGY, NO_DRUG_ALLERGY, PENICILLIN, PNEUMONIA_LEFT, POTASSIUM,
    TIOTROPIUM, daily, given, words,
};
use super::tale::test;
use super::{Tale, name};
use crate::Partner::{Community, OakLane, StBrannocs};
use crate::calendar::Calendar;
use crate::directory::{CALLOWAY, DHALIWAL, GARRITY, MARSH, OKORO, OSEI, SISTER, WREN, YUSUF};
use crate::{
    Contact, ContactKind, Drug, Gender, Measurement, Medicine, Member, Plan, PlanKind, What,
};

pub(super) fn in_hospital(calendar: &Calendar) -> Tale {
    let born = calendar.born(1951, 5, 19);
    let who = name("Mr", "Arthur", "Pemberton");
    let mut tale = Tale::of(calendar, 9, who, Gender::Male, born);
    tale.living("48 Mill Race", "Harrowmere", "ZZ99 1TU", "01632 960 261");
    tale.kin(name("Mrs", "Joyce", "Pemberton"), "wife", "01632 960 261");
    let diagnosed = tale.on("2017-07-11");
    tale.problem(OakLane, HYPERTENSION, diagnosed);
    tale.problem(OakLane, ATRIAL_FIBRILLATION, diagnosed);
    tale.problem(StBrannocs, PNEUMONIA_LEFT, tale.on("2026-11-20"));
    tale.allergy(OakLane, PENICILLIN, "1999-06-01");
    tale.allergy(StBrannocs, PENICILLIN, "2026-11-20");
    let issued = tale.on("2026-11-10");
    for drug in [AMLODIPINE, APIXABAN, ATORVASTATIN] {
        let medicine = Medicine::new(drug, diagnosed, OSEI).issued(issued);
        tale.medicine(OakLane, diagnosed, medicine);
    }
    let admitted = tale.day("2026-11-20T03:10");
    let higher = Drug {
        dose: ("5", "mg"),
        ..APIXABAN
    };
    for drug in [AMLODIPINE, higher] {
        let medicine = Medicine::new(drug, diagnosed, DHALIWAL);
        tale.medicine(StBrannocs, admitted, medicine);
    }
    let called = tale.on("2026-11-20T01:35");
    let words = "Breathless and hot. Oxygen 89% on air. Taken to St Brannoc’s.";
    tale.contact(
        CALLOWAY,
        ContactKind::Emergency,
        "Ambulance attendance",
        called,
        70,
        words,
    );
    let arrived = tale.on("2026-11-20T02:50");
    let words = "Pneumonia. Admitted to ward J12.";
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        arrived,
        190,
        words,
    );
    let words = "Pneumonia, on oxygen and antibiotics by drip. Getting better.";
    stay(&mut tale, "2026-11-20T06:00", Some(4), words);
    let taken = tale.on("2026-11-21T07:15");
    let tests = vec![
        test(CREATININE_MEN, "96"),
        test(POTASSIUM, "4.2"),
        test(CRP, "164"),
    ];
    tale.report(StBrannocs, "Kidney function and CRP", taken, tests);
    tale
}

fn stay(tale: &mut Tale, since: &str, days_to_go: Option<i64>, summary: &str) {
    let now = tale.calendar.days_ago(1, 12, 0);
    let stay = Contact {
        kind: ContactKind::Stay,
        title: "Hospital stay, ward J12",
        summary: summary.to_owned(),
        start: tale.on(since),
        end: None,
        place: Some("Ward J12"),
        expected_end: days_to_go.map(|days| crate::Moment {
            at: now.at.plus_seconds((days + 1) * 86_400),
            ..now
        }),
        missed: false,
        by: MARSH,
    };
    tale.keep(StBrannocs, "contact-stay", stay.start, What::Contact(stay));
    let since = tale.day(since);
    let members = vec![
        Member::Professional(MARSH, since, None),
        Member::Professional(SISTER, since, None),
        Member::Professional(GARRITY, since, None),
    ];
    tale.circle(StBrannocs, "Ward J12", members);
}

pub(super) fn insulin_stopped(calendar: &Calendar) -> Tale {
    let born = calendar.born(1949, 8, 2);
    let who = name("Mr", "Derek", "Oldroyd");
    let mut tale = Tale::of(calendar, 10, who, Gender::Male, born);
    tale.living(
        "2 Almshouse Court",
        "Thornmere Cross",
        "ZZ99 5UW",
        "01632 960 277",
    );
    let onset = tale.on("1974");
    tale.problem(OakLane, DIABETES_1, onset);
    tale.allergy(OakLane, NO_ALLERGY, "2004-02-17");
    let glargine = given(
        daily(
            "insulin glargine",
            "injection",
            ("18", "units"),
            1,
            "type 1 diabetes",
        ),
        "under the skin",
        "at night",
    );
    let mixed = given(
        daily(
            "biphasic insulin aspart",
            "injection",
            ("22", "units"),
            2,
            "type 1 diabetes",
        ),
        "under the skin",
        "twice a day",
    );
    let began = tale.on("2012-05-21");
    let stopped = tale.on("2026-11-12");
    let because = "night-time low blood sugar, ambulance called twice";
    let medicine = Medicine::new(mixed, began, OKORO)
        .stopped(stopped, because)
        .noting("Changed to one injection at night; his daughter gives it");
    tale.medicine(Community, stopped, medicine);
    let medicine = Medicine::new(glargine, stopped, OKORO);
    tale.medicine(Community, stopped, medicine);
    let medicine = Medicine::new(mixed, began, OSEI).issued(tale.on("2026-10-30"));
    tale.medicine(OakLane, began, medicine);
    let called = tale.on("2026-11-09T03:20");
    let words = "Blood sugar 1.9, woke after glucose. Second time this month.";
    tale.contact(
        CALLOWAY,
        ContactKind::Emergency,
        "Ambulance attendance",
        called,
        55,
        words,
    );
    let visited = tale.on("2026-11-12T10:30");
    let words = "Twice-daily insulin stopped after two night-time lows. Glargine at night started.";
    tale.contact(
        OKORO,
        ContactKind::Home,
        "Diabetes nurse home visit",
        visited,
        50,
        words,
    );
    let words = "Broken hip repaired. Walking with a frame, going home this week.";
    stay(&mut tale, "2026-11-15T22:40", Some(1), words);
    tale
}

pub(super) fn package_paused(calendar: &Calendar) -> Tale {
    let born = calendar.born(1940, 11, 28);
    let who = name("Mrs", "Beryl", "Tansley");
    let mut tale = Tale::of(calendar, 11, who, Gender::Female, born);
    tale.living(
        "Flat 3, Weavers’ House",
        "Harrowmere",
        "ZZ99 1WX",
        "01632 960 288",
    );
    tale.kin(name("Mr", "Nigel", "Tansley"), "son", "07700 900855");
    let onset = tale.on("2022-09-14");
    tale.problem(OakLane, DEMENTIA, onset);
    tale.allergy(OakLane, NO_ALLERGY, "2022-09-14");
    let words = "Chest infection, settled. Waiting for her care at home to begin again.";
    stay(&mut tale, "2026-11-16T17:20", Some(2), words);
    let since = tale.day("2026-11-16T17:20");
    let package = Plan {
        kind: PlanKind::SocialCare,
        title: "Care at home, four visits a day",
        text: "Paused on admission by the discharge team. To start again on the day she goes \
               home; two days’ notice needed.",
        status: "on-hold",
        steps: &[
            "Morning: wash, dress, breakfast, medicines",
            "Noon and teatime: meal and drink",
            "Evening: to bed, medicines, door locked",
        ],
        since,
        by: GARRITY,
    };
    tale.keep(StBrannocs, "plan-package", since, What::Plan(package));
    let visited = tale.on("2026-11-13T11:00");
    let words = "Skin intact. Cream to heels. Carer says she coughs at night.";
    tale.contact(
        YUSUF,
        ContactKind::Home,
        "Community nurse home visit",
        visited,
        25,
        words,
    );
    tale
}

pub(super) fn virtual_ward(calendar: &Calendar) -> Tale {
    let born = calendar.born(1956, 4, 8);
    let who = name("Mrs", "Oluchi", "Benning");
    let mut tale = Tale::of(calendar, 12, who, Gender::Female, born);
    tale.living("15 Priory Bank", "Marlhythe", "ZZ99 3YA", "07700 900369");
    let onset = tale.on("2014-12-09");
    tale.problem(OakLane, COPD, onset);
    tale.problem(
        StBrannocs,
        words("Flare-up of lung disease"),
        tale.on("2026-11-17"),
    );
    tale.allergy(OakLane, NO_DRUG_ALLERGY, "2014-12-09");
    let medicine = Medicine::new(TIOTROPIUM, onset, OSEI).issued(tale.on("2026-11-03"));
    tale.medicine(OakLane, onset, medicine);
    let since = tale.day("2026-11-17T12:00");
    let plan = Plan {
        kind: PlanKind::Care,
        title: "Virtual ward: lung disease",
        text: "Looked after at home by the hospital team. Rings at 09:00 each day.",
        status: "active",
        steps: &[
            "Oxygen level three times a day",
            "Steroid tablets for 5 d",
            "Home visit on day 3",
        ],
        since,
        by: MARSH,
    };
    tale.keep(StBrannocs, "plan-virtual-ward", since, What::Plan(plan));
    for (taken, value) in [
        ("2026-11-19T09:05", "90"),
        ("2026-11-20T09:00", "91"),
        ("2026-11-21T09:10", "93"),
        ("2026-11-22T09:00", "94"),
    ] {
        let snomed = ("431314004", "Peripheral oxygen saturation");
        let taken = tale.on(taken);
        let oxygen = Measurement {
            name: "Oxygen saturation",
            snomed,
            taken,
            parts: vec![("Oxygen saturation", snomed, value.to_owned())],
            unit: ("%", "%"),
            by: SISTER,
        };
        tale.add(StBrannocs, "oxygen", taken, What::Measurement(oxygen));
    }
    let called = tale.on("2026-11-21T09:10");
    let words = "Better. Oxygen 93% at rest. Carry on.";
    tale.contact(
        SISTER,
        ContactKind::Telephone,
        "Virtual ward call",
        called,
        10,
        words,
    );
    tale
}
