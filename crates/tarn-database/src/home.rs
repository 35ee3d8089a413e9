use std::time::Duration;

use diesel_migrations::EmbeddedMigrations;

/// One crate's migrations, written for each backend under the same stamps.
#[derive(Clone, Copy)]
pub struct MigrationSource {
    /// Makes the migrations of `migrations/sqlite`.
    pub sqlite: fn() -> EmbeddedMigrations,
    /// Makes the migrations of `migrations/postgres`.
    pub postgres: fn() -> EmbeddedMigrations,
}

/// Where one crate's tables live, and how they are reached.
#[derive(Clone, Copy)]
pub struct Home {
    /// Its schema on PostgreSQL: the crate's noun.
    pub schema: &'static str,
    /// Its migrations.
    pub migrations: MigrationSource,
    /// How its connections behave.
    pub settings: Settings,
}

/// How a crate's connections behave.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many connections to PostgreSQL are kept at most. A SQLite file always has four: one
    /// writer at a time is what it allows, and a few readers beside it.
    pub postgres_connections: usize,
    /// What a commit promises.
    pub durability: Durability,
    /// How long a statement on PostgreSQL waits for another writer's lock; `None` leaves it to
    /// the server. On SQLite it is five seconds.
    pub lock_wait: Option<Duration>,
    /// Whether a connection must give a sign of life each time before it is used: one round trip
    /// more, for which a connection that hangs is found while somebody is still waiting for it.
    pub probe: bool,
}

impl Settings {
    /// Eight connections, on disk when committed, five seconds for a lock, a sign of life first.
    pub const DEFAULT: Self = Self {
        postgres_connections: 8,
        durability: Durability::OnCommit,
        lock_wait: Some(Duration::from_secs(5)),
        probe: true,
    };
}

/// What a commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// What was committed is on disk when the commit returns, even where the server's default
    /// says otherwise.
    OnCommit,
    /// After a power cut the last commits may be missing; what is there is whole. On PostgreSQL
    /// the server's own setting holds.
    Soon,
}
