//! The table, and each query once for both connection types.

use diesel::prelude::*;
use tarn_model::{PersonId, Timestamp};
use uuid::Uuid;

use crate::{ConsentError, Directive};

diesel::table! {
    directive (person, sequence) {
        person -> Binary,
        sequence -> BigInt,
        id -> Binary,
        kind -> Text,
        scope -> Text,
        decision -> Text,
        effective_from -> BigInt,
        effective_until -> Nullable<BigInt>,
        recorded_at -> BigInt,
        recorded_by -> Text,
        recorded_by_role -> Text,
        channel -> Text,
        reference -> Text,
        consequences_read -> SmallInt,
        in_error -> SmallInt,
    }
}

/// One stored directive.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = directive, treat_none_as_default_value = false)]
pub(crate) struct DirectiveRow {
    person: Vec<u8>,
    sequence: i64,
    id: Vec<u8>,
    kind: String,
    scope: String,
    decision: String,
    effective_from: i64,
    effective_until: Option<i64>,
    recorded_at: i64,
    recorded_by: String,
    recorded_by_role: String,
    channel: String,
    reference: String,
    consequences_read: i16,
    in_error: i16,
}

impl DirectiveRow {
    pub(crate) fn of(directive: &Directive) -> Self {
        Self {
            person: directive.person.as_bytes().to_vec(),
            sequence: directive.sequence,
            id: directive.id.as_bytes().to_vec(),
            kind: directive.kind.word().to_owned(),
            scope: directive.scope.word().to_owned(),
            decision: directive.decision.word().to_owned(),
            effective_from: directive.effective_from.as_micros(),
            effective_until: directive.effective_until.map(Timestamp::as_micros),
            recorded_at: directive.recorded_at.as_micros(),
            recorded_by: directive.recorded_by.clone(),
            recorded_by_role: directive.recorded_by_role.word().to_owned(),
            channel: directive.channel.word().to_owned(),
            reference: directive.reference.clone(),
            consequences_read: i16::from(directive.consequences_read),
            in_error: i16::from(directive.in_error),
        }
    }

    /// A word that is not known (written by a newer version) is an error and not a guess.
    pub(crate) fn read(self) -> Result<Directive, ConsentError> {
        let sequence = self.sequence;
        let unreadable = |problem| move || ConsentError::Unreadable { sequence, problem };
        Ok(Directive {
            id: Uuid::from_slice(&self.id)
                .ok()
                .ok_or_else(unreadable("its id"))?,
            person: PersonId::from_slice(&self.person).ok_or_else(unreadable("its person"))?,
            sequence,
            kind: self.kind.parse().ok().ok_or_else(unreadable("its kind"))?,
            scope: self
                .scope
                .parse()
                .ok()
                .ok_or_else(unreadable("its scope"))?,
            decision: self
                .decision
                .parse()
                .ok()
                .ok_or_else(unreadable("its decision"))?,
            effective_from: Timestamp::from_micros(self.effective_from),
            effective_until: self.effective_until.map(Timestamp::from_micros),
            recorded_at: Timestamp::from_micros(self.recorded_at),
            recorded_by: self.recorded_by,
            recorded_by_role: self
                .recorded_by_role
                .parse()
                .ok()
                .ok_or_else(unreadable("its role"))?,
            channel: self
                .channel
                .parse()
                .ok()
                .ok_or_else(unreadable("its channel"))?,
            reference: self.reference,
            consequences_read: self.consequences_read != 0,
            in_error: self.in_error != 0,
        })
    }
}

macro_rules! queries {
    ($module:ident, $connection:ty) => {
        pub(crate) mod $module {
            use diesel::prelude::*;
            use diesel_async::{AsyncConnection, RunQueryDsl};
            use tarn_model::PersonId;

            use super::{DirectiveRow, directive};

            /// The directives under all of these ids, newest first under each.
            pub(crate) async fn of_people(
                c: &mut $connection,
                people: &[PersonId],
            ) -> QueryResult<Vec<DirectiveRow>> {
                let keys = people.iter().map(|person| person.as_bytes().to_vec());
                directive::table
                    .filter(directive::person.eq_any(keys))
                    .order((directive::person, directive::sequence.desc()))
                    .select(DirectiveRow::as_select())
                    .load(c)
                    .await
            }

            /// Adds all of the directives or none; fails if a place is taken.
            pub(crate) async fn insert(
                c: &mut $connection,
                rows: &[DirectiveRow],
            ) -> QueryResult<()> {
                c.transaction(async |c| {
                    for row in rows {
                        diesel::insert_into(directive::table)
                            .values(row)
                            .execute(c)
                            .await?;
                    }
                    Ok(())
                })
                .await
            }
        }
    };
}

#[cfg(feature = "sqlite")]
queries!(lite, tarn_database::Lite);
#[cfg(feature = "postgres")]
queries!(pg, tarn_database::Pg);
