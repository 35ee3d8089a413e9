//! Who may open what.

use tarn_access::{AccessError, Ask};
use tarn_model::{Heading, PersonId, Role};

use crate::harrowmere::{CANARY, EDIE, Harrowmere, PROTECTED, because, staff};

fn words(record: &tarn_access::PersonRecord) -> Vec<&str> {
    record
        .lines
        .iter()
        .map(|line| line.display.as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_with_an_open_case_sees_every_source_and_leaves_a_row() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let record = place
        .door
        .open(&staff(Role::OohDoctor, "HUC01"), edie, &Ask::default())
        .await
        .unwrap();
    let words = words(&record);
    assert!(
        words.contains(&"penicillin") && words.contains(&"furosemide"),
        "{words:?}"
    );
    assert_eq!(record.opening.basis, "encounter");
    assert_eq!(record.opening.clauses[0].number, "4.2");
    assert!(
        record.opening.clauses[0]
            .text
            .starts_with("Out-of-hours doctors may see")
    );
    let rows = place
        .audit
        .of_person(edie, tarn_audit::Window::default())
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, record.ticket().event());
    let citation = rows[0].entry.citation.clone().unwrap();
    assert!(place.door.agreement().cites(&citation), "{citation}");
    assert!(rows[0].entry.headings.contains(Heading::Allergies));
}

/// REQ-033
#[tokio::test(flavor = "multi_thread")]
async fn without_a_link_a_reason_is_needed_and_kept() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let nurse = staff(Role::CommunityNurse, "RHC");
    let refused = place
        .door
        .open(&nurse, edie, &Ask::default())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, AccessError::ReasonNeeded { .. }),
        "{refused:?}"
    );
    let asked = because(&nurse, "New referral by telephone");
    let record = place
        .door
        .open(&asked, edie, &Ask::default())
        .await
        .unwrap();
    assert_eq!(record.opening.basis, "self-claimed");
    let rows = place
        .audit
        .of_person(edie, tarn_audit::Window::default())
        .await
        .unwrap();
    assert_eq!(
        rows[0].entry.reason.as_deref(),
        Some("New referral by telephone")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_keep_entries_from_roles_that_are_not_cleared() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let seen = async |role, organisation| {
        let record = place
            .door
            .open(&staff(role, organisation), edie, &Ask::default())
            .await;
        words(&record.unwrap())
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let doctor = seen(Role::OohDoctor, "HUC01").await;
    let gp = seen(Role::Gp, "OAK01").await;
    assert!(gp.contains(&"chlamydia".into()) && !doctor.contains(&"chlamydia".into()));
    assert!(
        !gp.contains(&"hidden".into()),
        "a label nobody knows is kept from everybody"
    );
}

/// The answer names its reason only where it is the same for every person.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_a_clause_gets_one_answer_for_everybody() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let nobody = PersonId::new(uuid::Uuid::from_u128(77));
    let operator = staff(Role::Operator, "RSB");
    let real = place
        .door
        .open(&operator, edie, &Ask::default())
        .await
        .unwrap_err();
    let none = place
        .door
        .open(&operator, nobody, &Ask::default())
        .await
        .unwrap_err();
    assert!(
        matches!(
            real,
            AccessError::Refused {
                reason: "role-not-named",
                ..
            }
        ),
        "{real:?}"
    );
    assert_eq!(format!("{real:?}"), format!("{none:?}"));
    let stranger = staff(Role::Gp, "FEN01");
    let real = place
        .door
        .open(&stranger, edie, &Ask::default())
        .await
        .unwrap_err();
    let none = place
        .door
        .open(&stranger, nobody, &Ask::default())
        .await
        .unwrap_err();
    assert!(matches!(
        real,
        AccessError::Refused {
            reason: "organisation-not-party",
            ..
        }
    ));
    assert_eq!(format!("{real:?}"), format!("{none:?}"));
}

