//! QuestionnaireResponse: the person's own words, assessments, surveys.

use serde_json::Value;
use tarn_model::Heading;

use super::other::OWN_WORDS;
use super::read::Reader;
use super::words::{concept, extension, items, mentions, moment, number, quantity, text};
use crate::Line;

pub(super) fn lines(read: &Reader<'_>) -> Vec<Line> {
    let resource = read.resource;
    let answers = answers(resource);
    let title = title(read);
    let mut said = vec![title.clone()];
    said.extend(
        items(resource, "item")
            .iter()
            .map(|item| text(item, "text").map(str::to_owned)),
    );
    let mut lines = if mentions(&said, &OWN_WORDS) && !answers.is_empty() {
        // Each answer is a line of its own: these are read one by one.
        answers
            .iter()
            .map(|(question, answer)| {
                let mut line = read.line(Heading::AboutMe, Some(answer.clone()));
                line.detail.category.clone_from(question);
                line.detail.title.clone_from(&title);
                line
            })
            .collect()
    } else {
        let heading = read.heading(Heading::Other, std::slice::from_ref(&title));
        let mut line = read.line(heading, title);
        let told: Vec<String> = answers
            .into_iter()
            .map(|(question, answer)| match question {
                Some(question) => format!("{question}: {answer}"),
                None => answer,
            })
            .collect();
        line.detail.text = (!told.is_empty()).then(|| told.join("\n"));
        vec![line]
    };
    for line in &mut lines {
        line.clinical_at = moment(resource, "authored");
        line.recorded_at = line.clinical_at;
        line.detail.who = read
            .name_in(resource, "author")
            .or_else(|| read.name_in(resource, "source"));
    }
    lines
}

/// The name of the questionnaire: its display, its title where it is contained, else the last
/// part of its address.
fn title(read: &Reader<'_>) -> Option<String> {
    let resource = read.resource;
    let shown = resource
        .get("_questionnaire")
        .and_then(|one| extension(one, "display"))
        .and_then(|one| text(one, "valueString"));
    let address = text(resource, "questionnaire");
    let contained = address
        .and_then(|address| address.strip_prefix('#'))
        .and_then(|local| {
            items(resource, "contained")
                .iter()
                .find(|one| text(one, "id") == Some(local))
        })
        .and_then(|one| text(one, "title"));
    let last = address
        .map(|address| address.split('|').next().unwrap_or(address))
        .and_then(|address| address.trim_start_matches('#').rsplit('/').next())
        .filter(|last| !last.is_empty());
    shown
        .or(contained)
        .map(str::to_owned)
        .or_else(|| last.map(|last| last.replace(['-', '_'], " ")))
}

/// Every answer with its question, in the order of the form.
fn answers(resource: &Value) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    let mut pending: Vec<&Value> = items(resource, "item").iter().rev().collect();
    while let Some(item) = pending.pop() {
        let question = text(item, "text").map(str::to_owned);
        for answer in items(item, "answer") {
            found.extend(answer_words(answer).map(|words| (question.clone(), words)));
            pending.extend(items(answer, "item").iter().rev());
        }
        pending.extend(items(item, "item").iter().rev());
    }
    found
}

fn answer_words(answer: &Value) -> Option<String> {
    let member = |kind: &str| answer.get(format!("value{kind}"));
    ["String", "Date", "DateTime", "Time", "Uri"]
        .iter()
        .find_map(|kind| member(kind)?.as_str())
        .filter(|words| !words.trim().is_empty())
        .map(str::to_owned)
        .or_else(|| member("Coding").and_then(concept))
        .or_else(|| member("Quantity").and_then(quantity))
        .or_else(|| member("Integer").and_then(number))
        .or_else(|| member("Decimal").and_then(number))
        .or_else(|| {
            let yes = member("Boolean")?.as_bool()?;
            Some(if yes { "Yes" } else { "No" }.to_owned())
        })
        .or_else(|| member("Reference").and_then(|one| text(one, "display").map(str::to_owned)))
        .or_else(|| member("Attachment").and_then(|one| text(one, "title").map(str::to_owned)))
}
