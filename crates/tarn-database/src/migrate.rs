use std::sync::Arc;

use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use crate::DatabaseError;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Applies what is pending; how many migrations that was.
pub(crate) fn up<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<usize, DatabaseError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let done = harness.run_pending_migrations(migrations);
    done.map(|versions| versions.len()).map_err(failed)
}

/// Takes back what was applied, newest first; how many migrations that was.
pub(crate) fn down<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<usize, DatabaseError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let done = harness.revert_all_migrations(migrations);
    done.map(|versions| versions.len()).map_err(failed)
}

/// Names of what `harness` has not had.
pub(crate) fn pending<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, DatabaseError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    harness
        .pending_migrations(migrations)
        .map(|pending| names(&pending))
        .map_err(failed)
}

/// Their names, oldest first.
pub(crate) fn names<DB: Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    let names = migrations.iter().map(|one| one.name().to_string());
    names.collect()
}

pub(crate) fn failed(cause: Cause) -> DatabaseError {
    DatabaseError::Migration {
        cause: Arc::from(cause),
    }
}
