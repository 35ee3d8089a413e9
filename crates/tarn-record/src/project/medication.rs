//! MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration.

use serde_json::Value;
use tarn_model::Heading;

use super::read::Reader;
use super::words::{
    choice, code, concept, concept_of, concepts_of, extension, first, is_true, items, moment,
    notes, number, period, quantity, range, ratio, text,
};
use crate::Line;

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let medicine = Medicine::of(read);
    let mut line = read.line(Heading::Medicines, medicine.name);
    line.code = medicine.code;
    line.detail.form = medicine.form;
    line.detail.category = concept_of(resource, "category");
    line.detail.indication =
        concepts_of(resource, "reasonCode").or_else(|| read.name_in(resource, "reasonReference"));
    line.detail.status_reason = concepts_of(resource, "statusReason")
        .or_else(|| concept_of(resource, "statusReasonCodeableConcept"))
        .or_else(|| concept_of(resource, "reasonNotTaken"))
        .or_else(|| concept_of(resource, "reasonNotGiven"));
    line.detail.text = notes(resource);
    dates(read, &mut line);
    line.detail.who = ["requester", "informationSource", "performer", "recorder"]
        .iter()
        .flat_map(|member| items(resource, member))
        .find_map(|one| read.name_of(one.get("actor").unwrap_or(one)));
    let dosages = [
        items(resource, "dosageInstruction"),
        items(resource, "dosage"),
    ]
    .concat();
    dosage(&dosages, &mut line);
    vec![line]
}

struct Medicine {
    name: Option<String>,
    code: Option<crate::Code>,
    form: Option<String>,
}

impl Medicine {
    fn of(read: &Reader<'_>) -> Self {
        let resource = read.resource;
        if let Some(coded) = first(resource, "medicationCodeableConcept") {
            return Self {
                name: concept(coded),
                code: code(coded),
                form: None,
            };
        }
        let Some(reference) = first(resource, "medicationReference") else {
            return Self {
                name: None,
                code: None,
                form: None,
            };
        };
        let target = read.target(reference);
        let coded = target.as_deref().and_then(|one| first(one, "code"));
        Self {
            name: coded
                .and_then(concept)
                .or_else(|| text(reference, "display").map(str::to_owned)),
            code: coded.and_then(code),
            form: target.as_deref().and_then(|one| concept_of(one, "form")),
        }
    }
}

fn dates(read: &Reader<'_>, line: &mut Line) {
    let resource = read.resource;
    let last_issue = extension(
        resource,
        "Extension-UKCore-MedicationStatementLastIssueDate",
    )
    .and_then(|found| moment(found, "valueDateTime"));
    match read.resource_type {
        "MedicationRequest" => {
            line.recorded_at = moment(resource, "authoredOn");
            let supply = first(resource, "dispenseRequest");
            let (from, until) = supply.map_or((None, None), |one| period(one, "validityPeriod"));
            line.clinical_at = from.or(line.recorded_at);
            line.clinical_until = until;
            line.detail.last_issued = last_issue;
        }
        "MedicationDispense" => {
            line.recorded_at = moment(resource, "whenPrepared");
            line.clinical_at = moment(resource, "whenHandedOver").or(line.recorded_at);
            line.detail.last_issued = line.clinical_at;
        }
        _ => {
            (line.clinical_at, line.clinical_until) = choice(resource, "effective");
            line.recorded_at = moment(resource, "dateAsserted");
            line.detail.last_issued = last_issue;
            if read.resource_type == "MedicationAdministration" {
                line.detail.last_issued = line.clinical_until.or(line.clinical_at);
            }
        }
    }
}

fn dosage(dosages: &[Value], line: &mut Line) {
    let written: Vec<_> = dosages
        .iter()
        .filter_map(|one| text(one, "text").or_else(|| text(one, "patientInstruction")))
        .collect();
    line.detail.dosage_text = (!written.is_empty()).then(|| written.join("; "));
    // The parts of one dose; several doses (a taper) are told only in the source's own words, or
    // joined in order, never as if the first were the only one.
    let each = |part: fn(&Value) -> Option<String>| {
        let all: Vec<_> = dosages.iter().filter_map(part).collect();
        let mut distinct: Vec<String> = Vec::new();
        for one in all {
            if !distinct.contains(&one) {
                distinct.push(one);
            }
        }
        (!distinct.is_empty()).then(|| distinct.join("; then "))
    };
    line.detail.dose = each(dose);
    line.detail.route = each(|one| concept_of(one, "route"));
    line.detail.frequency = each(frequency);
}

