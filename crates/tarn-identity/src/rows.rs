//! The tables, and each query once for both connection types.

use diesel::prelude::*;

diesel::table! {
    login_attempt (digest) {
        digest -> Binary,
        realm -> Text,
        body -> Text,
        ends_at -> BigInt,
    }
}

diesel::table! {
    session (digest) {
        digest -> Binary,
        realm -> Text,
        user_id -> Text,
        provider_sid -> Nullable<Text>,
        actor -> Text,
        own_nhs_number -> Nullable<Text>,
        csrf_token -> Text,
        id_token_hint -> Nullable<Text>,
        person -> Nullable<Binary>,
        started_at -> BigInt,
        used_at -> BigInt,
        ends_at -> BigInt,
    }
}

/// One stored attempt.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = login_attempt)]
pub(crate) struct AttemptRow {
    pub(crate) digest: Vec<u8>,
    pub(crate) realm: String,
    pub(crate) body: String,
    pub(crate) ends_at: i64,
}

/// One stored session.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = session)]
pub(crate) struct SessionRow {
    pub(crate) digest: Vec<u8>,
    pub(crate) realm: String,
    pub(crate) user_id: String,
    pub(crate) provider_sid: Option<String>,
    pub(crate) actor: String,
    pub(crate) own_nhs_number: Option<String>,
    pub(crate) csrf_token: String,
    pub(crate) id_token_hint: Option<String>,
    pub(crate) person: Option<Vec<u8>>,
    pub(crate) started_at: i64,
    pub(crate) used_at: i64,
    pub(crate) ends_at: i64,
}

macro_rules! queries {
    ($module:ident, $connection:ty) => {
        pub(crate) mod $module {
            use diesel::prelude::*;
            use diesel_async::{AsyncConnection, RunQueryDsl};

            use super::{AttemptRow, SessionRow, login_attempt, session};

            /// Keeps an attempt.
            pub(crate) async fn keep_attempt(
                c: &mut $connection,
                row: &AttemptRow,
            ) -> QueryResult<usize> {
                diesel::insert_into(login_attempt::table)
                    .values(row)
                    .execute(c)
                    .await
            }

            /// Takes an attempt out: only one of two who try at the same time gets it.
            pub(crate) async fn take_attempt(
                c: &mut $connection,
                realm: &str,
                digest: &[u8],
            ) -> QueryResult<Option<AttemptRow>> {
                diesel::delete(
                    login_attempt::table
                        .filter(login_attempt::digest.eq(digest))
                        .filter(login_attempt::realm.eq(realm)),
                )
                .returning(AttemptRow::as_returning())
                .get_result(c)
                .await
                .optional()
            }

            /// Starts a session; the one that it replaces ends in the same transaction.
            pub(crate) async fn create(
                c: &mut $connection,
                row: &SessionRow,
                replaced: &[u8],
            ) -> QueryResult<()> {
                c.transaction(async |c| {
                    diesel::delete(session::table.filter(session::digest.eq(replaced)))
                        .execute(c)
                        .await?;
                    diesel::insert_into(session::table)
                        .values(row)
                        .execute(c)
                        .await?;
                    Ok(())
                })
                .await
            }

            /// A session that was used after `used_after` and ends after `now`.
            pub(crate) async fn find(
                c: &mut $connection,
                realm: &str,
                digest: &[u8],
                used_after: i64,
                now: i64,
            ) -> QueryResult<Option<SessionRow>> {
                session::table
                    .filter(session::digest.eq(digest))
                    .filter(session::realm.eq(realm))
                    .filter(session::used_at.gt(used_after))
                    .filter(session::ends_at.gt(now))
                    .select(SessionRow::as_select())
                    .first(c)
                    .await
                    .optional()
            }

            /// Marks a session as used; 0 if it has ended meanwhile.
            pub(crate) async fn touch(
                c: &mut $connection,
                digest: &[u8],
                now: i64,
            ) -> QueryResult<usize> {
                diesel::update(session::table.filter(session::digest.eq(digest)))
                    .set(session::used_at.eq(now))
                    .execute(c)
                    .await
            }

            /// Sets or clears whose record the session is working on.
            pub(crate) async fn set_person(
                c: &mut $connection,
                realm: &str,
                digest: &[u8],
                person: Option<Vec<u8>>,
            ) -> QueryResult<usize> {
                diesel::update(
                    session::table
                        .filter(session::digest.eq(digest))
                        .filter(session::realm.eq(realm)),
                )
                .set(session::person.eq(person))
                .execute(c)
                .await
            }

            /// Ends one session and gives what it was.
            pub(crate) async fn end(
                c: &mut $connection,
                realm: &str,
                digest: &[u8],
            ) -> QueryResult<Option<SessionRow>> {
                diesel::delete(
                    session::table
                        .filter(session::digest.eq(digest))
                        .filter(session::realm.eq(realm)),
                )
                .returning(SessionRow::as_returning())
                .get_result(c)
                .await
                .optional()
            }

            /// Ends all sessions of a user.
            pub(crate) async fn end_everywhere(
                c: &mut $connection,
                realm: &str,
                user_id: &str,
            ) -> QueryResult<usize> {
                diesel::delete(
                    session::table
                        .filter(session::realm.eq(realm))
                        .filter(session::user_id.eq(user_id)),
                )
                .execute(c)
                .await
            }

            /// Ends the sessions that came from one session of the provider.
            pub(crate) async fn end_provider_session(
                c: &mut $connection,
                realm: &str,
                sid: &str,
            ) -> QueryResult<usize> {
                diesel::delete(
                    session::table
                        .filter(session::realm.eq(realm))
                        .filter(session::provider_sid.eq(sid)),
                )
                .execute(c)
                .await
            }

            /// Deletes what is over.
            pub(crate) async fn purge(
                c: &mut $connection,
                used_before: i64,
                now: i64,
            ) -> QueryResult<usize> {
                let over = session::used_at
                    .le(used_before)
                    .or(session::ends_at.le(now));
                let sessions = diesel::delete(session::table.filter(over))
                    .execute(c)
                    .await?;
                let attempts =
                    diesel::delete(login_attempt::table.filter(login_attempt::ends_at.le(now)))
                        .execute(c)
                        .await?;
                Ok(sessions + attempts)
            }
        }
    };
}

#[cfg(feature = "sqlite")]
queries!(lite, tarn_database::Lite);
#[cfg(feature = "postgres")]
queries!(pg, tarn_database::Pg);
