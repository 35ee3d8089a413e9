//! Stories of medicines: why one was started, and how many there can be.

use super::known::{
    AMLODIPINE, APIXABAN, ASPIRIN, ATORVASTATIN, ATRIAL_FIBRILLATION, BISOPROLOL, COPD,
    CREATININE_WOMEN, DIABETES_2, EGFR, FUROSEMIDE, HEART_ATTACK, HEART_FAILURE, HYPOTHYROIDISM,
    KIDNEY_DISEASE, LEVOTHYROXINE, METFORMIN, NO_ALLERGY, OMEPRAZOLE, PARACETAMOL, PENICILLIN,
    POTASSIUM, RAMIPRIL, SALBUTAMOL, SERTRALINE, TIOTROPIUM, daily,
};
use super::tale::test;
use super::{Tale, name};
use crate::Partner::{MillStreet, OakLane, StBrannocs};
use crate::calendar::Calendar;
use crate::directory::{ASHDOWN, BRANDRETH, DHALIWAL, RAHMAN, VARLEY, WREN};
use crate::{ContactKind, Drug, Gender, Medicine, Procedure, What};

const CLOPIDOGREL: Drug = daily(
    "clopidogrel",
    "tablet",
    ("75", "mg"),
    1,
    "stent after heart attack",
);

pub(super) fn antiplatelets(calendar: &Calendar) -> Tale {
    let born = calendar.born(1962, 3, 14);
    let who = name("Mr", "Dilip", "Raichura");
    let mut tale = Tale::of(calendar, 13, who, Gender::Male, born);
    tale.demographics.practice = MillStreet;
    tale.living(
        "70 Station Parade",
        "Harrowmere",
        "ZZ99 1YB",
        "07700 900127",
    );
    let onset = tale.on("2026-02-03");
    tale.problem(StBrannocs, HEART_ATTACK, onset);
    tale.problem(MillStreet, HEART_ATTACK, onset);
    tale.allergy(MillStreet, NO_ALLERGY, "2009-01-20");
    let stent = Procedure {
        name: "Coronary stent, left anterior descending artery",
        at: onset,
        reason: "heart attack",
        by: VARLEY,
    };
    tale.add(StBrannocs, "procedure", onset, What::Procedure(stent));
    let issued = tale.on("2026-11-12");
    for drug in [ASPIRIN, CLOPIDOGREL, ATORVASTATIN, BISOPROLOL] {
        let medicine = Medicine::new(drug, onset, RAHMAN).issued(issued);
        let medicine = if drug == CLOPIDOGREL {
            medicine.noting("Both antiplatelets for twelve months, then aspirin alone")
        } else {
            medicine
        };
        tale.medicine(MillStreet, onset, medicine);
    }
    let dated = tale.on("2026-02-06");
    let words = "Stent to the left anterior descending artery. Aspirin and clopidogrel together \
                 for twelve months: do not stop either before then without asking cardiology.";
    tale.letter(VARLEY, "Discharge summary", dated, dated, words);
    let seen = tale.on("2026-11-18T15:00");
    let words = "Listed for hernia repair. Antiplatelets: to ask cardiology before stopping.";
    tale.contact(
        ASHDOWN,
        ContactKind::Clinic,
        "Surgical clinic",
        seen,
        20,
        words,
    );
    tale.booked(ASHDOWN, "Hernia repair, day surgery", 30);
    tale
}

pub(super) fn many_medicines(calendar: &Calendar) -> Tale {
    let born = calendar.born(1944, 6, 6);
    let who = name("Mrs", "Constance", "Whitlock");
    let mut tale = Tale::of(calendar, 14, who, Gender::Female, born);
    tale.living("1 Chapel Steps", "Cawdale End", "ZZ99 6ZB", "01632 960 305");
    let onset = tale.on("2013-10-01");
    for diagnosis in [
        HEART_FAILURE,
        ATRIAL_FIBRILLATION,
        DIABETES_2,
        KIDNEY_DISEASE,
        COPD,
        HYPOTHYROIDISM,
    ] {
        tale.problem(OakLane, diagnosis, onset);
    }
    tale.allergy(OakLane, PENICILLIN, "1988-03-03");
    lists(&mut tale);
    let came = tale.on("2026-11-21T23:15");
    let words = "Fall at home, found by a neighbour. Kept in for tests.";
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        290,
        words,
    );
    let taken = tale.on("2026-11-21T23:40");
    let tests = vec![
        test(CREATININE_WOMEN, "142"),
        test(EGFR, "29"),
        test(POTASSIUM, "5.7"),
    ];
    tale.report(StBrannocs, "Kidney function", taken, tests);
    tale.weight(WREN, taken, "51.30");
    tale
}

fn lists(tale: &mut Tale) {
    let onset = tale.on("2013-10-01");
    let spironolactone = daily("spironolactone", "tablet", ("25", "mg"), 1, "heart failure");
    let listed = [
        (FUROSEMIDE, true),
        (APIXABAN, true),
        (BISOPROLOL, true),
        (RAMIPRIL, true),
        (METFORMIN, true),
        (spironolactone, true),
        (AMLODIPINE, false),
        (ATORVASTATIN, true),
        (LEVOTHYROXINE, true),
        (OMEPRAZOLE, false),
        (PARACETAMOL, true),
        (SALBUTAMOL, true),
        (TIOTROPIUM, true),
        (SERTRALINE, false),
    ];
    let issued = tale.on("2026-11-06");
    let asked = tale.on("2026-11-22T09:20");
    for (drug, in_hospital) in listed {
        let medicine = Medicine::new(drug, onset, BRANDRETH).issued(issued);
        tale.medicine(OakLane, onset, medicine);
        if in_hospital {
            let medicine = Medicine::new(drug, onset, DHALIWAL);
            tale.medicine(StBrannocs, asked, medicine);
        }
    }
}
