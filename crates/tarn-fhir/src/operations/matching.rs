//! `Patient/$match`.

use serde_json::Value;
use tarn_access::MatchQuery;
use tarn_identity::Interaction;
use tarn_model::NhsNumber;
use tarn_model::fhir::{Limits, Resource};

use crate::answer::Answer;
use crate::api::Work;
use crate::bundle::Bundle;
use crate::operations::parameters::Parameters;
use crate::refusal::{Kind, Refusal};

/// Candidates, as a rule and at most.
const USUAL: usize = 10;
const MOST: usize = 50;

/// `POST Patient/$match`.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    let narrowing = work.narrowing(Interaction::Search)?;
    work.asked.only(&[])?;
    let query = query(&work.asked.body)?;
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let found = door.match_people(ctx, &narrowing, &query).await?;
    let room = found.iter().map(|one| one.patient.json().len() + 400).sum();
    let total = Some(found.len());
    let mut bundle = Bundle::begin("searchset", &work.api.base_url, work.at(), total, &[], room);
    for candidate in found.iter() {
        bundle.scored(&candidate.patient, candidate.score, candidate.grade);
    }
    Ok(Answer::of(200).json(bundle.end()))
}

fn query(body: &str) -> Result<MatchQuery, Refusal> {
    let parameters = Parameters::read(body)?;
    let mut only_certain = false;
    let mut limit = USUAL;
    for (name, value) in &parameters.values {
        let wrong = || Refusal::invalid("A parameter of $match has a value that it cannot have.");
        match name.as_str() {
            "onlyCertainMatches" => only_certain = value.parse().map_err(|_| wrong())?,
            "count" => limit = value.parse().map_err(|_| wrong())?,
            _ => {
                let words = "$match takes `resource`, `onlyCertainMatches` and `count`.";
                return Err(Refusal::new(Kind::NotSupported, words));
            }
        }
    }
    let [(name, text)] = parameters.resources.as_slice() else {
        return Err(Refusal::invalid("$match needs one Patient as `resource`."));
    };
    let patient = Resource::parse(text, Limits::RESOURCE)?;
    if name != "resource" || patient.resource_type() != "Patient" {
        return Err(Refusal::invalid("$match needs one Patient as `resource`."));
    }
    Ok(MatchQuery {
        only_certain,
        limit: limit.clamp(1, MOST),
        ..described(&patient.value)
    })
}

/// What a Patient says of who it is.
fn described(patient: &Value) -> MatchQuery {
    let list = |value: &Value, name: &str| -> Vec<Value> {
        let list = value.get(name).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.map(str::to_owned)
    };
    let mut query = MatchQuery {
        birth_date: text(patient, "birthDate"),
        gender: text(patient, "gender"),
        ..MatchQuery::default()
    };
    for identifier in list(patient, "identifier") {
        let (Some(system), Some(value)) = (text(&identifier, "system"), text(&identifier, "value"))
        else {
            continue;
        };
        if system == NhsNumber::SYSTEM {
            query.nhs_number = Some(value.replace(' ', ""));
        } else {
            query.identifiers.push((system, value));
        }
    }
    query.practice = (list(patient, "generalPractitioner").iter())
        .filter_map(|practice| practice.get("identifier"))
        .find_map(|identifier| text(identifier, "value"));
    for name in list(patient, "name") {
        query.family = query.family.or_else(|| text(&name, "family"));
        let given = list(&name, "given").into_iter();
        let given = given.filter_map(|one| one.as_str().map(str::to_owned));
        query.given.extend(given);
    }
    let addresses = list(patient, "address").into_iter();
    query.postcodes = addresses
        .filter_map(|address| text(&address, "postalCode"))
        .collect();
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_is_read_as_a_question() {
        let body = format!(
            r#"{{"resourceType":"Parameters","parameter":[
                {{"name":"onlyCertainMatches","valueBoolean":true}},
                {{"name":"count","valueInteger":500}},
                {{"name":"resource","resource":{{"resourceType":"Patient",
                  "identifier":[{{"system":"{}","value":"999 000 0018"}},{{"system":"urn:x","value":"7"}}],
                  "name":[{{"family":"Hargreaves","given":["Edna"]}}],"birthDate":"1945-07-14",
                  "generalPractitioner":[{{"identifier":{{"value":"OAK01"}}}}],
                  "gender":"female","address":[{{"postalCode":"ZZ99 1AE"}}]}}}}]}}"#,
            NhsNumber::SYSTEM
        );
        assert_eq!(
            query(&body).unwrap(),
            MatchQuery {
                nhs_number: Some("9990000018".into()),
                identifiers: vec![("urn:x".into(), "7".into())],
                family: Some("Hargreaves".into()),
                given: vec!["Edna".into()],
                birth_date: Some("1945-07-14".into()),
                gender: Some("female".into()),
                postcodes: vec!["ZZ99 1AE".into()],
                practice: Some("OAK01".into()),
                only_certain: true,
                limit: MOST,
            }
        );
    }

    #[test]
    fn a_question_without_a_patient_is_refused() {
        let check = |body: &str| assert!(query(body).is_err(), "{body}");
        check("");
        check(
            r#"{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Person"}}]}"#,
        );
        check(
            r#"{"resourceType":"Parameters","parameter":[{"name":"other","valueString":"x"},{"name":"resource","resource":{"resourceType":"Patient"}}]}"#,
        );
    }
}
