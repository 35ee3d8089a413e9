use crate::{Moment, Partner, Professional};

/// What kind of contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    /// In a surgery or clinic.
    Clinic,
    /// By telephone.
    Telephone,
    /// At the person's home.
    Home,
    /// In an emergency department, or an ambulance attendance.
    Emergency,
    /// A stay on a ward.
    Stay,
}

/// A contact, attendance or stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What kind.
    pub kind: ContactKind,
    /// Its words: `"Home visit"`, `"Ward J12"`.
    pub title: &'static str,
    /// What happened, in a sentence or two.
    pub summary: String,
    /// When it began.
    pub start: Moment,
    /// When it ended; `None` is still going on.
    pub end: Option<Moment>,
    /// Where, inside the organisation: `"Ward J12"`.
    pub place: Option<&'static str>,
    /// Expected discharge, for a stay that is going on.
    pub expected_end: Option<Moment>,
    /// Whether it was arranged and the person did not come.
    pub missed: bool,
    /// Who saw the person.
    pub by: Professional,
}

/// A booked appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// With what service.
    pub title: &'static str,
    /// When.
    pub at: Moment,
    /// How long, in minutes.
    pub minutes: i64,
    /// FHIR status: booked, fulfilled, noshow, cancelled.
    pub status: &'static str,
    /// With whom.
    pub with: Professional,
}

/// A letter or other document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its title: `"Discharge summary"`.
    pub title: &'static str,
    /// Its date.
    pub dated: Moment,
    /// Its words.
    pub text: String,
    /// Who wrote it.
    pub by: Professional,
}

/// Something that changes what is done in the next minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The fact: `"Takes an anticoagulant"`.
    pub title: &'static str,
    /// The words below it.
    pub text: String,
    /// FHIR flag category: clinical, safety, advance-directive, social, or Tarn's safeguarding.
    pub category: &'static str,
    /// From when.
    pub since: Moment,
    /// Something to open: the form, or a code that is only shown on demand.
    pub opens: Option<Opens>,
    /// Who set it.
    pub by: Professional,
}

/// What an alert opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opens {
    /// A letter of the same organisation, by key.
    Letter(&'static str),
    /// A text that is shown only when somebody asks for it.
    Text(&'static str),
}

/// A person in a care circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A professional, since when, and a note.
    Professional(Professional, Moment, Option<String>),
    /// Family, neighbour, friend: name, relationship, number, note.
    Informal(PersonWords),
}

/// Somebody who is not a professional, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonWords {
    /// Key, for ids.
    pub key: &'static str,
    /// Name.
    pub name: &'static str,
    /// What they are to the person: `"Daughter, next of kin"`.
    pub relationship: &'static str,
    /// Their number.
    pub telephone: &'static str,
    /// A note: `"Lives 20 min away"`.
    pub note: Option<&'static str>,
}

/// Who is involved, as one organisation knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareCircle {
    /// Its name: `"Community nursing"`.
    pub title: &'static str,
    /// Who.
    pub members: Vec<Member>,
}

/// What a plan is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanKind {
    /// Care at home, at school or on a ward.
    Care,
    /// What to do in a mental health crisis.
    MentalHealthCrisis,
    /// A package of social care.
    SocialCare,
    /// A child protection or safeguarding plan.
    Safeguarding,
}

/// A plan or a care package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What about.
    pub kind: PlanKind,
    /// Its title.
    pub title: &'static str,
    /// Its words.
    pub text: &'static str,
    /// FHIR status: active, on-hold, completed.
    pub status: &'static str,
    /// What is done: each a line.
    pub steps: &'static [&'static str],
    /// From when.
    pub since: Moment,
    /// Who wrote it.
    pub by: Professional,
}

/// The person's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutMe {
    /// Top three things about me.
    pub three: [&'static str; 3],
}

/// A referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// To what service.
    pub service: &'static str,
    /// Why.
    pub reason: &'static str,
    /// FHIR status: active, completed, revoked.
    pub status: &'static str,
    /// Who refers.
    pub by: Professional,
    /// The organisation that is asked.
    pub to: Partner,
}
