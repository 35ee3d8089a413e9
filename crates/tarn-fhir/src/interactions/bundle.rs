//! `POST [base]`: a transaction or a batch.

use serde::Deserialize;
use serde_json::value::RawValue;
use tarn_identity::Interaction;
use tarn_model::fhir::{Limits, check_limits};

use crate::answer::Answer;
use crate::api::Work;
use crate::asked::{Asked, Conditions, version_of_tag};
use crate::bundle::Bundle;
use crate::form::Takes;
use crate::interactions::{patch, write};
use crate::refusal::{Kind, Refusal};
use crate::registry::{self, Offer, Verb};
use crate::serve;

/// The most entries of a batch, which are carried out one after another.
const MOST_BATCH: usize = 500;
/// The most entries of a transaction.
const MOST_TRANSACTION: usize = 10_000;

/// The Bundle's own members; resources stay as they are.
#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow, default)]
    entry: Vec<SentEntry<'a>>,
}

#[derive(Deserialize)]
struct SentEntry<'a> {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    request: Option<SentRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentRequest {
    method: String,
    url: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_none_exist: Option<String>,
    if_modified_since: Option<String>,
}

/// An entry that was understood.
struct Planned<'a> {
    offer: &'static Offer,
    asked: Asked,
    full_url: Option<String>,
    resource: Option<&'a str>,
}

/// `POST [base]`.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    work.asked.only(&[])?;
    let sent: Sent<'_> = serde_json::from_str(&work.asked.body)
        .map_err(|_| Refusal::new(Kind::Structure, "The body is not a Bundle of requests."))?;
    if sent.resource_type != "Bundle" {
        return Err(Refusal::new(Kind::Structure, "The body is not a Bundle."));
    }
    let most = match sent.kind.as_str() {
        "transaction" => MOST_TRANSACTION,
        "batch" => MOST_BATCH,
        _ => {
            let words = "Bundles of type transaction and batch are taken here.";
            return Err(Refusal::invalid(words).at("Bundle.type"));
        }
    };
    if sent.entry.len() > most {
        let words = format!("A {} has at most {most} entries.", sent.kind);
        return Err(Refusal::new(Kind::TooLarge, words));
    }
    let answers = if sent.kind == "batch" {
        batch(work, sent.entry).await
    } else {
        transaction(work, sent.entry).await?
    };
    let kind = format!("{}-response", sent.kind);
    let mut bundle = Bundle::begin(&kind, &work.api.base_url, work.at(), None, &[], 0);
    for answer in &answers {
        bundle.answered(answer);
    }
    Ok(Answer::of(200).json(bundle.end()))
}

/// Each entry by itself: a request like any other, with its own answer.
async fn batch(work: &Work<'_>, entries: Vec<SentEntry<'_>>) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let answer = match plan(work, entry, index) {
            Ok(planned) => carry_out(work, planned).await,
            Err(refusal) => Err(refusal),
        };
        answers.push(answer.unwrap_or_else(|refusal| refusal.answer()));
    }
    answers
}

async fn carry_out(work: &Work<'_>, planned: Planned<'_>) -> Result<Answer, Refusal> {
    let one = Work {
        api: work.api,
        caller: work.caller,
        asked: planned.asked,
    };
    (planned.offer.run)(&one).await
}

