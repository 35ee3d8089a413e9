#![doc = include_str!("../README.md")]

mod agreement;
mod cases;
mod decide;
mod matrix;
mod parse;
mod policy;
mod problem;
mod question;
mod rule;

pub use agreement::{Clause, ClauseKind, Duties, Party};
pub use cases::{CaseResult, run_cases};
pub use decide::{decide, scope};
pub use policy::{Grant, Policy, Ruling, compile};
pub use problem::{Problem, Problems};
pub use question::{
    Asker, Citation, Decision, Entry, Objection, Question, Reason, RelationshipBasis, Verdict,
};
