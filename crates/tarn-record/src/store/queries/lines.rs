use std::cmp::Reverse;
use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;
use tarn_model::{HeadingSet, PersonId};

use super::Connection;
use crate::store::rows::{ViewRow, heading_code};
use crate::store::schema::{BitAnd, view_row};
use crate::{Line, RecordError, Selection};

pub(in crate::store) async fn lines(
    connection: &mut Connection,
    person: PersonId,
    selection: &Selection,
) -> Result<Vec<Line>, RecordError> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = view_row::table.into_boxed();
    for (headings, sources) in by_headings(selection) {
        let codes: Vec<i16> = headings.iter().map(heading_code).collect();
        query = query.or_filter(
            view_row::source
                .eq_any(sources)
                .and(view_row::heading.eq_any(codes)),
        );
    }
    let mut query = query
        .filter(view_row::person_id.eq(person.as_bytes().to_vec()))
        .filter(
            BitAnd::new(
                view_row::labels,
                (!selection.cleared.bits()).into_sql::<Integer>(),
            )
            .eq(0),
        );
    if let Some(since) = selection.since {
        query = query.filter(view_row::received_at.ge(since.as_micros()));
    }
    let mut rows: Vec<ViewRow> = query
        .select(ViewRow::as_select())
        .order((
            view_row::resource_type,
            view_row::resource_id,
            view_row::line_no,
        ))
        .load(connection)
        .await?;
    // The two databases put missing times at different ends.
    rows.sort_by_key(|row| Reverse(row.clinical_at));
    rows.into_iter().map(ViewRow::read).collect()
}

/// Sources that may be read of alike, together; those of which nothing may be read, not at all.
pub(super) fn by_headings(selection: &Selection) -> HashMap<HeadingSet, Vec<String>> {
    let mut groups: HashMap<HeadingSet, Vec<String>> = HashMap::new();
    for (source, headings) in &selection.sources {
        if !headings.is_empty() {
            groups
                .entry(*headings)
                .or_default()
                .push(source.to_string());
        }
    }
    groups
}
