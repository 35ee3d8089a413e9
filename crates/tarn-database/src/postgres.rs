use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::{DatabaseError, Pg};

const CONNECTIONS: usize = 8;

pub(crate) fn pool(url: &str, schema: &'static str) -> Result<Pool<Pg>, DatabaseError> {
    let mut config = ManagerConfig::<Pg>::default();
    config.custom_setup = Box::new(move |url| {
        let url = url.to_owned();
        Box::pin(async move { connect(&url, schema).await })
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
        .max_size(CONNECTIONS)
        .build()
        .map_err(DatabaseError::unavailable)
}

/// Connects with the crate's own schema in the path. A commit waits for the disk even where the
/// server's default says otherwise, and nobody waits for ever for another writer.
async fn connect(url: &str, schema: &str) -> diesel::ConnectionResult<Pg> {
    let bad =
        |cause: tokio_postgres::Error| diesel::ConnectionError::BadConnection(cause.to_string());
    let mut config: tokio_postgres::Config = url.parse().map_err(bad)?;
    let given = config.get_options().unwrap_or_default().to_owned();
    config.options(format!(
        "{given} -csearch_path={schema} -csynchronous_commit=on -clock_timeout=5000"
    ));
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(bad)?;
    Pg::try_from_client_and_connection(client, connection).await
}

/// A connection for migrations, with the schema made if it is not there.
pub(crate) async fn with_schema(
    pool: &Pool<Pg>,
    schema: &str,
) -> Result<Object<Pg>, DatabaseError> {
    let mut connection = crate::in_time(pool.get()).await?;
    let exists: bool = diesel::select(sql::<Bool>(&format!(
        "to_regnamespace('{schema}') IS NOT NULL"
    )))
    .get_result(&mut connection)
    .await?;
    if !exists {
        connection
            .batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
            .await?;
    }
    Ok(connection)
}
