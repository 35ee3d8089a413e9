//! A person's access log, grouped the way they remember it: who, on which day, why.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use tarn_access::{CitedClause, LogEntry};
use tarn_model::{HeadingSet, OdsCode, Purpose, Role, Timestamp};
use tarn_web::{citizen_date_time, clock_time, count, local_day};

use crate::words;

/// The log of one window, grouped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Visits {
    /// Visits and refused attempts, newest first.
    pub(crate) cards: Vec<Visit>,
    /// How often the person themselves read their record, log or choices.
    pub(crate) own: usize,
    /// Choices that were recorded, newest first.
    pub(crate) choices: Vec<Step>,
    /// How often data arrived by computer, with nobody reading it.
    pub(crate) updates: usize,
}

/// Everything that people of one organisation did on one day, or tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) organisation: String,
    pub(crate) day: NaiveDate,
    pub(crate) refused: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) headings: HeadingSet,
    pub(crate) why: Vec<String>,
    pub(crate) rules: Vec<CitedClause>,
    /// Why the privacy officer was told, where they were.
    pub(crate) told: Vec<&'static str>,
    code: Option<OdsCode>,
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its number in the person's own log.
    pub(crate) number: i64,
    pub(crate) at: Timestamp,
    pub(crate) when: String,
    pub(crate) who: String,
    pub(crate) role: String,
    pub(crate) did: String,
    pub(crate) reason: Option<String>,
    role_word: Role,
}

impl Visits {
    /// Groups entries that come newest first.
    pub(crate) fn of(entries: &[LogEntry]) -> Self {
        let mut visits = Self::default();
        for entry in entries {
            let step = Step::of(entry);
            match entry.action.as_str() {
                "choice-recorded" => visits.choices.push(step),
                // How the sources stood belongs to the opening that is listed already.
                "sources-met" => {}
                _ if entry.role == Role::Citizen => visits.own += 1,
                "load" | "source-changed" | "contribute" | "people-merged" | "people-parted" => {
                    visits.updates += 1;
                }
                _ => visits.add(entry, step),
            }
        }
        visits
    }

    fn add(&mut self, entry: &LogEntry, step: Step) {
        let code = entry.organisation.as_ref().map(|(code, _)| code.clone());
        let day = local_day(entry.at);
        let refused = !entry.permitted;
        let known = self
            .cards
            .iter()
            .position(|card| card.code == code && card.day == day && card.refused == refused);
        let at = known.unwrap_or_else(|| {
            self.cards.push(Visit::new(entry, day));
            self.cards.len() - 1
        });
        if let Some(card) = self.cards.get_mut(at) {
            card.take(entry, step);
        }
    }
}

impl Visit {
    fn new(entry: &LogEntry, day: NaiveDate) -> Self {
        let organisation = match &entry.organisation {
            Some((code, name)) if name.is_empty() => code.to_string(),
            Some((_, name)) => name.clone(),
            None => "An organisation that wasn’t named".to_owned(),
        };
        Self {
            organisation,
            day,
            refused: !entry.permitted,
            steps: Vec::new(),
            headings: HeadingSet::EMPTY,
            why: Vec::new(),
            rules: Vec::new(),
            told: Vec::new(),
            code: entry.organisation.as_ref().map(|(code, _)| code.clone()),
        }
    }

    fn take(&mut self, entry: &LogEntry, step: Step) {
        self.headings = self.headings.or(entry.headings);
        for sentence in why(entry) {
            if !self.why.contains(&sentence) {
                self.why.push(sentence);
            }
        }
        if let Some(clause) = &entry.clause
            && !self
                .rules
                .iter()
                .any(|known| known.citation == clause.citation)
        {
            self.rules.push(clause.clone());
        }
        if let Some(told) = entry.alert.map(words::told)
            && !self.told.contains(&told)
        {
            self.told.push(told);
        }
        self.steps.push(step);
    }

    /// How many different people there were.
    pub(crate) fn people(&self) -> usize {
        let people: BTreeSet<_> = self
            .steps
            .iter()
            .map(|step| (&step.who, step.role_word))
            .collect();
        people.len()
    }

    /// `"2 people, today"`.
    pub(crate) fn when(&self, now: Timestamp) -> String {
        let people = i64::try_from(self.people()).unwrap_or(i64::MAX);
        format!(
            "{}, {}",
            count(people, "person", "people"),
            self.day_words(now)
        )
    }

    /// `"today"`, `"yesterday"` or the date.
    pub(crate) fn day_words(&self, now: Timestamp) -> String {
        let days = local_day(now).signed_duration_since(self.day).num_days();
        match days {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            _ => self.day.format("%-d %B %Y").to_string(),
        }
    }

    /// `"What they saw"`, in words.
    pub(crate) fn saw(&self) -> String {
        let all_did = |what: &[&str]| {
            self.steps
                .iter()
                .all(|step| what.contains(&step.did.as_str()))
        };
        if all_did(&[IN_A_REPORT, LOOKED_INTO]) {
            "Your name, date of birth and NHS number. They didn’t open your record.".to_owned()
        } else if all_did(&[IN_A_LIST]) {
            "Your name in a list of search results. They didn’t open your record.".to_owned()
        } else if self.headings.is_empty() {
            "Nothing of what is recorded".to_owned()
        } else {
            words::headings(self.headings)
        }
    }

