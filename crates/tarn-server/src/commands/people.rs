//! `tarn people`: who was merged; making two people one, and two again.

use std::process::ExitCode;

use anyhow::Context as _;
use tarn_audit::{Action, Outcome};
use tarn_consent::{Decision, Kind, NewDirective, RecordedBy};
use tarn_model::{Clock as _, IdMaker, OdsCode, PersonId, Role};
use tarn_record::{Merge, MergeError};

use crate::cli::{PeopleAction, PeopleArgs};
use crate::clock::{SystemClock, SystemEntropy};
use crate::operator;
use crate::stores::Stores;

pub(crate) async fn run(args: PeopleArgs) -> anyhow::Result<ExitCode> {
    let config = crate::configure(&args.place)?;
    let stores = Stores::open(&config).await?;
    match args.action.unwrap_or(PeopleAction::List) {
        PeopleAction::List => list(&stores).await?,
        PeopleAction::Merge {
            gone,
            stays,
            reason,
        } => {
            let gone = named(&stores, &gone).await?;
            let stays = named(&stores, &stays).await?;
            merge(&stores, gone, stays, because(&reason)?).await?;
        }
        PeopleAction::Unmerge { gone, reason } => {
            let gone = named(&stores, &gone).await?;
            unmerge(&stores, gone, because(&reason)?).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(stores: &Stores) -> anyhow::Result<()> {
    for merge in stores.record.merges().await? {
        let Merge {
            gone,
            stays,
            at,
            cause,
            ..
        } = merge;
        let word = cause.word();
        println!("{gone} into {stays}, {word}, {}", at.to_fhir());
    }
    Ok(())
}

/// Somebody's id, or whom an organisation knows by an id of its own.
async fn named(stores: &Stores, name: &str) -> anyhow::Result<PersonId> {
    if let Ok(person) = name.parse() {
        return Ok(person);
    }
    let said = "a person is named by their id, or by ODS:ID of an organisation's Patient";
    let (organisation, own) = name.split_once(':').context(said)?;
    let organisation: OdsCode = organisation.parse().ok().context(said)?;
    let found = stores.record.locate(&organisation, "Patient", own).await?;
    let (person, _) = found.context("that organisation has sent no such Patient")?;
    Ok(person)
}

fn because(reason: &str) -> anyhow::Result<&str> {
    let reason = reason.trim();
    anyhow::ensure!(!reason.is_empty(), "the reason is empty");
    Ok(reason)
}

async fn merge(
    stores: &Stores,
    gone: PersonId,
    stays: PersonId,
    reason: &str,
) -> anyhow::Result<()> {
    let both = [gone, stays];
    let action = Action::PeopleMerged;
    operator::note_people(stores, action, both, reason, Outcome::Permitted).await?;
    let merged = stores
        .record
        .merge_people(gone, stays, SystemClock.now())
        .await;
    if let Err(error) = merged {
        return refused(stores, action, both, reason, error).await;
    }
    println!("{gone} is one with {stays} from the next request on");
    Ok(())
}

async fn unmerge(stores: &Stores, gone: PersonId, reason: &str) -> anyhow::Result<()> {
    let standing = stores.record.merges().await?;
    let known = standing.into_iter().find(|merge| merge.gone == gone);
    let merge = known.context("that id was not merged into another one")?;
    let ids = stores.record.same_person(gone).await?;
    let root = ids.first().copied().unwrap_or(merge.stays);
    let both = [gone, root];
    let action = Action::PeopleParted;
    operator::note_people(stores, action, both, reason, Outcome::Permitted).await?;
    // Before they are two: whoever is parted is not without their objection for a moment.
    keep_objection(stores, &merge, root).await?;
    let parted = stores.record.unmerge_people(gone, SystemClock.now()).await;
    if let Err(error) = parted {
        return refused(stores, action, both, reason, error).await;
    }
    println!("{gone} and {root} are two again from the next request on");
    Ok(())
}

/// The log must not say that something was done which was not.
async fn refused(
    stores: &Stores,
    action: Action,
    both: [PersonId; 2],
    reason: &str,
    error: MergeError,
) -> anyhow::Result<()> {
    operator::note_people(stores, action, both, reason, Outcome::Refused).await?;
    Err(error.into())
}

/// What was said while the two were one, under the id that stays, was said by either of them. An
/// objection therefore holds for both; what each had said before stays theirs alone.
async fn keep_objection(stores: &Stores, merge: &Merge, root: PersonId) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let choices = stores.consent.choices(root).await?;
    let Some(said) = choices.deciding(Kind::LocalObjection, now) else {
        return Ok(());
    };
    if said.decision != Decision::Object || said.recorded_at < merge.at {
        return Ok(());
    }
    if stores.consent.choices(merge.gone).await?.objects_at(now) {
        return Ok(());
    }
    let new = NewDirective::whole_record(false, said.channel, said.consequences_read, now);
    let by = RecordedBy {
        name: "Operator at the command line".to_owned(),
        role: Role::Operator,
    };
    let ids = IdMaker::new(&SystemClock, &SystemEntropy);
    let recorded = stores.consent.record(merge.gone, &new, &by, &ids, now);
    recorded
        .await
        .context("the objection can't be kept, so nothing was done")?;
    Ok(())
}
