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

diesel::table! {
    alert (sequence) {
        sequence -> BigInt,
        event -> Binary,
        at -> BigInt,
        kind -> Text,
        look -> Binary,
    }
}

diesel::table! {
    acknowledgement (alert) {
        alert -> BigInt,
        look -> Binary,
        event -> BigInt,
        at -> BigInt,
        note -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(alert, acknowledgement);

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

/// One event that the privacy officer is told of.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alert)]
pub(crate) struct AlertRow {
    pub(crate) sequence: i64,
    pub(crate) event: Vec<u8>,
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) look: Vec<u8>,
}

/// A privacy officer's answer to all alerts of a look up to one.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = acknowledgement)]
pub(crate) struct AcknowledgementRow {
    pub(crate) alert: i64,
    pub(crate) look: Vec<u8>,
    pub(crate) event: i64,
    pub(crate) at: i64,
    pub(crate) note: String,
}

/// Alerts of one look: `look`, newest place in the log, earliest time, how many.
pub(crate) type LookRow = (Vec<u8>, Option<i64>, Option<i64>, i64);

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
            use std::collections::{BTreeMap, HashMap};

            use diesel::dsl::{count_star, exists, max, min};
            use diesel::prelude::*;
            use diesel_async::{AsyncConnection, RunQueryDsl};
            use tarn_model::PersonId;

            use super::{
                AcknowledgementRow, AlertRow, EventRow, HeadRow, LastOfPerson, LookRow,
                acknowledgement, alert, event, head, person_head,
            };
            use crate::writer::{Draft, Placed, WriteError, place};
            use crate::{AlertWindow, Receipt, Window};

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
                        alerts,
                        answers,
                        receipts,
                        end,
                    } = place(drafts, end, people)?;
                    for row in &rows {
                        diesel::insert_into(event::table)
                            .values(row)
                            .execute(c)
                            .await?;
                    }
                    for row in &alerts {
                        diesel::insert_into(alert::table)
                            .values(row)
                            .execute(c)
                            .await?;
                    }
                    for row in &answers {
                        // The first answer stands; whoever was second has their event in the log.
                        diesel::insert_into(acknowledgement::table)
                            .values(row)
                            .on_conflict_do_nothing()
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

            /// The events about all of these ids as one log, newest first, each with its place
            /// in it.
            ///
            /// The places come from those under each id, which have no gaps: one that is missing
            /// there is missing in the whole.
            pub(crate) async fn of_people(
                c: &mut $connection,
                people: &[PersonId],
                window: &Window,
            ) -> QueryResult<Vec<(i64, EventRow)>> {
                let keys = people.iter().map(|person| person.as_bytes().to_vec());
                let all: Vec<(i64, i64, Option<Vec<u8>>, Option<i64>)> = event::table
                    .filter(event::person.eq_any(keys))
                    .order(event::sequence)
                    .select((
                        event::sequence,
                        event::at,
                        event::person,
                        event::person_sequence,
                    ))
                    .load(c)
                    .await?;
                let mut places = BTreeMap::new();
                let mut under: HashMap<Option<Vec<u8>>, i64> = HashMap::new();
                let mut place = 0;
                for (sequence, at, person, person_sequence) in all {
                    let own = person_sequence.unwrap_or_default();
                    place += own - under.insert(person, own).unwrap_or_default();
                    if window.holds(at, place) {
                        places.insert(sequence, place);
                    }
                }
                let most = usize::try_from(window.limit.clamp(1, 1000)).unwrap_or(1000);
                let wanted: Vec<i64> = places.keys().rev().take(most).copied().collect();
                let rows: Vec<EventRow> = event::table
                    .filter(event::sequence.eq_any(wanted))
                    .order(event::sequence.desc())
                    .select(EventRow::as_select())
                    .load(c)
                    .await?;
                let placed = |row: EventRow| Some((*places.get(&row.sequence)?, row));
                Ok(rows.into_iter().filter_map(placed).collect())
            }

            /// Looks that the privacy officer was told of, the one with the newest event first.
            pub(crate) async fn looks(
                c: &mut $connection,
                window: &AlertWindow,
            ) -> QueryResult<Vec<LookRow>> {
                let answered = exists(
                    acknowledgement::table
                        .filter(acknowledgement::look.eq(alert::look))
                        .filter(acknowledgement::alert.ge(alert::sequence)),
                );
                alert::table
                    .filter(answered.eq(window.acknowledged))
                    .group_by(alert::look)
                    .having(max(alert::sequence).lt(window.before_sequence.unwrap_or(i64::MAX)))
                    .order(max(alert::sequence).desc())
                    .limit(i64::from(window.limit.clamp(1, 100)))
                    .select((
                        alert::look,
                        max(alert::sequence),
                        min(alert::at),
                        count_star(),
                    ))
                    .load(c)
                    .await
            }

            /// The answers given to these looks, newest first.
            pub(crate) async fn answers(
                c: &mut $connection,
                looks: &[Vec<u8>],
            ) -> QueryResult<Vec<AcknowledgementRow>> {
                acknowledgement::table
                    .filter(acknowledgement::look.eq_any(looks))
                    .order(acknowledgement::alert.desc())
                    .select(AcknowledgementRow::as_select())
                    .load(c)
                    .await
            }

            /// The alert of one event, if there is one that has not been answered.
            pub(crate) async fn open_alert(
                c: &mut $connection,
                of_event: &[u8],
            ) -> QueryResult<Option<AlertRow>> {
                let answered = exists(
                    acknowledgement::table
                        .filter(acknowledgement::look.eq(alert::look))
                        .filter(acknowledgement::alert.ge(alert::sequence)),
                );
                alert::table
                    .filter(alert::event.eq(of_event))
                    .filter(answered.eq(false))
                    .select(AlertRow::as_select())
                    .first(c)
                    .await
                    .optional()
            }

            /// The events at these places.
            pub(crate) async fn at_places(
                c: &mut $connection,
                sequences: &[i64],
            ) -> QueryResult<Vec<EventRow>> {
                event::table
                    .filter(event::sequence.eq_any(sequences))
                    .order(event::sequence)
                    .select(EventRow::as_select())
                    .load(c)
                    .await
            }

            /// The alerts after one place in the log, up to and with another, in order.
            pub(crate) async fn alerts_between(
                c: &mut $connection,
                after: i64,
                through: i64,
            ) -> QueryResult<Vec<AlertRow>> {
                alert::table
                    .filter(alert::sequence.gt(after).and(alert::sequence.le(through)))
                    .order(alert::sequence)
                    .select(AlertRow::as_select())
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
