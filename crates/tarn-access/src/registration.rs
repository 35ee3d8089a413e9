//! With which practice a person is registered now. Somebody has one practice at a time, but a
//! practice that they left often never says so: its registration ends when a newer one is held.
//!
//! Worked out from what the sources say at the moment of asking, so that messages may come late
//! and in any order:
//!
//! - What a practice says of its own registrations outweighs what others repeat of them. If all
//!   that it says is that the person is registered elsewhere, they are not registered with it.
//! - A registration is as new as its start. Without one, a practice's own record is as new as its
//!   last change by the practice's clock. What others repeat without a start has no date: their
//!   record is touched for many reasons.
//! - The time of receipt decides only between equal dates, and where neither has one.
//! - Where that leaves open which is newer, both stand: evidence is not taken away by a guess.

use tarn_model::{OdsCode, Timestamp};
use tarn_record::Demographics;

/// That a person is or was registered with a practice, by one source.
struct Statement<'d> {
    practice: &'d OdsCode,
    is_own: bool,
    date: Option<Timestamp>,
    received_at: Timestamp,
}

/// Whether a registration with `practice` has been ended by what is said of others at `at`.
pub(crate) fn has_ended(practice: &OdsCode, demographics: &[Demographics], at: Timestamp) -> bool {
    if has_let_go(practice, demographics) {
        return true;
    }
    let said = statements(demographics, at);
    let Some(own) = newest(&said, practice) else {
        return false;
    };
    said.iter()
        .filter(|other| other.practice != practice)
        .filter_map(|other| newest(&said, other.practice))
        .any(|other| other.is_newer_than(own))
}

/// Whether all that a practice itself says is that the person is registered elsewhere.
fn has_let_go(practice: &OdsCode, demographics: &[Demographics]) -> bool {
    let mut own_word = demographics
        .iter()
        .filter(|record| record.source == *practice)
        .flat_map(|record| &record.registrations)
        .map(|one| one.practice == *practice)
        .peekable();
    own_word.peek().is_some() && !own_word.any(|is_itself| is_itself)
}

/// Everything said of registrations that have begun, but for what others repeat of a practice
/// that has let the person go. One that is over by now still shows that the person had left the
/// practice before.
fn statements(demographics: &[Demographics], at: Timestamp) -> Vec<Statement<'_>> {
    let mut said = Vec::new();
    for record in demographics {
        for one in &record.registrations {
            let has_begun = one.from.is_none_or(|from| from <= at);
            if has_begun && !has_let_go(&one.practice, demographics) {
                let is_own = record.source == one.practice;
                said.push(Statement {
                    practice: &one.practice,
                    is_own,
                    date: one.from.or(record.updated_at.filter(|_| is_own)),
                    received_at: record.received_at,
                });
            }
        }
    }
    said
}

/// The newest that is said of one practice: by itself, if it says anything.
fn newest<'s, 'd>(said: &'s [Statement<'d>], practice: &OdsCode) -> Option<&'s Statement<'d>> {
    said.iter()
        .filter(|one| one.practice == practice)
        .max_by_key(|one| (one.is_own, one.date, one.received_at))
}

