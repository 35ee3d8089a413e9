use std::time::Duration;

use diesel::dsl::sql;
use diesel::migration::MigrationSource as _;
use diesel::sql_types::Bool;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl as _, SimpleAsyncConnection as _};
use tokio_postgres::{Config, NoTls};

use crate::{DatabaseError, Durability, Home, Pg, migrate, pg_connection};

/// How long connecting may take, where the address says nothing of it.
const CONNECT: Duration = Duration::from_secs(5);

/// One caller at a time changes the tables of a database, the others wait as long as it takes.
const TAKE_TURN: &str = "SET LOCAL lock_timeout = 0; SELECT pg_advisory_lock(7416110001)";
const GIVE_TURN: &str = "SELECT pg_advisory_unlock(7416110001)";

pub(crate) fn pool(url: &str, home: &Home) -> Result<Pool<Pg>, DatabaseError> {
    let mut address: Config = url.parse().map_err(|_| DatabaseError::Address {
        problem: "it is not a PostgreSQL address",
    })?;
    address.options(options(address.get_options().unwrap_or_default(), home));
    if address.get_connect_timeout().is_none() {
        address.connect_timeout(CONNECT);
    }
    let mut config = ManagerConfig::<Pg>::default();
    if !home.settings.probe {
        config.recycling_method = RecyclingMethod::Fast;
    }
    config.custom_setup = Box::new(move |_| {
        let address = address.clone();
        Box::pin(async move {
            let bad = |cause: tokio_postgres::Error| {
                diesel::ConnectionError::BadConnection(cause.to_string())
            };
            let (client, connection) = address.connect(NoTls).await.map_err(bad)?;
            Pg::try_from_client_and_connection(client, connection).await
        })
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
        .max_size(home.settings.postgres_connections)
        .build()
        .map_err(DatabaseError::unavailable)
}

/// What each connection is told at its start: the crate's own schema stands in its path.
fn options(given: &str, home: &Home) -> String {
    let mut options = format!("{given} -csearch_path={}", home.schema);
    if home.settings.durability == Durability::OnCommit {
        options.push_str(" -csynchronous_commit=on");
    }
    if let Some(wait) = home.settings.lock_wait {
        options.push_str(&format!(" -clock_timeout={}", wait.as_millis()));
    }
    options
}

pub(crate) async fn up(pool: &Pool<Pg>, home: &Home) -> Result<usize, DatabaseError> {
    let mut connection = pg_connection(pool).await?;
    connection.batch_execute(TAKE_TURN).await?;
    let done = match make_schema(&mut connection, home.schema).await {
        Ok(()) => {
            let mut harness = AsyncMigrationHarness::new(connection);
            let done = migrate::up(&mut harness, (home.migrations.postgres)());
            connection = harness.into_inner();
            done
        }
        Err(error) => Err(error),
    };
    connection.batch_execute(GIVE_TURN).await?;
    done
}

pub(crate) async fn down(pool: &Pool<Pg>, home: &Home) -> Result<usize, DatabaseError> {
    let mut harness = AsyncMigrationHarness::new(pg_connection(pool).await?);
    migrate::down(&mut harness, (home.migrations.postgres)())
}

pub(crate) async fn pending(pool: &Pool<Pg>, home: &Home) -> Result<Vec<String>, DatabaseError> {
    let mut connection = pg_connection(pool).await?;
    let migrations = (home.migrations.postgres)();
    if has_schema(&mut connection, home.schema).await? {
        return migrate::pending(&mut AsyncMigrationHarness::new(connection), migrations);
    }
    // To ask is not to change: the schema is made by migrating alone.
    let all = migrations.migrations().map_err(migrate::failed)?;
    Ok(migrate::names::<diesel::pg::Pg>(&all))
}

async fn make_schema(connection: &mut Pg, schema: &str) -> Result<(), DatabaseError> {
    // Asked first, since somebody who may not make schemas may not say `IF NOT EXISTS` either.
    if !has_schema(connection, schema).await? {
        connection
            .batch_execute(&format!("CREATE SCHEMA {schema}"))
            .await?;
    }
    Ok(())
}

async fn has_schema(connection: &mut Pg, schema: &str) -> Result<bool, DatabaseError> {
    let is_there = format!("to_regnamespace('{schema}') IS NOT NULL");
    Ok(diesel::select(sql::<Bool>(&is_there))
        .get_result(connection)
        .await?)
}
