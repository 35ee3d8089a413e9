use serde_json::{Value, json};
use tarn_model::{OdsCode, PersonId};

use super::origin;
use crate::project::{Origin, project};

#[test]
fn the_directory_is_asked_for_what_is_not_contained() {
    let medicine = |name: &str| -> Option<Value> {
        (name == "Medication/m1").then(
            || json!({"resourceType": "Medication", "code": {"text": "Apixaban 5mg tablets"}}),
        )
    };
    let source: OdsCode = "A83008".parse().unwrap();
    let origin = Origin {
        directory: Some(&medicine),
        ..origin(&source)
    };
    let resource = json!({"resourceType": "MedicationAdministration", "status": "completed",
        "medicationReference": {"reference": "Medication/m1"}});
    assert_eq!(
        project(&resource, &origin).lines[0].display,
        "Apixaban 5mg tablets"
    );
    let directory = Origin {
        person: PersonId::DIRECTORY,
        ..origin
    };
    assert!(project(&resource, &directory).lines.is_empty());
}
