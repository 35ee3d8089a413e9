//! Who may see what, as a table for people.

use std::fmt::Write as _;

use tarn_model::{Assurance, Heading, LabelSet, Purpose, Realm, Role};

use crate::{Asker, Decision, Entry, Objection, Policy, Question, RelationshipBasis, decide};

impl Policy {
    /// The role × heading matrix as text: what each role may see at most, under which link, for
    /// any purpose, from any party, unlabelled.
    ///
    /// `E` with evidence of a link, `C` also on the asker's word and with a reason, `S` even if
    /// the person objected, `o` their own record, `.` not at all.
    #[must_use]
    pub fn matrix(&self) -> String {
        let mut table = String::new();
        let _ = writeln!(table, "{}, version {}", self.title(), self.version());
        let _ = writeln!(
            table,
            "E: with evidence of a link. C: also on the asker's word, with a reason.\n\
             S: even if the person objected. o: their own record. .: not at all.\n"
        );
        let _ = write!(table, "{:<24}", "");
        for heading in Heading::ALL {
            let _ = write!(table, " {:<7.7}", heading.word());
        }
        let _ = writeln!(table);
        for role in Role::ALL {
            let _ = write!(table, "{:<24}", role.word());
            for heading in Heading::ALL {
                let _ = write!(table, " {:<7}", self.cell(*role, *heading));
            }
            while table.ends_with(' ') {
                table.pop();
            }
            let _ = writeln!(table);
        }
        table
    }

    fn cell(&self, role: Role, heading: Heading) -> String {
        let mut marks = String::new();
        let may = |relationship, objection| self.may(role, heading, relationship, objection);
        if may(RelationshipBasis::Own, Objection::None) {
            marks.push('o');
        }
        if may(RelationshipBasis::SelfClaimed, Objection::None) {
            marks.push('C');
        } else if may(RelationshipBasis::Evidenced, Objection::None) {
            marks.push('E');
        }
        if may(RelationshipBasis::SelfClaimed, Objection::WholeRecord)
            || may(RelationshipBasis::Evidenced, Objection::WholeRecord)
        {
            marks.push('S');
        }
        if marks.is_empty() {
            ".".to_owned()
        } else {
            marks
        }
    }

    fn may(
        &self,
        role: Role,
        heading: Heading,
        relationship: RelationshipBasis,
        objection: Objection,
    ) -> bool {
        let citizen = role == Role::Citizen;
        let askers: Vec<_> = if citizen {
            vec![None]
        } else {
            self.parties()
                .iter()
                .map(|party| Some(&party.ods))
                .collect()
        };
        askers.into_iter().any(|organisation| {
            Purpose::ALL.iter().any(|purpose| {
                let question = Question {
                    actor: Asker {
                        realm: if citizen {
                            Realm::Citizen
                        } else {
                            Realm::Staff
                        },
                        role,
                        organisation,
                        assurance: Assurance::High,
                    },
                    purpose: *purpose,
                    relationship,
                    objection,
                    person_restricted: false,
                    at: self.agreement.in_force_from,
                };
                self.parties().iter().any(|party| {
                    let entry = Entry {
                        heading,
                        labels: LabelSet::EMPTY,
                        source: &party.ods,
                    };
                    matches!(decide(self, &question, &entry), Decision::Permit(_))
                })
            })
        })
    }
}
