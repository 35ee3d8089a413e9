//! Condition.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, codes_of, concept_of, concepts_of, first, items, moment, notes, text,
};
use crate::{Line, Polarity};

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let category = concepts_of(resource, "category");
    let heading = read.heading(Heading::Problems, std::slice::from_ref(&category));
    let mut line = read.line(heading, concept_of(resource, "code"));
    line.code = first(resource, "code").and_then(code);
    // SNOMED CT: no current problems or disability; no significant medical history.
    let none = items(resource, "code")
        .iter()
        .flat_map(|one| items(one, "coding"))
        .filter_map(|coding| text(coding, "code"))
        .any(|code| matches!(code, "160245001" | "14732006" | "no-known-problems"));
    if none && line.polarity == Polarity::Asserted {
        line.polarity = Polarity::Negated;
    }
    line.status = codes_of(resource, "clinicalStatus")
        .first()
        .copied()
        .unwrap_or("unknown")
        .to_owned();
    (line.clinical_at, _) = choice(resource, "onset");
    let (abated, abated_by) = choice(resource, "abatement");
    line.clinical_until = abated_by.or(abated);
    line.recorded_at =
        moment(resource, "recordedDate").or_else(|| moment(resource, "assertedDate"));
    line.detail.category = category;
    line.detail.severity = concept_of(resource, "severity");
    line.detail.verification = codes_of(resource, "verificationStatus")
        .first()
        .map(|&word| word.to_owned());
    line.detail.who = ["recorder", "asserter"]
        .iter()
        .find_map(|member| read.name_in(resource, member));
    line.detail.text = notes(resource);
    vec![line]
}
