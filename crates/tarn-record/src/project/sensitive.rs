//! Which entries are kept apart under the headings that fewer people may read.

use tarn_model::{Heading, Label, LabelSet};

use super::words::mentions;

/// Moves an entry from its usual heading to Safeguarding, mental health or social care, if its
/// labels or its own words for what kind of entry it is say so.
pub(super) fn heading(labels: LabelSet, usual: Heading, said: &[Option<String>]) -> Heading {
    const SAFEGUARDING: [&str; 3] = ["safeguarding", "child protection", "at risk of abuse"];
    const MENTAL_HEALTH: [&str; 4] = [
        "mental health",
        "mental-health",
        "psychiatr",
        "mental illness",
    ];
    const SOCIAL_CARE: [&str; 5] = [
        "social care",
        "social-care",
        "social work",
        "care package",
        "package of care",
    ];
    if labels.contains(Label::Safeguarding) || mentions(said, &SAFEGUARDING) {
        Heading::Safeguarding
    } else if labels.contains(Label::MentalHealth) || mentions(said, &MENTAL_HEALTH) {
        Heading::MentalHealth
    } else if usual != Heading::Encounters && mentions(said, &SOCIAL_CARE) {
        Heading::SocialCare
    } else {
        usual
    }
}