    /// `"2 attempts were refused"`.
    pub(crate) fn attempts(&self) -> String {
        match self.steps.len() {
            1 => "1 attempt was refused".to_owned(),
            number => format!("{number} attempts were refused"),
        }
    }

    /// What happened in a refused attempt, up to "so they saw nothing".
    pub(crate) fn refusal(&self) -> String {
        let times = match self.steps.len() {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            number => format!("{number} times"),
        };
        let somebody = match self.people() {
            1 => "Somebody".to_owned(),
            number => format!("{number} people"),
        };
        let reasons = self.why.join(". ");
        format!(
            "{somebody} at {} asked for your record {times}. {reasons}",
            self.organisation
        )
    }
}

/// How many people in how many organisations looked, and how many attempts were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) people: usize,
    pub(crate) organisations: usize,
    pub(crate) refused: usize,
}

impl Tally {
    /// Counts the cards from `first` day on.
    pub(crate) fn since(cards: &[Visit], first: NaiveDate) -> Self {
        let recent = || cards.iter().filter(move |card| card.day >= first);
        let people: BTreeSet<_> = recent()
            .filter(|card| !card.refused)
            .flat_map(|card| {
                // Seeing a name in a list is not looking at the record.
                let opened = card
                    .steps
                    .iter()
                    .filter(|step| !NAME_ONLY.contains(&step.did.as_str()));
                opened.map(move |step| (&card.code, &step.who, step.role_word))
            })
            .collect();
        let organisations: BTreeSet<_> = people.iter().map(|(code, _, _)| *code).collect();
        let refused = recent()
            .filter(|card| card.refused)
            .map(|card| card.steps.len())
            .sum();
        Self {
            people: people.len(),
            organisations: organisations.len(),
            refused,
        }
    }

    pub(crate) fn people_words(&self) -> String {
        count(
            i64::try_from(self.people).unwrap_or(i64::MAX),
            "person",
            "people",
        )
    }

    pub(crate) fn organisation_words(&self) -> String {
        count(
            i64::try_from(self.organisations).unwrap_or(i64::MAX),
            "organisation",
            "organisations",
        )
    }

    pub(crate) fn refused_words(&self) -> String {
        count(
            i64::try_from(self.refused).unwrap_or(i64::MAX),
            "attempt",
            "attempts",
        )
    }
}

const IN_A_LIST: &str = "Saw your name in a list of search results";
const IN_A_REPORT: &str = "Read a report that your record had been opened";
const LOOKED_INTO: &str = "Looked into who had opened your record";

/// What shows who somebody is and nothing of their record.
const NAME_ONLY: &[&str] = &[IN_A_LIST, IN_A_REPORT, LOOKED_INTO];

impl Step {
    fn of(entry: &LogEntry) -> Self {
        Self {
            number: entry.person_sequence,
            at: entry.at,
            when: citizen_date_time(entry.at),
            who: entry.who.clone(),
            role: words::role(entry.role),
            did: did(entry),
            reason: entry.reason.clone(),
            role_word: entry.role,
        }
    }

    pub(crate) fn time(&self) -> String {
        clock_time(self.at)
    }
}

fn did(entry: &LogEntry) -> String {
    if !entry.permitted {
        return "Asked, and saw nothing".to_owned();
    }
    match entry.action.as_str() {
        "open" => "Opened your record".to_owned(),
        "shown" | "search" => IN_A_LIST.to_owned(),
        "read-alerts" => IN_A_REPORT.to_owned(),
        "alert-acknowledged" => LOOKED_INTO.to_owned(),
        "read-document" => "Read a letter".to_owned(),
        "read-entries" => "Read entries of your record from another system".to_owned(),
        "print" => "Printed a page of it".to_owned(),
        "export" => "Took a copy".to_owned(),
        "choice-recorded" => match &entry.note {
            Some(note) => format!("Recorded your choice: {note}"),
            None => "Recorded your choice".to_owned(),
        },
        other => words::capitalised(&other.replace('-', " ")),
    }
}

fn why(entry: &LogEntry) -> Vec<String> {
    if !entry.permitted {
        return vec![words::refusal(entry.reason_code.as_deref().unwrap_or_default()).to_owned()];
    }
    let purpose = match entry.purpose {
        Purpose::DirectCare => "To give or plan your care.",
        Purpose::Emergency => "To give you care that couldn’t wait.",
        Purpose::SafeguardingInquiry => "To protect you or somebody else from harm.",
        Purpose::CareAdministration => "To arrange your care: appointments, letters or transport.",
        Purpose::SubjectAccess => "To read your own record.",
        Purpose::ChoiceRecording => "To record your choice.",
        Purpose::AuditReview => "To check who had looked and why.",
    };
    let mut sentences = vec![purpose.to_owned()];
    sentences.extend(
        entry
            .basis
            .as_deref()
            .and_then(words::basis)
            .map(str::to_owned),
    );
    sentences.extend(
        entry
            .reason
            .as_ref()
            .map(|reason| format!("They wrote: “{reason}”")),
    );
    sentences
}
