//! Deciding whether somebody's resources may be asked for at all, and which.

use serde_json::{Value, json};
use tarn_audit::{Action, Entry, Outcome};
use tarn_model::{HeadingSet, PersonId, Realm, RequestContext};
use tarn_record::{SearchRow, Selection, StoredResource};
use uuid::Uuid;

use super::outward::Outward;
use super::protected::{protected, types as protected_types};
use super::text::{Stamp, stamped, stamped_for_its_source};
use crate::inside::{Decided, Inside, entry};
use crate::scope::Scope;
use crate::{AccessError, AuditTicket, Missing, Narrowing, Resource};

/// Stands for whoever an unknown id is about. The way to "there is none" goes through the same
/// questions as the way to "you may not know", so that the time tells nothing either.
const NOBODY: PersonId = PersonId::new(Uuid::max());

/// A person whose resources may be asked for, and what of them.
pub(super) struct Admitted {
    pub(super) person: PersonId,
    pub(super) decided: Decided,
    pub(super) scope: Scope,
    pub(super) selection: Selection,
    /// Under which ids entries leave, where the person's place is protected.
    pub(super) outward: Option<Outward>,
}

/// What the door says to one asker about one person, with the row that has to be written first.
pub(super) enum Considered {
    Admitted(Box<Admitted>),
    Refused(AccessError, Box<Entry>),
}

impl Inside {
    /// Decides on one person; writes nothing.
    ///
    /// Another system cannot be asked for a reason half-way: without one, and without a link,
    /// the person is not known here.
    pub(super) async fn consider(
        &self,
        ctx: &RequestContext,
        person: Option<PersonId>,
        what: &str,
    ) -> Result<Considered, AccessError> {
        let person = person.filter(|person| *person != PersonId::DIRECTORY);
        let person = person.unwrap_or(NOBODY);
        let decided = self.decide(ctx, person).await?;
        let Some(answer) = crate::refusal::answer(ctx, &decided) else {
            let scope = Scope::new(&decided.ruling, None);
            let selection = scope.selection();
            return Ok(Considered::Admitted(Box::new(Admitted {
                person: decided.person,
                outward: self.outward_if_protected(&decided).await?,
                decided,
                scope,
                selection,
            })));
        };
        let about = decided.known.then_some(decided.person);
        let mut row = entry(ctx, about, Action::Refused, Outcome::Refused);
        row.basis = Some(decided.basis.clone());
        row.reason_code = Some(crate::refusal::reason_word(&decided, &answer).to_owned());
        row.citation = crate::refusal::citation(&decided);
        row.note = Some(what.to_owned());
        let answer = match answer {
            AccessError::ReasonNeeded { .. } => AccessError::NotFound,
            answer => answer,
        };
        Ok(Considered::Refused(answer, Box::new(row)))
    }

    pub(super) async fn outward_if_protected(
        &self,
        decided: &Decided,
    ) -> Result<Option<Outward>, AccessError> {
        match decided.restricted {
            true => self.outward(decided.person).await.map(Some),
            false => Ok(None),
        }
    }

    /// Decides on one person, and writes the refusal if it is one.
    pub(super) async fn admit(
        &self,
        ctx: &RequestContext,
        person: Option<PersonId>,
        what: &str,
    ) -> Result<Admitted, AccessError> {
        match self.consider(ctx, person, what).await? {
            Considered::Admitted(admitted) => Ok(*admitted),
            Considered::Refused(answer, row) => {
                self.write(&row).await?;
                Err(answer)
            }
        }
    }

    /// The resource as it may leave, without the words that tell of what the asker may not see;
    /// `None` if it may not.
    pub(super) async fn shown(
        &self,
        narrowing: &Narrowing,
        admitted: &Admitted,
        stored: &StoredResource,
    ) -> Result<Option<Resource>, AccessError> {
        let whole = admitted.present(stored);
        if stored.resource_type != "Composition" || stored.deleted {
            return Ok(whole);
        }
        let Some(whole) = whole else { return Ok(None) };
        let Ok(mut letter) = serde_json::from_str(&whole.json) else {
            return Ok(None);
        };
        let (person, scope) = (admitted.person, &admitted.scope);
        let by_token = |found: &SearchRow| narrowing.allows_row(&found.resource_type, &found.row);
        let withheld = self.withhold_words(&mut letter, person, scope, by_token);
        Ok(Some(match withheld.await? {
            false => whole,
            true => Resource {
                json: subsetted(letter).to_string(),
                ..whole
            },
        }))
    }

