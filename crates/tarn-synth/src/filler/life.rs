use crate::directory::{
    ASHDOWN, BRANDRETH, CALLOWAY, HOLT, MARSH, NUTTALL, OSEI, RAHMAN, TREGEAR, VARLEY, WREN, YUSUF,
};
use crate::random::Stream;
use crate::stories::Tale;
use crate::stories::known::{
    AMLODIPINE, ASTHMA, ATORVASTATIN, BECLOMETASONE, COPD, CREATININE_MEN, CREATININE_WOMEN,
    DEPRESSION, DIABETES_2, EGFR, HAEMOGLOBIN, HBA1C, HYPERTENSION, HYPOTHYROIDISM, LEVOTHYROXINE,
    METFORMIN, NO_ALLERGY, OSTEOARTHRITIS, PARACETAMOL, PENICILLIN, POTASSIUM, RAMIPRIL,
    SALBUTAMOL, SERTRALINE, SODIUM, TIOTROPIUM, words,
};
use crate::stories::tale::test;
use crate::{
    Allergy, ContactKind, Diagnosis, Drug, FamilyHistory, Gender, Medicine, Moment, Partner,
    Procedure, Professional, Test, What,
};

/// A long-term disease: what, from what age, how likely by old age in percent, what is given.
type Course = (Diagnosis, i64, u64, &'static [Drug]);

const COURSES: &[Course] = &[
    (ASTHMA, 4, 12, &[SALBUTAMOL, BECLOMETASONE]),
    (DEPRESSION, 16, 18, &[SERTRALINE]),
    (HYPERTENSION, 40, 45, &[AMLODIPINE, RAMIPRIL]),
    (DIABETES_2, 40, 18, &[METFORMIN, ATORVASTATIN]),
    (HYPOTHYROIDISM, 30, 10, &[LEVOTHYROXINE]),
    (OSTEOARTHRITIS, 55, 35, &[PARACETAMOL]),
    (COPD, 55, 12, &[TIOTROPIUM, SALBUTAMOL]),
];

/// A short illness that a practice sees: what, and what was done.
const ILLNESSES: &[(&str, &str)] = &[
    ("Sore throat", "Viral. Rest and fluids."),
    ("Back pain", "No red flags. Exercises given."),
    (
        "Ear infection",
        "Will settle. Come back if not better in a week.",
    ),
    ("Rash", "Eczema. Emollient."),
    ("Chest infection", "Antibiotics for five days."),
    ("Tired all the time", "Blood tests arranged."),
    ("Knee pain", "Referred to physiotherapy."),
    ("Headache", "Tension headache. Advice."),
];

/// Why somebody comes to an emergency department, and what was done.
const EMERGENCIES: &[(&str, &str)] = &[
    ("Cut hand", "Cleaned and closed. Home."),
    ("Chest pain", "Heart tracing and blood tests normal. Home."),
    ("Fall", "No fracture. Home with advice."),
    ("Abdominal pain", "Settled. Home."),
    ("Sprained ankle", "Strapped. Home."),
    ("Breathless", "Nebuliser, steroids. Home the same day."),
];

/// Vaccinations of childhood: what, dose, age in days.
const CHILDHOOD: &[(&str, u8, i64)] = &[
    ("6-in-1", 1, 56),
    ("Rotavirus", 1, 56),
    ("6-in-1", 2, 84),
    ("6-in-1", 3, 112),
    ("MMR", 1, 370),
    ("Pneumococcal", 1, 370),
    ("MMR", 2, 1230),
    ("4-in-1 pre-school booster", 1, 1230),
    ("3-in-1 teenage booster", 1, 5150),
];

/// Computer records of practices reach back so far.
const RECORDED_DAYS: i64 = 45 * 365;

/// Lives a life: fills the tale with what the organisations of a made-up person would hold.
pub(super) fn live(tale: &mut Tale, stream: &mut Stream) {
    let days = (tale.calendar.today() - tale.demographics.birth_date).num_days();
    let mut life = Life {
        practice: tale.demographics.practice,
        days,
        tale,
        stream,
    };
    life.allergies();
    life.childhood();
    let diseases = life.diseases();
    life.illnesses();
    life.emergencies();
    life.stays();
    life.winters();
    life.at_home();
    if diseases > 0 {
        life.reviews();
    }
    life.rest();
}

struct Life<'a> {
    tale: &'a mut Tale,
    stream: &'a mut Stream,
    practice: Partner,
    days: i64,
}

