//! Stories of children: twins, and a child under a protection plan with her mother.

use tarn_model::Label;

use super::known::{ASTHMA, DEPRESSION, NO_ALLERGY, PEANUT, SALBUTAMOL, SERTRALINE};
use super::{Tale, name};
use crate::Partner::{ChildrensServices, Community, MillStreet, OakLane};
use crate::calendar::Calendar;
use crate::directory::{
    ACHTERBERG, ALLEYNE, BRANDRETH, CALLOWAY, HEALTH_VISITOR, HOLT, MARSH, NUTTALL, STROUD,
    TREGEAR, WREN,
};
use crate::{ContactKind, Gender, Medicine, Member, PersonWords, Plan, PlanKind, What};

pub(super) fn twin_a(calendar: &Calendar) -> Tale {
    let mut tale = twin(calendar, "Saffron", 1);
    tale.allergy(MillStreet, PEANUT, "2021-10-04");
    let onset = tale.on("2022-03-08");
    tale.problem(MillStreet, ASTHMA, onset);
    let medicine = Medicine::new(SALBUTAMOL, onset, TREGEAR).issued(tale.on("2026-10-19"));
    tale.medicine(MillStreet, onset, medicine);
    tale
}

pub(super) fn twin_b(calendar: &Calendar) -> Tale {
    let mut tale = twin(calendar, "Sabrina", 2);
    tale.allergy(MillStreet, NO_ALLERGY, "2021-10-04");
    let came = tale.on("2026-06-20T15:40");
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        150,
        "Fell from a climbing frame. Greenstick fracture of the right arm, cast for three weeks.",
    );
    tale
}

fn twin(calendar: &Calendar, given: &'static str, order: u8) -> Tale {
    let born = calendar.born(2019, 4, 12);
    let who = name("Miss", given, "Chowdhury");
    let mut tale = Tale::of(calendar, 7, who, Gender::Female, born);
    tale.demographics.practice = MillStreet;
    tale.demographics.birth_order = Some(order);
    tale.living("31 Lantern Close", "Harrowmere", "ZZ99 1JP", "07700 900214");
    tale.kin(
        name("Mrs", "Nasreen", "Chowdhury"),
        "mother",
        "07700 900214",
    );
    for (vaccine, at, dose) in [
        ("6-in-1", "2019-06-07", 1),
        ("6-in-1", "2019-07-05", 2),
        ("6-in-1", "2019-08-02", 3),
        ("MMR", "2020-04-24", 1),
        ("MMR", "2022-08-19", 2),
    ] {
        let at = tale.on(at);
        tale.vaccinated(HOLT, vaccine, at, dose);
    }
    tale
}

pub(super) fn safeguarded_child(calendar: &Calendar) -> Tale {
    let born = calendar.born(2017, 3, 5);
    let who = name("Miss", "Kayleigh", "Marden");
    let mut tale = Tale::of(calendar, 8, who, Gender::Female, born);
    tale.living("6 Quarry View", "Harrowmere", "ZZ99 1RS", "07700 900642");
    tale.kin(name("Ms", "Donna", "Marden"), "mother", "07700 900642");
    tale.allergy(OakLane, NO_ALLERGY, "2017-05-02");
    visits(&mut tale);
    protection(&mut tale);
    for (vaccine, at) in [("6-in-1", "2017-05-02"), ("MMR", "2018-04-10")] {
        let at = tale.on(at);
        tale.vaccinated(NUTTALL, vaccine, at, 1);
    }
    tale
}

