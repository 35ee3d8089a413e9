use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};

use crate::{DatabaseError, Lite};

/// One writer at a time is what a file allows; a few readers beside it.
const CONNECTIONS: usize = 4;

pub(crate) fn pool(path: &str) -> Result<Pool<Lite>, DatabaseError> {
    let mut config = ManagerConfig::<Lite>::default();
    config.custom_setup = Box::new(|path| {
        let path = path.to_owned();
        Box::pin(async move {
            let mut connection = Lite::establish(&path).await?;
            // The waiting time comes first: even switching to WAL can meet another process's
            // lock. FULL: a commit is on disk when it returns.
            connection
                .batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                     PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
                )
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        })
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(path, config))
        .max_size(CONNECTIONS)
        .build()
        .map_err(DatabaseError::unavailable)
}
