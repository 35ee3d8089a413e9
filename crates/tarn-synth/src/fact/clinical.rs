use crate::{Moment, Professional};

/// An allergy, or a statement that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allergy {
    /// To what, or the statement.
    pub substance: &'static str,
    /// SNOMED CT code, where certain.
    pub snomed: Option<(&'static str, &'static str)>,
    /// Whether it says that there is none.
    pub none_known: bool,
    /// Whether it is to a medicine.
    pub medication: bool,
    /// Reactions.
    pub reactions: &'static [&'static str],
    /// FHIR severity: mild, moderate or severe.
    pub severity: Option<&'static str>,
}

/// The name of a disease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// In the recorder's words.
    pub name: &'static str,
    /// SNOMED CT code and its term, where certain.
    pub snomed: Option<(&'static str, &'static str)>,
}

/// A diagnosis or problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub diagnosis: Diagnosis,
    /// When it began.
    pub onset: Moment,
    /// When it ended; a past problem has one.
    pub ended: Option<Moment>,
    /// Who recorded it.
    pub by: Professional,
}

/// A medicine with its dose, as it is prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drug {
    /// Name without form and strength: `"furosemide"`.
    pub name: &'static str,
    /// Form: `"tablet"`.
    pub form: &'static str,
    /// Dose as number text and unit: `("40", "mg")`.
    pub dose: (&'static str, &'static str),
    /// Route: `"oral"`.
    pub route: &'static str,
    /// How often, in words.
    pub frequency: &'static str,
    /// How many times in 24 hours; 0 is less often than daily, as the words say.
    pub times_a_day: u8,
    /// Whether only when required.
    pub as_needed: bool,
    /// What for.
    pub indication: &'static str,
}

/// A medicine of a person, as one organisation has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medicine {
    /// What, how much and how often.
    pub drug: Drug,
    /// When it was started, or started at this dose.
    pub started: Moment,
    /// When it was stopped or ended.
    pub ended: Option<Moment>,
    /// Why it was stopped; `None` with an end is a course that was finished.
    pub stopped_because: Option<&'static str>,
    /// When a prescription was last issued (general practice).
    pub last_issued: Option<Moment>,
    /// A note of its author.
    pub note: Option<&'static str>,
    /// Who prescribed or recorded it.
    pub by: Professional,
}

impl Medicine {
    pub(crate) fn new(drug: Drug, started: Moment, by: Professional) -> Self {
        Self {
            drug,
            started,
            ended: None,
            stopped_because: None,
            last_issued: None,
            note: None,
            by,
        }
    }

    pub(crate) fn issued(mut self, at: Moment) -> Self {
        self.last_issued = Some(at);
        self
    }

    pub(crate) fn ended(mut self, at: Moment) -> Self {
        self.ended = Some(at);
        self
    }

    pub(crate) fn stopped(mut self, at: Moment, because: &'static str) -> Self {
        self.stopped_because = Some(because);
        self.ended(at)
    }

    pub(crate) fn noting(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

/// A usual range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Low end as written.
    pub low: &'static str,
    /// High end as written.
    pub high: &'static str,
    /// Whom it is for: `"women, 18 and over"`.
    pub population: &'static str,
}

/// One test of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name: `"Creatinine"`.
    pub name: &'static str,
    /// LOINC code, where certain.
    pub loinc: Option<&'static str>,
    /// The value exactly as the laboratory wrote it.
    pub value: String,
    /// The unit as written, and its UCUM code.
    pub unit: (&'static str, &'static str),
    /// The usual range.
    pub range: Option<Range>,
}

/// A laboratory report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its title: `"Kidney function"`.
    pub title: &'static str,
    /// When the specimen was taken.
    pub taken: Moment,
    /// Its tests.
    pub tests: Vec<Test>,
    /// What the laboratory concludes, in words.
    pub conclusion: Option<&'static str>,
}

/// A measurement: one value, or several parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Its name: `"Weight"`.
    pub name: &'static str,
    /// SNOMED CT code and term.
    pub snomed: (&'static str, &'static str),
    /// When.
    pub taken: Moment,
    /// Parts: name, SNOMED CT code and term, value as written. One part is the measurement itself.
    pub parts: Vec<(&'static str, (&'static str, &'static str), String)>,
    /// Unit as written and UCUM code.
    pub unit: (&'static str, &'static str),
    /// Who measured.
    pub by: Professional,
}

/// A vaccination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vaccination {
    /// Vaccine: `"Influenza"`.
    pub vaccine: &'static str,
    /// When it was given, or was to be.
    pub at: Moment,
    /// Dose in its series.
    pub dose: u8,
    /// Why it was not given; `None` if it was.
    pub not_given_because: Option<&'static str>,
    /// Who gave it.
    pub by: Professional,
}

/// An operation or therapy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// What.
    pub name: &'static str,
    /// When.
    pub at: Moment,
    /// What for.
    pub reason: &'static str,
    /// Who.
    pub by: Professional,
}

/// An illness in the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyHistory {
    /// Who: `"mother"`.
    pub relative: &'static str,
    /// v3-RoleCode of the relative: `MTH`, `FTH`, `SIS`, `BRO`.
    pub code: &'static str,
    /// What they had.
    pub condition: &'static str,
}