impl Statement<'_> {
    fn is_newer_than(&self, other: &Self) -> bool {
        match (self.date, other.date) {
            (Some(own), Some(others)) => (own, self.received_at) > (others, other.received_at),
            (None, None) => self.received_at > other.received_at,
            // It began after the other one was last heard of.
            (Some(own), None) => own > other.received_at,
            (None, Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use tarn_model::{LabelSet, PersonId};
    use tarn_record::Registration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn day(day: i64) -> Timestamp {
        NOW.plus_seconds(day * 86_400)
    }

    /// `source` says that the person is registered with `practice`: from which day, last changed
    /// on which day, and received on which day before or after now.
    fn said(
        source: &str,
        practice: &str,
        from: Option<i64>,
        updated: Option<i64>,
        received: i64,
    ) -> Demographics {
        Demographics {
            person: PersonId::DIRECTORY,
            source: source.parse().unwrap(),
            received_at: day(received),
            nhs_number: None,
            family: String::new(),
            given: Vec::new(),
            title: None,
            preferred_name: None,
            former_names: Vec::new(),
            gender: None,
            birth_date: None,
            died: None,
            addresses: Vec::new(),
            contacts: Vec::new(),
            registered_gp: None,
            registered_gp_name: None,
            registrations: vec![Registration {
                practice: practice.parse().unwrap(),
                from: from.map(day),
                until: None,
            }],
            updated_at: updated.map(day),
            next_of_kin: Vec::new(),
            communication: Vec::new(),
            restricted: false,
            labels: LabelSet::EMPTY,
        }
    }

    /// Which of the practices A1 and B2 the person has left, in whatever order they are told.
    fn check(mut demographics: Vec<Demographics>, a_ended: bool, b_ended: bool) {
        for _ in 0..2 {
            let ended = |practice: &str| has_ended(&practice.parse().unwrap(), &demographics, NOW);
            let told: Vec<_> = demographics.iter().map(|one| &one.source).collect();
            assert_eq!((ended("A1"), ended("B2")), (a_ended, b_ended), "{told:?}");
            demographics.reverse();
        }
    }

    #[test]
    fn one_practice_is_not_ended_by_saying_it_twice() {
        check(vec![said("A1", "A1", None, Some(-9), -9)], false, false);
        check(
            vec![
                said("A1", "A1", None, Some(-9), -9),
                said("H9", "A1", Some(-400), Some(-1), -1),
            ],
            false,
            false,
        );
        check(vec![], false, false);
    }

    #[test]
    fn the_later_start_ends_the_earlier_one_whenever_it_arrives() {
        for (a_received, b_received) in [(-9, -1), (-1, -9), (-1, -1)] {
            check(
                vec![
                    said("A1", "A1", Some(-900), Some(-1), a_received),
                    said("B2", "B2", Some(-90), Some(-80), b_received),
                ],
                true,
                false,
            );
        }
    }

    #[test]
    fn without_a_start_a_practices_own_clock_counts_and_then_the_time_of_receipt() {
        let both = |a_updated, a_received, b_updated, b_received| {
            vec![
                said("A1", "A1", None, a_updated, a_received),
                said("B2", "B2", None, b_updated, b_received),
            ]
        };
        check(both(Some(-90), -1, Some(-9), -8), true, false);
        check(both(None, -9, None, -1), true, false);
        check(both(Some(-9), -9, Some(-9), -1), true, false);
        check(both(Some(-9), -1, Some(-9), -1), false, false);
    }

    #[test]
    fn what_others_repeat_outweighs_no_practices_own_word() {
        // The hospital's record was touched yesterday and still names the practice that was left.
        check(
            vec![
                said("A1", "A1", None, Some(-90), -90),
                said("B2", "B2", None, Some(-9), -9),
                said("H9", "A1", None, Some(-1), -1),
            ],
            true,
            false,
        );
        check(
            vec![
                said("H9", "A1", None, Some(-1), -1),
                said("B2", "B2", None, Some(-9), -9),
            ],
            false,
            false,
        );
        // The national record names the start, also of a practice that sends nothing.
        check(
            vec![
                said("A1", "A1", None, Some(-90), -90),
                said("X26", "B2", Some(-30), Some(-1), -1),
            ],
            true,
            false,
        );
    }

    #[test]
    fn a_practice_that_names_another_one_has_let_the_person_go() {
        check(
            vec![
                said("A1", "B2", None, Some(-9), -9),
                said("H9", "A1", None, Some(-1), -1),
            ],
            true,
            false,
        );
    }

    #[test]
    fn what_cannot_be_ordered_ends_nothing_and_what_has_not_begun_neither() {
        check(
            vec![
                said("H9", "A1", None, None, -9),
                said("X26", "B2", Some(-30), None, -1),
            ],
            false,
            false,
        );
        check(
            vec![
                said("H9", "A1", None, None, -40),
                said("X26", "B2", Some(-30), None, -1),
            ],
            true,
            false,
        );
        check(
            vec![
                said("A1", "A1", Some(-900), None, -9),
                said("B2", "B2", Some(30), None, -1),
            ],
            false,
            false,
        );
    }
}
