//! The portal's words: plain English for headings, roles, reasons and states.

use tarn_access::{AlertKind, Source};
use tarn_model::{Heading, HeadingSet, Role};
use tarn_web::{count, list};

/// A heading, as a sentence has it: `"test results"`.
pub(crate) const fn heading(heading: Heading) -> &'static str {
    match heading {
        Heading::Demographics => "your name and address",
        Heading::Alerts => "alerts",
        Heading::AboutMe => "what you said about yourself",
        Heading::Allergies => "allergies",
        Heading::Medicines => "medicines",
        Heading::Problems => "health conditions",
        Heading::Results => "test results",
        Heading::Observations => "measurements",
        Heading::Encounters => "visits and stays",
        Heading::Appointments => "appointments",
        Heading::Documents => "letters",
        Heading::Immunisations => "vaccinations",
        Heading::Procedures => "operations and treatments",
        Heading::Referrals => "referrals",
        Heading::CareTeam => "who is involved",
        Heading::CarePlans => "care plans",
        Heading::SocialCare => "social care",
        Heading::MentalHealth => "mental health care",
        Heading::Safeguarding => "keeping you safe",
        Heading::Family => "family",
        Heading::Other => "other entries",
    }
}

/// A heading, as a title has it: `"Test results"`.
pub(crate) fn heading_title(of: Heading) -> String {
    capitalised(heading(of))
}

/// Several headings as one sentence part: `"alerts, allergies and medicines"`; everything, when
/// it is everything.
pub(crate) fn headings(set: HeadingSet) -> String {
    if HeadingSet::all().without(set).is_empty() {
        return "Everything in your record".to_owned();
    }
    let words: Vec<String> = set.iter().map(|each| heading(each).to_owned()).collect();
    capitalised(&list(&words))
}

/// A number of entries under a heading: `"2 allergies"`.
pub(crate) fn counted(of: Heading, number: usize) -> String {
    let (one, many) = match of {
        Heading::Demographics => ("name and address", "names and addresses"),
        Heading::Alerts => ("alert", "alerts"),
        Heading::AboutMe => (
            "thing you said about yourself",
            "things you said about yourself",
        ),
        Heading::Allergies => ("allergy", "allergies"),
        Heading::Medicines => ("medicine", "medicines"),
        Heading::Problems => ("health condition", "health conditions"),
        Heading::Results => ("test result", "test results"),
        Heading::Observations => ("measurement", "measurements"),
        Heading::Encounters => ("visit or stay", "visits and stays"),
        Heading::Appointments => ("appointment", "appointments"),
        Heading::Documents => ("letter", "letters"),
        Heading::Immunisations => ("vaccination", "vaccinations"),
        Heading::Procedures => ("operation or treatment", "operations and treatments"),
        Heading::Referrals => ("referral", "referrals"),
        Heading::CareTeam => ("person or team involved", "people and teams involved"),
        Heading::CarePlans => ("care plan", "care plans"),
        Heading::SocialCare => ("social care entry", "social care entries"),
        Heading::MentalHealth => ("mental health entry", "mental health entries"),
        Heading::Safeguarding => (
            "entry about keeping you safe",
            "entries about keeping you safe",
        ),
        Heading::Family => ("family entry", "family entries"),
        Heading::Other => ("other entry", "other entries"),
    };
    count(i64::try_from(number).unwrap_or(i64::MAX), one, many)
}

/// Somebody in this role, as a sentence begins: `"An A&E doctor"`.
pub(crate) const fn somebody(role: Role) -> &'static str {
    match role {
        Role::Gp => "A GP",
        Role::PracticeAdmin => "A member of a GP practice’s office staff",
        Role::OohDoctor => "An out-of-hours doctor",
        Role::EdDoctor => "An A&E doctor",
        Role::Pharmacist => "A pharmacist",
        Role::CommunityNurse => "A district nurse",
        Role::DischargeNurse => "A nurse who plans people’s way home",
        Role::MentalHealth => "A mental health clinician",
        Role::SocialWorker => "A social worker",
        Role::ChildrenSocialWorker => "A children’s social worker",
        Role::Safeguarding => "A safeguarding investigator",
        Role::Ambulance => "An ambulance crew",
        Role::ContactCentre => "A contact centre adviser",
        Role::PrivacyOfficer => "A privacy officer",
        Role::IgLead => "An information governance lead",
        Role::Operator => "Somebody who runs the system",
        Role::Citizen => "You",
    }
}

