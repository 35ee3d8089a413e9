//! Which work may go on at the same time, and what must keep its order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tarn_record::{Plan, PlannedEntry, Subject, Target};
use tokio::sync::watch;

/// What a piece of work reads or changes that others may change as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Touches {
    /// It cannot be told, or everybody reads it: the directory. Goes alone.
    Everything,
    /// Resources and people by the source's own names.
    These(BTreeSet<String>),
}

impl Touches {
    /// Nothing at all.
    pub(super) const fn nothing() -> Self {
        Self::These(BTreeSet::new())
    }

    /// What taking this plan touches.
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let mut names = BTreeSet::new();
        for entry in &plan.entries {
            if !name_all(entry, &mut names) {
                return Self::Everything;
            }
        }
        Self::These(names)
    }

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::These(mut names), Self::These(others)) => {
                names.extend(others);
                Self::These(names)
            }
            _ => Self::Everything,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::These(names), Self::These(others)) => !names.is_disjoint(others),
            _ => true,
        }
    }
}

/// Adds what an entry touches; `false` if that is everything.
fn name_all(entry: &PlannedEntry<'_>, names: &mut BTreeSet<String>) -> bool {
    let is_conditional = match &entry.action {
        tarn_record::Action::Create { if_none_exist } => if_none_exist.is_some(),
        tarn_record::Action::Update { query, .. } | tarn_record::Action::Delete { query, .. } => {
            query.is_some()
        }
    };
    if is_conditional {
        return false;
    }
    match &entry.subject {
        Subject::Person(keys) => {
            let number = keys.nhs_number.map(|number| number.as_str().to_owned());
            let own = keys.source_ref.as_ref().map(|own| format!("Patient/{own}"));
            names.extend(number.into_iter().chain(own));
        }
        Subject::SameAs { resource_type, id } => {
            names.insert(format!("{resource_type}/{id}"));
        }
        // The directory is read for the names in everybody's lines.
        Subject::Directory | Subject::Held(_) | Subject::Conditional { .. } => return false,
    }
    names.insert(format!("{}/{}", entry.resource_type, entry.source_ref));
    for reference in &entry.references {
        match &reference.target {
            Target::Entry(_) => {}
            Target::Local { resource_type, id } => {
                if !is_directory(resource_type) {
                    names.insert(format!("{resource_type}/{id}"));
                }
            }
            Target::Conditional { resource_type, .. } => {
                if !is_directory(resource_type) {
                    return false;
                }
            }
        }
    }
    true
}

/// Types whose resources are about nobody: what changes them goes alone, so that reading them
/// needs no order of its own.
fn is_directory(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "Organization" | "Practitioner" | "PractitionerRole" | "Location" | "HealthcareService"
    )
}

/// Lets pieces of work, numbered from 0, begin as soon as everything before them that touches the
/// same has ended: the end is then that of one after the other.
#[derive(Debug)]
pub(super) struct Order {
    /// One at a time, whatever they touch.
    strict: bool,
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// The number that enters next.
    next: u64,
    /// What has entered and not ended.
    entered: BTreeMap<u64, Touches>,
    stopped: bool,
}

/// That a piece of work may go on; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn<'o> {
    order: &'o Order,
    number: u64,
}

impl Order {
    /// With `strict`, work goes one at a time in the order of its numbers.
    pub(super) fn new(strict: bool) -> Self {
        Self {
            strict,
            state: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// Waits for the turn of `number`; `None` if there will be none, because work before it failed.
    /// Each number enters once, in any order.
    pub(super) async fn enter(&self, number: u64, touches: Touches) -> Option<Turn<'_>> {
        let touches = if self.strict {
            Touches::Everything
        } else {
            touches
        };
        let mut touches = Some(touches);
        let mut changed = self.changed.subscribe();
        loop {
            match self.step(number, &mut touches) {
                Step::Go => {
                    return Some(Turn {
                        order: self,
                        number,
                    });
                }
                Step::Stop => return None,
                Step::Wait => {}
            }
            if changed.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Lets nothing more begin, unless whoever holds this says that all went well: nobody is to
    /// wait for one that is gone.
    pub(super) const fn watch(&self) -> Watch<'_> {
        Watch(Some(self))
    }

    fn step(&self, number: u64, touches: &mut Option<Touches>) -> Step {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return Step::Stop;
        }
        if state.next == number
            && let Some(touches) = touches.take()
        {
            state.next += 1;
            state.entered.insert(number, touches);
            self.changed.send_replace(());
        }
        let Some(own) = state.entered.get(&number) else {
            return Step::Wait;
        };
        let mut before = state.entered.range(..number);
        if before.any(|(_, other)| other.meets(own)) {
            Step::Wait
        } else {
            Step::Go
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_replace(());
    }
}

/// See [`Order::watch`].
#[derive(Debug)]
pub(super) struct Watch<'o>(Option<&'o Order>);

impl Watch<'_> {
    /// All went well.
    pub(super) fn ended_well(mut self) {
        self.0 = None;
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Some(order) = self.0 {
            order.change(|state| state.stopped = true);
        }
    }
}

