//! `tarn-load crud`: the loop by which FHIR servers are compared in public, over nine types.
//!
//! Each turn creates one resource of each type, in an order in which each refers to those before,
//! then reads, updates and deletes them all: 36 requests.
//! Source: HealthSamurai/fhir-server-performance-benchmark, the CRUD suite.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::cli::{Runs, Target};
use crate::connection::Connection;
use crate::import::id_in;
use crate::measure::{self, Operation};

#[derive(Debug, Args)]
pub(crate) struct CrudArgs {
    #[command(flatten)]
    target: Target,
    /// ODS code of the practice that the patients are registered with.
    #[arg(long, default_value = "OAK01")]
    practice: String,
    #[command(flatten)]
    runs: Runs,
}

pub(crate) async fn run(args: &CrudArgs) -> anyhow::Result<()> {
    let server = args.target.server().await?;
    let reporting = &args.target.reporting;
    let operation = Arc::new(Crud {
        practice: args.practice.clone(),
    });
    let rows = measure::series("crud", reporting, &server, &operation, &args.runs).await?;
    reporting.finish(&rows)
}

/// One round of all types a turn; counts requests.
struct Crud {
    practice: String,
}

/// A type, and its resource without the braces and the id: `{Type}` stands for the id of the
/// resource of that type that was created before it.
const TYPES: [(&str, &str); 9] = [
    (
        "Patient",
        r#""identifier":[{"system":"https://load.example/crud","value":"{turn}"}],"name":[{"family":"Ashworth","given":["Ada"]}],"gender":"female","birthDate":"1950-04-02","generalPractitioner":[{"type":"Organization","identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"{practice}"}}]"#,
    ),
    (
        "Location",
        r#""status":"active","name":"Treatment room 2","mode":"instance""#,
    ),
    (
        "Organization",
        r#""active":true,"name":"Load Street Clinic""#,
    ),
    (
        "Practitioner",
        r#""active":true,"name":[{"family":"Ogden","given":["Olive"],"prefix":["Dr"]}]"#,
    ),
    (
        "Encounter",
        r#""status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"Patient/{Patient}"},"participant":[{"individual":{"reference":"Practitioner/{Practitioner}"}}],"period":{"start":"2026-02-03T09:10:00Z"},"location":[{"location":{"reference":"Location/{Location}"}}],"serviceProvider":{"reference":"Organization/{Organization}"}"#,
    ),
    (
        "Observation",
        r#""status":"preliminary","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}]},"subject":{"reference":"Patient/{Patient}"},"encounter":{"reference":"Encounter/{Encounter}"},"effectiveDateTime":"2026-02-03T09:12:00Z","performer":[{"reference":"Practitioner/{Practitioner}"}],"valueQuantity":{"value":71.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}"#,
    ),
    (
        "MedicationRequest",
        r#""status":"active","intent":"order","medicationCodeableConcept":{"text":"Ramipril 5 mg capsules"},"subject":{"reference":"Patient/{Patient}"},"encounter":{"reference":"Encounter/{Encounter}"},"authoredOn":"2026-02-03","requester":{"reference":"Practitioner/{Practitioner}"},"dosageInstruction":[{"text":"One a day"}]"#,
    ),
    (
        "Claim",
        r#""status":"active","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"institutional"}]},"use":"claim","patient":{"reference":"Patient/{Patient}"},"created":"2026-02-03","provider":{"reference":"Organization/{Organization}"},"priority":{"coding":[{"code":"normal"}]},"insurance":[{"sequence":1,"focal":true,"coverage":{"display":"None"}}],"item":[{"sequence":1,"productOrService":{"text":"Consultation"},"encounter":[{"reference":"Encounter/{Encounter}"}]}]"#,
    ),
    (
        "ExplanationOfBenefit",
        r#""status":"active","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"institutional"}]},"use":"claim","patient":{"reference":"Patient/{Patient}"},"created":"2026-02-03","insurer":{"display":"None"},"provider":{"reference":"Organization/{Organization}"},"claim":{"reference":"Claim/{Claim}"},"outcome":"complete","insurance":[{"focal":true,"coverage":{"display":"None"}}]"#,
    ),
];

impl Operation for Crud {
    async fn once(&self, connection: &mut Connection, turn: u64) -> anyhow::Result<u64> {
        let mut made: Vec<(&str, String, String)> = Vec::new();
        for (kind, template) in TYPES {
            let mut members = template
                .replace("{turn}", &turn.to_string())
                .replace("{practice}", &self.practice);
            for (other, id, _) in &made {
                members = members.replace(&format!("{{{other}}}"), id);
            }
            let body = format!(r#"{{"resourceType":"{kind}",{members}}}"#);
            let path = format!("/{kind}");
            let answer = connection.send("POST", &path, "", body.as_bytes()).await?;
            ensure!(answer.status == 201, "POST {kind} got {}", answer.status);
            let location = connection.header("location").context("no Location")?;
            let id = id_in(&location, kind).context("the Location has no id")?;
            made.push((kind, id, members));
        }
        for (kind, id, _) in &made {
            let path = format!("/{kind}/{id}");
            let answer = connection.send("GET", &path, "", &[]).await?;
            ensure!(answer.status == 200, "GET {kind} got {}", answer.status);
        }
        for (kind, id, members) in &made {
            let path = format!("/{kind}/{id}");
            let body =
                format!(r#"{{"resourceType":"{kind}","id":"{id}","language":"en-GB",{members}}}"#);
            let answer = connection.send("PUT", &path, "", body.as_bytes()).await?;
            ensure!(answer.status == 200, "PUT {kind} got {}", answer.status);
        }
        for (kind, id, _) in made.iter().rev() {
            let path = format!("/{kind}/{id}");
            let answer = connection.send("DELETE", &path, "", &[]).await?;
            ensure!(
                matches!(answer.status, 200 | 204),
                "DELETE {kind} got {}",
                answer.status
            );
        }
        Ok(4 * made.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_template_is_fhir_once_its_names_are_filled_in() {
        let mut before: Vec<&str> = Vec::new();
        for (kind, template) in TYPES {
            let mut members = template.replace("{turn}", "1").replace("{practice}", "X");
            for other in &before {
                members = members.replace(&format!("{{{other}}}"), "id");
            }
            let body = format!(r#"{{"resourceType":"{kind}",{members}}}"#);
            let read: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(read["resourceType"], kind);
            for name in TYPES.map(|(name, _)| name) {
                assert!(!body.contains(&format!("/{{{name}}}")), "{kind}: {name}");
            }
            before.push(kind);
        }
    }
}
