#![doc = include_str!("../README.md")]

mod actor;
mod clock;
mod error;
pub mod fhir;
mod heading;
mod ids;
mod label;
mod nhs_number;
mod ods;
mod text;
mod time;

pub use actor::{Actor, Assurance, Purpose, Realm, RequestContext, Role, UnknownWord};
pub use clock::{Clock, Entropy, FixedClock, IdMaker, ManualClock, SeededEntropy};
pub use error::ErrorKind;
pub use heading::{Heading, HeadingSet};
pub use ids::PersonId;
pub use label::{Label, LabelSet};
pub use nhs_number::{NhsNumber, NhsNumberError};
pub use ods::{OdsCode, OdsCodeError};
pub use text::fold_name;
pub use time::{Precision, Timestamp, parse_fhir_date};
