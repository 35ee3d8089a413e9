//! Edna "Edie" Hargreaves: the record that pictures and documents show.

use tarn_model::Label;

use super::known::{
    APIXABAN, ATRIAL_FIBRILLATION, BISOPROLOL, CREATININE_WOMEN, CRP, DEPRESSION, DIABETES_2,
    DOXYCYCLINE, DRESSINGS, EGFR, FUROSEMIDE, HEART_FAILURE, KIDNEY_INJURY, METFORMIN, MIRTAZAPINE,
    NAPROXEN, NO_DRUG_ALLERGY, PARACETAMOL, PENICILLIN, PNEUMONIA_LEFT, POTASSIUM, RAMIPRIL,
};
use super::tale::test;
use super::{Tale, edie_letters, edie_past, name};
use crate::Partner::{Community, OakLane, StBrannocs, UrgentCare};
use crate::calendar::Calendar;
use crate::directory::{LINDQVIST, MARSH, OSEI, PRYCE, YUSUF};
use crate::{
    AboutMe, Alert, Contact, ContactKind, Drug, Gender, Medicine, Member, Opens, PersonWords,
    Referral, What,
};

pub(super) fn tell(calendar: &Calendar) -> Tale {
    let born = chrono::NaiveDate::from_ymd_opt(1945, 7, 14).unwrap_or_default();
    let who = name("Mrs", "Edna", "Hargreaves");
    let mut tale = Tale::of(calendar, 1, who, Gender::Female, born);
    tale.demographics.preferred = Some("Edie".to_owned());
    tale.living(
        "3 Wheelwright Row",
        "Harrowmere",
        "ZZ99 1AE",
        "01632 960 184",
    );
    tale.kin(name("", "Ruth", "Hargreaves"), "daughter", "07700 900461");
    alerts(&mut tale);
    allergies(&mut tale);
    problems(&mut tale);
    medicines(&mut tale);
    results(&mut tale);
    last_days(&mut tale);
    circle(&mut tale);
    letters(&mut tale);
    edie_past::tell(&mut tale);
    tale
}

fn alerts(tale: &mut Tale) {
    let signed = tale.on("2026-03-03");
    let review = tale.on("2027-03-03").to_words();
    let respect = Alert {
        title: "ReSPECT in place: not for CPR",
        text: format!(
            "Wants to be treated at home where possible. For antibiotics. Not for intensive care. \
             Signed {}, review {review}.",
            signed.to_words()
        ),
        category: "advance-directive",
        since: signed,
        opens: Some(Opens::Letter("letter-respect")),
        by: OSEI,
    };
    tale.keep(OakLane, "alert-respect", signed, What::Alert(respect));
    for (by, since) in [(OSEI, "2021-03-12"), (MARSH, "2026-11-14")] {
        let since = tale.on(since);
        tale.alert(by, "clinical", "Takes an anticoagulant", since, "apixaban");
    }
    let fell = tale.on("2026-11-09");
    let falls = format!("last {}, no injury", fell.to_words());
    tale.alert(YUSUF, "safety", "2 falls in 90 d", fell, falls);
    let key_safe = Alert {
        title: "Key safe, back door",
        text: "The code is shown when it is asked for.".to_owned(),
        category: "social",
        since: tale.on("2025-01-14"),
        opens: Some(Opens::Text(
            "Key safe at the back door, left of the step: 4917",
        )),
        by: YUSUF,
    };
    tale.keep(
        Community,
        "alert-key-safe",
        key_safe.since,
        What::Alert(key_safe),
    );
}

fn allergies(tale: &mut Tale) {
    tale.allergy(OakLane, PENICILLIN, "2011-02-04");
    tale.allergy(StBrannocs, NO_DRUG_ALLERGY, "2026-11-14");
    tale.allergy(Community, DRESSINGS, "2024-06-17");
}

fn problems(tale: &mut Tale) {
    for (source, diagnosis, onset) in [
        (StBrannocs, PNEUMONIA_LEFT, "2026-11-14"),
        (StBrannocs, KIDNEY_INJURY, "2026-11-14"),
        (OakLane, DEPRESSION, "2025-08-11"),
        (OakLane, ATRIAL_FIBRILLATION, "2021-03-12"),
        (StBrannocs, ATRIAL_FIBRILLATION, "2021-03-12"),
        (OakLane, HEART_FAILURE, "2019-05-08"),
        (StBrannocs, HEART_FAILURE, "2019-05-08"),
        (OakLane, DIABETES_2, "2016-01-21"),
        (StBrannocs, DIABETES_2, "2016-01-21"),
    ] {
        let onset = tale.on(onset);
        tale.problem(source, diagnosis, onset);
    }
}

