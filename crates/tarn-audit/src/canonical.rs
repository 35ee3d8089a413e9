//! The canonical form of an event and the hashes over it; the README is its specification.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tarn_model::{
    Actor, Assurance, HeadingSet, OdsCode, PersonId, Purpose, Realm, Role, Timestamp,
};
use uuid::Uuid;

use crate::{Action, AlertKind, Entry, Event, Outcome};

/// A SHA-256 value.
pub(crate) type Hash = [u8; 32];

/// The chain value before the first event.
pub(crate) const START: Hash = [0; 32];

/// An event's content, its members in canonical order and absent ones left out (RFC 8785).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Body {
    action: Action,
    actor: ActorBody,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alert: Option<AlertKind>,
    pub(crate) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    citation: Option<String>,
    headings: HeadingSet,
    pub(crate) id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_previous: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) person_sequence: Option<i64>,
    purpose: Purpose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason_code: Option<String>,
    request_id: Uuid,
    sources: Vec<(OdsCode, String)>,
    version: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ActorBody {
    assurance: Assurance,
    display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<OdsCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation_name: Option<String>,
    realm: Realm,
    role: Role,
    user_id: String,
}

/// Where a person's events stand: how many there are, and the leaf of the last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PersonHead {
    pub(crate) sequence: i64,
    pub(crate) leaf: Option<Hash>,
}

impl Body {
    /// The entry as it will be written after the person's event `head`.
    pub(crate) fn new(entry: &Entry, id: Uuid, head: PersonHead) -> Self {
        Self {
            action: entry.action,
            actor: ActorBody::new(&entry.actor),
            alert: entry.alert,
            at: entry.at,
            basis: entry.basis.clone(),
            citation: entry.citation.clone(),
            headings: entry.headings,
            id,
            note: entry.note.clone(),
            outcome: entry.outcome,
            person: entry.person,
            person_previous: entry.person.and(head.leaf).map(hex::encode),
            person_sequence: entry.person.map(|_| head.sequence + 1),
            purpose: entry.purpose,
            reason: entry.reason.clone(),
            reason_code: entry.reason_code.clone(),
            request_id: entry.request_id,
            sources: entry.sources.clone(),
            version: 1,
        }
    }

    /// The text that is hashed and stored.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The leaf of the person's previous event, as this event names it.
    pub(crate) fn person_previous(&self) -> Option<Hash> {
        let mut hash = START;
        hex::decode_to_slice(self.person_previous.as_deref()?, &mut hash).ok()?;
        Some(hash)
    }

    pub(crate) fn into_event(self, sequence: i64, leaf: Hash) -> Event {
        let person_previous = self.person_previous();
        Event {
            sequence,
            person_sequence: self.person_sequence,
            id: self.id,
            leaf,
            person_previous,
            entry: Entry {
                at: self.at,
                request_id: self.request_id,
                person: self.person,
                actor: self.actor.into_actor(),
                action: self.action,
                purpose: self.purpose,
                reason: self.reason,
                outcome: self.outcome,
                basis: self.basis,
                headings: self.headings,
                citation: self.citation,
                reason_code: self.reason_code,
                sources: self.sources,
                note: self.note,
                alert: self.alert,
            },
        }
    }
}

impl ActorBody {
    fn new(actor: &Actor) -> Self {
        Self {
            assurance: actor.assurance,
            display_name: actor.display_name.clone(),
            organisation: actor.organisation.clone(),
            organisation_name: actor.organisation_name.clone(),
            realm: actor.realm,
            role: actor.role,
            user_id: actor.user_id.clone(),
        }
    }

    fn into_actor(self) -> Actor {
        Actor {
            realm: self.realm,
            user_id: self.user_id,
            display_name: self.display_name,
            role: self.role,
            organisation: self.organisation,
            organisation_name: self.organisation_name,
            assurance: self.assurance,
            own_nhs_number: None,
        }
    }
}

/// `SHA-256(0x00 ‖ SHA-256(salt ‖ text))`: stands for the event without telling anything of it.
pub(crate) fn leaf(salt: &[u8], text: &str) -> Hash {
    let commitment = Sha256::new()
        .chain_update(salt)
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update([0x00])
        .chain_update(commitment)
        .finalize()
        .into()
}