/// All or nothing: writes first, as one contribution in the order that FHIR gives them, then what
/// is read, so that it reads what was written.
async fn transaction(work: &Work<'_>, entries: Vec<SentEntry<'_>>) -> Result<Vec<Answer>, Refusal> {
    let mut planned = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let one = plan(work, entry, index)?;
        allowed(work, &one).map_err(|refusal| refusal.at(format!("Bundle.entry[{index}]")))?;
        planned.push(Some(one));
    }
    let mut order: Vec<usize> = (0..planned.len()).collect();
    // Stable: entries of one method keep the order they were sent in.
    order.sort_by_key(|index| rank(planned.get(*index).and_then(Option::as_ref)));
    let is_write = |index: &&usize| {
        let one = planned.get(**index).and_then(Option::as_ref);
        one.is_some_and(|one| one.offer.verb != Verb::Get)
    };
    let writes: Vec<usize> = order.iter().filter(is_write).copied().collect();
    let mut answers: Vec<Option<Answer>> = planned.iter().map(|_| None).collect();
    let written = contribute(work, &planned, &writes).await?;
    for (index, answer) in writes.iter().zip(written) {
        put(&mut answers, *index, answer);
    }
    for index in order {
        let read = planned.get_mut(index).and_then(Option::take);
        if let Some(one) = read.filter(|one| one.offer.verb == Verb::Get) {
            let answer = carry_out(work, one).await;
            put(
                &mut answers,
                index,
                answer.unwrap_or_else(|refusal| refusal.answer()),
            );
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

fn put(answers: &mut [Option<Answer>], index: usize, answer: Answer) {
    if let Some(place) = answers.get_mut(index) {
        *place = Some(answer);
    }
}

/// FHIR R4 http §transaction: DELETE, POST, PUT, PATCH, GET.
fn rank(planned: Option<&Planned<'_>>) -> u8 {
    match planned.map(|one| one.offer.verb) {
        Some(Verb::Delete) => 0,
        Some(Verb::Post) => 1,
        Some(Verb::Put) => 2,
        Some(Verb::Patch) => 3,
        Some(Verb::Get) | None => 4,
    }
}

/// Gives the door everything that is written, and says what became of each.
async fn contribute(
    work: &Work<'_>,
    planned: &[Option<Planned<'_>>],
    writes: &[usize],
) -> Result<Vec<Answer>, Refusal> {
    if writes.is_empty() {
        return Ok(Vec::new());
    }
    let patched = with_patches(work, planned, writes).await?;
    let mut entries = Vec::with_capacity(patched.len());
    for (one, text) in &patched {
        entries.push(entry_of(work, one, text.as_ref())?);
    }
    let text = write::transaction(&entries);
    check_limits(text.as_bytes(), Limits::BUNDLE)?;
    // Each entry's own scope was asked for before; here it narrows what conditions may match.
    let narrowing = work.caller.narrowing_of(&[
        Interaction::Create,
        Interaction::Update,
        Interaction::Delete,
    ]);
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let written = door.contribute(ctx, &narrowing, &text).await;
    let written = written.map_err(|error| renumbered(Refusal::from(error), writes))?;
    let returning = work.asked.prefer.returning;
    let returning = returning.unwrap_or(crate::asked::Returning::Minimal);
    // What takes away something that was never there has no outcome: it is as good as gone.
    let answers = (0..writes.len()).map(|place| {
        let outcome = written.iter().find(|one| one.index == place);
        outcome.map_or(Answer::of(204), |one| write::answer(one, Some(returning)))
    });
    Ok(answers.collect())
}

/// The writes in order; a patch with the text and the version that it makes its own.
async fn with_patches<'p, 'a>(
    work: &Work<'_>,
    planned: &'p [Option<Planned<'a>>],
    writes: &[usize],
) -> Result<Vec<(&'p Planned<'a>, Option<(String, i64)>)>, Refusal> {
    let mut patched = Vec::with_capacity(writes.len());
    for index in writes {
        let one = planned.get(*index).and_then(Option::as_ref);
        let one = one.ok_or_else(Refusal::internal)?;
        let text = match one.offer.verb {
            Verb::Patch => {
                let at = |refusal: Refusal| refusal.at(format!("Bundle.entry[{index}]"));
                Some(patch_of(work, one).await.map_err(at)?)
            }
            _ => None,
        };
        patched.push((one, text));
    }
    Ok(patched)
}

/// The place of a fault in the Bundle as it was sent: entries went to the door in FHIR's order.
fn renumbered(refusal: Refusal, writes: &[usize]) -> Refusal {
    let place = refusal.expression().and_then(|path| {
        let (number, rest) = path.strip_prefix("Bundle.entry[")?.split_once(']')?;
        let sent = writes.get(number.parse::<usize>().ok()?)?;
        Some(format!("Bundle.entry[{sent}]{rest}"))
    });
    match place {
        Some(place) => refusal.at(place),
        None => refusal,
    }
}

async fn patch_of(work: &Work<'_>, one: &Planned<'_>) -> Result<(String, i64), Refusal> {
    let asked = &one.asked;
    let narrowing = work.caller.narrowing(Interaction::Update);
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let base = door
        .patch_base(ctx, &narrowing, &asked.resource_type, &asked.id)
        .await?;
    let condition = asked.conditions.matched_version()?;
    if condition.is_some_and(|version| version != base.version) {
        let words = "The version named in ifMatch is not the current one.";
        return Err(Refusal::new(Kind::VersionMismatch, words));
    }
    let patched = patch::apply(base.json(), &patch::read(&asked.body)?)?;
    Ok((patched, base.version))
}

fn entry_of<'a>(
    work: &Work<'_>,
    one: &'a Planned<'_>,
    patched: Option<&'a (String, i64)>,
) -> Result<write::Entry<'a>, Refusal> {
    let asked = &one.asked;
    let mut url = asked.resource_type.clone();
    if !asked.id.is_empty() {
        url = format!("{url}/{}", asked.id);
    } else if one.offer.verb != Verb::Post {
        url = format!("{url}?{}", write::condition(&asked.parameters)?);
    }
    let new_name = || Some(format!("urn:uuid:{}", work.api.uuid()));
    Ok(write::Entry {
        method: match one.offer.verb {
            Verb::Patch => "PUT",
            verb => verb.word(),
        },
        url,
        resource: patched.map_or(one.resource, |(text, _)| Some(text)),
        full_url: match one.offer.verb {
            Verb::Post => one.full_url.clone().or_else(new_name),
            _ => one.full_url.clone(),
        },
        if_match: match patched {
            Some((_, version)) => Some(*version),
            None => asked.conditions.matched_version()?,
        },
        if_none_exist: asked.conditions.if_none_exist.clone(),
    })
}

