//! One number that is hidden, and three ways to narrow it down by yes and no.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::{ALLOWED, Ask, DOCTOR, Worlds};
use crate::world::World;

/// The number: 32 questions are just enough.
const SECRET: u32 = 2_863_311_531;
const QUESTIONS: usize = 32;

/// The entry that holds it.
pub(super) fn secret() -> Value {
    quantity("secret", SECRET)
}

fn quantity(id: &str, value: u32) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final",
        "subject": { "reference": "Patient/edie" }, "code": { "text": "bisection" },
        "valueQuantity": { "value": value, "unit": "widgets" } })
}

/// Whether the secret is at least `value`, as one way has it asked.
#[derive(Debug, Clone, Copy)]
enum Way {
    Has,
    Chain,
    Sort,
}

impl Way {
    const ALL: [Self; 3] = [Self::Has, Self::Chain, Self::Sort];

    fn ask(self, value: u32) -> Ask {
        let at_least = format!("ge{value}%7C%7Cwidgets");
        Ask::get(match self {
            Self::Has => {
                format!("/Patient?_id=edie&_has:Observation:patient:value-quantity={at_least}")
            }
            Self::Chain => {
                format!("/DiagnosticReport?_id=report&result.value-quantity={at_least}")
            }
            // Beside an entry with a number of the asker’s own: which of them comes first?
            Self::Sort => "/Observation?patient=edie&code:text=bisection&_sort=value-quantity\
                           &_count=1&_total=accurate"
                .to_owned(),
        })
    }

    /// What the answer says: yes, no, or nothing.
    fn answer(self, body: &Value) -> bool {
        let first = &body["entry"][0]["resource"]["id"];
        match self {
            Self::Has | Self::Chain => first.is_string(),
            Self::Sort => first == "probe" && body["total"] == 2,
        }
    }
}

/// The number that 32 questions lead to.
async fn narrowed(world: &World, token: &str, way: Way) -> u64 {
    let (mut low, mut high) = (0u64, 1 << QUESTIONS);
    for _ in 0..QUESTIONS {
        let middle = u32::try_from(low.midpoint(high)).unwrap();
        if matches!(way, Way::Sort) {
            put_probe(world, middle).await;
        }
        let reply = world.send(way.ask(middle).request(token)).await;
        assert_eq!(reply.status, 200, "{way:?}: {}", reply.body);
        if way.answer(&reply.json()) {
            low = u64::from(middle);
        } else {
            high = u64::from(middle);
        }
    }
    low
}

async fn put_probe(world: &World, value: u32) {
    let ask = Ask::of(Method::PUT, "/Observation/probe");
    let probe = quantity("probe", value).to_string();
    let ask = ask.with_body("application/fhir+json", probe);
    let put = world.send(ask.request(ALLOWED)).await;
    assert!(matches!(put.status, 200 | 201), "{}", put.body);
}

/// Whoever may know finds the number; the doctor is led where the answers of a world without it
/// lead, and each single answer is the same in both.
pub(super) async fn learns_nothing(worlds: &mut Worlds<'_>) {
    for way in Way::ALL {
        let found = narrowed(worlds.with, ALLOWED, way).await;
        let nothing = narrowed(worlds.without, ALLOWED, way).await;
        assert_eq!(
            found,
            u64::from(SECRET),
            "{way:?} finds it for whoever may know"
        );
        let mut middles = Vec::new();
        let (mut low, mut high) = (0u64, 1 << QUESTIONS);
        for _ in 0..QUESTIONS {
            let middle = u32::try_from(low.midpoint(high)).unwrap();
            middles.push(middle);
            // On the way to the number, as if each question had been answered.
            if SECRET >= middle {
                low = u64::from(middle);
            } else {
                high = u64::from(middle);
            }
        }
        for middle in middles {
            if matches!(way, Way::Sort) {
                put_probe(worlds.with, middle).await;
                put_probe(worlds.without, middle).await;
            }
            worlds.compare(DOCTOR, &way.ask(middle)).await;
        }
        let (one, other) = (
            narrowed(worlds.with, DOCTOR, way).await,
            narrowed(worlds.without, DOCTOR, way).await,
        );
        assert_eq!(one, other, "{way:?}");
        assert_eq!(one, nothing, "{way:?}");
        assert_ne!(one, u64::from(SECRET), "{way:?}");
    }
    println!("L4: 3 ways of {QUESTIONS} questions lead nowhere");
}
