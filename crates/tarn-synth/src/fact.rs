mod care;
mod clinical;

use tarn_model::LabelSet;

use crate::{Moment, Partner};

pub use care::{
    AboutMe, Alert, Appointment, CareCircle, Contact, ContactKind, Letter, Member, Opens,
    PersonWords, Plan, PlanKind, Referral,
};
pub use clinical::{
    Allergy, Diagnosis, Drug, FamilyHistory, Measurement, Medicine, Problem, Procedure, Range,
    Report, Test, Vaccination,
};

/// One thing that one organisation holds about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The organisation that holds it.
    pub source: Partner,
    /// The organisation's own key of it, unique within person and organisation.
    pub key: String,
    /// When it was written down.
    pub recorded: Moment,
    /// Sensitivity labels set at the source.
    pub labels: LabelSet,
    /// What it says.
    pub what: What,
}

/// What a fact says. Each kind of feed writes these in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An allergy, or a statement that there is none.
    Allergy(Allergy),
    /// A diagnosis or problem.
    Problem(Problem),
    /// A medicine.
    Medicine(Medicine),
    /// A laboratory report with its tests.
    Report(Report),
    /// A measurement.
    Measurement(Measurement),
    /// A contact, attendance or stay.
    Contact(Contact),
    /// A booked appointment.
    Appointment(Appointment),
    /// A letter or other document.
    Letter(Letter),
    /// A vaccination, given or not.
    Vaccination(Vaccination),
    /// Something that changes what is done in the next minute.
    Alert(Alert),
    /// Who is involved.
    CareCircle(CareCircle),
    /// A plan or a care package.
    Plan(Plan),
    /// The person's own words.
    AboutMe(AboutMe),
    /// An operation or therapy.
    Procedure(Procedure),
    /// A referral.
    Referral(Referral),
    /// An illness in the family.
    FamilyHistory(FamilyHistory),
}
