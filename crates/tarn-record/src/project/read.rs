use std::borrow::Cow;

use serde_json::Value;
use tarn_model::{Heading, Label, LabelSet, OdsCode};

use super::words::{codes_of, concept, human_name, items, telephone, text};
use super::{Origin, sensitive};
use crate::{Detail, Evidence, Line, Polarity, Relationship, When};

/// One resource being read: what every kind of resource has in common.
pub(super) struct Reader<'a> {
    pub(super) resource: &'a Value,
    pub(super) origin: &'a Origin<'a>,
    pub(super) resource_type: &'a str,
    pub(super) labels: LabelSet,
}

/// Somebody or something that a reference names.
pub(super) struct Party {
    /// Their name.
    pub(super) name: Option<String>,
    /// Their role, where the reference is to a role.
    pub(super) role: Option<String>,
    /// Their organisation's name, where the reference is to a role.
    pub(super) organisation: Option<String>,
    /// The number to ring.
    pub(super) telephone: Option<String>,
    /// Whether they are a professional or a service, and not family.
    pub(super) is_service: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(resource: &'a Value, origin: &'a Origin<'a>) -> Self {
        Self {
            resource,
            origin,
            resource_type: text(resource, "resourceType").unwrap_or("Resource"),
            labels: labels(resource),
        }
    }

    /// A line of this resource with what every line has; `display` falls back to the words of
    /// the type.
    pub(super) fn line(&self, heading: Heading, display: Option<String>) -> Line {
        Line {
            source: self.origin.source.clone(),
            heading,
            resource_type: self.resource_type.to_owned(),
            resource_id: self.origin.resource_id.to_owned(),
            clinical_at: None,
            clinical_until: None,
            recorded_at: None,
            received_at: self.origin.received_at,
            code: None,
            display: display
                .filter(|words| !words.trim().is_empty())
                .unwrap_or_else(|| spaced(self.resource_type)),
            status: self.status().to_owned(),
            polarity: self.polarity(),
            value: None,
            unit: None,
            labels: self.labels,
            detail: Detail::default(),
        }
    }

