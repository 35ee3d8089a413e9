//! Stories of who a person is: choices, protected addresses, names, death, a practice that has
//! not joined.

use super::known::{
    AMLODIPINE, ATORVASTATIN, COPD, DIABETES_2, HYPERTENSION, HYPOTHYROIDISM, LEVOTHYROXINE,
    METFORMIN, NO_ALLERGY, TIOTROPIUM, words,
};
use super::{Tale, address, name};
use crate::Partner::{Community, Fenbridge, MillStreet, OakLane, StBrannocs};
use crate::calendar::Calendar;
use crate::directory::{BRANDRETH, MARSH, MIDWIFE, NUTTALL, RAHMAN, VARLEY, WREN, YUSUF};
use crate::{ContactKind, Gender, Medicine};

pub(super) fn opted_out(calendar: &Calendar) -> Tale {
    let born = calendar.born(1958, 2, 9);
    let mut tale = Tale::of(
        calendar,
        2,
        name("Mr", "Harold", "Beckwith"),
        Gender::Male,
        born,
    );
    tale.living(
        "17 Tollgate Street",
        "Harrowmere",
        "ZZ99 1BD",
        "01632 960 201",
    );
    let onset = tale.on("2016-04-19");
    tale.problem(OakLane, HYPERTENSION, onset);
    let medicine = Medicine::new(AMLODIPINE, onset, BRANDRETH).issued(tale.on("2026-11-05"));
    tale.medicine(OakLane, onset, medicine);
    tale.allergy(OakLane, NO_ALLERGY, "2016-04-19");
    let seen = tale.on("2026-07-14T09:30");
    tale.blood_pressure(NUTTALL, seen, (142, 84));
    tale.contact(
        NUTTALL,
        ContactKind::Clinic,
        "Blood pressure check",
        seen,
        15,
        "Steady.",
    );
    let came = tale.on("2026-09-08T21:05");
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        180,
        "Cut hand, glued. Home.",
    );
    tale
}

pub(super) fn restricted_address(calendar: &Calendar) -> Tale {
    let born = calendar.born(1989, 9, 23);
    let who = name("Ms", "Rosalind", "Ketteridge");
    let mut tale = Tale::of(calendar, 3, who, Gender::Female, born);
    tale.demographics.restricted = true;
    tale.demographics.practice = MillStreet;
    let mut old = tale.demographics.clone();
    old.address = address("4 Mallow Yard", "Stannowick", "ZZ99 2DF");
    old.telephone = Some("07700 900518".to_owned());
    old.restricted = false;
    tale.differs.push((StBrannocs, old));
    let onset = tale.on("2015-03-02");
    tale.problem(MillStreet, words("Migraine"), onset);
    tale.allergy(MillStreet, NO_ALLERGY, "2015-03-02");
    let seen = tale.on("2026-10-21T16:20");
    tale.contact(
        RAHMAN,
        ContactKind::Telephone,
        "GP telephone consultation",
        seen,
        12,
        "Migraine weekly since the move. To try a daily tablet.",
    );
    let came = tale.on("2026-02-11T23:10");
    tale.contact(
        WREN,
        ContactKind::Emergency,
        "Emergency department",
        came,
        220,
        "Fractured cheekbone. Seen by the independent domestic violence adviser.",
    );
    tale.labelled(tarn_model::Label::Restricted);
    tale.booked(RAHMAN, "GP review", 12);
    tale
}

