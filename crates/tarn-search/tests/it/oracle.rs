//! Prefixes, against the specification's words over numbers that are worked out in another way.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ward::Ward;

const PREFIXES: [&str; 9] = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];

/// A date as FHIR writes it, with its first and last moment in whole minutes since 2000 UTC.
#[derive(Debug, Clone)]
struct When {
    text: String,
    first: i64,
    last: i64,
}

/// In January, where British time is UTC.
fn when() -> impl Strategy<Value = When> {
    (
        0_i64..4,
        0_i64..31,
        0_i64..24,
        0_i64..60,
        0_u8..4,
        -11_i64..12,
    )
        .prop_map(|(year, day, hour, minute, precision, zone)| {
            let new_year = |year: i64| (year * 365 + if year > 0 { 1 } else { 0 }) * 1440;
            let (start, text) = (new_year(year), format!("200{year}"));
            let midnight = start + day * 1440;
            match precision {
                0 => When {
                    text,
                    first: start,
                    last: new_year(year + 1) - 1,
                },
                1 => When {
                    text: format!("{text}-01"),
                    first: start,
                    last: start + 31 * 1440 - 1,
                },
                2 => When {
                    text: format!("{text}-01-{:02}", day + 1),
                    first: midnight,
                    last: midnight + 1439,
                },
                _ => {
                    let at = midnight + hour * 60 + minute - zone * 60;
                    let sign = if zone < 0 { '-' } else { '+' };
                    let text = format!(
                        "{text}-01-{:02}T{hour:02}:{minute:02}{sign}{:02}:00",
                        day + 1,
                        zone.abs()
                    );
                    When {
                        text,
                        first: at,
                        last: at,
                    }
                }
            }
        })
}

/// What R4 says each prefix means, over sets of minutes: `asked` is what the search names, `held`
/// what the resource says.
fn date_oracle(prefix: &str, asked: (i64, i64), held: (i64, i64)) -> bool {
    let held_in_asked = held.0 >= asked.0 && held.1 <= asked.1;
    let some_held_above = held.1 > asked.1;
    let some_held_below = held.0 < asked.0;
    match prefix {
        "eq" => held_in_asked,
        "ne" => !held_in_asked,
        "gt" => some_held_above,
        "lt" => some_held_below,
        "ge" => some_held_above || held_in_asked,
        "le" => some_held_below || held_in_asked,
        "sa" => held.0 > asked.1,
        "eb" => held.1 < asked.0,
        _ => {
            let length = asked.1 - asked.0 + 1;
            held.1 >= asked.0 - length && held.0 <= asked.1 + length
        }
    }
}

/// A decimal of three places at most, as text and in thousandths.
fn amount() -> impl Strategy<Value = (String, i64, i64)> {
    (-2000_i64..2000, 0_u32..4).prop_map(|(units, places)| {
        let scale = 10_i64.pow(places);
        let sign = if units < 0 { "-" } else { "" };
        let (whole, part) = (units.abs() / scale, units.abs() % scale);
        let text = match places {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{part:0width$}", width = places as usize),
        };
        // In twenty-thousandths, so that half of the last digit and a tenth are whole numbers.
        let unit = 20_000 / scale;
        (text, units * unit, unit / 2)
    })
}

fn amount_oracle(prefix: &str, (asked, half): (i64, i64), held: i64) -> bool {
    match prefix {
        "eq" => held >= asked - half && held < asked + half,
        "ne" => held < asked - half || held >= asked + half,
        "gt" | "sa" => held > asked,
        "lt" | "eb" => held < asked,
        "ge" => held >= asked,
        "le" => held <= asked,
        _ => 10 * (held - asked).abs() <= asked.abs(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn date_prefixes(asked in when(), start in when(), end in when()) {
        let one = json!({"resourceType": "Encounter", "id": "one", "period": {"start": start.text, "end": end.text}});
        let point = json!({"resourceType": "Observation", "id": "point", "effectiveDateTime": start.text});
        let ward = Ward::of([one, point]);
        for prefix in PREFIXES {
            let found = ward.ids(&format!("Observation?date={prefix}{}", asked.text)).len() == 1;
            let expected = date_oracle(prefix, (asked.first, asked.last), (start.first, start.last));
            prop_assert_eq!(found, expected, "{} {} holds {}", prefix, asked.text, start.text);
            if start.first <= end.last {
                let found = ward.ids(&format!("Encounter?date={prefix}{}", asked.text)).len() == 1;
                let expected = date_oracle(prefix, (asked.first, asked.last), (start.first, end.last));
                prop_assert_eq!(found, expected, "{} {} holds {} to {}", prefix, asked.text, start.text, end.text);
            }
        }
    }

    #[test]
    fn quantity_prefixes(asked in amount(), held in amount()) {
        let text = format!(r#"{{"resourceType": "Observation", "id": "it", "valueQuantity": {{"value": {}}}}}"#, held.0);
        let resource: Value = serde_json::from_str(&text).unwrap();
        let ward = Ward::of([resource]);
        for prefix in PREFIXES {
            let found = ward.ids(&format!("Observation?value-quantity={prefix}{}", asked.0)).len() == 1;
            let expected = amount_oracle(prefix, (asked.1, asked.2), held.1);
            prop_assert_eq!(found, expected, "{} {} holds {}", prefix, asked.0, held.0);
        }
    }

    /// Whatever is asked, the answer is an answer or a refusal; no text brings it down.
    #[test]
    fn any_text_is_understood_or_refused(name in ".{0,30}", value in ".{0,30}", known in 0_usize..8) {
        let names = ["code", "date", "value-quantity", "subject", "code-value-quantity", "_include", "_sort", "_has:Provenance:target:recorded"];
        let ward = Ward::of([json!({"resourceType": "Observation", "id": "it"})]);
        for name in [name.as_str(), names[known]] {
            let pairs = [(name.to_owned(), value.clone())];
            if let Ok(search) = tarn_search::Search::parse("Observation", &pairs, tarn_search::Handling::Strict) {
                let _ = (search.anchor(), search.types(), search.is_plain());
                prop_assert!(search.run(&ward, None, 5).is_ok());
            }
        }
    }
}