fn visits(tale: &mut Tale) {
    use ContactKind::{Clinic, Emergency, Telephone};
    let told = [
        (
            BRANDRETH,
            Clinic,
            "GP consultation",
            "2026-08-18T16:50",
            12,
            "Bruise on the left arm, said to be from football.",
        ),
        (
            WREN,
            Emergency,
            "Emergency department",
            "2026-09-06T20:15",
            170,
            "Scald on the right hand. Attended four hours after it happened.",
        ),
        (
            ACHTERBERG,
            Telephone,
            "Urgent care telephone call",
            "2026-09-27T22:30",
            15,
            "Tummy ache, mother upset. Advice given.",
        ),
        (
            WREN,
            Emergency,
            "Emergency department",
            "2026-10-11T19:05",
            140,
            "Sprained wrist. Third attendance in eight weeks.",
        ),
        (
            CALLOWAY,
            Emergency,
            "Ambulance attendance",
            "2026-10-25T01:40",
            50,
            "Called by a neighbour. Child unhurt and frightened. Not taken to hospital.",
        ),
        (
            WREN,
            Emergency,
            "Emergency department",
            "2026-11-08T18:20",
            205,
            "Bruising of the back. Safeguarding lead told.",
        ),
    ];
    for (by, kind, title, start, minutes, summary) in told {
        let start = tale.on(start);
        tale.contact(by, kind, title, start, minutes, summary);
    }
    tale.missed(HEALTH_VISITOR, "School health review", "2026-09-15T10:00");
    tale.missed(MARSH, "Children’s clinic", "2026-10-20T11:30");
}

fn protection(tale: &mut Tale) {
    let since = tale.on("2026-11-10");
    for by in [STROUD, WREN] {
        let words = "Child protection plan since this month. Tell the safeguarding lead of every \
                     attendance.";
        tale.alert(by, "safeguarding", "Child protection plan", since, words);
        tale.labelled(Label::Safeguarding);
    }
    let plan = Plan {
        kind: PlanKind::Safeguarding,
        title: "Child protection plan",
        text: "Category: physical abuse and neglect. Core group meets every ten working days.",
        status: "active",
        steps: &[
            "Seen by the social worker each week, at home and at school",
            "Every attendance told to the safeguarding lead on the same day",
            "Mother offered support with her mood and housing",
        ],
        since,
        by: ALLEYNE,
    };
    tale.keep(
        ChildrensServices,
        "plan-protection",
        since,
        What::Plan(plan),
    );
    tale.labelled(Label::Safeguarding);
    let home = tale.on("2026-11-17T15:45");
    let words = "Seen with mother and on her own. Bedroom seen. Says school is the best part.";
    tale.contact(
        ALLEYNE,
        ContactKind::Home,
        "Social work visit",
        home,
        60,
        words,
    );
    tale.labelled(Label::Safeguarding);
    let members = vec![
        Member::Professional(ALLEYNE, since, None),
        Member::Professional(STROUD, since, None),
    ];
    tale.circle(ChildrensServices, "Core group", members);
    tale.labelled(Label::Safeguarding);
    let mother = PersonWords {
        key: "mother",
        name: "Donna Marden",
        relationship: "Mother",
        telephone: "07700 900642",
        note: None,
    };
    tale.circle(
        OakLane,
        "Practice and family",
        vec![Member::Informal(mother)],
    );
    let nurse = tale.on("2024-09-02");
    let members = vec![Member::Professional(HEALTH_VISITOR, nurse, None)];
    tale.circle(Community, "School nursing", members);
}

pub(super) fn safeguarded_parent(calendar: &Calendar) -> Tale {
    let born = calendar.born(1993, 10, 17);
    let who = name("Ms", "Donna", "Marden");
    let mut tale = Tale::of(calendar, 8, who, Gender::Female, born);
    tale.living("6 Quarry View", "Harrowmere", "ZZ99 1RS", "07700 900642");
    let onset = tale.on("2023-02-20");
    tale.problem(OakLane, DEPRESSION, onset);
    let medicine = Medicine::new(SERTRALINE, onset, BRANDRETH).issued(tale.on("2026-08-03"));
    tale.medicine(
        OakLane,
        onset,
        medicine.noting("Not collected since August"),
    );
    tale.allergy(OakLane, NO_ALLERGY, "2023-02-20");
    let came = tale.on("2026-10-25T02:30");
    let words = "Came with bruised ribs, left before she was seen.";
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        70,
        words,
    );
    let told = tale.on("2026-11-10");
    let words = "Adult in the household of a child under a protection plan.";
    tale.alert(
        STROUD,
        "safeguarding",
        "Linked to a protection plan",
        told,
        words,
    );
    tale.labelled(Label::Safeguarding);
    tale.labelled(Label::NotForSubject);
    tale
}
