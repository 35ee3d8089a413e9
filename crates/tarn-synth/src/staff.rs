use tarn_model::{OdsCode, Role};

use crate::{Organisation, Partner};

/// Somebody who works in the locality and can sign in to the demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffPersona {
    /// The name used by tests, documents and commands; the role's own word.
    pub short_name: &'static str,
    /// The role they sign in with.
    pub role: Role,
    /// The identity provider's id of the user.
    pub user_id: String,
    /// The name pages show.
    pub display_name: &'static str,
    /// Whom they work for.
    pub organisation: OdsCode,
    /// One line: what to try as this person.
    pub says: &'static str,
}

/// One member of staff for each staff role.
pub(crate) fn staff(organisations: &[Organisation]) -> Vec<StaffPersona> {
    let persona = |(number, (role, display_name, partner, says)): (usize, _)| {
        let of = |organisation: &&Organisation| organisation.partner == partner;
        Some(StaffPersona {
            short_name: Role::word(role),
            role,
            user_id: format!("99000000{:04}", 101 + number),
            display_name,
            organisation: organisations.iter().find(of)?.ods.clone(),
            says,
        })
    };
    let people = PEOPLE.iter().copied().enumerate();
    people.filter_map(persona).collect()
}

const PEOPLE: &[(Role, &str, Partner, &str)] = &[
    (
        Role::Gp,
        "Dr Paul Osei",
        Partner::OakLane,
        "Open Edie Hargreaves, then see who of the practice is in hospital.",
    ),
    (
        Role::PracticeAdmin,
        "Gillian Thwaite",
        Partner::OakLane,
        "Open Edie Hargreaves: appointments and address, and nothing clinical.",
    ),
    (
        Role::OohDoctor,
        "Dr Nadia Achterberg",
        Partner::UrgentCare,
        "Edie Hargreaves rang at breakfast: open her record before ringing back.",
    ),
    (
        Role::EdDoctor,
        "Dr Tomasz Wren",
        Partner::StBrannocs,
        "Open Arthur Pemberton, who came in by ambulance and is on ward J12.",
    ),
    (
        Role::Pharmacist,
        "Sunita Dhaliwal",
        Partner::StBrannocs,
        "Compare Arthur Pemberton’s GP and hospital medicines.",
    ),
    (
        Role::CommunityNurse,
        "Amina Yusuf",
        Partner::Community,
        "Before a visit: open Edie Hargreaves and see what changed in hospital.",
    ),
    (
        Role::DischargeNurse,
        "Colm Garrity",
        Partner::StBrannocs,
        "Find out why Derek Oldroyd’s insulin was stopped before he goes home.",
    ),
    (
        Role::MentalHealth,
        "Dr Esther Quaye",
        Partner::MentalHealth,
        "Open Callum Frayne’s crisis plan.",
    ),
    (
        Role::SocialWorker,
        "Bronwen Pask",
        Partner::AdultCare,
        "Open Mabel Entwistle and see which services already know her.",
    ),
    (
        Role::ChildrenSocialWorker,
        "Jerome Alleyne",
        Partner::ChildrensServices,
        "Open Kayleigh Marden’s plan and who is involved.",
    ),
    (
        Role::Safeguarding,
        "Marguerite Stroud",
        Partner::ChildrensServices,
        "Follow Kayleigh Marden’s visits across organisations.",
    ),
    (
        Role::Ambulance,
        "Rhys Calloway",
        Partner::Ambulance,
        "On scene at Edie Hargreaves’s: five facts, nothing more.",
    ),
    (
        Role::ContactCentre,
        "Priti Solanki",
        Partner::AdultCare,
        "Take a call from Harold Beckwith, who has opted out.",
    ),
    (
        Role::PrivacyOfficer,
        "Ingrid Falkner",
        Partner::StBrannocs,
        "Look into the emergency access that was reported, and answer it.",
    ),
    (
        Role::IgLead,
        "Matthew Corrigan",
        Partner::StBrannocs,
        "Read the agreement beside what it permits.",
    ),
    (
        Role::Operator,
        "Yasmin Threlfall",
        Partner::StBrannocs,
        "See which feed is late and which does not answer; no record opens.",
    ),
];
