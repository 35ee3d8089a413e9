//! Whatever has no heading of its own: kept, and shown by its own words.

use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, concept_of, concepts_of, first, items, mentions, moment, notes, period, text,
};
use crate::{Evidence, Line, Relationship};

/// Words by which an entry says that it holds the person's own words.
pub(super) const OWN_WORDS: [&str; 8] = [
    "about me",
    "about-me",
    "aboutme",
    "top three",
    "top-three",
    "what matters to me",
    "what is important to me",
    "important to me",
];

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    const NAMED_BY: [&str; 16] = [
        "code",
        "codeCodeableConcept",
        "title",
        "name",
        "description",
        "type",
        "productCodeableConcept",
        "suppliedItem",
        "deviceName",
        "topic",
        "method",
        "reasonCode",
        "category",
        "scope",
        "serviceType",
        "comment",
    ];
    let resource = read.resource;
    let said = [
        concepts_of(resource, "category"),
        concept_of(resource, "code"),
        concept_of(resource, "type"),
    ];
    let own_words = mentions(&said, &OWN_WORDS);
    let told = told(read);
    let display = NAMED_BY
        .iter()
        .find_map(|member| {
            let found = first(resource, member)?;
            concept_of(resource, member)
                .or_else(|| concept_of(found, "itemCodeableConcept"))
                .or_else(|| text(found, "name").map(str::to_owned))
        })
        .filter(|_| !own_words || told.is_none())
        .or_else(|| told.clone().filter(|_| own_words));
    let usual = if own_words {
        Heading::AboutMe
    } else {
        Heading::Other
    };
    let mut line = read.line(read.heading(usual, &said), display);
    line.code = ["code", "type", "category"]
        .iter()
        .find_map(|member| first(resource, member).and_then(code));
    dates(read, &mut line);
    line.detail.category = concepts_of(resource, "category");
    line.detail.indication = concepts_of(resource, "reasonCode");
    line.detail.status_reason = concept_of(resource, "statusReason");
    line.detail.who = [
        "author",
        "sender",
        "owner",
        "performer",
        "requester",
        "recorder",
        "provider",
    ]
    .iter()
    .flat_map(|member| items(resource, member))
    .find_map(|one| read.name_of(one.get("actor").unwrap_or(one)));
    line.detail.text = told;
    vec![line]
}

/// Who has a task, until it is done. A task that was never taken up shows nothing.
pub(super) fn task_relationships(read: &Reader<'_>) -> Vec<Relationship> {
    let resource = read.resource;
    let over = match read.status() {
        "draft" | "rejected" | "cancelled" | "failed" | "entered-in-error" | "unknown" => {
            return Vec::new();
        }
        "completed" => true,
        _ => false,
    };
    let (from, until) = period(resource, "executionPeriod");
    let from = from.or_else(|| moment(resource, "authoredOn"));
    let until = until.or_else(|| moment(resource, "lastModified"));
    items(resource, "owner")
        .iter()
        .filter_map(|owner| read.evidence(owner, Evidence::Task, from, until))
        .map(|found| Relationship {
            until: over.then(|| found.until.unwrap_or(read.origin.received_at)),
            ..found
        })
        .collect()
}

fn told(read: &Reader<'_>) -> Option<String> {
    let resource = read.resource;
    let payload: Vec<_> = items(resource, "payload")
        .iter()
        .filter_map(|one| text(one, "contentString"))
        .collect();
    if !payload.is_empty() {
        return Some(payload.join("\n"));
    }
    notes(resource)
        .or_else(|| text(resource, "summary").map(str::to_owned))
        .or_else(|| text(resource, "description").map(str::to_owned))
}

fn dates(read: &Reader<'_>, line: &mut Line) {
    let resource = read.resource;
    for stem in [
        "occurrence",
        "effective",
        "performed",
        "onset",
        "timing",
        "serviced",
        "identified",
    ] {
        if line.clinical_at.is_none() && line.clinical_until.is_none() {
            (line.clinical_at, line.clinical_until) = choice(resource, stem);
        }
    }
    for member in [
        "period",
        "billablePeriod",
        "executionPeriod",
        "servicePeriod",
    ] {
        if line.clinical_at.is_none() && line.clinical_until.is_none() {
            (line.clinical_at, line.clinical_until) = period(resource, member);
        }
    }
    let recorded = [
        "authoredOn",
        "recorded",
        "date",
        "created",
        "sent",
        "dateTime",
        "issued",
        "authored",
        "dateRecorded",
        "dateWritten",
        "receivedTime",
        "recordedOn",
    ];
    line.recorded_at = recorded.iter().find_map(|member| moment(resource, member));
    line.clinical_at = line.clinical_at.or(line.recorded_at);
}
