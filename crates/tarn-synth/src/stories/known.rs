//! Diseases, medicines and tests that more than one record speaks of. A code stands only where it
//! is certain; the words are what counts.

use crate::{Allergy, Diagnosis, Drug, Range};

/// A laboratory test: name, LOINC code, unit as written and in UCUM, usual range.
pub(crate) type TestKind = (
    &'static str,
    Option<&'static str>,
    (&'static str, &'static str),
    Option<Range>,
);

const fn coded(name: &'static str, code: &'static str, term: &'static str) -> Diagnosis {
    Diagnosis {
        name,
        snomed: Some((code, term)),
    }
}

/// A disease that is written in words only.
pub(crate) const fn words(name: &'static str) -> Diagnosis {
    Diagnosis { name, snomed: None }
}

pub(crate) const PNEUMONIA_LEFT: Diagnosis =
    coded("Pneumonia, left lower", "233604007", "Pneumonia");
pub(crate) const KIDNEY_INJURY: Diagnosis = coded(
    "Acute kidney injury",
    "14669001",
    "Acute renal failure syndrome",
);
pub(crate) const DEPRESSION: Diagnosis = coded("Depression", "35489007", "Depressive disorder");
pub(crate) const ATRIAL_FIBRILLATION: Diagnosis =
    coded("Atrial fibrillation", "49436004", "Atrial fibrillation");
pub(crate) const HEART_FAILURE: Diagnosis = coded("Heart failure", "84114007", "Heart failure");
pub(crate) const DIABETES_2: Diagnosis =
    coded("Type 2 diabetes", "44054006", "Diabetes mellitus type 2");
pub(crate) const DIABETES_1: Diagnosis =
    coded("Type 1 diabetes", "46635009", "Diabetes mellitus type 1");
pub(crate) const HYPERTENSION: Diagnosis =
    coded("High blood pressure", "38341003", "Hypertensive disorder");
pub(crate) const ASTHMA: Diagnosis = coded("Asthma", "195967001", "Asthma");
pub(crate) const COPD: Diagnosis = coded(
    "Chronic obstructive pulmonary disease",
    "13645005",
    "Chronic obstructive pulmonary disease",
);
pub(crate) const OSTEOARTHRITIS: Diagnosis = coded("Osteoarthritis", "396275006", "Osteoarthritis");
pub(crate) const HYPOTHYROIDISM: Diagnosis =
    coded("Underactive thyroid", "40930008", "Hypothyroidism");
pub(crate) const HEART_ATTACK: Diagnosis =
    coded("Heart attack", "22298006", "Myocardial infarction");
pub(crate) const DEMENTIA: Diagnosis = coded("Dementia", "52448006", "Dementia");
pub(crate) const KIDNEY_DISEASE: Diagnosis = coded(
    "Chronic kidney disease",
    "709044004",
    "Chronic kidney disease",
);
pub(crate) const BIPOLAR: Diagnosis = coded("Bipolar disorder", "13746004", "Bipolar disorder");
pub(crate) const URINE_INFECTION: Diagnosis = coded(
    "Urinary tract infection",
    "68566005",
    "Urinary tract infectious disease",
);

pub(crate) const PENICILLIN: Allergy = Allergy {
    substance: "penicillin",
    snomed: Some(("91936005", "Allergy to penicillin")),
    none_known: false,
    medication: true,
    reactions: &["rash", "facial swelling"],
    severity: Some("severe"),
};
pub(crate) const NO_DRUG_ALLERGY: Allergy = Allergy {
    substance: "No known drug allergies",
    snomed: Some(("409137002", "No known drug allergy")),
    none_known: true,
    medication: true,
    reactions: &[],
    severity: None,
};
pub(crate) const NO_ALLERGY: Allergy = Allergy {
    substance: "No known allergies",
    snomed: Some(("716186003", "No known allergy")),
    none_known: true,
    medication: false,
    reactions: &[],
    severity: None,
};
pub(crate) const DRESSINGS: Allergy = Allergy {
    substance: "adhesive dressings",
    snomed: None,
    none_known: false,
    medication: false,
    reactions: &["blistering"],
    severity: None,
};
pub(crate) const PEANUT: Allergy = Allergy {
    substance: "peanut",
    snomed: None,
    none_known: false,
    medication: false,
    reactions: &["wheeze", "lip swelling"],
    severity: Some("severe"),
};

/// A medicine by mouth that is taken every day.
pub(crate) const fn daily(
    name: &'static str,
    form: &'static str,
    dose: (&'static str, &'static str),
    times_a_day: u8,
    indication: &'static str,
) -> Drug {
    let frequency = match times_a_day {
        1 => "once a day",
        2 => "twice a day",
        3 => "three times a day",
        _ => "four times a day",
    };
    Drug {
        name,
        form,
        dose,
        route: "oral",
        frequency,
        times_a_day,
        as_needed: false,
        indication,
    }
}

/// The same medicine, taken at night.
pub(crate) const fn at_night(drug: Drug) -> Drug {
    Drug {
        frequency: "at night",
        ..drug
    }
}

/// The same medicine, by another route and in other words.
pub(crate) const fn given(drug: Drug, route: &'static str, frequency: &'static str) -> Drug {
    Drug {
        route,
        frequency,
        ..drug
    }
}

/// The same medicine, only when required.
pub(crate) const fn when_required(drug: Drug, frequency: &'static str) -> Drug {
    Drug {
        frequency,
        as_needed: true,
        ..drug
    }
}

