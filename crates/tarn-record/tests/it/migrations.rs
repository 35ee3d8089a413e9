use tarn_model::ErrorKind;
use tarn_record::RecordStore;

use crate::backend::{on_both_addresses, send_at};

#[tokio::test(flavor = "multi_thread")]
async fn tables_come_go_and_come_again() {
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        let pending = store.pending_migrations().await.unwrap();
        let all = pending.len();
        assert!(all > 1, "{pending:?}");
        assert_eq!(store.migrate().await.unwrap(), all);
        assert_eq!(store.migrate().await.unwrap(), 0);
        assert!(store.pending_migrations().await.unwrap().is_empty());
        assert_eq!(store.revert_migrations().await.unwrap(), all);
        let gone = store.counts().await.unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::Unavailable);
        assert_eq!(store.migrate().await.unwrap(), all);
        assert_eq!(store.counts().await.unwrap().people, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_starts_at_once_migrate_once() {
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        let other = RecordStore::connect(url).await.unwrap();
        let all = store.pending_migrations().await.unwrap().len();
        let (one, two) = tokio::join!(tokio::spawn(async move { store.migrate().await }), async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await
        });
        let again = other.migrate().await.unwrap();
        let () = two;
        assert_eq!(one.unwrap().unwrap() + again, all);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_one_clear_error() {
    let check = async |url: &str, kind: ErrorKind| {
        let error = RecordStore::connect(url).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().contains("secret"));
    };
    check("mysql://u:secret@h/d", ErrorKind::Invalid).await;
    check("sqlite:", ErrorKind::Invalid).await;
    check("sqlite:/no/such/folder/record.db", ErrorKind::Unavailable).await;
    check("postgres://u:secret@127.0.0.1:1/d", ErrorKind::Unavailable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_tables_takes_nothing() {
    on_both_addresses(async |url| {
        let store = RecordStore::connect(url).await.unwrap();
        let text = r#"{"resourceType":"Patient","id":"a"}"#;
        let error = send_at(&store, "Y1", text, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        store.ping().await.unwrap();
    })
    .await;
}