/// `SHA-256(0x01 ‖ previous ‖ leaf)`: the chain value after `leaf`.
pub(crate) fn chain(previous: &Hash, leaf: &Hash) -> Hash {
    Sha256::new()
        .chain_update([0x01])
        .chain_update(previous)
        .chain_update(leaf)
        .finalize()
        .into()
}

/// Reads a stored hash; `None` if it has not 32 bytes.
pub(crate) fn hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Entry {
        Entry {
            at: Timestamp::from_micros(1_764_000_000_000_000),
            request_id: Uuid::from_u128(2),
            person: Some(PersonId::new(Uuid::from_u128(3))),
            actor: Actor {
                realm: Realm::Staff,
                user_id: "u1".into(),
                display_name: "Dr Ann \"Annie\" Åkesson".into(),
                role: Role::OohDoctor,
                organisation: Some("X26".parse().unwrap()),
                organisation_name: None,
                assurance: Assurance::High,
                own_nhs_number: None,
            },
            action: Action::Open,
            purpose: Purpose::DirectCare,
            reason: Some("line one\nline two \u{1}".into()),
            outcome: Outcome::Permitted,
            basis: Some("registered-gp".into()),
            headings: [tarn_model::Heading::Allergies].into_iter().collect(),
            citation: None,
            reason_code: None,
            sources: vec![("A1".parse().unwrap(), "live".into())],
            note: None,
            alert: None,
        }
    }

    const TEXT: &str = r#"{"action":"open","actor":{"assurance":"high","display_name":"Dr Ann \"Annie\" Åkesson","organisation":"X26","realm":"staff","role":"ooh-doctor","user_id":"u1"},"at":1764000000000000,"basis":"registered-gp","headings":["allergies"],"id":"00000000-0000-0000-0000-000000000001","outcome":"permitted","person":"00000000-0000-0000-0000-000000000003","person_previous":"0707070707070707070707070707070707070707070707070707070707070707","person_sequence":5,"purpose":"direct-care","reason":"line one\nline two \u0001","request_id":"00000000-0000-0000-0000-000000000002","sources":[["A1","live"]],"version":1}"#;

    #[test]
    fn the_canonical_form_is_the_published_vector() {
        let head = PersonHead {
            sequence: 4,
            leaf: Some([7; 32]),
        };
        let text = Body::new(&example(), Uuid::from_u128(1), head)
            .text()
            .unwrap();
        assert_eq!(text, TEXT);
        let readme = include_str!("../README.md");
        assert!(readme.contains(TEXT), "the README shows another text");
        let leaf = leaf(&[0x0A; 16], &text);
        let chain = chain(&START, &leaf);
        assert!(
            readme.contains(&hex::encode(leaf)),
            "leaf {}",
            hex::encode(leaf)
        );
        assert!(
            readme.contains(&hex::encode(chain)),
            "chain {}",
            hex::encode(chain)
        );
    }

    #[test]
    fn members_stand_in_the_order_of_their_names() {
        let reported = Entry {
            alert: Some(AlertKind::Emergency),
            ..example()
        };
        let text = Body::new(&reported, Uuid::from_u128(1), PersonHead::default())
            .text()
            .unwrap();
        assert!(text.contains(r#""alert":"emergency""#), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for object in [&value, &value["actor"]] {
            let names: Vec<_> = object.as_object().unwrap().keys().collect();
            assert!(names.is_sorted(), "{names:?}");
        }
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let body: Body = serde_json::from_str(TEXT).unwrap();
        let event = body.into_event(9, [1; 32]);
        assert_eq!(event.entry, example());
        assert_eq!(event.person_sequence, Some(5));
        assert_eq!(event.person_previous, Some([7; 32]));
    }

    #[test]
    fn an_own_nhs_number_is_never_written() {
        let mut entry = example();
        entry.actor.own_nhs_number = Some("9990000018".parse().unwrap());
        let text = Body::new(&entry, Uuid::nil(), PersonHead::default())
            .text()
            .unwrap();
        assert!(!text.contains("9990000018"));
    }
}