/// The same without its article: `"A&E doctor"`.
pub(crate) fn role(role: Role) -> String {
    let words = somebody(role);
    let bare = words
        .strip_prefix("An ")
        .or_else(|| words.strip_prefix("A "))
        .unwrap_or(words);
    capitalised(bare)
}

/// A source in words: `"Oak Lane Surgery, a GP practice"`.
pub(crate) fn source(source: &Source) -> String {
    let kind = match source.kind.as_str() {
        "gp-practice" => ", a GP practice",
        "acute-trust" => ", a hospital",
        "community-trust" => ", community nursing",
        "mental-health-trust" => ", mental health",
        "out-of-hours" => ", out-of-hours care",
        "ambulance-trust" => ", the ambulance service",
        _ => "",
    };
    format!("{}{kind}", source.name)
}

/// What linked the people who looked with the person.
pub(crate) fn basis(word: &str) -> Option<&'static str> {
    Some(match word {
        "registration" => "You’re registered there.",
        "encounter" => "You had a visit, a stay or an open case there.",
        "appointment" => "You had an appointment there.",
        "referral" => "You were referred there.",
        "care-team" => "They’re part of your care team.",
        "task" => "They had a task to do for your care.",
        "alert" => "A look at your record had been reported to them.",
        "self-claimed" => {
            "Your record showed no link with them. They said they were caring for you, and gave a reason."
        }
        _ => return None,
    })
}

/// That the privacy officer was told of a look, and why.
pub(crate) const fn told(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::DespiteObjection => {
            "The privacy officer was told of this at once, because you had chosen not to share your record."
        }
        AlertKind::ProtectedPlace => {
            "The privacy officer was told of this at once, because where you live is protected."
        }
        AlertKind::Emergency => {
            "The privacy officer was told of this at once, because it was emergency access."
        }
        AlertKind::Clause => "The privacy officer was told of this at once, as the rule says.",
    }
}

/// Why somebody saw nothing.
pub(crate) fn refusal(reason_code: &str) -> &'static str {
    match reason_code {
        "person-objected" => "You chose not to share your record",
        "relationship-needed" => "Tarn found no link between them and your care",
        "reason-needed" => "Tarn asked for a reason first",
        "no-such-document" => "The letter they named isn’t there or isn’t for them to read",
        "role-not-named" => "Their work doesn’t need your record",
        "purpose-not-named" => "What they wanted it for isn’t allowed",
        "organisation-not-party" => "Their organisation hasn’t signed the agreement",
        "label-not-cleared" => "What they asked for is marked as more private than that",
        "nothing-to-show" => "There was nothing there that they may see",
        "not-to-be-written" => "They may not add to your record",
        "assurance-too-low" => "Their sign-in wasn’t strong enough",
        _ => "The sharing agreement doesn’t allow it",
    }
}

/// The first letter in upper case.
pub(crate) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_and_role_has_words_of_its_own() {
        let headings: std::collections::BTreeSet<_> =
            Heading::ALL.iter().map(|each| heading(*each)).collect();
        assert_eq!(headings.len(), Heading::ALL.len());
        let roles: std::collections::BTreeSet<_> =
            Role::ALL.iter().map(|each| somebody(*each)).collect();
        assert_eq!(roles.len(), Role::ALL.len());
        assert_eq!(role(Role::EdDoctor), "A&E doctor");
        assert_eq!(role(Role::Ambulance), "Ambulance crew");
    }

    #[test]
    fn several_headings_read_as_a_sentence() {
        let some = HeadingSet::EMPTY
            .with(Heading::Allergies)
            .with(Heading::Results);
        assert_eq!(headings(some), "Allergies and test results");
        assert_eq!(headings(HeadingSet::all()), "Everything in your record");
        assert_eq!(counted(Heading::Allergies, 1), "1\u{a0}allergy");
        assert_eq!(counted(Heading::Allergies, 2), "2\u{a0}allergies");
    }
}
