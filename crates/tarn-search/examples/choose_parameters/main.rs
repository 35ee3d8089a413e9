//! Writes `parameters.json` anew from HL7's definitions of R4:
//!
//! ```sh
//! cargo run -p tarn-search --example choose_parameters -- DIR > parameters.new.json
//! ```
//!
//! `DIR` holds `hl7-search-parameters.json`, `hl7-fhir.schema.json`,
//! `CompartmentDefinition-patient.json` and `profiles/StructureDefinition-*.json`. What is chosen
//! stands in the present `parameters.json` (`record_types`, `left_out`); so do the numbers. A
//! number is never given twice: a parameter that goes leaves its number in `retired`.

mod choice;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("which directory?")?);
    println!("{}", choice::written(&dir)?);
    Ok(())
}
