//! What happens when something is missing: nothing is given out, and it is said why.

use tarn_access::{AccessError, Ask, Missing, PersonQuery};
use tarn_model::{ErrorKind, RequestContext, Role};

use crate::harrowmere::{EDIE, Harrowmere, citizen, staff};

/// Every way out of the door, in one list.
async fn everything(
    place: &Harrowmere,
    staff: &RequestContext,
) -> Vec<(&'static str, Option<AccessError>)> {
    let edie = place.person(EDIE).await;
    let own = citizen(EDIE);
    let door = &place.door;
    let query = PersonQuery::NhsNumber(EDIE.parse().unwrap());
    let mut refused = Vec::new();
    let mut note = |what, error: Option<AccessError>| refused.push((what, error));
    note("open", door.open(staff, edie, &Ask::default()).await.err());
    note("find", door.find(staff, &query).await.err());
    note(
        "letter",
        door.read_document(staff, edie, "DocumentReference", "d1")
            .await
            .err(),
    );
    note("own record", door.own_record(&own).await.err());
    note(
        "own letter",
        door.own_document(&own, "DocumentReference", "d1")
            .await
            .err(),
    );
    note("access log", door.access_log(&own, None, 10).await.err());
    note("choices", door.choices(&own).await.err());
    note(
        "preview",
        door.preview_choice(&own, Role::EdDoctor).await.err(),
    );
    note("choose", door.choose(&own, false, true).await.err());
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_audit_log_nothing_leaves() {
    for broken in [
        "DROP TABLE event",
        "CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    ] {
        let place = Harrowmere::new().await;
        place.break_store("audit", broken).await;
        for (what, error) in everything(&place, &staff(Role::OohDoctor, "HUC01")).await {
            assert!(
                matches!(
                    error,
                    Some(AccessError::Unavailable {
                        what: Missing::Audit,
                        ..
                    })
                ),
                "{broken}, {what}: {error:?}"
            );
            assert_eq!(
                error.map(|error| error.kind()),
                Some(ErrorKind::Unavailable)
            );
        }
        let edie = place.person(EDIE).await;
        assert!(
            place.consent.history(edie).await.unwrap().is_empty(),
            "no choice without a row"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_choice_register_nothing_leaves() {
    let place = Harrowmere::new().await;
    place.break_store("consent", "DROP TABLE directive").await;
    for (what, error) in everything(&place, &staff(Role::OohDoctor, "HUC01")).await {
        if what == "access log" {
            // Who looked does not depend on any choice, and people need it most when things fail.
            assert!(error.is_none());
            continue;
        }
        assert!(
            matches!(
                error,
                Some(AccessError::Unavailable {
                    what: Missing::Choices,
                    ..
                })
            ),
            "{what}: {error:?}"
        );
        let said = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("the register of people's choices"), "{said}");
    }
}

/// A browser that closes the connection while the record opens, on a server's own single-thread
/// runtime: the work is done to its end, and the look is in the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_goes_away_cuts_nothing_off() {
    let place = std::sync::Arc::new(Harrowmere::new().await);
    let edie = place.person(EDIE).await;
    let reader = std::sync::Arc::clone(&place);
    std::thread::spawn(move || {
        let single = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        single.block_on(async {
            let ctx = staff(Role::OohDoctor, "HUC01");
            let ask = Ask::default();
            let open = reader.door.open(&ctx, edie, &ask);
            let gone = tokio::time::timeout(std::time::Duration::from_micros(1), open).await;
            assert!(gone.is_err(), "the reader went away in time");
        });
    })
    .join()
    .unwrap();
    for _ in 0..200 {
        if !place
            .audit
            .of_person(edie, tarn_audit::Window::default())
            .await
            .unwrap()
            .is_empty()
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the look was cut off before its row was written");
}
