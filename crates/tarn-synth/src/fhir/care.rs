use serde_json::{Value, json};

use super::directory::role_of;
use super::scribe::{Scribe, coded, concept, organisation, professional};
use crate::{
    AboutMe, Appointment, CareCircle, Contact, ContactKind, Fact, Member, Moment, Plan, PlanKind,
    Referral,
};

pub(super) fn contact(scribe: &Scribe<'_>, fact: &Fact, contact: &Contact) -> Value {
    let (class, words) = match contact.kind {
        ContactKind::Clinic => ("AMB", "ambulatory"),
        ContactKind::Telephone => ("VR", "virtual"),
        ContactKind::Home => ("HH", "home health"),
        ContactKind::Emergency => ("EMER", "emergency"),
        ContactKind::Stay => ("IMP", "inpatient encounter"),
    };
    let status = match (contact.missed, contact.end) {
        (true, _) => "cancelled",
        (false, None) => "in-progress",
        (false, Some(_)) => "finished",
    };
    let period = match contact.end {
        Some(end) => json!({ "start": contact.start.to_fhir(), "end": end.to_fhir() }),
        None => json!({ "start": contact.start.to_fhir() }),
    };
    let mut summary = contact.summary.clone();
    if let Some(until) = contact.expected_end {
        summary = format!("{summary} Expected home {}.", until.to_words());
    }
    let place = contact.place.map(|name| {
        let id = name.to_lowercase().replace(' ', "-");
        json!([{ "location": { "reference": format!("Location/{id}"), "display": name } }])
    });
    let classes = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    let rest = json!({
        "status": status,
        "class": { "system": classes, "code": class, "display": words },
        "type": [{ "text": contact.title }],
        "subject": scribe.subject(),
        "participant": [{
            "type": [{ "text": contact.by.work }],
            "individual": professional(contact.by)
        }],
        "period": period,
        "reasonCode": [{ "text": summary }],
        "location": place,
        "serviceProvider": organisation(scribe.organisation.partner)
    });
    scribe.resource(fact, "Encounter", "UKCore-Encounter", rest)
}

pub(super) fn appointment(scribe: &Scribe<'_>, fact: &Fact, booked: &Appointment) -> Value {
    let end = Moment {
        at: booked.at.at.plus_seconds(booked.minutes * 60),
        ..booked.at
    };
    let rest = json!({
        "status": booked.status,
        "description": booked.title,
        "start": booked.at.at.to_fhir(),
        "end": end.at.to_fhir(),
        "minutesDuration": booked.minutes,
        "created": fact.recorded.to_fhir(),
        "participant": [
            { "actor": scribe.subject(), "status": "accepted" },
            { "actor": professional(booked.with), "status": "accepted" }
        ]
    });
    scribe.resource(fact, "Appointment", "UKCore-Appointment", rest)
}

pub(super) fn referral(scribe: &Scribe<'_>, fact: &Fact, referral: &Referral) -> Value {
    let rest = json!({
        "status": referral.status,
        "intent": "order",
        "category": [{ "text": "Referral" }],
        "code": { "text": referral.service },
        "subject": scribe.subject(),
        "authoredOn": fact.recorded.to_fhir(),
        "requester": professional(referral.by),
        "performer": [organisation(referral.to)],
        "reasonCode": [{ "text": referral.reason }]
    });
    scribe.resource(fact, "ServiceRequest", "UKCore-ServiceRequest", rest)
}

pub(super) fn circle(scribe: &Scribe<'_>, fact: &Fact, circle: &CareCircle) -> Value {
    let contained: Vec<Value> = circle
        .members
        .iter()
        .map(|one| member(scribe, one))
        .collect();
    let participants: Vec<Value> = circle.members.iter().map(participant).collect();
    let rest = json!({
        "contained": contained,
        "status": "active",
        "name": circle.title,
        "subject": scribe.subject(),
        "participant": participants,
        "managingOrganization": [organisation(scribe.organisation.partner)]
    });
    scribe.resource(fact, "CareTeam", "UKCore-CareTeam", rest)
}

