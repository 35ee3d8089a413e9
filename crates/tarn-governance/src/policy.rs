use sha2::{Digest, Sha256};
use tarn_model::{HeadingSet, LabelSet, OdsCode, Purpose, Role, Timestamp};

use crate::agreement::{Agreement, Case, Clause, Effect, Party, Rule};
use crate::problem::{Problem, Problems};
use crate::{Citation, parse};

/// An agreement that can be enforced: its words and its decision table under one hash.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) agreement: Agreement,
    pub(crate) table: Vec<Row>,
    hash: String,
}

/// One rule as the decision reads it: sets of bits, and the parties its kinds stand for.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) rule: Rule,
    /// Organisations the asker may act for.
    pub(crate) organisations: Vec<OdsCode>,
    /// Organisations whose entries are meant.
    pub(crate) sources: Vec<OdsCode>,
}

/// Compiles an agreement's text.
///
/// # Errors
/// [`Problems`]: everything that is wrong with it, with line, clause and, where one is near, a
/// suggestion. A text with any problem gives no policy at all.
///
/// # Example
/// ```
/// let problems = tarn_governance::compile("# Not an agreement").unwrap_err();
/// assert_eq!(problems.0[0].line, 1);
/// ```
pub fn compile(source: &str) -> Result<Policy, Problems> {
    let agreement = parse::parse(source).map_err(Problems)?;
    let problems = check(&agreement);
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let of_kinds = |kinds: &[String]| -> Vec<OdsCode> {
        agreement
            .parties
            .iter()
            .filter(|party| kinds.is_empty() || kinds.contains(&party.kind))
            .map(|party| party.ods.clone())
            .collect()
    };
    let table = agreement
        .rules
        .iter()
        .map(|rule| Row {
            organisations: of_kinds(&rule.kinds),
            sources: of_kinds(&rule.sources),
            rule: rule.clone(),
        })
        .collect();
    Ok(Policy {
        hash: hash(source),
        table,
        agreement,
    })
}

/// What no single line shows: kinds without a party, a clause named at the top that is not there.
fn check(agreement: &Agreement) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut complain = |line, clause: &str, what: String| {
        let clause = Some(clause.to_owned());
        problems.push(Problem {
            line,
            clause,
            what,
            suggestion: None,
        });
    };
    let line_of = |rule: &Rule| {
        agreement
            .clauses
            .iter()
            .find(|clause| clause.number == rule.clause)
            .map_or(1, |clause| clause.line)
    };
    for rule in &agreement.rules {
        let line = line_of(rule);
        for kind in rule.kinds.iter().chain(&rule.sources) {
            if !agreement.parties.iter().any(|party| party.kind == *kind) {
                complain(line, &rule.clause, format!("no party is a `{kind}`"));
            }
        }
    }
    for rule in agreement.rules.iter().filter(|rule| reports(rule)) {
        if !agreement.rules.iter().any(reads_alerts) {
            let words = "the privacy officer is told, but no rule lets a privacy-officer see demographics for audit";
            complain(line_of(rule), &rule.clause, words.to_owned());
        }
    }
    for (key, number) in [
        ("objection-clause", &agreement.objection_clause),
        ("contribution-clause", &agreement.contribution_clause),
    ] {
        let Some(number) = number else { continue };
        let mut clauses = agreement.clauses.iter();
        if !clauses.any(|clause| clause.number == *number) {
            complain(
                1,
                number,
                format!("`{key}` names a clause that is not there"),
            );
        }
    }
    for (at, party) in agreement.parties.iter().enumerate() {
        if agreement
            .parties
            .iter()
            .take(at)
            .any(|other| other.ods == party.ods)
        {
            complain(1, "parties", format!("{} is a party twice", party.ods));
        }
    }
    problems
}

/// Whether the privacy officer is told of some look that the rule lets in.
fn reports(rule: &Rule) -> bool {
    rule.duties.alert_privacy_officer || rule.duties.alert_in_emergency
}

/// Whether the rule lets privacy officers see whom an alert is about.
fn reads_alerts(rule: &Rule) -> bool {
    rule.effect == Effect::Permit
        && rule.roles.contains(&Role::PrivacyOfficer)
        && rule.purposes.contains(&Purpose::AuditReview)
        && rule.headings.contains(tarn_model::Heading::Demographics)
}

/// SHA-256 over the canonical text: line ends as LF, no space at a line's end, no empty lines at
/// the end of the text, one LF after the last line. Two texts that read alike hash alike.
fn hash(source: &str) -> String {
    let mut canonical = String::with_capacity(source.len());
    for line in source.trim_end().lines() {
        canonical.push_str(line.trim_end());
        canonical.push('\n');
    }
    hex::encode(Sha256::digest(canonical.as_bytes()))
}

