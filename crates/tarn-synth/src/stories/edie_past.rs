//! Edie's life before this autumn.

use super::Tale;
use super::known::{
    AMLODIPINE, ASPIRIN, CREATININE_WOMEN, EGFR, FUROSEMIDE, HAEMOGLOBIN, HBA1C, OMEPRAZOLE,
    OSTEOARTHRITIS, PLATELETS, POTASSIUM, SERTRALINE, SODIUM, TSH, TestKind, URINE_INFECTION,
    WHITE_CELLS, at_night, daily, given, words,
};
use super::tale::test;
use crate::Partner::{OakLane, StBrannocs};
use crate::directory::{ASHDOWN, FENWICK, LINDQVIST, NUTTALL, OSEI, VARLEY, WREN, YUSUF};
use crate::{
    ContactKind, Diagnosis, Drug, FamilyHistory, Medicine, Moment, Procedure, Professional, What,
};

pub(super) fn tell(tale: &mut Tale) {
    problems(tale);
    medicines(tale);
    yearly_tests(tale);
    contacts(tale);
    rest(tale);
}

fn problems(tale: &mut Tale) {
    let past: [(Diagnosis, &str, &str); 11] = [
        (words("Gallstones"), "1998", "1998-10-05"),
        (words("Fracture of left wrist"), "2009-12-19", "2010-03-01"),
        (words("Bereavement"), "2012-03-06", "2013-06-01"),
        (words("Iron deficiency anaemia"), "2013-02-12", "2013-11-20"),
        (OSTEOARTHRITIS, "2010", "2015-06-08"),
        (words("Shingles"), "2017-08-03", "2017-09-15"),
        (words("Cataract, left eye"), "2017-11-14", "2018-09-20"),
        (words("Cataract, right eye"), "2017-11-14", "2019-02-07"),
        (words("COVID-19"), "2021-01-11", "2021-02-02"),
        (URINE_INFECTION, "2022-01-30", "2022-02-08"),
        (words("Leg ulcer, left"), "2024-05-02", "2024-12-10"),
    ];
    for (diagnosis, onset, ended) in past {
        let (onset, ended) = (tale.on(onset), tale.on(ended));
        tale.past_problem(OakLane, diagnosis, onset, Some(ended));
    }
}

