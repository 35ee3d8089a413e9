use tarn_model::Timestamp;

use crate::{Decision, Directive, Kind};

/// One person's directives, and what they amount to.
///
/// Pure: the time is an argument. A person without directives does not object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    directives: Vec<Directive>,
}

impl Choices {
    /// The person's directives, in any order.
    #[must_use]
    pub fn new(directives: Vec<Directive>) -> Self {
        Self { directives }
    }

    /// Whether the person objects, at `at`, to sharing through this locality's record.
    ///
    /// Of the directives that hold at that moment, the one recorded last decides, by its place in
    /// the person's history and not by a clock, which may have stepped back. A directive entered
    /// in error, not yet in effect or no longer in effect decides nothing. Other kinds of choice
    /// decide nothing here.
    #[must_use]
    pub fn objects_at(&self, at: Timestamp) -> bool {
        self.deciding(Kind::LocalObjection, at)
            .is_some_and(|directive| directive.decision == Decision::Object)
    }

    /// The directive that decides for one kind at `at`, if one does.
    #[must_use]
    pub fn deciding(&self, kind: Kind, at: Timestamp) -> Option<&Directive> {
        self.directives
            .iter()
            .filter(|directive| directive.kind == kind && holds(directive, at))
            .max_by_key(|directive| directive.sequence)
    }

    /// Grows with every directive: two equal epochs mean equal choices.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.directives
            .iter()
            .map(|directive| directive.sequence)
            .max()
            .unwrap_or(0)
    }
}

fn holds(directive: &Directive, at: Timestamp) -> bool {
    !directive.in_error
        && directive.effective_from <= at
        && directive.effective_until.is_none_or(|until| at < until)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tarn_model::{PersonId, Role};
    use uuid::Uuid;

    use super::*;
    use crate::{Channel, Scope};

    const NOW: i64 = 1_000;

    fn directive(sequence: i64, decision: Decision, from: i64, until: Option<i64>) -> Directive {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        Directive {
            id: Uuid::nil(),
            person: PersonId::DIRECTORY,
            sequence,
            kind: Kind::LocalObjection,
            scope: Scope::WholeRecord,
            decision,
            effective_from: at(from),
            effective_until: until.map(at),
            recorded_at: at(sequence),
            recorded_by: "somebody".into(),
            recorded_by_role: Role::Citizen,
            channel: Channel::Portal,
            reference: "TRN 0000 0000".into(),
            consequences_read: true,
            in_error: false,
        }
    }

    fn check(directives: Vec<Directive>, objects: bool) {
        let now = Timestamp::from_micros(NOW * 1_000_000);
        assert_eq!(
            Choices::new(directives.clone()).objects_at(now),
            objects,
            "{directives:#?}"
        );
    }

    #[test]
    fn six_states_of_a_directive() {
        use Decision::{Allow, Object};
        check(vec![], false);
        check(vec![directive(1, Object, 0, None)], true);
        check(vec![directive(1, Object, 0, Some(NOW))], false);
        check(vec![directive(1, Object, NOW + 1, None)], false);
        check(
            vec![directive(1, Object, 0, None), directive(2, Allow, 0, None)],
            false,
        );
        check(
            vec![directive(1, Allow, 0, None), directive(2, Object, 0, None)],
            true,
        );
        let mistaken = Directive {
            in_error: true,
            ..directive(2, Object, 0, None)
        };
        check(vec![directive(1, Allow, 0, None), mistaken], false);
    }

    #[test]
    fn a_clock_that_stepped_back_changes_nothing() {
        let allow = directive(1, Decision::Allow, 0, None);
        let mut object = directive(2, Decision::Object, 0, None);
        object.recorded_at = allow.recorded_at.plus_seconds(-3600);
        check(vec![allow.clone(), object.clone()], true);
        check(vec![object, allow], true);
    }

    #[test]
    fn a_withdrawal_that_expired_brings_the_objection_back() {
        let object = directive(1, Decision::Object, 0, None);
        check(
            vec![object, directive(2, Decision::Allow, 0, Some(NOW))],
            true,
        );
    }

    #[test]
    fn other_kinds_of_choice_decide_nothing_here() {
        for kind in [
            Kind::GpDissent,
            Kind::Type1,
            Kind::NationalDataOptOut,
            Kind::ScrPreference,
        ] {
            check(
                vec![Directive {
                    kind,
                    ..directive(1, Decision::Object, 0, None)
                }],
                false,
            );
        }
    }

    proptest! {
        #[test]
        fn order_does_not_matter(
            mut directives in proptest::collection::vec(
                (1i64..50, any::<bool>(), 0i64..2000, proptest::option::of(0i64..2000)), 0..12),
            at in 0i64..2000,
        ) {
            directives.sort_by_key(|one| one.0);
            directives.dedup_by_key(|one| one.0);
            let build = |all: &[(i64, bool, i64, Option<i64>)]| Choices::new(all.iter()
                .map(|(n, object, from, until)| directive(
                    *n, if *object { Decision::Object } else { Decision::Allow }, *from, *until))
                .collect());
            let at = Timestamp::from_micros(at * 1_000_000);
            let one = build(&directives).objects_at(at);
            directives.reverse();
            prop_assert_eq!(one, build(&directives).objects_at(at));
        }
    }
}
