//! Putting the synthetic locality into the stores, once, and keeping its feeds alive while the
//! demo runs.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tarn_access::{AccessError, Ask, Door};
use tarn_consent::{Channel, NewDirective, RecordedBy};
use tarn_model::{
    Actor, Assurance, Clock as _, IdMaker, OdsCode, Purpose, Realm, RequestContext, Role, Timestamp,
};
use tarn_record::{Connection, Delivery, PersonQuery, Source};
use tarn_synth::{Feed, Locality, Organisation};

use crate::clock::{SystemClock, SystemEntropy};
use crate::stores::Stores;

/// The agreement that the demo locality runs under: the very text in `governance/`.
const AGREEMENT: &str = include_str!("../../../governance/agreements/harrowmere/agreement.md");

/// Message id of the locality's last Bundle, delivered once more at the very end: its being there
/// means that everything is, the choices too.
const MARKER: &str = "synthetic-locality";

/// Whether the locality was made by this start or was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Now,
    Before,
}

/// Makes the locality if the stores do not hold it yet. An interrupted start is simply taken up
/// again: every step changes nothing when it is repeated.
pub(crate) async fn ensure(stores: &Stores, locality: &Locality) -> anyhow::Result<Made> {
    let known = stores
        .record
        .sources()
        .await
        .context("the sources can't be read")?;
    for organisation in &locality.organisations {
        if !known
            .iter()
            .any(|source| source.organisation == organisation.ods)
        {
            let source = as_source(organisation, SystemClock.now());
            stores
                .record
                .save_source(&source)
                .await
                .context("a source can't be saved")?;
        }
    }
    let Some(last) = tarn_synth::fhir_bundles(locality).last() else {
        return Ok(Made::Before);
    };
    let whole = stores.record.has_received(&last.0, MARKER).await;
    if whole.context("the record can't be read")? {
        return Ok(Made::Before);
    }
    load(stores, locality).await?;
    choose(stores, locality).await?;
    ingest(stores, &last.0, &last.1, MARKER).await?;
    Ok(Made::Now)
}

async fn load(stores: &Stores, locality: &Locality) -> anyhow::Result<()> {
    for (source, text) in tarn_synth::fhir_bundles(locality) {
        ingest(stores, &source, &text, &Delivery::id_of_text(&text)).await?;
    }
    Ok(())
}

async fn ingest(
    stores: &Stores,
    source: &OdsCode,
    text: &str,
    message_id: &str,
) -> anyhow::Result<()> {
    let delivery = Delivery {
        source,
        message_id,
        text,
        received_at: SystemClock.now(),
    };
    stores
        .record
        .ingest(&delivery, IdMaker::new(&SystemClock, &SystemEntropy))
        .await
        .with_context(|| format!("the synthetic record of {source} was rejected"))?;
    Ok(())
}

/// Records the choices that the stories tell of, as the people themselves made them.
async fn choose(stores: &Stores, locality: &Locality) -> anyhow::Result<()> {
    for choice in locality.choices() {
        let found = stores
            .record
            .find_people(&PersonQuery::NhsNumber(choice.nhs_number), 1)
            .await?;
        let Some(person) = found.first() else {
            continue;
        };
        if !stores.consent.history(*person).await?.is_empty() {
            continue;
        }
        let name = locality
            .citizens
            .iter()
            .find(|citizen| citizen.nhs_number == choice.nhs_number)
            .map_or_else(
                || "The person".to_owned(),
                |citizen| citizen.display_name.clone(),
            );
        let by = RecordedBy {
            name,
            role: tarn_model::Role::Citizen,
        };
        let new = NewDirective::whole_record(false, Channel::Portal, true, choice.at);
        let ids = IdMaker::new(&SystemClock, &SystemEntropy);
        stores
            .consent
            .record(*person, &new, &by, &ids, choice.at)
            .await?;
    }
    Ok(())
}