fn dose(dosage: &Value) -> Option<String> {
    let of = |holder: &Value| {
        first(holder, "doseQuantity")
            .and_then(quantity)
            .or_else(|| first(holder, "doseRange").and_then(range))
            .or_else(|| first(holder, "dose").and_then(quantity))
            .or_else(|| first(holder, "rateQuantity").and_then(quantity))
            .or_else(|| first(holder, "rateRatio").and_then(ratio))
            .or_else(|| first(holder, "rateRange").and_then(range))
    };
    items(dosage, "doseAndRate")
        .iter()
        .find_map(of)
        .or_else(|| of(dosage))
}

fn frequency(dosage: &Value) -> Option<String> {
    let timing = first(dosage, "timing");
    let said = timing
        .and_then(|timing| concept_of(timing, "code"))
        .or_else(|| timing.and_then(|timing| repeat(first(timing, "repeat")?)));
    let needed_for = concept_of(dosage, "asNeededCodeableConcept");
    let needed = is_true(dosage, "asNeededBoolean") || needed_for.is_some();
    let needed = needed.then(|| match needed_for {
        Some(why) => format!("as needed for {why}"),
        None => "as needed".to_owned(),
    });
    match (said, needed) {
        (Some(said), Some(needed)) => Some(format!("{said}, {needed}")),
        (said, needed) => said.or(needed),
    }
}

/// `Timing.repeat` in words: "twice a day", "every 8 hours", "3 times every 2 weeks".
///
/// Only what can be said without loss is put into words; anything else is left to the source's
/// own dosage text.
fn repeat(repeat: &Value) -> Option<String> {
    const UNSAID: [&str; 7] = [
        "count",
        "countMax",
        "duration",
        "durationMax",
        "periodMax",
        "offset",
        "timeOfDay",
    ];
    if UNSAID.iter().any(|member| repeat.get(member).is_some()) {
        return None;
    }
    let period = number(repeat.get("period")?)?;
    let (one, many) = match text(repeat, "periodUnit")? {
        "s" => ("a second", "seconds"),
        "min" => ("a minute", "minutes"),
        "h" => ("an hour", "hours"),
        "d" => ("a day", "days"),
        "wk" => ("a week", "weeks"),
        "mo" => ("a month", "months"),
        "a" => ("a year", "years"),
        _ => return None,
    };
    let times = repeat
        .get("frequency")
        .map_or_else(|| Some("1".to_owned()), number)?;
    let times = match repeat.get("frequencyMax").and_then(number) {
        Some(most) => format!("{times} to {most} times"),
        None => match times.as_str() {
            "1" => "once".to_owned(),
            "2" => "twice".to_owned(),
            _ => format!("{times} times"),
        },
    };
    let mut said = match (times.as_str(), period.as_str()) {
        (times, "1") => format!("{times} {one}"),
        ("once", period) => format!("every {period} {many}"),
        (times, period) => format!("{times} every {period} {many}"),
    };
    for member in ["dayOfWeek", "when"] {
        for word in items(repeat, member).iter().filter_map(Value::as_str) {
            said.push_str(", ");
            said.push_str(day_word(word)?);
        }
    }
    Some(said)
}

/// The words for a day of the week or an event of the day (v3-TimingEvent).
fn day_word(code: &str) -> Option<&'static str> {
    Some(match code {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        "MORN" => "in the morning",
        "NOON" => "at noon",
        "AFT" => "in the afternoon",
        "EVE" => "in the evening",
        "NIGHT" => "at night",
        "HS" => "before sleep",
        "WAKE" => "on waking",
        "C" => "with meals",
        "AC" => "before meals",
        "PC" => "after meals",
        _ => return None,
    })
}