impl Policy {
    /// The agreement's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.agreement.id
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.agreement.title
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.agreement.version
    }

    /// SHA-256 of its canonical text, in hexadecimal: what is signed and what runs.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The lawful basis it names.
    #[must_use]
    pub fn lawful_basis(&self) -> &str {
        &self.agreement.lawful_basis
    }

    /// By when it must be reviewed.
    #[must_use]
    pub const fn review_by(&self) -> Timestamp {
        self.agreement.review_by
    }

    /// Its clauses, in order.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.agreement.clauses
    }

    /// Its parties, in order.
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.agreement.parties
    }

    /// A party that a rule lets act in this role; the first in the list. For previews.
    #[must_use]
    pub fn party_for_role(&self, role: Role) -> Option<&Party> {
        let row = self
            .table
            .iter()
            .find(|row| row.rule.effect == Effect::Permit && row.rule.roles.contains(&role))?;
        let ods = row.organisations.first()?;
        self.agreement
            .parties
            .iter()
            .find(|party| party.ods == *ods)
    }

    /// Whether some rule lets this role see anything for this purpose.
    #[must_use]
    pub fn names_purpose(&self, role: Role, purpose: Purpose) -> bool {
        self.table.iter().any(|row| {
            row.rule.effect == Effect::Permit
                && row.rule.roles.contains(&role)
                && row.rule.purposes.contains(&purpose)
        })
    }

    /// Whether some rule that lets this role see anything for this purpose has the privacy officer
    /// told of it.
    #[must_use]
    pub fn alerts_for(&self, role: Role, purpose: Purpose) -> bool {
        self.table.iter().any(|row| {
            row.rule.effect == Effect::Permit
                && row.rule.roles.contains(&role)
                && row.rule.purposes.contains(&purpose)
                && row.rule.duties.alerts_for(purpose)
        })
    }

    /// Whether a citation, as the audit log keeps it, is of this very text.
    #[must_use]
    pub fn cites(&self, citation: &str) -> bool {
        citation
            .rsplit_once('#')
            .and_then(|(text, _)| text.rsplit_once('@'))
            .is_some_and(|(id, hash)| {
                id == self.id() && !hash.is_empty() && self.hash.starts_with(hash)
            })
    }

    /// Whether the organisation has signed and the agreement is in force at `at`.
    #[must_use]
    pub fn is_party_at(&self, organisation: &OdsCode, at: Timestamp) -> bool {
        self.in_force_at(at) && self.is_party(organisation)
    }

    /// The clause by which the organisation puts its own record in, changes it and takes a copy
    /// back out; `None` if it is no party at `at`, or the agreement has no such clause. The clause
    /// never reaches further than what the organisation itself contributed.
    #[must_use]
    pub fn contribution(&self, organisation: &OdsCode, at: Timestamp) -> Option<Citation> {
        let clause = self.agreement.contribution_clause.as_deref()?;
        self.is_party_at(organisation, at)
            .then(|| self.cite(clause))
    }

    pub(crate) fn cases(&self) -> &[Case] {
        &self.agreement.cases
    }

    pub(crate) fn cite(&self, clause: &str) -> Citation {
        Citation {
            agreement: self.agreement.id.clone(),
            version: self.agreement.version.clone(),
            hash: self.hash.clone(),
            clause: clause.to_owned(),
        }
    }

    pub(crate) fn in_force_at(&self, at: Timestamp) -> bool {
        self.agreement.in_force_from <= at && at < self.agreement.in_force_until
    }

    pub(crate) fn is_party(&self, ods: &OdsCode) -> bool {
        self.agreement.parties.iter().any(|party| party.ods == *ods)
    }
}

/// What one clause lets somebody see under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The heading.
    pub heading: tarn_model::Heading,
    /// The organisations whose entries may be seen; never empty.
    pub sources: Vec<OdsCode>,
    /// Labels that an entry may carry and still be seen.
    pub cleared: LabelSet,
    /// The clause.
    pub citation: Citation,
}

/// The whole answer for one record: what may be seen of it, or why nothing may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Whether anything may be seen.
    pub outcome: crate::Verdict,
    /// What may be seen; empty unless the outcome is to permit.
    pub permitted: Vec<Grant>,
    /// What must be done about it.
    pub duties: crate::agreement::Duties,
}

impl Ruling {
    /// The headings that may be seen from some source.
    #[must_use]
    pub fn headings(&self) -> HeadingSet {
        self.permitted.iter().map(|grant| grant.heading).collect()
    }
}