/// The out-of-hours doctor opens a record with emergency access, as the viewer would have it
/// done: so that the privacy officer of the demo has something to look into.
pub(crate) async fn look_in_an_emergency(
    stores: &Stores,
    door: &Door,
    locality: &Locality,
) -> anyhow::Result<()> {
    let doctor = locality
        .staff
        .iter()
        .find(|persona| persona.role == Role::OohDoctor);
    let patient = locality
        .citizens
        .iter()
        .find(|citizen| citizen.short_name == "virtual-ward");
    let (Some(doctor), Some(patient)) = (doctor, patient) else {
        return Ok(());
    };
    let query = PersonQuery::NhsNumber(patient.nhs_number);
    let found = stores.record.find_people(&query, 1).await?;
    let Some(person) = found.first() else {
        return Ok(());
    };
    let organisation = locality
        .organisations
        .iter()
        .find(|organisation| organisation.ods == doctor.organisation);
    let ctx = RequestContext {
        actor: Actor {
            realm: Realm::Staff,
            user_id: doctor.user_id.clone(),
            display_name: doctor.display_name.to_owned(),
            role: doctor.role,
            organisation: Some(doctor.organisation.clone()),
            organisation_name: organisation.map(|of| of.name.clone()),
            assurance: Assurance::High,
            own_nhs_number: None,
        },
        purpose: Purpose::Emergency,
        reason: Some(
            "Serious risk to their life or health: a neighbour rang, found on the floor and confused"
                .to_owned(),
        ),
        at: SystemClock.now(),
        request_id: IdMaker::new(&SystemClock, &SystemEntropy).uuid(),
    };
    match door.open(&ctx, *person, &Ask::default()).await {
        // A locality's own agreement may not have it so; then there is nothing to look into.
        Ok(_) | Err(AccessError::NotFound | AccessError::Refused { .. }) => Ok(()),
        Err(error) => Err(error).context("the demo's emergency look failed"),
    }
}

/// Says, as the synthetic feeds would, how far each source has got: at the start, and once a
/// minute for as long as the demo runs. A source that an operator took down stays down.
pub(crate) async fn keep_feeds_alive(stores: Stores, organisations: Vec<Organisation>) {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        for organisation in &organisations {
            if let Err(error) = hear(&stores, organisation).await {
                tracing::warn!(%error, source = %organisation.ods, "a synthetic feed was not heard");
            }
        }
    }
}

/// One heartbeat of one feed.
pub(crate) async fn hear(
    stores: &Stores,
    organisation: &Organisation,
) -> Result<(), tarn_record::RecordError> {
    let Feed::Stored { late_seconds } = organisation.feed else {
        return Ok(());
    };
    let now = SystemClock.now();
    stores
        .record
        .heard(
            &organisation.ods,
            now,
            Some(now.plus_seconds(-late_seconds)),
        )
        .await
        .map(|_| ())
}

fn as_source(organisation: &Organisation, now: Timestamp) -> Source {
    let (connection, last_heard_at) = match organisation.feed {
        Feed::Stored { late_seconds } => {
            (Connection::Stored, Some(now.plus_seconds(-late_seconds)))
        }
        Feed::Down {
            last_heard_seconds_ago,
        } => (
            Connection::Down,
            Some(now.plus_seconds(-last_heard_seconds_ago)),
        ),
        Feed::NotConnected => (Connection::NotConnected, None),
    };
    Source {
        organisation: organisation.ods.clone(),
        name: organisation.name.clone(),
        short_name: organisation.short_name.clone(),
        kind: organisation.kind.clone(),
        telephone: Some(organisation.telephone.clone()),
        headings: organisation.headings,
        connection,
        cadence_seconds: organisation.cadence_seconds,
        last_heard_at,
        complete_to: last_heard_at,
    }
}

/// The agreement's text: the file configured, or the demo's own.
pub(crate) fn agreement_text(path: Option<&Path>) -> anyhow::Result<String> {
    match path {
        None => Ok(AGREEMENT.to_owned()),
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("the agreement {} can't be read", path.display())),
    }
}
