/// What kind of failure it was, whichever crate raised it.
///
/// Each crate's error type has a `kind()`. One table in `tarn-web` turns the kind and the
/// requested format into the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Not there, or the asker may not know that it is.
    NotFound,
    /// The asker may know that it is there, but may not see it.
    Denied,
    /// The request cannot be right, whoever asks.
    Invalid,
    /// Someone else changed the same thing, or the same name is taken.
    Conflict,
    /// Something needed did not answer; the same request may succeed later.
    Unavailable,
    /// A defect of ours.
    Internal,
}