/// Past medicines of the practice: drug, from, until, and why it was stopped if it was.
type Past = (Drug, &'static str, &'static str, Option<&'static str>);

fn medicines(tale: &mut Tale) {
    let furosemide_20 = Drug {
        dose: ("20", "mg"),
        ..FUROSEMIDE
    };
    let past: [Past; 13] = [
        (
            daily(
                "simvastatin",
                "tablet",
                ("40", "mg"),
                1,
                "raised cholesterol",
            ),
            "2014-02-10",
            "2022-05-17",
            Some("muscle pain"),
        ),
        (
            AMLODIPINE,
            "2012-09-18",
            "2019-03-26",
            Some("ankle swelling"),
        ),
        (
            ASPIRIN,
            "2016-01-21",
            "2021-03-12",
            Some("apixaban started"),
        ),
        (
            furosemide_20,
            "2019-03-26",
            "2019-05-08",
            Some("dose raised to 40 mg"),
        ),
        (SERTRALINE, "2012-04-02", "2013-06-01", Some("better")),
        (
            OMEPRAZOLE,
            "2016-01-21",
            "2021-04-09",
            Some("no longer needed"),
        ),
        (
            daily(
                "ferrous sulfate",
                "tablet",
                ("200", "mg"),
                2,
                "iron deficiency anaemia",
            ),
            "2013-02-12",
            "2013-11-20",
            None,
        ),
        (
            daily("aciclovir", "tablet", ("800", "mg"), 5, "shingles"),
            "2017-08-03",
            "2017-08-10",
            None,
        ),
        (
            daily(
                "nitrofurantoin",
                "capsule",
                ("100", "mg"),
                2,
                "urinary tract infection",
            ),
            "2022-01-30",
            "2022-02-06",
            None,
        ),
        (
            daily(
                "clarithromycin",
                "tablet",
                ("500", "mg"),
                2,
                "infected leg ulcer",
            ),
            "2024-07-01",
            "2024-07-08",
            None,
        ),
        (
            daily("codeine", "tablet", ("15", "mg"), 4, "knee pain"),
            "2015-01-12",
            "2015-07-20",
            Some("constipation"),
        ),
        (
            given(
                daily(
                    "dexamethasone",
                    "eye drops",
                    ("1", "drop"),
                    4,
                    "after cataract surgery",
                ),
                "to the eye",
                "four times a day",
            ),
            "2019-02-07",
            "2019-03-07",
            None,
        ),
        (
            at_night(daily(
                "amitriptyline",
                "tablet",
                ("10", "mg"),
                1,
                "nerve pain after shingles",
            )),
            "2017-09-15",
            "2018-01-22",
            Some("drowsy in the morning"),
        ),
    ];
    for (drug, started, ended, because) in past {
        let (started, ended) = (tale.on(started), tale.on(ended));
        let medicine = Medicine::new(drug, started, OSEI);
        let medicine = match because {
            Some(because) => medicine.stopped(ended, because),
            None => medicine.ended(ended),
        };
        tale.medicine(OakLane, ended, medicine);
    }
}

fn yearly_tests(tale: &mut Tale) {
    const KINDS: [TestKind; 9] = [
        CREATININE_WOMEN,
        EGFR,
        POTASSIUM,
        SODIUM,
        HBA1C,
        HAEMOGLOBIN,
        WHITE_CELLS,
        PLATELETS,
        TSH,
    ];
    let years: [(&str, [&'static str; 9]); 5] = [
        (
            "2022-10-11T09:10",
            ["88", "54", "4.4", "139", "53", "124", "6.8", "244", "2.1"],
        ),
        (
            "2023-10-09T09:25",
            ["91", "52", "4.5", "140", "52", "122", "7.1", "251", "2.4"],
        ),
        (
            "2024-10-14T09:05",
            ["94", "49", "4.6", "138", "55", "121", "6.5", "238", "2.2"],
        ),
        (
            "2025-10-06T09:15",
            ["97", "47", "4.7", "139", "54", "119", "7.0", "229", "2.6"],
        ),
        (
            "2026-10-05T09:20",
            ["99", "46", "4.8", "138", "51", "118", "6.9", "233", "2.5"],
        ),
    ];
    for (taken, values) in years {
        let taken = tale.on(taken);
        let tests = KINDS.into_iter().zip(values);
        let tests = tests.map(|(kind, value)| test(kind, value)).collect();
        tale.report(OakLane, "Yearly blood tests", taken, tests);
        tale.blood_pressure(NUTTALL, taken, (138, 76));
    }
}

fn contacts(tale: &mut Tale) {
    let told: [(Professional, ContactKind, &'static str, &str, i64, &str); 9] = [
        (
            WREN,
            ContactKind::Emergency,
            "Emergency department",
            "2022-01-30T19:40",
            260,
            "Confused and hot. Urinary tract infection, home with her daughter.",
        ),
        (
            YUSUF,
            ContactKind::Home,
            "Leg ulcer dressing",
            "2024-06-17T10:20",
            35,
            "Blistered under the adhesive dressing. Changed to a bandage.",
        ),
        (
            YUSUF,
            ContactKind::Home,
            "Community nurse home visit",
            "2025-01-14T14:10",
            40,
            "First visit. Key safe fitted at the back door.",
        ),
        (
            OSEI,
            ContactKind::Clinic,
            "GP consultation",
            "2025-08-11T10:40",
            18,
            "Low in mood since spring. Mirtazapine started.",
        ),
        (
            FENWICK,
            ContactKind::Home,
            "Physiotherapy falls assessment",
            "2025-11-04T11:00",
            55,
            "Walks with one stick. Exercises shown.",
        ),
        (
            OSEI,
            ContactKind::Home,
            "GP home visit",
            "2026-03-03T13:15",
            45,
            "ReSPECT talked through with Edie and Ruth, and signed.",
        ),
        (
            NUTTALL,
            ContactKind::Clinic,
            "Diabetes review",
            "2026-10-05T09:20",
            25,
            "Feet fine, sugar steady. Flu vaccine given.",
        ),
        (
            YUSUF,
            ContactKind::Home,
            "Community nurse home visit",
            "2026-11-09T09:50",
            30,
            "Slipped in the kitchen this morning, second fall in three months. No injury.",
        ),
        (
            VARLEY,
            ContactKind::Clinic,
            "Heart failure clinic",
            "2026-11-12T10:30",
            20,
            "Stable. See again in six months.",
        ),
    ];
    for (by, kind, title, start, minutes, summary) in told {
        let start = tale.on(start);
        tale.contact(by, kind, title, start, minutes, summary);
    }
    tale.booked(LINDQVIST, "Heart failure nurse, first visit", 5);
    tale.booked(OSEI, "GP review after hospital", 3);
    tale.missed(VARLEY, "Cardiology clinic", "2024-04-16T11:00");
}

fn rest(tale: &mut Tale) {
    let operations = [
        ("Cholecystectomy", "1998-10-05", "gallstones"),
        (
            "Right total knee replacement",
            "2015-06-08",
            "osteoarthritis",
        ),
        ("Left cataract extraction", "2018-09-20", "cataract"),
        ("Right cataract extraction", "2019-02-07", "cataract"),
    ];
    for (name, at, reason) in operations {
        let at = tale.on(at);
        let by = ASHDOWN;
        let procedure = Procedure {
            name,
            at,
            reason,
            by,
        };
        tale.add(StBrannocs, "procedure", at, What::Procedure(procedure));
    }
    for (vaccine, at, dose) in [
        ("Pneumococcal", "2010-10-12", 1),
        ("Shingles", "2018-02-20", 1),
        ("COVID-19", "2021-01-29", 1),
        ("COVID-19", "2021-04-16", 2),
        ("Influenza", "2024-10-08", 1),
        ("Influenza", "2025-10-06", 1),
        ("Influenza", "2026-10-05", 1),
    ] {
        let at: Moment = tale.on(at);
        tale.vaccinated(NUTTALL, vaccine, at, dose);
    }
    let family = FamilyHistory {
        relative: "Mother",
        code: "MTH",
        condition: "Heart failure",
    };
    let told = tale.on("2011-02-04");
    tale.add(OakLane, "family", told, What::FamilyHistory(family));
    let weighed = tale.on("2026-08-20T10:05");
    tale.weight(YUSUF, weighed, "55.9");
}