/// The scope of one entry of a transaction; the whole is refused if one is.
fn allowed(work: &Work<'_>, one: &Planned<'_>) -> Result<(), Refusal> {
    let interaction = match (one.offer.verb, one.offer.code) {
        (Verb::Get, "search-type" | "history-type") => Interaction::Search,
        (Verb::Get, _) => Interaction::Read,
        (Verb::Post, _) => Interaction::Create,
        (Verb::Put | Verb::Patch, _) => Interaction::Update,
        (Verb::Delete, _) => Interaction::Delete,
    };
    let name = &one.asked.resource_type;
    if one.offer.verb == Verb::Get {
        return work.caller.require(name, interaction);
    }
    work.caller.require_all(name, interaction)
}

/// What an entry asks for, as if it had come as a request of its own.
fn plan<'a>(work: &Work<'_>, entry: SentEntry<'a>, index: usize) -> Result<Planned<'a>, Refusal> {
    let at = |refusal: Refusal| refusal.at(format!("Bundle.entry[{index}].request"));
    let wrong = |words: &str| at(Refusal::invalid(words));
    let request = entry
        .request
        .ok_or_else(|| wrong("The entry has no request."))?;
    let verb = Verb::read(&request.method).ok_or_else(|| wrong("The method is not offered."))?;
    let url = request
        .url
        .strip_prefix(&work.api.base_url)
        .unwrap_or(&request.url);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = format!("/{}", path.trim_start_matches('/'));
    let found = registry::find(verb, &path).filter(|(offer, _)| is_entry(offer));
    let (offer, parts) = found.ok_or_else(|| wrong("The address is not offered in a Bundle."))?;
    let resource = entry.resource.map(RawValue::get);
    let mut asked = Asked {
        parameters: crate::asked::parameters(query),
        prefer: work.asked.prefer,
        ..named(offer, &parts)
    };
    asked.conditions = Conditions {
        if_match: request.if_match,
        if_none_match: request.if_none_match,
        if_none_exist: request.if_none_exist,
        if_modified_since: request.if_modified_since,
    };
    serve::check_type(&asked).map_err(at)?;
    serve::strip_form(&mut asked);
    if let Some(tag) = &asked.conditions.if_match {
        version_of_tag(tag).ok_or_else(|| wrong("`ifMatch` is one version, written W/\"3\"."))?;
    }
    match (offer.takes, resource) {
        (Takes::Nothing, _) => {}
        (Takes::Patch, Some(text)) => asked.body = patch_text(text).map_err(at)?,
        (_, Some(text)) => text.clone_into(&mut asked.body),
        (_, None) => return Err(wrong("The entry has no resource.")),
    }
    Ok(Planned {
        offer,
        asked,
        full_url: entry.full_url,
        resource: resource.filter(|_| offer.takes == Takes::Resource),
    })
}

/// What the parts of a path name.
fn named(offer: &Offer, parts: &[(&str, &str)]) -> Asked {
    let part = |name: &str| {
        let found = parts.iter().find(|(key, _)| *key == name);
        found.map_or(String::new(), |(_, value)| (*value).to_owned())
    };
    Asked {
        resource_type: serve::type_of(offer, &part("type")),
        id: part("id"),
        version: part("version"),
        ..Asked::default()
    }
}

/// What may stand in a Bundle: no Bundle again, no form, and no operation, since the answers of
/// all entries are held together and an operation's can be a whole record each.
fn is_entry(offer: &Offer) -> bool {
    !matches!(offer.takes, Takes::Bundle | Takes::Form)
        && !offer.path.contains('$')
        && !offer.code.starts_with("export")
}

/// A JSON Patch travels in a Bundle as a Binary (FHIR R4 http §patch).
fn patch_text(binary: &str) -> Result<String, Refusal> {
    use base64::Engine as _;

    #[derive(Deserialize)]
    struct Binary {
        #[serde(rename = "contentType")]
        content_type: String,
        data: String,
    }
    let wrong = || {
        Refusal::new(
            Kind::UnsupportedMedia,
            "A patch in a Bundle is a Binary of application/json-patch+json.",
        )
    };
    let binary: Binary = serde_json::from_str(binary).map_err(|_| wrong())?;
    if binary.content_type != "application/json-patch+json" {
        return Err(wrong());
    }
    let data = base64::prelude::BASE64_STANDARD.decode(binary.data);
    String::from_utf8(data.map_err(|_| wrong())?).map_err(|_| wrong())
}