pub(super) fn name_change(calendar: &Calendar) -> Tale {
    let born = calendar.born(1994, 6, 30);
    let who = name("Mrs", "Imogen", "Adeyemi");
    let mut tale = Tale::of(calendar, 4, who, Gender::Female, born);
    tale.living("9 Weir Lane", "Harrowmere", "ZZ99 1GH", "07700 900733");
    let before = name("Miss", "Imogen", "Swaine");
    let married = tale.on("2026-05-30");
    let mut old = tale.demographics.clone();
    old.name = before.clone();
    tale.differs.push((StBrannocs, old));
    tale.demographics.previous = Some((before, married));
    let onset = tale.on("2020-11-16");
    tale.problem(OakLane, HYPOTHYROIDISM, onset);
    let medicine = Medicine::new(LEVOTHYROXINE, onset, BRANDRETH).issued(tale.on("2026-10-28"));
    tale.medicine(OakLane, onset, medicine);
    tale.allergy(OakLane, NO_ALLERGY, "2020-11-16");
    let seen = tale.on("2026-04-14T10:15");
    tale.contact(
        MIDWIFE,
        ContactKind::Clinic,
        "Antenatal booking",
        seen,
        45,
        "First pregnancy, 9 weeks. Well.",
    );
    let scanned = tale.on("2026-06-02");
    tale.letter(
        MIDWIFE,
        "Scan report",
        scanned,
        scanned,
        "Single pregnancy, growing well.",
    );
    tale.booked(MIDWIFE, "Antenatal clinic", 4);
    tale
}

pub(super) fn deceased(calendar: &Calendar) -> Tale {
    let born = calendar.born(1937, 1, 26);
    let who = name("Mr", "Wilfred", "Ormesher");
    let mut tale = Tale::of(calendar, 5, who, Gender::Male, born);
    tale.living("22 Cooper’s Rise", "Marlhythe", "ZZ99 3HJ", "01632 960 222");
    let unaware = tale.demographics.clone();
    tale.differs.push((Community, unaware));
    tale.demographics.deceased = Some(tale.on("2026-04-17T05:50"));
    let onset = tale.on("2008-10-02");
    tale.problem(OakLane, COPD, onset);
    let medicine = Medicine::new(TIOTROPIUM, onset, BRANDRETH);
    let medicine = medicine.stopped(tale.on("2026-04-17"), "died");
    tale.medicine(OakLane, onset, medicine);
    let came = tale.on("2026-04-15T18:30");
    tale.contact(
        MARSH,
        ContactKind::Stay,
        "Hospital stay, ward J12",
        came,
        35 * 60,
        "Pneumonia on severe lung disease. Died peacefully, his son with him.",
    );
    let dated = tale.on("2026-04-17");
    let words = "Died on ward J12. Cause: pneumonia, chronic obstructive pulmonary disease.";
    tale.letter(MARSH, "Letter after a death", dated, dated, words);
    tale.booked(YUSUF, "Community nurse home visit", 2);
    tale
}

pub(super) fn gp_not_joined(calendar: &Calendar) -> Tale {
    let born = calendar.born(1971, 12, 3);
    let who = name("Mr", "Gethin", "Parfitt");
    let mut tale = Tale::of(calendar, 6, who, Gender::Male, born);
    tale.demographics.practice = Fenbridge;
    tale.living(
        "Sluice Cottage, Fen Road",
        "Fenbridge",
        "ZZ99 4LN",
        "01632 960 240",
    );
    let onset = tale.on("2018-05-15");
    tale.problem(Fenbridge, DIABETES_2, onset);
    tale.medicine(Fenbridge, onset, Medicine::new(METFORMIN, onset, VARLEY));
    let seen = tale.on("2026-08-27T14:00");
    tale.problem(StBrannocs, words("Chest pain"), seen.day());
    let medicine = Medicine::new(ATORVASTATIN, seen.day(), VARLEY);
    tale.medicine(StBrannocs, seen, medicine);
    tale.contact(
        VARLEY,
        ContactKind::Clinic,
        "Chest pain clinic",
        seen,
        25,
        "Unlikely to be his heart. Statin started.",
    );
    let dated = seen.day();
    let words = "Chest pain, unlikely cardiac. Statin started. Diabetes as told by him.";
    tale.letter(VARLEY, "Chest pain clinic", dated, dated, words);
    tale
}
