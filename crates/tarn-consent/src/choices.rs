use std::collections::BTreeMap;

use tarn_model::{PersonId, Timestamp};

use crate::{Decision, Directive, Kind};

/// One person's directives, and what they amount to.
///
/// Pure: the time is an argument. A person without directives does not object.
///
/// A person who was known under several ids has a history under each. The places of two
/// histories say nothing of which choice came later, and a clock may have stepped back: so each
/// history is read by itself, and an objection in any of them holds.
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
    /// the history and not by a clock, which may have stepped back. A directive entered in error,
    /// not yet in effect or no longer in effect decides nothing. Other kinds of choice decide
    /// nothing here. Of several histories, one that objects is enough.
    #[must_use]
    pub fn objects_at(&self, at: Timestamp) -> bool {
        self.deciding(Kind::LocalObjection, at)
            .is_some_and(|directive| directive.decision == Decision::Object)
    }

    /// The directive that decides for one kind at `at`, if one does; an objection, if several
    /// histories do not agree.
    #[must_use]
    pub fn deciding(&self, kind: Kind, at: Timestamp) -> Option<&Directive> {
        let mut last: BTreeMap<PersonId, &Directive> = BTreeMap::new();
        for directive in self.directives.iter().filter(|one| one.kind == kind) {
            if holds(directive, at) {
                let decides = last.entry(directive.person).or_insert(directive);
                if directive.sequence > decides.sequence {
                    *decides = directive;
                }
            }
        }
        last.into_values().max_by_key(|directive| {
            let objects = directive.decision == Decision::Object;
            (objects, directive.recorded_at, directive.sequence)
        })
    }

    /// Grows with every directive: two equal epochs of the same person mean equal choices.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        let ids: std::collections::BTreeSet<_> =
            self.directives.iter().map(|one| one.person).collect();
        ids.into_iter().map(|id| self.last_under(id)).sum()
    }

    /// Every choice, newest first. The order of each history is kept; between histories the time
    /// of recording decides. A choice that was written under several ids is there once.
    #[must_use]
    pub fn into_history(self) -> Vec<Directive> {
        let mut histories: BTreeMap<PersonId, Vec<Directive>> = BTreeMap::new();
        for directive in self.directives {
            histories
                .entry(directive.person)
                .or_default()
                .push(directive);
        }
        let mut histories: Vec<Vec<Directive>> = histories.into_values().collect();
        for history in &mut histories {
            history.sort_by_key(|directive| directive.sequence);
        }
        let mut all: Vec<Directive> = Vec::new();
        let newest = |history: &&mut Vec<Directive>| history.last().map(|one| one.recorded_at);
        while let Some(next) = histories.iter_mut().max_by_key(newest).and_then(Vec::pop) {
            let is_same = |one: &Directive| {
                one.reference == next.reference && one.recorded_at == next.recorded_at
            };
            if !all.iter().any(is_same) {
                all.push(next);
            }
        }
        all
    }

    /// The last place that is taken under one id; 0 if none is.
    pub(crate) fn last_under(&self, id: PersonId) -> i64 {
        let under = self.directives.iter().filter(|one| one.person == id);
        under.map(|one| one.sequence).max().unwrap_or(0)
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    /// Whether there is any choice of one kind under one id.
    pub(crate) fn has_under(&self, id: PersonId, kind: Kind) -> bool {
        let mut all = self.directives.iter();
        all.any(|one| one.person == id && one.kind == kind)
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

    fn under(id: u128, directive: Directive) -> Directive {
        Directive {
            person: PersonId::new(Uuid::from_u128(id)),
            ..directive
        }
    }

    #[test]
    fn an_objection_under_any_id_holds() {
        use Decision::{Allow, Object};
        let object = under(7, directive(1, Object, 0, None));
        // Neither the place nor the clock of another history takes it back.
        check(vec![object.clone(), directive(9, Allow, 0, None)], true);
        check(
            vec![object.clone(), under(7, directive(2, Allow, 0, None))],
            false,
        );
        check(
            vec![
                object,
                under(7, directive(2, Allow, 0, None)),
                directive(1, Object, 0, None),
            ],
            true,
        );
    }

    #[test]
    fn one_history_is_made_of_several() {
        let mut first = under(7, directive(1, Decision::Object, 0, None));
        first.recorded_at = Timestamp::from_micros(5_000_000);
        let mut second = under(7, directive(2, Decision::Allow, 0, None));
        second.recorded_at = Timestamp::from_micros(4_000_000);
        let mut echo = directive(2, Decision::Allow, 0, None);
        echo.recorded_at = second.recorded_at;
        let mut older = directive(1, Decision::Object, 0, None);
        older.reference = "TRN 1111 1111".into();
        first.reference = "TRN 2222 2222".into();
        let choices = Choices::new(vec![older.clone(), first.clone(), second, echo.clone()]);
        assert_eq!(choices.epoch(), 4);
        let history = choices.into_history();
        let places: Vec<_> = history.iter().map(|one| &one.reference).collect();
        // Its clock stepped back, but the first of a history never comes after its second.
        assert_eq!(
            places,
            [&echo.reference, &first.reference, &older.reference]
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
