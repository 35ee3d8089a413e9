//! Whether a history of one register could have happened in some order: linearizability.
//!
//! Source: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with the memory of
//! visited states of Lowe, "Testing for linearizability" (2017).

use std::collections::HashSet;

/// What a register holds: its version, 0 while it is absent, and its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// 0 if it is absent.
    pub version: u64,
    /// Means nothing while it is absent.
    pub value: u64,
}

/// What was asked of a register, and what came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It was read.
    Read {
        /// As this.
        found: State,
    },
    /// It was to be written if its version was still this.
    Write {
        /// The version, 0 to create it.
        expected: u64,
        /// What was to be written.
        value: u64,
        /// What the answer was.
        told: Told,
    },
}

/// What a writer was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Written.
    Taken,
    /// Not written: the version is another.
    Refused,
    /// Nothing: it may be written or not, now or later.
    Nothing,
}

/// One operation on a register, between two moments of one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// When it was asked.
    pub asked: u64,
    /// When it was answered; `u64::MAX` if it was not.
    pub answered: u64,
    /// What it was.
    pub deed: Deed,
}

/// Whether these operations on a register that was absent could have happened one after the other,
/// each at some moment between its question and its answer.
#[must_use]
pub fn is_linearizable(history: &[Operation]) -> bool {
    let mut search = Search {
        history,
        visited: HashSet::new(),
    };
    search.can_end(&mut vec![false; history.len()], State::default())
}

struct Search<'a> {
    history: &'a [Operation],
    visited: HashSet<(Vec<bool>, State)>,
}

impl Search<'_> {
    fn can_end(&mut self, done: &mut Vec<bool>, state: State) -> bool {
        let left = || {
            self.history
                .iter()
                .zip(done.iter())
                .filter(|(_, done)| !**done)
        };
        // What was never answered may never have happened.
        let Some(first_answer) = left().map(|(one, _)| one.answered).min() else {
            return true;
        };
        if first_answer == u64::MAX {
            return true;
        }
        if !self.visited.insert((done.clone(), state)) {
            return false;
        }
        for at in 0..self.history.len() {
            let (Some(one), Some(false)) = (self.history.get(at), done.get(at)) else {
                continue;
            };
            // Nothing happens before it is asked, so what was asked after another's answer is
            // not first.
            if one.asked > first_answer {
                continue;
            }
            let Some(next) = apply(state, one.deed) else {
                continue;
            };
            set(done, at, true);
            if self.can_end(done, next) {
                return true;
            }
            set(done, at, false);
        }
        false
    }
}

fn set(done: &mut [bool], at: usize, to: bool) {
    if let Some(done) = done.get_mut(at) {
        *done = to;
    }
}

/// The state after a deed; `None` if it can't happen there.
fn apply(state: State, deed: Deed) -> Option<State> {
    match deed {
        Deed::Read { found } => {
            let same = found.version == state.version
                && (found.version == 0 || found.value == state.value);
            same.then_some(state)
        }
        Deed::Write {
            expected,
            value,
            told,
        } => {
            let fits = state.version == expected;
            let written = State {
                version: expected + 1,
                value,
            };
            match (told, fits) {
                (Told::Taken | Told::Nothing, true) => Some(written),
                (Told::Taken, false) | (Told::Refused, true) => None,
                (Told::Refused | Told::Nothing, false) => Some(state),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(asked: u64, answered: u64, version: u64, value: u64) -> Operation {
        let found = State { version, value };
        Operation {
            asked,
            answered,
            deed: Deed::Read { found },
        }
    }

    fn write(asked: u64, answered: u64, expected: u64, value: u64, told: Told) -> Operation {
        let deed = Deed::Write {
            expected,
            value,
            told,
        };
        Operation {
            asked,
            answered,
            deed,
        }
    }

    #[test]
    fn histories_that_could_have_happened_are_told_from_those_that_could_not() {
        use Told::{Nothing, Refused, Taken};

        let check = |name: &str, history: &[Operation], expected: bool| {
            assert_eq!(is_linearizable(history), expected, "{name}");
        };
        check("nothing happened", &[], true);
        let created = write(1, 4, 0, 7, Taken);
        check(
            "a read during the creation",
            &[created, read(2, 3, 0, 0)],
            true,
        );
        check("or after it in it", &[created, read(2, 3, 1, 7)], true);
        check("absent after it", &[created, read(5, 6, 0, 0)], false);
        check("another value", &[created, read(5, 6, 1, 8)], false);
        check(
            "two creations at once, both taken",
            &[created, write(2, 3, 0, 8, Taken)],
            false,
        );
        check(
            "two creations at once, one taken",
            &[created, write(2, 3, 0, 8, Refused)],
            true,
        );
        check(
            "a lost update",
            &[created, write(5, 8, 1, 8, Taken), write(6, 7, 1, 9, Taken)],
            false,
        );
        check(
            "a refusal without a reason",
            &[created, write(5, 6, 1, 8, Refused)],
            false,
        );
        check(
            "a read goes back in time",
            &[
                created,
                write(5, 6, 1, 8, Taken),
                read(7, 8, 2, 8),
                read(9, 10, 1, 7),
            ],
            false,
        );
        let unknown = write(5, u64::MAX, 1, 8, Nothing);
        check(
            "not answered and never seen",
            &[created, unknown, read(7, 8, 1, 7)],
            true,
        );
        check(
            "not answered and seen late",
            &[created, unknown, read(7, 8, 1, 7), read(9, 10, 2, 8)],
            true,
        );
        check(
            "not answered and seen, then not",
            &[created, unknown, read(7, 8, 2, 8), read(9, 10, 1, 7)],
            false,
        );
    }
}
