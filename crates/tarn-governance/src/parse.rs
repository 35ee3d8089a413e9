//! From an agreement's Markdown to its parts. The grammar is in `governance/GRAMMAR.md`.

use tarn_model::{OdsCode, Precision, Timestamp, parse_fhir_date};

use crate::agreement::{Agreement, Case, Clause, ClauseKind, Expected, Party, Rule};
use crate::problem::{Problem, nearest};
use crate::rule;

/// Longest agreement text, in bytes.
const LONGEST: usize = 1 << 20;

const FRONT_KEYS: &[&str] = &[
    "id",
    "title",
    "version",
    "in-force-from",
    "in-force-until",
    "review-by",
    "lawful-basis",
    "objection-clause",
    "contribution-clause",
    "parties",
];

/// Reads the whole text, and gives every problem it finds rather than the first.
pub(crate) fn parse(source: &str) -> Result<Agreement, Vec<Problem>> {
    if source.len() > LONGEST {
        return Err(vec![problem(
            1,
            None,
            "the text is longer than 1 MiB",
            None,
        )]);
    }
    let lines: Vec<&str> = source.lines().collect();
    let mut reader = Reader {
        lines: &lines,
        at: 0,
        problems: Vec::new(),
    };
    let front = reader.front_matter();
    let body = reader.body();
    let Some((front, body)) = front.zip(Some(body)).filter(|_| reader.problems.is_empty()) else {
        return Err(reader.problems);
    };
    Ok(Agreement {
        id: front.id,
        title: front.title,
        version: front.version,
        in_force_from: front.in_force_from,
        in_force_until: front.in_force_until,
        review_by: front.review_by,
        lawful_basis: front.lawful_basis,
        objection_clause: front.objection_clause,
        contribution_clause: front.contribution_clause,
        parties: front.parties,
        clauses: body.clauses,
        rules: body.rules,
        cases: body.cases,
    })
}

struct Front {
    id: String,
    title: String,
    version: String,
    in_force_from: Timestamp,
    in_force_until: Timestamp,
    review_by: Timestamp,
    lawful_basis: String,
    objection_clause: Option<String>,
    contribution_clause: Option<String>,
    parties: Vec<Party>,
}

#[derive(Default)]
struct Body {
    clauses: Vec<Clause>,
    rules: Vec<Rule>,
    cases: Vec<Case>,
}