fn medicines(tale: &mut Tale) {
    let issued = tale.on("2026-11-02");
    let discharged = tale.day("2026-11-19T15:20");
    let furosemide_twice = Drug {
        frequency: "twice a day",
        times_a_day: 2,
        ..FUROSEMIDE
    };
    let listed = [
        (FUROSEMIDE, "2019-05-08", "G"),
        (MIRTAZAPINE, "2025-08-11", "GH"),
        (APIXABAN, "2021-03-12", "GHC"),
        (BISOPROLOL, "2021-03-12", "GHC"),
        (RAMIPRIL, "2019-05-08", "G"),
        (METFORMIN, "2016-01-21", "GHC"),
    ];
    for (drug, started, lists) in listed {
        let started = tale.on(started);
        if lists.contains('G') {
            let repeat = Medicine::new(drug, started, OSEI).issued(issued);
            tale.medicine(OakLane, started, repeat);
        }
        if lists.contains('H') {
            let continued = Medicine::new(drug, started, MARSH);
            tale.medicine(StBrannocs, discharged, continued);
        }
        if lists.contains('C') {
            let seen = Medicine::new(drug, started, YUSUF);
            let checked = tale.day("2026-11-21T16:48");
            tale.medicine(Community, checked, seen);
        }
    }
    let paracetamol = Medicine::new(PARACETAMOL, tale.on("2014-09-30"), OSEI);
    let paracetamol = paracetamol.issued(tale.on("2026-09-14"));
    tale.medicine(OakLane, tale.on("2014-09-30"), paracetamol);
    changed_in_hospital(tale, furosemide_twice);
}

fn changed_in_hospital(tale: &mut Tale, furosemide: Drug) {
    let discharged = tale.day("2026-11-19T15:20");
    let furosemide = Medicine::new(furosemide, discharged, MARSH).noting("Dose changed");
    tale.medicine(StBrannocs, discharged, furosemide);
    let doxycycline = Medicine::new(DOXYCYCLINE, tale.on("2026-11-18"), MARSH)
        .ended(tale.day("2026-11-22T09:00"))
        .noting("5 d, first dose given on the ward as a loading dose of 200 mg");
    tale.medicine(StBrannocs, discharged, doxycycline);
    let kidneys = "acute kidney injury";
    let ramipril = Medicine::new(RAMIPRIL, tale.on("2019-05-08"), MARSH);
    let ramipril = ramipril.stopped(tale.on("2026-11-16"), kidneys);
    tale.medicine(StBrannocs, discharged, ramipril);
    let naproxen = Medicine::new(NAPROXEN, tale.on("2026-10-28"), MARSH)
        .stopped(tale.on("2026-11-14"), kidneys)
        .noting("Bought without a prescription");
    tale.medicine(StBrannocs, discharged, naproxen);
}

fn results(tale: &mut Tale) {
    for (taken, creatinine, egfr, potassium, crp) in [
        ("2026-11-14T12:20", "168", "24", "5.6", "186"),
        ("2026-11-16T07:10", "152", "28", "5.4", "142"),
        ("2026-11-19T07:05", "138", "31", "5.2", "86"),
        ("2026-11-21T16:40", "131", "33", "4.9", "38"),
    ] {
        let taken = tale.on(taken);
        let tests = vec![
            test(CREATININE_WOMEN, creatinine),
            test(EGFR, egfr),
            test(POTASSIUM, potassium),
            test(CRP, crp),
        ];
        tale.report(StBrannocs, "Kidney function and CRP", taken, tests);
    }
    for (by, taken, kilograms) in [
        (MARSH, "2026-11-14T13:05", "56.2"),
        (MARSH, "2026-11-18T08:00", "56.4"),
        (YUSUF, "2026-11-21T16:30", "58.0"),
    ] {
        let taken = tale.on(taken);
        tale.weight(by, taken, kilograms);
    }
}

fn last_days(tale: &mut Tale) {
    let called = Contact {
        kind: ContactKind::Telephone,
        title: "Urgent care telephone call",
        summary: "More breathless overnight, ankles swollen. Doctor to call back.".to_owned(),
        start: tale.on("2026-11-22T07:52"),
        end: None,
        place: None,
        expected_end: None,
        missed: false,
        by: PRYCE,
    };
    tale.keep(
        UrgentCare,
        "contact-call",
        called.start,
        What::Contact(called),
    );
    let visited = Contact {
        kind: ContactKind::Home,
        title: "Community nurse home visit",
        summary: format!(
            "Weight up 1.6 kg since {}. Ankles swollen to mid-shin. Bloods taken. Wound clean.",
            tale.day("2026-11-18T08:00").to_words()
        ),
        start: tale.on("2026-11-21T16:30"),
        end: Some(tale.on("2026-11-21T16:46")),
        place: None,
        expected_end: None,
        missed: false,
        by: YUSUF,
    };
    let recorded = tale.on("2026-11-21T16:48");
    tale.keep(Community, "contact-visit", recorded, What::Contact(visited));
    tale.contact(
        OSEI,
        ContactKind::Telephone,
        "GP telephone consultation",
        tale.on("2026-11-20T11:15"),
        9,
        "After discharge. Coping with daughter’s help. District nurse to take bloods tomorrow.",
    );
    let stay = Contact {
        kind: ContactKind::Stay,
        title: "Hospital stay, ward J12",
        summary: "Ward J12 after 5 d. Pneumonia with acute kidney injury. ramipril and naproxen \
                  stopped."
            .to_owned(),
        start: tale.on("2026-11-14T11:40"),
        end: Some(tale.on("2026-11-19T15:20")),
        place: Some("Ward J12"),
        expected_end: None,
        missed: false,
        by: MARSH,
    };
    let discharged = tale.on("2026-11-19T15:20");
    tale.keep(StBrannocs, "contact-stay", discharged, What::Contact(stay));
}

