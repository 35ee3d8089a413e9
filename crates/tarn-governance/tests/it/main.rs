//! The locality's agreement, the whole decision space, and what the compiler says of mistakes.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod agreement;
mod mistakes;
mod space;
