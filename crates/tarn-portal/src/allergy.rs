//! What must be said before somebody reads "no known allergies" as if it were the whole truth.

use tarn_access::{Line, PersonRecord, Polarity, SourceState};
use tarn_model::Heading;
use tarn_web::list;

/// A sentence to stand over the allergies when a statement that there are none is not the whole
/// truth: another source names some, or a source did not answer or is behind.
pub(crate) fn caution(record: &PersonRecord) -> Option<String> {
    let deniers = sources(record, is_none_known);
    if deniers.is_empty() {
        return None;
    }
    let says = |names: &[String]| if names.len() == 1 { "says" } else { "say" };
    if has_any(record) {
        return Some(format!(
            "The sources differ. {} {} there are no known allergies, and others name some. Tell whoever treats you about all of them.",
            list(&deniers),
            says(&deniers)
        ));
    }
    let missing: Vec<String> = record
        .ledger
        .sources
        .iter()
        .filter(|standing| standing.source.headings.contains(Heading::Allergies))
        .filter(|standing| {
            matches!(
                standing.state,
                SourceState::Unavailable { .. } | SourceState::Late { .. }
            )
        })
        .map(|standing| standing.source.name.clone())
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "This may not be all. {} {} there are no known allergies, but not everything of {} is here.",
            list(&deniers),
            says(&deniers),
            list(&missing)
        )
    })
}

/// Whether a line says that there are no allergies while another names some. Such a line is never
/// shown alone.
pub(crate) fn is_contradicted(line: &Line, record: &PersonRecord) -> bool {
    is_none_known(line) && has_any(record)
}

fn is_none_known(line: &Line) -> bool {
    line.heading == Heading::Allergies
        && line.polarity == Polarity::Negated
        && line.display.to_ascii_lowercase().starts_with("no ")
}

fn has_any(record: &PersonRecord) -> bool {
    record
        .under(Heading::Allergies)
        .chain(record.held.iter())
        .any(|line| line.heading == Heading::Allergies && line.polarity == Polarity::Asserted)
}

fn sources(record: &PersonRecord, which: impl Fn(&Line) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    for line in record.under(Heading::Allergies).filter(|line| which(line)) {
        let name = record.ledger.standing(&line.source).map_or_else(
            || line.source.to_string(),
            |standing| standing.source.name.clone(),
        );
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn none_known_never_stands_alone_against_an_allergy() {
        let record = sample::record();
        let said = caution(&record).unwrap();
        assert!(
            said.starts_with("The sources differ. St Brannoc’s Hospital says"),
            "{said}"
        );
        assert_eq!(
            record
                .lines
                .iter()
                .filter(|line| is_contradicted(line, &record))
                .count(),
            1
        );
    }

    #[test]
    fn none_known_is_not_all_while_a_source_is_missing() {
        let mut record = sample::record();
        record.lines.retain(|line| {
            line.heading != Heading::Allergies || line.polarity == Polarity::Negated
        });
        let said = caution(&record).unwrap();
        assert!(
            said.starts_with("This may not be all.") && said.contains("Harrowmere Mental Health")
        );
        record
            .ledger
            .sources
            .retain(|standing| matches!(standing.state, SourceState::Live { .. }));
        assert_eq!(caution(&record), None, "every source answered and agrees");
    }

    #[test]
    fn allergies_alone_need_no_caution() {
        let mut record = sample::record();
        record
            .lines
            .retain(|line| line.polarity == Polarity::Asserted);
        assert_eq!(caution(&record), None);
    }
}
