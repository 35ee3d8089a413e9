use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Tarn's own key of one person: a UUIDv7, made by [`crate::IdMaker`].
///
/// It says nothing about the person and so may stand in a URL, a log or a metric. It is the shard
/// key: every record table's primary key begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Uuid);

impl PersonId {
    /// The directory: resources that are about no person, such as organisations and staff.
    pub const DIRECTORY: Self = Self(Uuid::nil());

    /// Wraps a UUID that came from the store or the [`crate::IdMaker`].
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The sixteen bytes that the store keeps.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Reads the sixteen bytes that the store keeps; `None` if there are not sixteen.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for PersonId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
