use tarn_model::ErrorKind;
use tarn_model::fhir::EnvelopeError;

/// Why a text could not be planned: where the fault is, and what it is.
///
/// Neither part repeats anything of the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct PlanError {
    /// JSON path of the fault: `Bundle.entry[3].resource`; `$` for the whole text.
    pub path: String,
    /// What is wrong there.
    pub problem: PlanProblem,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// Too large, too deep, not JSON or not a resource.
    #[error("{0}")]
    Envelope(EnvelopeError),
    /// The Bundle does not say what it is.
    #[error("the Bundle has no type")]
    NoBundleType,
    /// A Bundle of a type that holds nothing to keep.
    #[error("a Bundle of this type cannot be loaded")]
    BundleType,
    /// `Bundle.entry` is not a list of entries.
    #[error("not a well-formed entry")]
    NotEntries,
    /// An entry that should hold a resource has none.
    #[error("the entry has no resource")]
    NoResource,
    /// An entry asks for an operation (`$…`) to be run.
    #[error("operations are not run from a Bundle")]
    Operation,
    /// An entry asks for something other than GET, HEAD, POST, PUT or DELETE.
    #[error("the request method is not supported")]
    Method,
    /// A deletion does not name one resource.
    #[error("a deletion must name one resource by type and id")]
    Deletion,
    /// The resource's id is not a text of 1 to 128 bytes.
    #[error("the id is not a text of 1 to 128 characters")]
    Id,
    /// An update's address names another resource than the one it brings.
    #[error("the address and the resource are not of one type and id")]
    Address,
    /// A transaction names the same resource twice.
    #[error("the transaction holds the same resource twice")]
    Twice,
}

impl PlanError {
    pub(super) fn new(path: &str, problem: PlanProblem) -> Self {
        Self {
            path: path.to_owned(),
            problem,
        }
    }

    pub(super) fn envelope(path: &str, error: EnvelopeError) -> Self {
        Self::new(path, PlanProblem::Envelope(error))
    }

    /// Always [`ErrorKind::Invalid`]: the same text fails whoever sends it, and whenever.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}