fn member(scribe: &Scribe<'_>, member: &Member) -> Value {
    match member {
        Member::Professional(by, ..) => {
            let mut role = json!({ "resourceType": "PractitionerRole", "id": by.key });
            if let (Value::Object(role), Value::Object(rest)) = (&mut role, role_of(*by)) {
                role.extend(rest);
            }
            role
        }
        Member::Informal(one) => json!({
            "resourceType": "RelatedPerson",
            "id": one.key,
            "patient": { "reference": format!("Patient/{}", scribe.patient_id()) },
            "relationship": [{ "text": one.relationship }],
            "name": [{ "text": one.name }],
            "telecom": [{ "system": "phone", "value": one.telephone }]
        }),
    }
}

fn participant(member: &Member) -> Value {
    let roles = |role: &str, note: Option<&str>| -> Vec<Value> {
        let words = std::iter::once(role).chain(note);
        words.map(|words| json!({ "text": words })).collect()
    };
    match member {
        Member::Professional(by, since, note) => json!({
            "role": roles(by.work, note.as_deref()),
            "member": { "reference": format!("#{}", by.key), "display": by.name },
            "period": { "start": since.to_fhir() }
        }),
        Member::Informal(one) => json!({
            "role": roles(one.relationship, one.note),
            "member": { "reference": format!("#{}", one.key), "display": one.name }
        }),
    }
}

pub(super) fn plan(scribe: &Scribe<'_>, fact: &Fact, plan: &Plan) -> Value {
    let category = match plan.kind {
        PlanKind::Care => "Care plan",
        PlanKind::MentalHealthCrisis => "Mental health crisis plan",
        PlanKind::SocialCare => "Social care package",
        PlanKind::Safeguarding => "Safeguarding plan",
    };
    let status = match plan.status {
        "on-hold" => "on-hold",
        "completed" => "completed",
        _ => "in-progress",
    };
    let steps = plan.steps.iter();
    let steps = steps.map(|step| json!({ "detail": { "status": status, "description": step } }));
    let steps: Vec<Value> = steps.collect();
    let rest = json!({
        "status": plan.status,
        "intent": "plan",
        "category": [{ "text": category }],
        "title": plan.title,
        "description": plan.text,
        "subject": scribe.subject(),
        "period": { "start": plan.since.to_fhir() },
        "created": fact.recorded.to_fhir(),
        "author": professional(plan.by),
        "activity": steps
    });
    scribe.resource(fact, "CarePlan", "UKCore-CarePlan", rest)
}

pub(super) fn about_me(scribe: &Scribe<'_>, fact: &Fact, about: &AboutMe) -> Value {
    let things = about.three.iter().zip(1..).map(|(words, number)| {
        json!({
            "linkId": format!("about-me.{number}"),
            "text": format!("Thing {number}"),
            "answer": [{ "valueString": words }]
        })
    });
    let things: Vec<Value> = things.collect();
    let rest = json!({
        "questionnaire": "urn:tarn:questionnaire:about-me",
        "status": "completed",
        "subject": scribe.subject(),
        "authored": fact.recorded.to_fhir(),
        "source": scribe.subject(),
        "item": [{
            "linkId": "about-me",
            "text": "Top three things about me",
            "item": things
        }]
    });
    scribe.resource(
        fact,
        "QuestionnaireResponse",
        "UKCore-QuestionnaireResponse",
        rest,
    )
}

/// The category of an alert: FHIR's where it has one, else Tarn's own.
pub(super) fn alert_category(category: &str) -> Value {
    let flags = "http://terminology.hl7.org/CodeSystem/flag-category";
    match category {
        "safeguarding" => {
            let own = Some(("safeguarding", "Safeguarding"));
            concept("Safeguarding", "urn:tarn:flag-category", own)
        }
        "social" => concept(
            "Access and contact",
            flags,
            Some(("contact", "Subject Contact")),
        ),
        known => coded(flags, known),
    }
}