/// One source's mark protects the person in what every source says.
#[tokio::test(flavor = "multi_thread")]
async fn where_a_protected_person_lives_is_in_nothing() {
    let place = Harrowmere::new().await;
    let person = place.person(PROTECTED).await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let record = place
        .door
        .open(&doctor, person, &Ask::default())
        .await
        .unwrap();
    let shown = format!("{:?} {:?}", record.demographics, record.lines);
    assert!(
        record.under(Heading::Encounters).count() == 1 && shown.contains("Winterbourne"),
        "the rest still shows"
    );
    for secret in [CANARY, "Wheelwright", "960 184"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(record.location_protected);
    let practices = |said: &tarn_access::Demographics| {
        said.registered_gp.is_some() || !said.registrations.is_empty()
    };
    assert!(!record.demographics.iter().any(practices));
    let record = place
        .door
        .open(
            &staff(Role::OohDoctor, "HUC01"),
            place.person(EDIE).await,
            &Ask::default(),
        )
        .await
        .unwrap();
    assert!(
        format!("{:?}", record.demographics).contains("Wheelwright"),
        "and only theirs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_opens_within_the_scope_only() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let read = async |role, organisation, kind: &'static str, id: &'static str| {
        place
            .door
            .read_document(&staff(role, organisation), edie, kind, id)
            .await
    };
    let letter = read(Role::OohDoctor, "HUC01", "DocumentReference", "d1")
        .await
        .unwrap();
    assert_eq!(letter.bytes, b"Dear doctor");
    let summary = read(Role::OohDoctor, "HUC01", "DocumentReference", "d3")
        .await
        .unwrap();
    assert_eq!(summary.bytes, b"Dear GP", "by its Binary");
    // Not a document; not there; not for this role: one answer.
    for (role, organisation, kind, id) in [
        (Role::OohDoctor, "HUC01", "Condition", "c1"),
        (Role::OohDoctor, "HUC01", "DocumentReference", "d2"),
        (Role::OohDoctor, "HUC01", "Binary", "b1"),
        (Role::Ambulance, "RYH", "DocumentReference", "d1"),
    ] {
        let ctx = because(&staff(role, organisation), "called out");
        let refused = place
            .door
            .read_document(&ctx, edie, kind, id)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, AccessError::NotFound),
            "{role} {kind}/{id}: {refused:?}"
        );
    }
}

/// A duty in law is reachable: the investigator is asked for a reason, and gives it. REQ-036
#[tokio::test(flavor = "multi_thread")]
async fn a_safeguarding_investigator_reaches_a_person_who_objected() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .door
        .choose(&crate::harrowmere::citizen(EDIE), false, true)
        .await
        .unwrap();
    let mut investigator = staff(Role::Safeguarding, "H10A");
    investigator.purpose = tarn_model::Purpose::SafeguardingInquiry;
    let asked = place
        .door
        .open(&investigator, edie, &Ask::default())
        .await
        .unwrap_err();
    assert!(
        matches!(asked, AccessError::ReasonNeeded { .. }),
        "{asked:?}"
    );
    let inquiry = because(&investigator, "Section 42 enquiry");
    let record = place
        .door
        .open(&inquiry, edie, &Ask::default())
        .await
        .unwrap();
    assert_eq!(record.opening.clauses[0].number, "5.3");
}

/// A role whom no claim would help is not told whether somebody is known.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_a_reason_that_would_not_do() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    let nobody = PersonId::new(uuid::Uuid::from_u128(77));
    let worker = staff(Role::ChildrenSocialWorker, "H10C");
    let known = place
        .door
        .open(&worker, edie, &Ask::default())
        .await
        .unwrap_err();
    let absent = place
        .door
        .open(&worker, nobody, &Ask::default())
        .await
        .unwrap_err();
    assert!(matches!(known, AccessError::NotFound), "{known:?}");
    assert_eq!(format!("{known:?}"), format!("{absent:?}"));
}

/// What an organisation that has not signed says of a person stands in no banner.
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_outside_the_agreement_names_nobody() {
    let place = Harrowmere::new().await;
    let edie = place.person(EDIE).await;
    place
        .send(
            "FEN01",
            r#"{"resourceType":"Patient","id":"x","identifier":[{"system":
               "https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],
               "name":[{"family":"Canaryname"}],"birthDate":"1945-07-14"}"#,
        )
        .await;
    let doctor = staff(Role::OohDoctor, "HUC01");
    let record = place
        .door
        .open(&doctor, edie, &Ask::default())
        .await
        .unwrap();
    assert!(!format!("{:?}", record.demographics).contains("Canaryname"));
    assert!(!record.demographics.is_empty());
}
