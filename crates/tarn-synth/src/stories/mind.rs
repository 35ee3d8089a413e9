//! Stories with entries that fewer may see: mental health, sexual health.

use tarn_model::Label;

use super::known::{BIPOLAR, NO_ALLERGY, at_night, daily, words};
use super::{Tale, name};
use crate::Partner::{MentalHealth, MillStreet, OakLane};
use crate::calendar::Calendar;
use crate::directory::{LOMAX, MARSH, OSEI, QUAYE, RAHMAN, WREN};
use crate::{ContactKind, Gender, Medicine, Member, Plan, PlanKind, What};

pub(super) fn crisis_plan(calendar: &Calendar) -> Tale {
    let born = calendar.born(1998, 1, 31);
    let who = name("Mr", "Callum", "Frayne");
    let mut tale = Tale::of(calendar, 15, who, Gender::Male, born);
    tale.living("12B Foundry Walk", "Harrowmere", "ZZ99 1QD", "07700 900476");
    tale.kin(name("Mrs", "Shona", "Frayne"), "mother", "07700 900477");
    let onset = tale.on("2019-09-17");
    tale.problem(OakLane, BIPOLAR, onset);
    tale.problem(MentalHealth, BIPOLAR, onset);
    tale.labelled(Label::MentalHealth);
    tale.allergy(OakLane, NO_ALLERGY, "2019-09-17");
    let lithium = at_night(daily(
        "lithium carbonate",
        "tablet",
        ("800", "mg"),
        1,
        "bipolar disorder",
    ));
    let medicine = Medicine::new(lithium, onset, OSEI).issued(tale.on("2026-11-09"));
    tale.medicine(OakLane, onset, medicine.noting("Level every three months"));
    let medicine = Medicine::new(lithium, onset, QUAYE);
    tale.medicine(MentalHealth, onset, medicine);
    crisis(&mut tale);
    let came = tale.on("2026-10-03T02:10");
    let words = "Not slept for four nights. Seen by the liaison team, home with his mother.";
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        330,
        words,
    );
    tale
}

fn crisis(tale: &mut Tale) {
    let since = tale.on("2026-10-07");
    let plan = Plan {
        kind: PlanKind::MentalHealthCrisis,
        title: "Crisis plan",
        text: "Early signs: not sleeping, spending, many messages at night. Ring his care \
               coordinator in the day, the crisis line at night. His mother can be told.",
        status: "active",
        steps: &[
            "Speak quietly, one person at a time",
            "Do not take away his telephone",
            "Offer the quiet room, not the waiting room",
        ],
        since,
        by: LOMAX,
    };
    tale.keep(MentalHealth, "plan-crisis", since, What::Plan(plan));
    tale.labelled(Label::MentalHealth);
    let coordinator = Member::Professional(LOMAX, tale.on("2021-06-14"), None);
    tale.circle(
        MentalHealth,
        "Community mental health team",
        vec![coordinator],
    );
    let words = "Has a crisis plan. Care coordinator 01632 960 133.";
    tale.alert(LOMAX, "clinical", "Crisis plan in place", since, words);
    let seen = tale.on("2026-10-07T14:00");
    let words = "Settling. Crisis plan gone through with him and his mother.";
    tale.contact(
        LOMAX,
        ContactKind::Home,
        "Care coordinator visit",
        seen,
        60,
        words,
    );
    tale.labelled(Label::MentalHealth);
    tale.letter(
        QUAYE,
        "Outpatient letter",
        since,
        since,
        "Lithium 800 mg to continue.",
    );
    tale.labelled(Label::MentalHealth);
}

pub(super) fn sensitive_entry(calendar: &Calendar) -> Tale {
    let born = calendar.born(2001, 7, 22);
    let who = name("Ms", "Niamh", "Corcoran");
    let mut tale = Tale::of(calendar, 16, who, Gender::Female, born);
    tale.demographics.practice = MillStreet;
    tale.living(
        "Room 14, Tannery Lodge",
        "Harrowmere",
        "ZZ99 1LG",
        "07700 900590",
    );
    let onset = tale.on("2018-02-26");
    tale.problem(MillStreet, words("Eczema"), onset);
    tale.allergy(MillStreet, NO_ALLERGY, "2018-02-26");
    let seen = tale.on("2026-09-24T13:30");
    tale.contact(
        RAHMAN,
        ContactKind::Clinic,
        "Sexual health clinic",
        seen,
        25,
        "Test and treatment. Partner to be told by her.",
    );
    tale.labelled(Label::SexualHealth);
    let course = daily("doxycycline", "capsule", ("100", "mg"), 2, "infection");
    let medicine = Medicine::new(course, seen.day(), RAHMAN).ended(tale.on("2026-10-01"));
    tale.medicine(MillStreet, seen, medicine);
    tale.labelled(Label::SexualHealth);
    let came = tale.on("2026-06-13T11:45");
    let words = "Twisted ankle, strapped.";
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        95,
        words,
    );
    let dated = tale.on("2026-06-13");
    tale.letter(
        MARSH,
        "Emergency department letter",
        dated,
        dated,
        "Twisted ankle. Home.",
    );
    tale
}
