//! What the privacy officer is told of, and who else is told nothing.

use tarn_access::{AccessError, AlertKind, Alerts, Ask, Disclosed, Missing};
use tarn_model::{PersonId, Purpose, RequestContext, Role};

use crate::harrowmere::{CANARY, EDIE, Harrowmere, PROTECTED, because, citizen, staff};

fn officer() -> RequestContext {
    let mut ctx = staff(Role::PrivacyOfficer, "RSB");
    ctx.purpose = Purpose::AuditReview;
    ctx.actor.display_name = "Ingrid Falkner".into();
    ctx
}

/// An emergency, at somebody the paramedic has nothing to do with so far.
fn emergency() -> RequestContext {
    let mut ctx = because(&staff(Role::Ambulance, "RYH"), "Found on the floor");
    ctx.purpose = Purpose::Emergency;
    ctx
}

async fn waiting(place: &Harrowmere) -> Disclosed<Alerts> {
    place.door.alerts(&officer(), false, None).await.unwrap()
}

async fn opened(place: &Harrowmere, ctx: &RequestContext, person: PersonId) {
    place.door.open(ctx, person, &Ask::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_look_reaches_the_privacy_officer_and_the_person_reads_that_it_did() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    assert_eq!(waiting(&place).await.entries, []);
    // The same look, twice; and one with an open case, of which nobody is told.
    opened(&place, &emergency(), edie).await;
    opened(&place, &emergency(), edie).await;
    opened(&place, &staff(Role::OohDoctor, "HUC01"), edie).await;

    let alerts = waiting(&place).await;
    let [alert] = alerts.entries.as_slice() else {
        panic!("{alerts:?}");
    };
    assert_eq!((alert.events, alerts.older), (2, None));
    assert_eq!(alert.look.alert, Some(AlertKind::Emergency));
    assert_eq!(alert.look.who, "Dr Nadia Achterberg");
    assert_eq!(alert.look.role, Role::Ambulance);
    assert_eq!(alert.look.basis.as_deref(), Some("self-claimed"));
    assert_eq!(alert.look.reason.as_deref(), Some("Found on the floor"));
    let clause = alert.look.clause.as_ref().unwrap();
    assert_eq!(clause.number, "4.8");
    assert!(clause.text.contains("reported to the privacy officer"));
    // Who it was about, and no more of them.
    let person = alert.person.as_ref().unwrap();
    assert_eq!(person.family, "Hargreaves");
    assert_eq!(person.nhs_number, Some(EDIE.parse().unwrap()));
    let shown = format!("{alerts:?}");
    for more in [CANARY, "Wheelwright", "960 184", "penicillin"] {
        assert!(!shown.contains(more), "{more} is in {shown}");
    }

    let log = place.door.access_log(&citizen(EDIE), None, 100).await;
    let log = log.unwrap();
    let told: Vec<_> = log
        .entries
        .iter()
        .map(|entry| (entry.action.as_str(), entry.alert))
        .collect();
    assert_eq!(
        told,
        [
            ("read-access-log", None),
            ("read-alerts", None),
            ("open", None),
            ("open", Some(AlertKind::Emergency)),
            ("open", Some(AlertKind::Emergency)),
        ],
        "and that the officer read her name stands in it once"
    );
    assert_eq!(log.entries[1].basis.as_deref(), Some("alert"));
    assert_eq!(log.entries[1].clause.as_ref().unwrap().number, "4.12");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_despite_an_objection_and_one_at_a_protected_person_are_reported() {
    let place = Harrowmere::new().await;
    let (edie, protected) = (place.person(EDIE).await, place.person(PROTECTED).await);
    place
        .door
        .choose(&citizen(EDIE), false, true)
        .await
        .unwrap();
    let mut inquiry = because(&staff(Role::Safeguarding, "H10A"), "Section 42 enquiry");
    inquiry.purpose = Purpose::SafeguardingInquiry;
    opened(&place, &inquiry, edie).await;
    let nurse = because(&staff(Role::CommunityNurse, "RHC"), "New referral");
    opened(&place, &nurse, protected).await;
    // With a link, nobody is told.
    opened(&place, &staff(Role::OohDoctor, "HUC01"), protected).await;

    let alerts = waiting(&place).await;
    let kinds: Vec<_> = alerts
        .entries
        .iter()
        .map(|alert| alert.look.alert)
        .collect();
    assert_eq!(
        kinds,
        [
            Some(AlertKind::ProtectedPlace),
            Some(AlertKind::DespiteObjection)
        ]
    );
    let named: Vec<_> = alerts
        .entries
        .iter()
        .map(|alert| alert.person.as_ref().unwrap().family.as_str())
        .collect();
    assert_eq!(named, ["Winterbourne", "Hargreaves"]);
    assert!(!format!("{alerts:?}").contains(CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_read_in_an_emergency_is_reported_too() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let mut doctor = because(&staff(Role::OohDoctor, "HUC01"), "Collapsed");
    doctor.purpose = Purpose::Emergency;
    place
        .door
        .read_document(&doctor, edie, "DocumentReference", "d1")
        .await
        .unwrap();
    let alerts = waiting(&place).await;
    assert_eq!(alerts.entries.len(), 1);
    assert_eq!(alerts.entries[0].look.action, "read-document");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_ends_the_alert_and_a_later_look_is_a_new_one() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    opened(&place, &emergency(), edie).await;
    let event = waiting(&place).await.entries[0].event;
    let empty = place.door.acknowledge_alert(&officer(), event, " \n").await;
    assert!(
        matches!(empty, Err(AccessError::Invalid { .. })),
        "{empty:?}"
    );
    assert_eq!(waiting(&place).await.entries.len(), 1);

    place
        .door
        .acknowledge_alert(&officer(), event, " On call that night ")
        .await
        .unwrap();
    assert_eq!(waiting(&place).await.entries, []);
    let answered = place.door.alerts(&officer(), true, None).await.unwrap();
    let answer = answered.entries[0].acknowledgement.clone().unwrap();
    assert_eq!(answer.who, "Ingrid Falkner");
    assert_eq!(answer.note, "On call that night");
    // Answered is answered; an event that was never reported has nothing to answer.
    for event in [event, uuid::Uuid::nil()] {
        let again = place.door.acknowledge_alert(&officer(), event, "x").await;
        assert!(matches!(again, Err(AccessError::NotFound)), "{again:?}");
    }
    let log = place.door.access_log(&citizen(EDIE), None, 100).await;
    let log = log.unwrap();
    let actions: Vec<_> = log.entries.iter().map(|entry| &entry.action).collect();
    assert!(actions.contains(&&"alert-acknowledged".to_owned()));
    let shown = format!("{log:?}");
    assert!(!shown.contains("On call that night"), "{shown}");

    opened(&place, &emergency(), edie).await;
    assert_eq!(waiting(&place).await.entries.len(), 1);
    place.audit.verify().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn for_everybody_else_there_are_no_alerts() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    opened(&place, &emergency(), edie).await;
    let event = waiting(&place).await.entries[0].event;
    let rows_before = place.audit.verify().await.unwrap().events;
    let mut others: Vec<_> = Role::ALL
        .iter()
        .filter(|role| **role != Role::PrivacyOfficer)
        .flat_map(|role| ["RSB", "OAK01"].map(|at| staff(*role, at)))
        .collect();
    for other in &mut others {
        other.purpose = Purpose::AuditReview;
    }
    // An officer of an organisation that has not signed; one whose sign-in proves too little; one
    // who says another purpose; and the person themselves.
    let mut stranger = officer();
    stranger.actor.organisation = Some("FEN01".parse().unwrap());
    let mut unproved = officer();
    unproved.actor.assurance = tarn_model::Assurance::Medium;
    let mut caring = officer();
    caring.purpose = Purpose::DirectCare;
    others.extend([stranger, unproved, caring, citizen(EDIE)]);
    for other in &others {
        let read = place.door.alerts(other, false, None).await;
        assert!(matches!(read, Err(AccessError::NotFound)), "{other:?}");
        let answered = place.door.acknowledge_alert(other, event, "mine").await;
        assert!(matches!(answered, Err(AccessError::NotFound)), "{other:?}");
    }
    let rows = place.audit.verify().await.unwrap().events - rows_before;
    assert_eq!(
        usize::try_from(rows).unwrap(),
        2 * others.len(),
        "each attempt is in the log"
    );
    assert_eq!(
        waiting(&place).await.entries.len(),
        1,
        "nothing was answered"
    );
}

/// An alert is what links a privacy officer with a person; care at their hospital is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_opens_no_record_to_its_reader() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    opened(&place, &emergency(), edie).await;
    let mut of_urgent_care = officer();
    // Where the person has an open case.
    of_urgent_care.actor.organisation = Some("HUC01".parse().unwrap());
    for ctx in [officer(), of_urgent_care] {
        for ctx in [because(&ctx, "Looking into it"), ctx] {
            let opened = place.door.open(&ctx, edie, &Ask::default()).await;
            assert!(matches!(opened, Err(AccessError::NotFound)), "{opened:?}");
            let query = tarn_access::PersonQuery::NhsNumber(EDIE.parse().unwrap());
            let found = place.door.find(&ctx, &query).await.unwrap();
            assert_eq!(found.len(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_whose_alert_cannot_be_written_shows_nothing() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .break_store(
            "audit",
            "CREATE TRIGGER full BEFORE INSERT ON alert BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        )
        .await;
    let refused = place
        .door
        .open(&emergency(), edie, &Ask::default())
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            AccessError::Unavailable {
                what: Missing::Audit,
                ..
            }
        ),
        "{refused:?}"
    );
    // What is not reported goes on.
    opened(&place, &staff(Role::OohDoctor, "HUC01"), edie).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_come_a_page_at_a_time_newest_first() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    for number in 0..23 {
        let mut ctx = emergency();
        ctx.reason = Some(format!("Call {number}"));
        opened(&place, &ctx, edie).await;
    }
    let first = waiting(&place).await;
    assert_eq!(first.entries.len(), 20);
    assert_eq!(first.entries[0].look.reason.as_deref(), Some("Call 22"));
    let rest = place
        .door
        .alerts(&officer(), false, first.older)
        .await
        .unwrap();
    assert_eq!((rest.entries.len(), rest.older), (3, None));
    assert_eq!(rest.entries[2].look.reason.as_deref(), Some("Call 0"));
}