struct Reader<'a> {
    lines: &'a [&'a str],
    at: usize,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let line = self.lines.get(self.at)?;
        self.at += 1;
        Some((self.at, line.trim_end()))
    }

    fn complain(&mut self, line: usize, what: impl Into<String>, suggestion: Option<String>) {
        self.problems
            .push(problem(line, None, &what.into(), suggestion));
    }

    /// The block between two `---` lines at the top.
    fn front_matter(&mut self) -> Option<Front> {
        if self.next().is_none_or(|(_, line)| line != "---") {
            self.complain(1, "the text does not begin with a `---` line", None);
            return None;
        }
        let mut values: Vec<(&'a str, &'a str, usize)> = Vec::new();
        let mut parties = Vec::new();
        let mut closed = false;
        while let Some((number, line)) = self.next() {
            if line == "---" {
                closed = true;
                break;
            }
            if let Some(party) = line.strip_prefix("- ") {
                match read_party(party) {
                    Some(party) => parties.push(party),
                    None => self.complain(
                        number,
                        "a party is not written as `- CODE | Name | kind`",
                        None,
                    ),
                }
            } else if let Some((key, value)) = line.split_once(':') {
                if FRONT_KEYS.contains(&key.trim()) {
                    values.push((key.trim(), value.trim(), number));
                } else {
                    let suggestion = nearest(key.trim(), FRONT_KEYS.iter().copied());
                    self.complain(
                        number,
                        format!("`{}` is not a known entry", key.trim()),
                        suggestion,
                    );
                }
            } else if !line.is_empty() {
                self.complain(
                    number,
                    "this line is neither `name: value` nor a party",
                    None,
                );
            }
        }
        if !closed {
            self.complain(
                1,
                "the block at the top is not closed by a `---` line",
                None,
            );
        }
        if parties.is_empty() {
            self.complain(1, "the agreement has no parties", None);
        }
        let lawful_basis = self.required(&values, "lawful-basis");
        let front = (
            self.required(&values, "id"),
            self.required(&values, "title"),
            self.required(&values, "version"),
            self.date(&values, "in-force-from"),
            self.date(&values, "in-force-until"),
            self.date(&values, "review-by"),
        );
        let clause = |key| find(&values, key).map(|(value, _)| value.to_owned());
        let objection_clause = clause("objection-clause");
        let contribution_clause = clause("contribution-clause");
        let (Some(id), Some(title), Some(version), Some(from), Some(until), Some(review)) = front
        else {
            return None;
        };
        Some(Front {
            id,
            title,
            version,
            in_force_from: from,
            // The last day counts to its end.
            in_force_until: until.plus_seconds(86_400),
            review_by: review,
            lawful_basis: lawful_basis?,
            objection_clause,
            contribution_clause,
            parties,
        })
    }

    fn required(&mut self, values: &[(&str, &str, usize)], key: &str) -> Option<String> {
        match find(values, key).filter(|(value, _)| !value.is_empty()) {
            Some((value, _)) => Some(value.to_owned()),
            None => {
                self.complain(1, format!("the entry `{key}` is missing at the top"), None);
                None
            }
        }
    }

    fn date(&mut self, values: &[(&str, &str, usize)], key: &str) -> Option<Timestamp> {
        let text = self.required(values, key)?;
        match parse_fhir_date(&text) {
            Some((at, Precision::Day)) => Some(at),
            _ => {
                let line = find(values, key).map_or(1, |(_, line)| line);
                self.complain(
                    line,
                    format!("`{key}` is not a date"),
                    Some("write it as 2027-03-31".into()),
                );
                None
            }
        }
    }

    fn body(&mut self) -> Body {
        let mut body = Body::default();
        // The clause being read: `Some` of what its heading says it is for.
        let mut open: Option<Option<ClauseKind>> = None;
        while let Some((number, line)) = self.next() {
            if let Some(heading) = line.strip_prefix("## ") {
                self.close(&mut body, open.take());
                open = Some(self.clause(heading, number, &mut body));
            } else if line.starts_with("# ") {
                self.close(&mut body, open.take());
            } else if line == "```rule" {
                self.rule(number, &mut body);
            } else if line == "```cases" {
                self.cases(number, &mut body);
            } else if line.starts_with("```") {
                self.complain(number, "only `rule` and `cases` blocks are known", None);
            } else if let Some(clause) = body.clauses.last_mut().filter(|_| open.is_some()) {
                add_words(&mut clause.text, line);
            }
        }
        self.close(&mut body, open);
        body
    }

    /// A clause's heading: `4.2 Title`, with `(human)` or `(info)` at its end if it has no rule.
    fn clause(&mut self, heading: &str, line: usize, body: &mut Body) -> Option<ClauseKind> {
        let (number, title) = heading.split_once(' ').unwrap_or((heading, ""));
        let numbered = !number.is_empty()
            && number
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if !numbered || title.is_empty() {
            self.complain(
                line,
                "a clause's heading is a number and a title",
                Some("write `## 4.2 Title`".into()),
            );
        }
        if body.clauses.iter().any(|clause| clause.number == number) {
            self.complain(line, format!("there are two clauses {number}"), None);
        }
        let (title, said) = if let Some(title) = title.strip_suffix(" (human)") {
            (title, Some(ClauseKind::Human))
        } else if let Some(title) = title.strip_suffix(" (info)") {
            (title, Some(ClauseKind::Info))
        } else {
            (title, None)
        };
        body.clauses.push(Clause {
            number: number.to_owned(),
            title: title.to_owned(),
            text: String::new(),
            kind: said.unwrap_or(ClauseKind::Operative),
            line,
        });
        said
    }

    /// Checks a finished clause: it has words; it has a rule exactly if it is operative; a rule
    /// has at least one case.
    fn close(&mut self, body: &mut Body, open: Option<Option<ClauseKind>>) {
        let Some((said, clause)) = open.zip(body.clauses.last_mut()) else {
            return;
        };
        clause.text = clause.text.trim().to_owned();
        let has_rule = body.rules.iter().any(|rule| rule.clause == clause.number);
        let has_case = body.cases.iter().any(|case| case.clause == clause.number);
        let complaint = if clause.text.is_empty() {
            Some(("the clause has no words", None))
        } else {
            match (said, has_rule) {
                (Some(_), true) => {
                    Some(("the clause has a rule but is marked human or info", None))
                }
                (None, false) => Some((
                    "the clause has no rule",
                    Some("add one, or end its heading with `(human)` or `(info)`"),
                )),
                (None, true) if !has_case => {
                    Some(("the clause has no cases", Some("add at least one example")))
                }
                (Some(_), false) | (None, true) => None,
            }
        };
        if let Some((what, suggestion)) = complaint {
            let (line, number) = (clause.line, clause.number.clone());
            self.problems.push(problem(
                line,
                Some(number),
                what,
                suggestion.map(str::to_owned),
            ));
        }
    }

    fn rule(&mut self, opened: usize, body: &mut Body) {
        let block = self.block(opened);
        let Some(clause) = body.clauses.last() else {
            return self.complain(opened, "a rule stands outside any clause", None);
        };
        match rule::read(&block, opened, &clause.number) {
            Ok(rule) => body.rules.push(rule),
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn cases(&mut self, opened: usize, body: &mut Body) {
        let block = self.block(opened);
        let Some(clause) = body.clauses.last().map(|clause| clause.number.clone()) else {
            return self.complain(opened, "cases stand outside any clause", None);
        };
        for (line, text) in block {
            let Some((asked, answer)) = text.split_once("->") else {
                self.complain(
                    line,
                    "a case has no `->`",
                    Some("write `who, what -> permit`".into()),
                );
                continue;
            };
            let expected = match answer.trim().split_once(' ') {
                None if answer.trim() == "permit" => Expected::Permit,
                None if answer.trim() == "deny" => Expected::Deny(None),
                Some(("deny", reason)) => Expected::Deny(Some(reason.trim().to_owned())),
                _ => {
                    self.complain(line, "a case ends in `permit` or `deny`", None);
                    continue;
                }
            };
            let text = asked.trim().to_owned();
            body.cases.push(Case {
                clause: clause.clone(),
                line,
                text,
                expected,
            });
        }
    }

    /// The lines up to the closing fence, without empty ones.
    fn block(&mut self, opened: usize) -> Vec<(usize, &'a str)> {
        let mut block = Vec::new();
        while let Some((number, line)) = self.next() {
            if line == "```" {
                return block;
            }
            if !line.trim().is_empty() {
                block.push((number, line.trim()));
            }
        }
        self.complain(opened, "the block is not closed by a ``` line", None);
        block
    }
}

fn find<'a>(values: &[(&str, &'a str, usize)], key: &str) -> Option<(&'a str, usize)> {
    values
        .iter()
        .find(|(name, _, _)| *name == key)
        .map(|(_, value, line)| (*value, *line))
}

fn read_party(text: &str) -> Option<Party> {
    let mut parts = text.split('|').map(str::trim);
    let ods: OdsCode = parts.next()?.parse().ok()?;
    let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
    let kind = parts.next().filter(|kind| !kind.is_empty())?.to_owned();
    parts.next().is_none().then_some(Party { ods, name, kind })
}

/// Adds a line of words: lines of one paragraph are joined by a space, paragraphs by an empty
/// line.
fn add_words(text: &mut String, line: &str) {
    if line.is_empty() {
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push_str("\n\n");
        }
        return;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push(' ');
    }
    text.push_str(line);
}

fn problem(line: usize, clause: Option<String>, what: &str, suggestion: Option<String>) -> Problem {
    Problem {
        line,
        clause,
        what: what.to_owned(),
        suggestion,
    }
}
