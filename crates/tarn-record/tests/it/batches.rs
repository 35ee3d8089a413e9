//! Many small deliveries in one transaction.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop"
)]

use tarn_model::{FixedClock, IdMaker, SeededEntropy};
use tarn_record::{Delivery, IngestError, Receipt, RecordStore, Tally, plan};

use crate::backend::{
    NHS_NUMBER, all_of, at, bundle, condition, ods, on_both, patient, person, send,
};

async fn send_together(
    store: &RecordStore,
    texts: &[String],
    seed: u64,
) -> Result<Vec<Receipt>, IngestError> {
    let source = ods("Y1");
    let ids: Vec<String> = texts
        .iter()
        .map(|text| Delivery::id_of_text(text))
        .collect();
    let deliveries: Vec<Delivery<'_>> = (texts.iter().zip(&ids))
        .map(|(text, message_id)| Delivery {
            source: &source,
            message_id,
            text,
            received_at: at(0),
        })
        .collect();
    let plans = texts.iter().map(|text| plan(text).unwrap()).collect();
    let (clock, randomness) = (FixedClock(at(0)), SeededEntropy::new(seed));
    store
        .ingest_read(&deliveries, plans, IdMaker::new(&clock, &randomness))
        .await
}

fn created() -> Receipt {
    Receipt::Stored(Tally {
        created: 1,
        ..Tally::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_has_its_own_receipt_and_is_known_again() {
    let itself = r#"{"resourceType":"Condition","id":"self","subject":{"reference":"Patient/p1"},"code":{"text":"Gout"},"evidence":[{"detail":[{"reference":"Condition/self"}]}]}"#;
    let texts = vec![
        condition("c1", "p1", "Gout"),
        patient("p1", NHS_NUMBER, "1943-05-06"),
        condition("c1", "p1", "Gout, chronic"),
        itself.to_owned(),
    ];
    on_both(async |store| {
        let alone = send(store, "Y1", &texts[0]).await;
        assert_eq!(alone, created());
        let first = send_together(store, &texts, 1).await.unwrap();
        let updated = Receipt::Stored(Tally {
            updated: 1,
            ..Tally::default()
        });
        let before = Receipt::Unchanged(Tally {
            created: 1,
            ..Tally::default()
        });
        // The first came before under another message id, so it is what is held already.
        let same = Receipt::Stored(Tally {
            unchanged: 1,
            ..Tally::default()
        });
        assert_eq!(first, [same, created(), updated, created()]);
        let one = person(store, NHS_NUMBER).await;
        let held = store.resources(one, &all_of(&["Y1"])).await.unwrap();
        assert_eq!(held.len(), 3);
        assert_eq!(held.iter().map(|one| one.version).max(), Some(2));
        assert!(held.iter().any(|one| one.as_sent().unwrap() == itself));
        let again = send_together(store, &texts[1..3], 2).await.unwrap();
        assert_eq!(again.iter().map(Receipt::changed).sum::<usize>(), 0);
        assert_eq!(again[0], before);
        let mut more = texts.clone();
        more.push(condition("c2", "p1", "Asthma"));
        let partly = send_together(store, &more, 3).await.unwrap();
        assert_eq!(
            partly.iter().map(Receipt::changed).collect::<Vec<_>>(),
            [0, 0, 0, 0, 1]
        );
        let ids: Vec<String> = more.iter().map(|text| Delivery::id_of_text(text)).collect();
        let mut asked: Vec<&str> = ids.iter().map(String::as_str).collect();
        asked.push("never");
        let known = store.have_received(&ods("Y1"), &asked).await.unwrap();
        assert_eq!(known, [true, true, true, true, true, false]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn something_wrong_with_one_keeps_all_of_them_out() {
    on_both(async |store| {
        send(store, "Y9", &patient("x", NHS_NUMBER, "1950-01-01")).await;
        let before = store.counts().await.unwrap();
        let wrong = vec![
            patient("p2", "", "1943-05-06"),
            patient("p1", NHS_NUMBER, "1943-05-06"),
        ];
        let refused = send_together(store, &wrong, 1).await.unwrap_err();
        assert!(matches!(refused, IngestError::Identity { .. }), "{refused}");
        let twice = vec![condition("c", "p", "Gout"), condition("c", "p", "Gout")];
        let refused = send_together(store, &twice, 2).await.unwrap_err();
        assert!(matches!(refused, IngestError::MessageReused), "{refused}");
        let with_bundle = vec![
            bundle(&[condition("c", "p", "Gout")]),
            condition("d", "p", "Gout"),
        ];
        let refused = send_together(store, &with_bundle, 3).await.unwrap_err();
        assert!(
            matches!(refused, IngestError::Unreadable { .. }),
            "{refused}"
        );
        assert_eq!(store.counts().await.unwrap(), before);
        assert_eq!(
            send_together(store, &wrong[..1], 4).await.unwrap(),
            [created()]
        );
    })
    .await;
}
