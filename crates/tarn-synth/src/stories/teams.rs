//! Stories of who is involved: who visited last, who knows the person already, who was not
//! understood.

use super::known::{
    DIABETES_2, HYPERTENSION, METFORMIN, NO_ALLERGY, OSTEOARTHRITIS, PARACETAMOL, words,
};
use super::{Tale, name};
use crate::Partner::{Community, MillStreet, OakLane, StBrannocs};
use crate::calendar::Calendar;
use crate::directory::{
    ACHTERBERG, BRANDRETH, FENWICK, GARRITY, OKORO, OT, RAHMAN, TREGEAR, YUSUF,
};
use crate::{
    AboutMe, Alert, ContactKind, Gender, Medicine, Member, Opens, PersonWords, Referral, What,
};

pub(super) fn not_answering(calendar: &Calendar) -> Tale {
    let born = calendar.born(1938, 10, 11);
    let who = name("Miss", "Winifred", "Sparrow");
    let mut tale = Tale::of(calendar, 17, who, Gender::Female, born);
    tale.living(
        "5 Bellfounders’ Row",
        "Harrowmere",
        "ZZ99 1NB",
        "01632 960 318",
    );
    tale.kin(name("Mr", "Peter", "Sparrow"), "nephew", "07700 900948");
    tale.allergy(OakLane, NO_ALLERGY, "2006-08-08");
    let onset = tale.on("2011-01-25");
    tale.problem(OakLane, OSTEOARTHRITIS, onset);
    tale.problem(OakLane, words("Hearing loss"), onset);
    let medicine = Medicine::new(PARACETAMOL, onset, BRANDRETH).issued(tale.on("2026-10-26"));
    tale.medicine(OakLane, onset, medicine);
    let visited = tale.on("2026-11-22T08:25");
    let words = "Dressing changed. Well, going to her sister’s for the day at nine.";
    tale.contact(
        YUSUF,
        ContactKind::Home,
        "Community nurse home visit",
        visited,
        20,
        words,
    );
    let rang = tale.on("2026-11-22T09:35");
    let words = "Neighbour rings: curtains drawn, no answer at the door.";
    tale.contact(
        ACHTERBERG,
        ContactKind::Telephone,
        "Urgent care call",
        rang,
        6,
        words,
    );
    let key_safe = Alert {
        title: "Key safe, front porch",
        text: "The code is shown when it is asked for.".to_owned(),
        category: "social",
        since: tale.on("2024-02-19"),
        opens: Some(Opens::Text("Key safe in the front porch: 2086")),
        by: YUSUF,
    };
    tale.keep(
        Community,
        "alert-key-safe",
        key_safe.since,
        What::Alert(key_safe),
    );
    let sister = PersonWords {
        key: "sister",
        name: "Agnes Sparrow",
        relationship: "Sister",
        telephone: "01632 960 319",
        note: Some("Winifred spends most Sundays with her"),
    };
    tale.circle(
        OakLane,
        "Practice and family",
        vec![Member::Informal(sister)],
    );
    let about = AboutMe {
        three: [
            "I don’t hear the door without my aids.",
            "I go to my sister Agnes on Sundays.",
            "I like to be called Miss Sparrow.",
        ],
    };
    let written = tale.on("2026-04-22");
    tale.keep(OakLane, "about-me", written, What::AboutMe(about));
    tale
}

pub(super) fn already_known(calendar: &Calendar) -> Tale {
    let born = calendar.born(1947, 2, 18);
    let who = name("Mrs", "Mabel", "Entwistle");
    let mut tale = Tale::of(calendar, 18, who, Gender::Female, born);
    tale.demographics.practice = MillStreet;
    tale.living("33 Canal Side", "Harrowmere", "ZZ99 1PE", "01632 960 327");
    tale.allergy(MillStreet, NO_ALLERGY, "2010-05-05");
    let onset = tale.on("2026-08-30");
    tale.problem(MillStreet, words("Stroke"), onset);
    tale.problem(StBrannocs, words("Stroke"), onset);
    for (by, service, reason, at) in [
        (
            GARRITY,
            "Occupational therapy",
            "Stairs and bath after a stroke",
            "2026-09-11",
        ),
        (
            RAHMAN,
            "Physiotherapy",
            "Left leg weak after a stroke",
            "2026-09-18",
        ),
        (GARRITY, "Community nursing", "Pressure areas", "2026-09-11"),
    ] {
        let at = tale.on(at);
        let referral = Referral {
            service,
            reason,
            status: "active",
            by,
            to: Community,
        };
        tale.add(by.partner, "referral", at, What::Referral(referral));
    }
    let began = tale.on("2026-09-16");
    let members = vec![
        Member::Professional(OT, began, Some("Stair rail ordered".to_owned())),
        Member::Professional(FENWICK, tale.on("2026-09-25"), None),
        Member::Professional(YUSUF, began, None),
    ];
    tale.circle(Community, "Stroke team at home", members);
    let seen = tale.on("2026-11-18T10:00");
    let words = "Manages the stairs with a rail. Bath board next.";
    tale.contact(
        OT,
        ContactKind::Home,
        "Occupational therapy visit",
        seen,
        50,
        words,
    );
    let seen = tale.on("2026-11-19T14:30");
    let words = "Walks 40 m with a stick.";
    tale.contact(
        FENWICK,
        ContactKind::Home,
        "Physiotherapy visit",
        seen,
        40,
        words,
    );
    tale.booked(FENWICK, "Physiotherapy visit", 3);
    tale
}

pub(super) fn interpreter(calendar: &Calendar) -> Tale {
    let born = calendar.born(1966, 5, 27);
    let who = name("Mrs", "Halina", "Wojtas");
    let mut tale = Tale::of(calendar, 19, who, Gender::Female, born);
    tale.demographics.practice = MillStreet;
    tale.demographics.interpreter = Some(("pl", "Polish"));
    tale.living("8 Ropewalk", "Stannowick", "ZZ99 2HD", "07700 900263");
    let onset = tale.on("2020-02-13");
    tale.problem(MillStreet, DIABETES_2, onset);
    tale.problem(MillStreet, HYPERTENSION, onset);
    tale.allergy(MillStreet, NO_ALLERGY, "2020-02-13");
    let medicine = Medicine::new(METFORMIN, onset, TREGEAR).issued(tale.on("2026-11-04"));
    tale.medicine(MillStreet, onset, medicine);
    tale.missed(OKORO, "Diabetes nurse clinic", "2026-07-21T10:30");
    tale.missed(OKORO, "Diabetes nurse clinic", "2026-09-22T10:30");
    let words = "Interpreter needed (Polish). Letters in English are not read.";
    let since = tale.on("2026-09-29");
    tale.alert(TREGEAR, "social", "Needs an interpreter", since, words);
    let seen = tale.on("2026-10-14T11:20");
    let words = "Seen with an interpreter. Had not known of either clinic.";
    tale.contact(
        TREGEAR,
        ContactKind::Clinic,
        "GP consultation",
        seen,
        25,
        words,
    );
    tale.booked(OKORO, "Diabetes nurse clinic, interpreter booked", 9);
    tale
}