    /// Writes rows together and waits until they are on disk; the ticket is of the first.
    pub(super) async fn write_all(&self, rows: &[Entry]) -> Result<AuditTicket, AccessError> {
        let receipts = self
            .audit
            .append_all(rows, self.entropy.as_ref())
            .await
            .map_err(AccessError::audit)?;
        match (receipts.first(), rows.first()) {
            (Some(receipt), Some(row)) => Ok(AuditTicket::new(receipt, row.at)),
            _ => Err(AccessError::Unavailable {
                what: Missing::Audit,
                cause: "it gave no receipt".into(),
            }),
        }
    }
}

impl Admitted {
    /// Whether this very version may be seen.
    pub(super) fn allows(&self, stored: &StoredResource) -> bool {
        self.scope
            .allows_all(&stored.source, stored.headings, stored.labels)
    }

    /// Whether a search may know of the resource behind this row.
    pub(super) fn allows_row(&self, row: &SearchRow) -> bool {
        self.scope.allows_all(&row.source, row.headings, row.labels)
    }

    /// Whether something of this version may be seen, be it that it was taken back.
    pub(super) fn shows(&self, stored: &StoredResource) -> bool {
        let listed = || protected_types().any(|name| name == stored.resource_type);
        self.allows(stored) && (!self.decided.restricted || listed())
    }

    /// The resource as it may leave; `None` if it may not.
    pub(super) fn present(&self, stored: &StoredResource) -> Option<Resource> {
        if !self.shows(stored) {
            return None;
        }
        let Some(outward) = &self.outward else {
            return resource(stored);
        };
        let json = match stored.deleted {
            true => String::new(),
            false => protected(stored, outward)?.to_string(),
        };
        let id = outward.given(&stored.resource_type, &stored.resource_id)?;
        Some(Resource {
            id: id.into_owned(),
            source: None,
            ..without_text(stored, json)
        })
    }

    /// The row of a look at this person's entries.
    pub(super) fn row(&self, ctx: &RequestContext, what: &str) -> Entry {
        let action = match ctx.actor.realm {
            Realm::Staff => Action::ReadEntries,
            Realm::Citizen => Action::ReadOwnRecord,
        };
        let mut row = entry(ctx, Some(self.person), action, Outcome::Permitted);
        row.basis = Some(self.decided.basis.clone());
        row.headings = self.scope.headings();
        row.citation = self
            .scope
            .citations()
            .first()
            .map(|(citation, _)| citation.to_string());
        row.note = Some(what.to_owned());
        row.alert = crate::alerts::alert(ctx, &self.decided);
        row
    }

    /// The row of a look that found nothing which may be seen.
    pub(super) fn empty_row(&self, ctx: &RequestContext, what: &str) -> Entry {
        let mut row = self.row(ctx, what);
        row.action = Action::Refused;
        row.outcome = Outcome::Refused;
        row.headings = HeadingSet::EMPTY;
        row.reason_code = Some("nothing-to-show".to_owned());
        row
    }
}

/// Says of a resource that it is but a part of what its source sent.
fn subsetted(mut part: Value) -> Value {
    let tag = json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED" });
    if let Some(meta) = part.get_mut("meta").and_then(Value::as_object_mut) {
        match meta.get_mut("tag").and_then(Value::as_array_mut) {
            Some(tags) => tags.push(tag),
            None => {
                meta.insert("tag".to_owned(), json!([tag]));
            }
        }
    }
    part
}

/// The resource as its source sent it, with the store's own members; `None` if its stored text
/// does not read back.
pub(super) fn resource(stored: &StoredResource) -> Option<Resource> {
    with_text(stored, stamped)
}

/// The same as its own source takes it away: see [`stamped_for_its_source`].
pub(super) fn own_copy(stored: &StoredResource) -> Option<Resource> {
    with_text(stored, stamped_for_its_source)
}

fn with_text(
    stored: &StoredResource,
    stamped: for<'a> fn(&str, Stamp<'a>) -> Option<String>,
) -> Option<Resource> {
    let stamp = Stamp {
        id: &stored.resource_id,
        version: stored.version,
        updated_at: stored.received_at,
        source: Some(&stored.source),
    };
    let json = match stored.deleted {
        true => String::new(),
        false => stamped(&stored.body, stamp)?,
    };
    Some(without_text(stored, json))
}

pub(super) fn without_text(stored: &StoredResource, json: String) -> Resource {
    Resource {
        resource_type: stored.resource_type.clone(),
        id: stored.resource_id.clone(),
        version: stored.version,
        source: Some(stored.source.clone()),
        updated_at: stored.received_at,
        deleted: stored.deleted,
        json,
    }
}
