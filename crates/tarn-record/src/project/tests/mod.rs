//! What a projection says of single resources, and what must hold for any resource.

mod directory;
mod entries;
mod flags;
mod people;
mod properties;

use serde_json::Value;
use tarn_model::{OdsCode, PersonId, Timestamp};

use super::{Origin, Projection, project};
use crate::Line;

fn projected(resource: &Value) -> Projection {
    let source: OdsCode = "A83008".parse().unwrap();
    project(resource, &origin(&source))
}

fn origin(source: &OdsCode) -> Origin<'_> {
    Origin {
        person: PersonId::new("0190a1b2-0000-7000-8000-000000000001".parse().unwrap()),
        source,
        resource_id: "r1",
        received_at: Timestamp::from_micros(1_795_000_000_000_000),
        directory: None,
    }
}

fn line(resource: &Value) -> Line {
    let mut lines = projected(resource).lines;
    assert_eq!(lines.len(), 1, "{resource}");
    lines.remove(0)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
