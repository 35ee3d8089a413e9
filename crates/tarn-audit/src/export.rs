use serde_json::{Value, json};
use tarn_model::{OdsCode, Realm};

use crate::{Action, Event, Outcome};

impl Event {
    /// The event as a FHIR R4 AuditEvent in the shapes of IHE BALP.
    ///
    /// `observer` is the organisation that keeps this log. The person stands as
    /// `Patient/{person id}`; there is no NHS number in it.
    ///
    /// Source: IHE ITI Basic Audit Log Patterns 1.1.5 (PatientRead, PatientQuery,
    /// AuthZ decision); FHIR R4 AuditEvent.
    #[must_use]
    pub fn to_fhir(&self, observer: &OdsCode) -> Value {
        let shape = Shape::of(self.entry.action);
        let permitted = self.entry.outcome == Outcome::Permitted;
        let mut event = json!({
            "resourceType": "AuditEvent",
            "id": self.id.to_string(),
            "type": shape.kind(),
            "subtype": [
                shape.subtype(),
                { "system": "urn:tarn:audit-action", "code": self.entry.action.word() },
            ],
            "action": shape.action,
            "recorded": self.entry.at.to_fhir(),
            "outcome": if permitted { "0" } else { "4" },
            "purposeOfEvent": [self.purpose()],
            "agent": [self.person_agent(), server_agent(observer, shape.action)],
            "source": {
                "observer": organisation(observer),
                "type": [{
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }],
            },
            "entity": self.entities(),
        });
        if let Some(code) = &self.entry.reason_code {
            put(&mut event, "outcomeDesc", json!(code));
        }
        event
    }

    fn purpose(&self) -> Value {
        let coding = json!({
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": self.entry.purpose.fhir_code(),
        });
        let mut purpose = json!({ "coding": [coding] });
        if let Some(reason) = &self.entry.reason {
            put(&mut purpose, "text", json!(reason));
        }
        purpose
    }

    fn person_agent(&self) -> Value {
        let actor = &self.entry.actor;
        let system = match actor.realm {
            Realm::Staff => "urn:tarn:staff-user",
            Realm::Citizen => "urn:tarn:citizen-user",
        };
        let mut identifier = json!({ "system": system, "value": actor.user_id });
        if let Some(code) = &actor.organisation {
            let mut assigner = organisation(code);
            if let Some(name) = &actor.organisation_name {
                put(&mut assigner, "display", json!(name));
            }
            put(&mut identifier, "assigner", assigner);
        }
        let mut agent = json!({
            "type": { "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                "code": "IRCP",
                "display": "information recipient",
            }] },
            "role": [{
                "coding": [{ "system": "urn:tarn:role", "code": actor.role.word() }],
                "text": actor.role.title(),
            }],
            "who": { "identifier": identifier, "display": actor.display_name },
            "requestor": true,
            "purposeOfUse": [self.purpose()],
        });
        if let Some(citation) = &self.entry.citation {
            put(
                &mut agent,
                "policy",
                json!([format!("urn:tarn:agreement:{citation}")]),
            );
        }
        agent
    }

    fn entities(&self) -> Value {
        let mut entities = Vec::new();
        if let Some(person) = self.entry.person {
            entities.push(json!({
                "what": { "reference": format!("Patient/{person}") },
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "1",
                    "display": "Person",
                },
                "role": {
                    "system": "http://terminology.hl7.org/CodeSystem/object-role",
                    "code": "1",
                    "display": "Patient",
                },
                "detail": self.details(),
            }));
        }
        entities.push(json!({
            "what": { "identifier": { "value": self.entry.request_id.to_string() } },
            "type": {
                "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                "code": "XrequestId",
            },
        }));
        Value::Array(entities)
    }

    fn details(&self) -> Value {
        let entry = &self.entry;
        let mut details = vec![detail("leaf", &hex::encode(self.leaf))];
        if let Some(sequence) = self.person_sequence {
            details.push(detail("person-sequence", &sequence.to_string()));
        }
        if let Some(basis) = &entry.basis {
            details.push(detail("basis", basis));
        }
        for heading in entry.headings.iter() {
            details.push(detail("heading", heading.word()));
        }
        for (organisation, state) in &entry.sources {
            details.push(detail("source", &format!("{organisation} {state}")));
        }
        if let Some(kind) = entry.alert {
            details.push(detail("alert", kind.word()));
        }
        if let Some(note) = &entry.note {
            details.push(detail("note", note));
        }
        Value::Array(details)
    }
}

/// Which BALP pattern an action follows.
struct Shape {
    rest: bool,
    code: &'static str,
    action: &'static str,
}

impl Shape {
    const fn of(action: Action) -> Self {
        let (rest, code, action) = match action {
            Action::Open
            | Action::ReadDocument
            | Action::ReadEntries
            | Action::ReadOwnRecord
            | Action::ReadChoices
            | Action::Print => (true, "read", "R"),
            Action::Search | Action::Shown | Action::ReadAccessLog | Action::ReadAlerts => {
                (true, "search", "E")
            }
            // No look of its own: it completes the entry of the opening that it names.
            Action::SourcesMet => (true, "operation", "E"),
            Action::Export => (true, "operation", "R"),
            Action::Load | Action::Contribute => (true, "transaction", "C"),
            Action::ChoiceRecorded | Action::AlertAcknowledged => (true, "create", "C"),
            Action::SourceChanged
            | Action::AgreementChanged
            | Action::PeopleMerged
            | Action::PeopleParted => (true, "update", "U"),
            Action::Refused => (false, "110113", "E"),
            Action::SignIn => (false, "110122", "E"),
            Action::SignOut => (false, "110123", "E"),
        };
        Self { rest, code, action }
    }

    fn kind(&self) -> Value {
        if self.rest {
            json!({
                "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
                "code": "rest",
                "display": "Restful Operation",
            })
        } else {
            let code = if self.code == "110113" {
                "110113"
            } else {
                "110114"
            };
            json!({ "system": "http://dicom.nema.org/resources/ontology/DCM", "code": code })
        }
    }

    fn subtype(&self) -> Value {
        match (self.rest, self.code) {
            (true, code) => {
                json!({ "system": "http://hl7.org/fhir/restful-interaction", "code": code })
            }
            (false, "110113") => json!({
                "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                "code": "AuthZ-Consent",
            }),
            (false, code) => {
                json!({ "system": "http://dicom.nema.org/resources/ontology/DCM", "code": code })
            }
        }
    }
}

/// The server's part: BALP names it Source for a read, Destination for everything else.
fn server_agent(observer: &OdsCode, action: &str) -> Value {
    let code = if action == "R" { "110153" } else { "110152" };
    json!({
        "type": { "coding": [{
            "system": "http://dicom.nema.org/resources/ontology/DCM",
            "code": code,
        }] },
        "who": organisation(observer),
        "requestor": false,
    })
}

fn organisation(code: &OdsCode) -> Value {
    json!({ "identifier": { "system": OdsCode::SYSTEM, "value": code.as_str() } })
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

fn detail(kind: &str, value: &str) -> Value {
    json!({ "type": kind, "valueString": value })
}
