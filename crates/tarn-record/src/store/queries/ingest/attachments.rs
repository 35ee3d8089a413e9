//! What goes along when a document is filed with somebody else: the files attached to it.
//!
//! A Binary says little of whom it is about; it is with whoever has the document that names it.
//! One that names its Patient itself stays, and so does one that another document of the first
//! person names as well.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use tarn_model::{OdsCode, PersonId};

use super::Connection;
use super::drafts::Draft;
use super::held::Held;
use super::keys::lock;
use super::names::Names;
use crate::store::rows::ResourceRow;
use crate::store::schema::resource;
use crate::{RecordError, Target};

/// From whom to whom.
type Move = (PersonId, PersonId);

/// The files that go along with the documents among the drafts, and with whom each is to be.
pub(super) async fn following(
    connection: &mut Connection,
    source: &OdsCode,
    drafts: &[Draft<'_>],
    names: &Names,
    held: &mut Held,
) -> Result<Vec<(ResourceRow, PersonId)>, RecordError> {
    let wanted = attached(drafts, names, held);
    let from: BTreeSet<PersonId> = wanted.values().map(|(from, _)| *from).collect();
    for person in from {
        lock(connection, person).await?;
    }
    let keys = wanted.keys().map(|id| ("Binary", id.as_str())).collect();
    held.learn(connection, keys).await?;
    let sent: BTreeSet<(&str, &str)> = drafts.iter().map(Draft::key).collect();
    let mut following = Vec::new();
    for (id, (from, to)) in wanted {
        let key = ("Binary".to_owned(), id);
        let row = held
            .rows
            .get(&key)
            .filter(|_| held.owners.get(&key) == Some(&from));
        let Some(row) = row.filter(|row| row.source == source.as_str() && !row.deleted) else {
            continue;
        };
        if !names_its_patient(&row.body) && !is_kept(connection, row, &sent).await? {
            following.push((row.clone(), to));
        }
    }
    Ok(following)
}

/// The Binaries that are not sent themselves, of documents that move from one person to another.
fn attached(drafts: &[Draft<'_>], names: &Names, held: &Held) -> BTreeMap<String, Move> {
    let sent: BTreeSet<(&str, &str)> = drafts.iter().map(Draft::key).collect();
    let mut wanted = BTreeMap::new();
    for draft in drafts {
        let Some(from) = held.moves(draft) else {
            continue;
        };
        for reference in &draft.entry.references {
            if let Target::Local { resource_type, id } = &reference.target
                && resource_type == "Binary"
                && let Some(id) = names.local(resource_type, id)
                && !sent.contains(&("Binary", id))
            {
                wanted.insert(id.to_owned(), (from, draft.person));
            }
        }
    }
    wanted
}

fn names_its_patient(body: &str) -> bool {
    let binary: Option<Value> = serde_json::from_str(body).ok();
    let context = binary
        .as_ref()
        .and_then(|one| one.pointer("/securityContext/reference"));
    context
        .and_then(Value::as_str)
        .is_some_and(|reference| reference.starts_with("Patient/"))
}

/// Whether something else that stays with the first person names the file.
async fn is_kept(
    connection: &mut Connection,
    file: &ResourceRow,
    sent: &BTreeSet<(&str, &str)>,
) -> Result<bool, RecordError> {
    let name = format!("%Binary/{}", file.resource_id);
    let naming: Vec<(String, String)> = resource::table
        .filter(resource::person_id.eq(&file.person_id))
        .filter(resource::source.eq(&file.source))
        .filter(resource::deleted.eq(false))
        .filter(
            resource::body
                .like(format!("{name}\"%"))
                .or(resource::body.like(format!("{name}/%"))),
        )
        .select((resource::resource_type, resource::resource_id))
        .load(connection)
        .await?;
    let stays = |(kind, id): &(String, String)| !sent.contains(&(kind.as_str(), id.as_str()));
    Ok(naming.iter().any(stays))
}