    /// The status word, verbatim.
    pub(super) fn status(&self) -> &'a str {
        ["status", "clinicalStatus", "lifecycleStatus"]
            .iter()
            .find_map(|member| codes_of(self.resource, member).first().copied())
            .unwrap_or("unknown")
    }

    /// What the status words alone say; entered in error outweighs everything.
    pub(super) fn polarity(&self) -> Polarity {
        const STATUS_MEMBERS: [&str; 6] = [
            "status",
            "verificationStatus",
            "docStatus",
            "lifecycleStatus",
            "clinicalStatus",
            "wasNotGiven",
        ];
        let said: Vec<&str> = STATUS_MEMBERS
            .iter()
            .flat_map(|member| codes_of(self.resource, member))
            .collect();
        let is_true =
            |member: &str| self.resource.get(member).and_then(Value::as_bool) == Some(true);
        if said.contains(&"entered-in-error") {
            Polarity::EnteredInError
        } else if said
            .iter()
            .any(|word| matches!(*word, "refuted" | "not-done" | "not-taken"))
            || is_true("doNotPerform")
            || is_true("notGiven")
            || is_true("notDone")
        {
            Polarity::Negated
        } else {
            Polarity::Asserted
        }
    }

    /// The heading of an entry that may be too sensitive for its usual one.
    pub(super) fn heading(&self, usual: Heading, said: &[Option<String>]) -> Heading {
        sensitive::heading(self.labels, usual, said)
    }

    /// Every identifier of the resource.
    pub(super) fn identifiers(&self) -> Vec<(String, String)> {
        items(self.resource, "identifier")
            .iter()
            .filter_map(|one| {
                let system = text(one, "system").unwrap_or_default().to_owned();
                Some((system, text(one, "value")?.to_owned()))
            })
            .collect()
    }

    /// What a reference names: contained here, or known to the directory.
    pub(super) fn target(&self, reference: &Value) -> Option<Cow<'a, Value>> {
        let name = text(reference, "reference")?;
        match name.strip_prefix('#') {
            Some(local) => items(self.resource, "contained")
                .iter()
                .find(|one| text(one, "id") == Some(local))
                .map(Cow::Borrowed),
            None => self.origin.directory?(name).map(Cow::Owned),
        }
    }

    /// The words for whatever a reference names: its display, else the name of its target.
    pub(super) fn name_of(&self, reference: &Value) -> Option<String> {
        text(reference, "display").map(str::to_owned).or_else(|| {
            self.target(reference)
                .and_then(|target| self.own_name(&target))
        })
    }

    /// The words for the first of a repeating Reference member.
    pub(super) fn name_in(&self, value: &Value, member: &str) -> Option<String> {
        items(value, member)
            .iter()
            .find_map(|one| self.name_of(one))
    }

    /// Who a reference names, with role, organisation and telephone where they can be found.
    pub(super) fn party(&self, reference: &Value) -> Party {
        let target = self.target(reference);
        let target = target.as_deref();
        let member = |name: &str| target.and_then(|target| target.get(name));
        let kind = target.and_then(|target| text(target, "resourceType"));
        let name = text(reference, "reference").unwrap_or_default();
        let family = kind == Some("RelatedPerson") || name.starts_with("RelatedPerson/");
        let own = kind == Some("Patient") || name.starts_with("Patient/");
        Party {
            name: self.name_of(reference),
            role: target.and_then(|target| super::words::concept_of(target, "code")),
            organisation: member("organization").and_then(|one| self.name_of(one)),
            telephone: target.and_then(telephone).or_else(|| {
                let practitioner = self.target(member("practitioner")?)?;
                telephone(&practitioner)
            }),
            is_service: !family && !own,
        }
    }

    /// The organisation that a reference names, by its ODS code.
    pub(super) fn organisation(&self, reference: &Value) -> Option<OdsCode> {
        self.organisation_within(reference, 3)
    }

    /// Evidence that the organisation of a reference has to do with the person.
    pub(super) fn evidence(
        &self,
        reference: &Value,
        evidence: Evidence,
        from: Option<When>,
        until: Option<When>,
    ) -> Option<Relationship> {
        Some(Relationship {
            organisation: self.organisation(reference)?,
            evidence,
            from: from.map(|when| when.at),
            until: until.map(super::words::last_moment),
        })
    }

    fn own_name(&self, target: &Value) -> Option<String> {
        let name = target.get("name");
        match (name, text(target, "resourceType")) {
            (Some(Value::String(name)), _) => Some(name.clone()),
            (Some(Value::Array(names)), _) => names.iter().find_map(human_name),
            (Some(name @ Value::Object(_)), _) => human_name(name),
            (_, Some("PractitionerRole")) => ["practitioner", "organization"]
                .iter()
                .find_map(|member| text(target.get(member)?, "display").map(str::to_owned))
                .or_else(|| {
                    let practitioner = self.target(target.get("practitioner")?)?;
                    items(&practitioner, "name").iter().find_map(human_name)
                }),
            _ => target
                .get("code")
                .and_then(concept)
                .or_else(|| target.get("type").and_then(concept)),
        }
    }

    fn organisation_within(&self, reference: &Value, steps: u8) -> Option<OdsCode> {
        let steps = steps.checked_sub(1)?;
        if let Some(code) = reference.get("identifier").and_then(ods_identifier) {
            return Some(code);
        }
        if let Some(target) = self.target(reference) {
            if text(&target, "resourceType") == Some("Organization") {
                return items(&target, "identifier").iter().find_map(ods_identifier);
            }
            return ["organization", "providedBy", "managingOrganization"]
                .iter()
                .find_map(|member| self.organisation_within(target.get(member)?, steps));
        }
        let name = text(reference, "reference")?;
        let national = "https://directory.spineservices.nhs.uk/STU3/Organization/";
        let code = name
            .strip_prefix("Organization/")
            .or_else(|| name.strip_prefix(national))?;
        code.parse().ok()
    }
}