fn circle(tale: &mut Tale) {
    let ruth = PersonWords {
        key: "ruth",
        name: "Ruth Hargreaves",
        relationship: "Daughter, next of kin",
        telephone: "07700 900461",
        note: Some("Lives 20 min away"),
    };
    let joan = PersonWords {
        key: "joan",
        name: "Joan Petrie",
        relationship: "Neighbour, has a key",
        telephone: "07700 900327",
        note: Some("From Edie’s top three things"),
    };
    let spoke = format!(
        "Spoke {} · bypass number",
        tale.day("2026-11-20T11:15").to_words()
    );
    let members = vec![
        Member::Informal(ruth),
        Member::Professional(OSEI, tale.on("2011-02-04"), Some(spoke)),
        Member::Informal(joan),
    ];
    tale.circle(OakLane, "Practice and family", members);
    let saw = format!("Saw Edie {}", tale.day("2026-11-21T16:30").to_words());
    let nurse = Member::Professional(YUSUF, tale.on("2025-01-14"), Some(saw));
    tale.circle(Community, "Community nursing", vec![nurse]);
    let referred = tale.day("2026-11-19T15:20");
    let waiting = format!("Referred {}, not yet seen", referred.to_words());
    let nurse = Member::Professional(LINDQVIST, referred, Some(waiting));
    tale.circle(StBrannocs, "Heart failure service", vec![nurse]);
    let referral = Referral {
        service: "Heart failure nurse",
        reason: "Follow-up after discharge, furosemide changed",
        status: "active",
        by: MARSH,
        to: StBrannocs,
    };
    tale.keep(
        StBrannocs,
        "referral-heart-failure",
        referred,
        What::Referral(referral),
    );
    let about = AboutMe {
        three: [
            "Deaf in my left ear. Sit on my right.",
            "My cat is called Biscuit. Joan next door has a key.",
            "I don’t want to go back into hospital if it can be helped.",
        ],
    };
    let written = tale.on("2026-10-06");
    tale.keep(OakLane, "about-me", written, What::AboutMe(about));
}

fn letters(tale: &mut Tale) {
    tale.letter(
        MARSH,
        "Discharge summary",
        tale.day("2026-11-19T15:20"),
        tale.on("2026-11-21T09:12"),
        "Ward J12, St Brannoc’s Hospital.\n\nDiagnoses: left lower lobe pneumonia; acute kidney \
         injury, improving.\n\nRamipril stopped (acute kidney injury). Naproxen stopped (acute \
         kidney injury; bought without a prescription). Furosemide changed to 40 mg twice a day. \
         Doxycycline 100 mg once a day, 5 days in all.\n\nPlease check kidney function and weight \
         within a week. Heart failure nurse will be in touch.\n\nDr Leila Marsh",
    );
    tale.letter(
        MARSH,
        "Heart failure clinic",
        tale.on("2026-11-12"),
        tale.on("2026-11-21T09:14"),
        "Seen in the heart failure clinic before her admission. Stable on furosemide 40 mg once a \
         day, bisoprolol 5 mg and ramipril 5 mg. Weight 55.8 kg. To be seen again in six months, \
         sooner if her weight goes up by more than 1.5 kg.",
    );
    for (dated, text) in [
        (
            "2026-09-02",
            "Mood much better on mirtazapine 15 mg at night. Sleeping well, eating better. No \
             thoughts of harming herself. To stay on it for at least a year.",
        ),
        (
            "2025-08-11",
            "Low mood since spring, waking early, weight down. Mirtazapine 15 mg at night \
             started. Talking therapy offered; she would rather see her friends.",
        ),
    ] {
        let dated = tale.on(dated);
        tale.letter(OSEI, "Mood clinic", dated, dated, text);
        tale.labelled(Label::MentalHealth);
    }
    edie_letters::tell(tale);
}