impl Life<'_> {
    fn years(&self) -> i64 {
        self.days / 365
    }

    fn ago(&mut self, days: i64) -> Moment {
        let hour = u32::try_from(self.stream.between(8, 17)).unwrap_or(9);
        let minute = u32::try_from(self.stream.below(12) * 5).unwrap_or_default();
        self.tale.calendar.days_ago(days, hour, minute)
    }

    /// A time in the recorded part of life, not before `from_age`.
    fn sometime(&mut self, from_age: i64) -> Option<Moment> {
        let latest = (self.days - from_age * 365).min(RECORDED_DAYS);
        if latest < 5 {
            return None;
        }
        let days = self.stream.between(4, latest);
        Some(self.ago(days))
    }

    fn doctor(&mut self) -> Professional {
        let first = self.stream.chance(60);
        match (self.practice, first) {
            (Partner::MillStreet, true) => RAHMAN,
            (Partner::MillStreet, false) => TREGEAR,
            (_, true) => OSEI,
            (_, false) => BRANDRETH,
        }
        .of(self.practice)
    }

    fn nurse(&self) -> Professional {
        match self.practice {
            Partner::MillStreet => HOLT,
            _ => NUTTALL,
        }
        .of(self.practice)
    }

    fn allergies(&mut self) {
        let allergy: Allergy = if self.stream.chance(9) {
            PENICILLIN
        } else {
            NO_ALLERGY
        };
        if let Some(at) = self.sometime(1) {
            let practice = self.practice;
            self.tale
                .add(practice, "allergy", at.day(), What::Allergy(allergy));
        }
    }

    fn childhood(&mut self) {
        for (vaccine, dose, age) in CHILDHOOD {
            let ago = self.days - age;
            if (2..RECORDED_DAYS).contains(&ago) && self.stream.chance(94) {
                let at = self.ago(ago).day();
                let nurse = self.nurse();
                self.tale.vaccinated(nurse, vaccine, at, *dose);
            }
        }
    }

    fn diseases(&mut self) -> usize {
        let mut found = 0;
        for (diagnosis, from_age, percent, drugs) in COURSES {
            let lived = (self.years() - from_age).max(0);
            let lived = u64::try_from(lived).unwrap_or_default();
            if !self.stream.chance((percent * lived / 25).min(*percent)) {
                continue;
            }
            let Some(onset) = self.sometime(*from_age) else {
                continue;
            };
            found += 1;
            let practice = self.practice;
            self.tale.problem(practice, *diagnosis, onset.day());
            for drug in *drugs {
                self.prescribe(*drug, onset.day());
            }
        }
        found
    }

    fn prescribe(&mut self, drug: Drug, started: Moment) {
        let (practice, doctor) = (self.practice, self.doctor());
        let back = self.stream.between(2, 55);
        let issued = self.ago(back).day();
        if issued >= started {
            let repeat = Medicine::new(drug, started, doctor).issued(issued);
            self.tale.medicine(practice, started, repeat);
        }
    }

    fn illnesses(&mut self) {
        let times = 2 + self.stream.below(8);
        for _ in 0..times {
            let (title, summary) = self.stream.pick(ILLNESSES);
            if let Some(at) = self.sometime(0) {
                let (kind, by) = (self.clinic_kind(), self.doctor());
                let words = format!("{title}. {summary}");
                self.tale
                    .contact(by, kind, "GP consultation", at, 10, words);
            }
        }
    }

    fn clinic_kind(&mut self) -> ContactKind {
        if self.stream.chance(35) {
            ContactKind::Telephone
        } else {
            ContactKind::Clinic
        }
    }

    fn emergencies(&mut self) {
        let times = self.stream.below(4);
        for _ in 0..times {
            let (title, summary) = self.stream.pick(EMERGENCIES);
            let Some(at) = self.sometime(0) else { continue };
            let words = format!("{title}. {summary}");
            if self.stream.chance(25) {
                let called = Moment {
                    at: at.at.plus_seconds(-3600),
                    ..at
                };
                let words = format!("{title}. Taken to St Brannoc’s.");
                let kind = ContactKind::Emergency;
                self.tale
                    .contact(CALLOWAY, kind, "Ambulance attendance", called, 45, words);
            }
            let kind = ContactKind::Emergency;
            self.tale
                .contact(WREN, kind, "Emergency department", at, 160, words.clone());
            self.tale
                .letter(WREN, "Emergency department letter", at.day(), at, words);
        }
    }

    fn stays(&mut self) {
        let odds = 10 + u64::try_from(self.years()).unwrap_or_default();
        if !self.stream.chance(odds) {
            return;
        }
        let Some(at) = self.sometime(5) else { return };
        let (name, reason) = self.stream.pick(&[
            ("Appendicectomy", "appendicitis"),
            ("Hernia repair", "hernia"),
            ("Fracture fixation", "fracture"),
            ("Cholecystectomy", "gallstones"),
        ]);
        let practice = self.practice;
        let diagnosis = words(match reason {
            "fracture" => "Fracture",
            "hernia" => "Hernia",
            "gallstones" => "Gallstones",
            _ => "Appendicitis",
        });
        self.tale
            .past_problem(practice, diagnosis, at.day(), Some(at.day()));
        let by = ASHDOWN;
        let procedure = Procedure {
            name,
            at: at.day(),
            reason,
            by,
        };
        self.tale.add(
            Partner::StBrannocs,
            "procedure",
            at.day(),
            What::Procedure(procedure),
        );
        let summary = format!("{name} for {reason}. No complications.");
        let minutes = self.stream.between(1, 3) * 1440;
        let kind = ContactKind::Stay;
        self.tale.contact(
            ASHDOWN,
            kind,
            "Hospital stay, surgical ward",
            at,
            minutes,
            summary.clone(),
        );
        self.tale
            .letter(ASHDOWN, "Discharge summary", at.day(), at, summary);
    }

    /// A yearly look at long-term diseases: tests, blood pressure, weight.
    fn reviews(&mut self) {
        let years = self.stream.between(1, 4).min(self.years());
        let nurse = self.nurse();
        let practice = self.practice;
        let offset = self.stream.between(10, 300);
        let mut weight = self.stream.between(520, 960);
        for year in 0..years {
            let at = self.ago(offset + year * 365);
            let kind = ContactKind::Clinic;
            self.tale.contact(
                nurse,
                kind,
                "Yearly review",
                at,
                20,
                "Review of long-term conditions.",
            );
            let pressure = (self.stream.between(112, 158), self.stream.between(64, 92));
            self.tale.blood_pressure(nurse, at, pressure);
            weight += self.stream.between(-12, 12);
            self.tale
                .weight(nurse, at, &format!("{}.{}", weight / 10, weight % 10));
            if self.years() >= 18 {
                let tests = self.tests();
                self.tale.report(practice, "Yearly blood tests", at, tests);
            }
        }
    }

    fn tests(&mut self) -> Vec<Test> {
        let creatinine = match self.tale.demographics.gender {
            Gender::Male => CREATININE_MEN,
            Gender::Female | Gender::Other => CREATININE_WOMEN,
        };
        let stream = &mut *self.stream;
        vec![
            test(creatinine, stream.between(52, 112).to_string()),
            test(EGFR, stream.between(48, 90).to_string()),
            test(SODIUM, stream.between(134, 145).to_string()),
            test(
                POTASSIUM,
                format!("{}.{}", stream.between(3, 4), stream.between(5, 9)),
            ),
            test(HBA1C, stream.between(34, 68).to_string()),
            test(HAEMOGLOBIN, stream.between(108, 158).to_string()),
        ]
    }

    fn winters(&mut self) {
        if self.years() < 50 {
            return;
        }
        let nurse = self.nurse();
        for year in 0..3 {
            if self.stream.chance(70) {
                let at = self.ago(25 + year * 365).day();
                self.tale.vaccinated(nurse, "Influenza", at, 1);
            }
        }
    }

    fn at_home(&mut self) {
        if self.years() < 75 || !self.stream.chance(60) {
            return;
        }
        for week in 0..3 {
            let at = self.ago(3 + week * 7);
            let words = "Leg dressing changed. Skin healing.";
            let kind = ContactKind::Home;
            self.tale
                .contact(YUSUF, kind, "Community nurse home visit", at, 25, words);
        }
    }

    fn rest(&mut self) {
        if self.stream.chance(25) {
            let days = self.stream.between(2, 40);
            let (with, title) = match self.stream.below(3) {
                0 => (VARLEY, "Cardiology clinic"),
                1 => (ASHDOWN, "Surgical clinic"),
                _ => (MARSH, "Medical clinic"),
            };
            self.tale.booked(with, title, days);
        }
        if self.stream.chance(20) {
            let (relative, code) = self.stream.pick(&[("Mother", "MTH"), ("Father", "FTH")]);
            let condition = self
                .stream
                .pick(&["Type 2 diabetes", "Heart attack", "Breast cancer"]);
            let family = FamilyHistory {
                relative,
                code,
                condition,
            };
            if let Some(at) = self.sometime(18) {
                let practice = self.practice;
                self.tale
                    .add(practice, "family", at.day(), What::FamilyHistory(family));
            }
        }
    }
}