enum Step {
    Go,
    Wait,
    Stop,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.order.change(|state| {
            state.entered.remove(&self.number);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn these(names: &[&str]) -> Touches {
        Touches::These(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn touched(text: &str) -> Touches {
        Touches::of(&tarn_record::plan(text).unwrap())
    }

    #[test]
    fn what_a_delivery_touches_is_read_from_its_plan() {
        assert_eq!(
            touched(
                r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"}}"#
            ),
            these(&["Observation/o", "Patient/p"])
        );
        let patient = r#"{"resourceType":"Patient","id":"p","identifier":[{"system":
            "https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],
            "generalPractitioner":[{"reference":"Organization/o"}]}"#;
        assert_eq!(touched(patient), these(&["9990000018", "Patient/p"]));
        for alone in [
            r#"{"resourceType":"Organization","id":"o"}"#,
            r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient?identifier=x|1"}}"#,
        ] {
            assert_eq!(touched(alone), Touches::Everything, "{alone}");
        }
    }

    /// Everything that runs at once, by the numbers in the order of their beginning.
    async fn begun(strict: bool, work: Vec<Touches>) -> Vec<u64> {
        let order = Arc::new(Order::new(strict));
        let begun = Arc::new(Mutex::new(Vec::new()));
        let mut running = tokio::task::JoinSet::new();
        // The last comes first, as workers may.
        for (number, touches) in work.into_iter().enumerate().rev() {
            let (order, begun) = (Arc::clone(&order), Arc::clone(&begun));
            running.spawn(async move {
                let turn = order.enter(number as u64, touches).await.unwrap();
                begun.lock().unwrap().push(number as u64);
                tokio::task::yield_now().await;
                drop(turn);
            });
        }
        while let Some(ended) = running.join_next().await {
            ended.unwrap();
        }
        Arc::try_unwrap(begun).unwrap().into_inner().unwrap()
    }

    #[tokio::test]
    async fn what_touches_the_same_keeps_its_order() {
        let same = || these(&["Patient/p"]);
        let mixed = vec![
            same(),
            these(&["Patient/q"]),
            same(),
            Touches::Everything,
            same(),
        ];
        let begun_of = begun(false, mixed.clone()).await;
        let place = |number: u64| begun_of.iter().position(|one| *one == number).unwrap();
        assert!(place(0) < place(2) && place(2) < place(3) && place(3) < place(4));
        assert!(
            place(1) < place(3),
            "what goes alone waits for all before it"
        );
        assert_eq!(begun(true, mixed).await, [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn what_touches_something_else_does_not_wait() {
        let order = Order::new(false);
        let first = order.enter(0, these(&["Patient/p"])).await.unwrap();
        let second = order.enter(1, these(&["Patient/q"])).await.unwrap();
        drop(second);
        drop(first);
    }

    #[tokio::test]
    async fn nothing_begins_after_a_failure() {
        let order = Order::new(true);
        let first = order.enter(0, Touches::nothing()).await.unwrap();
        order.watch().ended_well();
        let failing = async {
            tokio::task::yield_now().await;
            drop(order.watch());
            drop(first);
        };
        let (waiting, ()) = tokio::join!(order.enter(1, Touches::nothing()), failing);
        assert!(waiting.is_none());
    }
}
