//! Deliveries of the interface, as it makes them.

use tarn_model::{FixedClock, IdMaker, PersonId, SeededEntropy};
use tarn_record::{Admission, Delivery, EntryOutcome, IngestError, RecordStore};

use crate::backend::{at, ods};

/// An entry of a transaction: the request, and a resource unless that is empty.
pub(crate) fn entry(method: &str, url: &str, more: &str, resource: &str) -> String {
    let resource = match resource {
        "" => String::new(),
        resource => format!(r#""resource":{resource},"#),
    };
    format!(r#"{{{resource}"request":{{"method":"{method}","url":"{url}"{more}}}}}"#)
}

pub(crate) fn transaction(entries: &[String]) -> String {
    let entries = entries.join(",");
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#)
}

/// Writes by the interface, having decided on whomever it is about.
pub(crate) async fn write(
    store: &RecordStore,
    source: &str,
    message_id: &str,
    text: &str,
) -> Result<Vec<EntryOutcome>, IngestError> {
    let source = &ods(source);
    let delivery = Delivery {
        source,
        message_id,
        text,
        received_at: at(7),
    };
    let (clock, randomness) = (FixedClock(at(7)), SeededEntropy::new(seed(message_id)));
    let ids = IdMaker::new(&clock, &randomness);
    let about = store.subjects(&delivery, None).await?;
    let decided: Vec<PersonId> = about.held.into_iter().map(|(person, _)| person).collect();
    let newcomers: Vec<PersonId> = (0..about.newcomers).map(|_| ids.person()).collect();
    let admission = Admission {
        decided: &decided,
        newcomers: &newcomers,
        seen: None,
    };
    store.write(&delivery, ids, &admission).await
}

fn seed(message_id: &str) -> u64 {
    message_id.bytes().fold(7, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}
