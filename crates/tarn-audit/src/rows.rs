//! The tables, and each query once for both connection types.

use diesel::prelude::*;

use crate::canonical::{self, PersonHead};

diesel::table! {
    event (sequence) {
        sequence -> BigInt,
        id -> Binary,
        at -> BigInt,
        person -> Nullable<Binary>,
        person_sequence -> Nullable<BigInt>,
        salt -> Binary,
        body -> Text,
        leaf -> Binary,
        chain -> Binary,
    }
}

diesel::table! {
    head (id) {
        id -> SmallInt,
        sequence -> BigInt,
        chain -> Binary,
    }
}

/// One stored event.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = event, treat_none_as_default_value = false)]
pub(crate) struct EventRow {
    pub(crate) sequence: i64,
    pub(crate) id: Vec<u8>,
    pub(crate) at: i64,
    pub(crate) person: Option<Vec<u8>>,
    pub(crate) person_sequence: Option<i64>,
    pub(crate) salt: Vec<u8>,
    pub(crate) body: String,
    pub(crate) leaf: Vec<u8>,
    pub(crate) chain: Vec<u8>,
}

/// Where the log ends.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = head)]
pub(crate) struct HeadRow {
    pub(crate) sequence: i64,
    pub(crate) chain: Vec<u8>,
}

/// A person's last event, as far as the next one needs it.
type LastOfPerson = (Option<i64>, Vec<u8>);

fn person_head(last: Option<LastOfPerson>) -> PersonHead {
    match last {
        Some((sequence, leaf)) => PersonHead {
            sequence: sequence.unwrap_or_default(),
            leaf: canonical::hash(&leaf),
        },
        None => PersonHead::default(),
    }
}

macro_rules! queries {
    ($module:ident, $connection:ty) => {
        pub(crate) mod $module {
            use std::collections::HashMap;

            use diesel::prelude::*;
            use diesel_async::{AsyncConnection, RunQueryDsl};
            use tarn_model::PersonId;

            use super::{EventRow, HeadRow, LastOfPerson, event, head, person_head};
            use crate::writer::{Draft, Placed, WriteError, place};
            use crate::{Receipt, Window};

            /// Writes all drafts in one transaction and returns after its commit.
            pub(crate) async fn append(
                c: &mut $connection,
                drafts: &[Draft],
            ) -> Result<Vec<Receipt>, WriteError> {
                c.transaction(async |c| {
                    // A write comes first: it takes the lock that keeps all other writers
                    // waiting, before anything is read.
                    let end: HeadRow = diesel::update(head::table.find(1))
                        .set(head::sequence.eq(head::sequence))
                        .returning(HeadRow::as_returning())
                        .get_result(c)
                        .await?;
                    let mut people = HashMap::new();
                    for person in drafts.iter().filter_map(|draft| draft.entry.person) {
                        if !people.contains_key(&person) {
                            people.insert(person, person_head(last(c, person).await?));
                        }
                    }
                    let Placed {
                        rows,
                        receipts,
                        end,
                    } = place(drafts, end, people)?;
                    for row in &rows {
                        diesel::insert_into(event::table)
                            .values(row)
                            .execute(c)
                            .await?;
                    }
                    diesel::update(head::table.find(1))
                        .set((head::sequence.eq(end.sequence), head::chain.eq(end.chain)))
                        .execute(c)
                        .await?;
                    Ok(receipts)
                })
                .await
            }

            async fn last(
                c: &mut $connection,
                person: PersonId,
            ) -> QueryResult<Option<LastOfPerson>> {
                event::table
                    .filter(event::person.eq(person.as_bytes().to_vec()))
                    .order(event::person_sequence.desc())
                    .select((event::person_sequence, event::leaf))
                    .first(c)
                    .await
                    .optional()
            }

            /// A person's events, newest first.
            pub(crate) async fn of_person(
                c: &mut $connection,
                person: PersonId,
                window: &Window,
            ) -> QueryResult<Vec<EventRow>> {
                let least = window.from.map_or(i64::MIN, |from| from.as_micros());
                let most = window.until.map_or(i64::MAX, |until| until.as_micros());
                event::table
                    .filter(event::person.eq(person.as_bytes().to_vec()))
                    .filter(event::person_sequence.lt(window.before_sequence.unwrap_or(i64::MAX)))
                    .filter(event::at.ge(least).and(event::at.lt(most)))
                    .order(event::person_sequence.desc())
                    .limit(i64::from(window.limit.clamp(1, 1000)))
                    .select(EventRow::as_select())
                    .load(c)
                    .await
            }

            /// Where the log ends.
            pub(crate) async fn end(c: &mut $connection) -> QueryResult<HeadRow> {
                head::table
                    .find(1)
                    .select(HeadRow::as_select())
                    .first(c)
                    .await
            }

            /// Up to 1,000 events after `sequence`, in order.
            pub(crate) async fn after(
                c: &mut $connection,
                sequence: i64,
            ) -> QueryResult<Vec<EventRow>> {
                event::table
                    .filter(event::sequence.gt(sequence))
                    .order(event::sequence)
                    .limit(1000)
                    .select(EventRow::as_select())
                    .load(c)
                    .await
            }
        }
    };
}

#[cfg(feature = "sqlite")]
queries!(lite, tarn_database::Lite);
#[cfg(feature = "postgres")]
queries!(pg, tarn_database::Pg);