/// The labels of a resource and of everything contained in it.
pub(super) fn labels(resource: &Value) -> LabelSet {
    let contained = items(resource, "contained").iter();
    contained
        .chain(std::iter::once(resource))
        .fold(LabelSet::EMPTY, |labels, one| labels.or(security(one)))
}

/// The labels that a resource gives itself: in `meta`, and where a document has a place of its own
/// for them.
///
/// Source: FHIR R4 Composition.confidentiality (v3-ConfidentialityClassification);
/// DocumentReference.securityLabel.
fn security(resource: &Value) -> LabelSet {
    let meta = resource.get("meta");
    let all = codings(meta.map(|meta| items(meta, "security")).unwrap_or_default());
    match text(resource, "resourceType") {
        Some("Composition") => all.or(confidentiality(resource.get("confidentiality"))),
        Some("DocumentReference") => {
            items(resource, "securityLabel")
                .iter()
                .fold(all, |all, concept| match items(concept, "coding") {
                    // A label in words alone still asks for something.
                    [] => all.with(Label::Unknown),
                    coded => all.or(codings(coded)),
                })
        }
        _ => all,
    }
}

fn confidentiality(code: Option<&Value>) -> LabelSet {
    const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    match code {
        None => LabelSet::EMPTY,
        Some(Value::String(code)) => LabelSet::from_security(SYSTEM, code),
        // Something is asked for, whatever it is.
        Some(_) => LabelSet::EMPTY.with(Label::Unknown),
    }
}

fn codings(codings: &[Value]) -> LabelSet {
    codings.iter().fold(LabelSet::EMPTY, |labels, coding| {
        let system = text(coding, "system").unwrap_or_default();
        labels.or(match text(coding, "code") {
            Some(code) => LabelSet::from_security(system, code),
            // A label without a code still asks for something.
            None => LabelSet::EMPTY.with(Label::Unknown),
        })
    })
}

fn ods_identifier(identifier: &Value) -> Option<OdsCode> {
    (text(identifier, "system") == Some(OdsCode::SYSTEM))
        .then(|| text(identifier, "value")?.parse().ok())?
}

/// `"ExplanationOfBenefit"` becomes `"Explanation of benefit"`.
fn spaced(resource_type: &str) -> String {
    let mut words = String::new();
    for (at, letter) in resource_type.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_says_in_its_own_place_how_confidential_it_is() {
        let check = |resource: Value, expected: &[Label]| {
            let expected: LabelSet = expected.iter().copied().collect();
            assert_eq!(labels(&resource), expected, "{resource}");
        };
        let letter =
            |code: Value| json!({ "resourceType": "Composition", "confidentiality": code });
        check(letter(json!("N")), &[]);
        check(letter(json!("R")), &[Label::Restricted]);
        check(letter(json!("V")), &[Label::VeryRestricted]);
        check(letter(json!("other")), &[Label::Unknown]);
        check(letter(json!(["V"])), &[Label::Unknown]);
        let file =
            |label: Value| json!({ "resourceType": "DocumentReference", "securityLabel": [label] });
        let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
        let coded = |code| file(json!({ "coding": [{ "system": system, "code": code }] }));
        check(coded("N"), &[]);
        check(coded("R"), &[Label::Restricted]);
        check(file(json!({ "text": "confidential" })), &[Label::Unknown]);
        check(
            json!({ "resourceType": "Basic", "contained": [letter(json!("V"))] }),
            &[Label::VeryRestricted],
        );
        // Elsewhere the member means nothing.
        check(
            json!({ "resourceType": "Basic", "confidentiality": "V" }),
            &[],
        );
    }
}