pub(crate) const FUROSEMIDE: Drug = daily("furosemide", "tablet", ("40", "mg"), 1, "heart failure");
pub(crate) const APIXABAN: Drug = daily(
    "apixaban",
    "tablet",
    ("2.5", "mg"),
    2,
    "atrial fibrillation",
);
pub(crate) const BISOPROLOL: Drug = daily(
    "bisoprolol",
    "tablet",
    ("5", "mg"),
    1,
    "atrial fibrillation",
);
pub(crate) const RAMIPRIL: Drug = daily("ramipril", "capsule", ("5", "mg"), 1, "heart failure");
pub(crate) const METFORMIN: Drug =
    daily("metformin", "tablet", ("500", "mg"), 2, "type 2 diabetes");
pub(crate) const MIRTAZAPINE: Drug = at_night(daily(
    "mirtazapine",
    "tablet",
    ("15", "mg"),
    1,
    "depression",
));
pub(crate) const DOXYCYCLINE: Drug = daily("doxycycline", "capsule", ("100", "mg"), 1, "pneumonia");
pub(crate) const PARACETAMOL: Drug = when_required(
    daily("paracetamol", "tablet", ("1", "g"), 4, "osteoarthritis"),
    "up to four times a day, when required",
);
pub(crate) const NAPROXEN: Drug = daily("naproxen", "tablet", ("250", "mg"), 2, "knee pain");
pub(crate) const AMLODIPINE: Drug = daily(
    "amlodipine",
    "tablet",
    ("5", "mg"),
    1,
    "high blood pressure",
);
pub(crate) const ATORVASTATIN: Drug = at_night(daily(
    "atorvastatin",
    "tablet",
    ("20", "mg"),
    1,
    "raised cholesterol",
));
pub(crate) const SERTRALINE: Drug = daily("sertraline", "tablet", ("50", "mg"), 1, "depression");
pub(crate) const LEVOTHYROXINE: Drug = daily(
    "levothyroxine",
    "tablet",
    ("75", "microgram"),
    1,
    "underactive thyroid",
);
pub(crate) const OMEPRAZOLE: Drug = daily(
    "omeprazole",
    "capsule",
    ("20", "mg"),
    1,
    "stomach protection",
);
pub(crate) const ASPIRIN: Drug = daily("aspirin", "tablet", ("75", "mg"), 1, "heart attack");
pub(crate) const SALBUTAMOL: Drug = given(
    when_required(
        daily("salbutamol", "inhaler", ("200", "microgram"), 4, "asthma"),
        "when required",
    ),
    "inhaled",
    "up to four times a day, when required",
);
pub(crate) const BECLOMETASONE: Drug = given(
    daily(
        "beclometasone",
        "inhaler",
        ("200", "microgram"),
        2,
        "asthma",
    ),
    "inhaled",
    "twice a day",
);
pub(crate) const TIOTROPIUM: Drug = given(
    daily(
        "tiotropium",
        "inhaler",
        ("5", "microgram"),
        1,
        "chronic obstructive pulmonary disease",
    ),
    "inhaled",
    "once a day",
);

const fn range(low: &'static str, high: &'static str, population: &'static str) -> Option<Range> {
    Some(Range {
        low,
        high,
        population,
    })
}

pub(crate) const CREATININE_WOMEN: TestKind = (
    "Creatinine",
    Some("14682-9"),
    ("micromol/L", "umol/L"),
    range("45", "84", "women, 18 and over"),
);
pub(crate) const CREATININE_MEN: TestKind = (
    "Creatinine",
    Some("14682-9"),
    ("micromol/L", "umol/L"),
    range("59", "104", "men, 18 and over"),
);
pub(crate) const EGFR: TestKind = ("eGFR", None, ("mL/min/1.73 m²", "mL/min/{1.73_m2}"), None);
pub(crate) const POTASSIUM: TestKind = (
    "Potassium",
    Some("2823-3"),
    ("mmol/L", "mmol/L"),
    range("3.5", "5.3", "adults"),
);
pub(crate) const SODIUM: TestKind = (
    "Sodium",
    Some("2951-2"),
    ("mmol/L", "mmol/L"),
    range("133", "146", "adults"),
);
pub(crate) const CRP: TestKind = (
    "CRP",
    Some("1988-5"),
    ("mg/L", "mg/L"),
    range("0", "5", "adults"),
);
pub(crate) const HBA1C: TestKind = (
    "HbA1c",
    Some("59261-8"),
    ("mmol/mol", "mmol/mol"),
    range("20", "41", "adults without diabetes"),
);
pub(crate) const HAEMOGLOBIN: TestKind = (
    "Haemoglobin",
    Some("718-7"),
    ("g/L", "g/L"),
    range("115", "165", "adults"),
);
pub(crate) const WHITE_CELLS: TestKind = (
    "White cell count",
    Some("6690-2"),
    ("10*9/L", "10*9/L"),
    range("4.0", "11.0", "adults"),
);
pub(crate) const PLATELETS: TestKind = (
    "Platelets",
    Some("777-3"),
    ("10*9/L", "10*9/L"),
    range("150", "400", "adults"),
);
pub(crate) const TSH: TestKind = (
    "TSH",
    Some("3016-3"),
    ("mU/L", "m[IU]/L"),
    range("0.4", "4.0", "adults"),
);
