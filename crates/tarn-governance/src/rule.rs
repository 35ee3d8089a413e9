//! One `rule` block: a tiny closed vocabulary, one `word: words` to a line.

use std::str::FromStr;

use tarn_model::{
    Assurance, Heading, HeadingSet, Label, LabelSet, Precision, Purpose, Role, Timestamp,
    parse_fhir_date,
};

use crate::agreement::{Duties, Effect, Link, Rule};
use crate::problem::{Problem, nearest};

const KEYS: &[&str] = &[
    "to",
    "at",
    "see",
    "except",
    "labels",
    "from",
    "for",
    "link",
    "assurance",
    "despite",
    "until",
    "duties",
];

/// Reads a block. What is not said is the narrower of the two: no label is cleared, a link must
/// be evidenced, assurance must be high; only `at` (which kinds of organisation) and `from`
/// (whose entries) mean every party when left out.
pub(crate) fn read(
    block: &[(usize, &str)],
    opened: usize,
    clause: &str,
) -> Result<Rule, Vec<Problem>> {
    let mut reading = Reading {
        clause,
        problems: Vec::new(),
    };
    let effect = match block.first() {
        Some((_, "permit")) => Effect::Permit,
        Some((_, "forbid")) => Effect::Forbid,
        _ => {
            reading.complain(opened, "a rule's first line is `permit` or `forbid`", None);
            return Err(reading.problems);
        }
    };
    let mut rule = Rule {
        clause: clause.to_owned(),
        effect,
        roles: Vec::new(),
        kinds: Vec::new(),
        headings: HeadingSet::EMPTY,
        labels: LabelSet::EMPTY,
        sources: Vec::new(),
        purposes: Vec::new(),
        link: if effect == Effect::Permit {
            Link::Evidenced
        } else {
            Link::NotNeeded
        },
        assurance: if effect == Effect::Permit {
            Assurance::High
        } else {
            Assurance::Low
        },
        despite_objection: false,
        until: None,
        duties: Duties {
            tell_person: true,
            ..Duties::default()
        },
    };
    let mut except = HeadingSet::EMPTY;
    for (line, text) in block.iter().skip(1) {
        reading.line(&mut rule, &mut except, *line, text);
    }
    rule.headings = rule.headings.without(except);
    reading.whole(&rule, opened);
    if reading.problems.is_empty() {
        Ok(rule)
    } else {
        Err(reading.problems)
    }
}

struct Reading<'a> {
    clause: &'a str,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn complain(&mut self, line: usize, what: impl Into<String>, suggestion: Option<String>) {
        let clause = Some(self.clause.to_owned());
        self.problems.push(Problem {
            line,
            clause,
            what: what.into(),
            suggestion,
        });
    }

    fn line(&mut self, rule: &mut Rule, except: &mut HeadingSet, line: usize, text: &str) {
        let Some((key, words)) = text.split_once(':') else {
            return self.complain(line, format!("`{text}` is not `word: words`"), None);
        };
        let words: Vec<&str> = words
            .split(',')
            .map(str::trim)
            .filter(|w| !w.is_empty())
            .collect();
        match key.trim() {
            "to" => rule.roles = self.each(line, &words, Role::ALL.iter().map(|r| r.word())),
            "at" => rule.kinds = words.iter().map(|word| (*word).to_owned()).collect(),
            "see" => rule.headings = self.headings(line, &words),
            "except" => *except = self.headings(line, &words),
            "labels" => {
                let known = Label::ALL.iter().map(|label| label.word());
                rule.labels = self
                    .each::<Label>(line, &words, known)
                    .into_iter()
                    .collect();
            }
            "from" => rule.sources = words.iter().map(|word| (*word).to_owned()).collect(),
            "for" => rule.purposes = self.each(line, &words, Purpose::ALL.iter().map(|p| p.word())),
            "link" => match words.as_slice() {
                ["none"] => rule.link = Link::NotNeeded,
                ["claimed"] => rule.link = Link::Claimed,
                ["evidenced"] => rule.link = Link::Evidenced,
                ["own"] => rule.link = Link::Own,
                _ => self.complain(line, "`link` is one of none, claimed, evidenced, own", None),
            },
            "assurance" => {
                let known = Assurance::ALL.iter().map(|a| a.word());
                if let Some(assurance) = self.each(line, &words, known).first() {
                    rule.assurance = *assurance;
                }
            }
            "despite" => match words.as_slice() {
                ["objection"] => rule.despite_objection = true,
                _ => self.complain(
                    line,
                    "the only thing a rule can hold despite is `objection`",
                    None,
                ),
            },
            "until" => self.until(rule, line, &words),
            "duties" => self.duties(rule, line, &words),
            other => {
                let suggestion = nearest(other, KEYS.iter().copied());
                self.complain(
                    line,
                    format!("`{other}` is not a word of the rule language"),
                    suggestion,
                );
            }
        }
    }

    /// What a rule as a whole must say.
    fn whole(&mut self, rule: &Rule, opened: usize) {
        if !self.problems.is_empty() {
            return;
        }
        if rule.roles.is_empty() {
            self.complain(opened, "the rule does not say to whom (`to`)", None);
        }
        if rule.headings.is_empty() {
            self.complain(
                opened,
                "the rule does not say what may be seen (`see`)",
                None,
            );
        }
        if rule.purposes.is_empty() {
            self.complain(opened, "the rule does not say what for (`for`)", None);
        }
        if rule.despite_objection && rule.effect == Effect::Forbid {
            self.complain(opened, "only a permit can hold despite an objection", None);
        }
    }

    fn headings(&mut self, line: usize, words: &[&str]) -> HeadingSet {
        if words == ["all"] {
            return HeadingSet::all();
        }
        let known = Heading::ALL.iter().map(|heading| heading.word());
        self.each::<Heading>(line, words, known)
            .into_iter()
            .collect()
    }

    fn until(&mut self, rule: &mut Rule, line: usize, words: &[&str]) {
        match words {
            [day] => match parse_fhir_date(day) {
                // The last day counts to its end.
                Some((at, Precision::Day)) => {
                    rule.until = Some(Timestamp::plus_seconds(at, 86_400))
                }
                _ => self.complain(
                    line,
                    "`until` is not a date",
                    Some("write it as 2027-03-31".into()),
                ),
            },
            _ => self.complain(line, "`until` is one date", None),
        }
    }

    fn duties(&mut self, rule: &mut Rule, line: usize, words: &[&str]) {
        for word in words {
            match *word {
                "tell-person" => rule.duties.tell_person = true,
                "reason" => rule.duties.reason_required = true,
                "alert-privacy-officer" => rule.duties.alert_privacy_officer = true,
                "alert-in-emergency" => rule.duties.alert_in_emergency = true,
                other => {
                    let known = [
                        "tell-person",
                        "reason",
                        "alert-privacy-officer",
                        "alert-in-emergency",
                    ];
                    let suggestion = nearest(other, known);
                    self.complain(line, format!("`{other}` is not a known duty"), suggestion);
                }
            }
        }
    }

    /// Each word as a value of a closed vocabulary.
    fn each<T: FromStr>(
        &mut self,
        line: usize,
        words: &[&str],
        known: impl Iterator<Item = &'static str> + Clone,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for word in words {
            match word.parse() {
                Ok(value) => found.push(value),
                Err(_) => {
                    let suggestion = nearest(word, known.clone());
                    self.complain(line, format!("`{word}` is not known here"), suggestion);
                }
            }
        }
        found
    }
}
