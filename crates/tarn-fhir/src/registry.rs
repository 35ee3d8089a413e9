//! The one table of what the interface does. Routes, CapabilityStatement and OpenAPI are made of
//! it, so none of them can promise what another does not keep.

use futures_util::future::LocalBoxFuture;

use crate::answer::Answer;
use crate::api::Work;
use crate::form::Takes;
use crate::refusal::Refusal;
use crate::{export, interactions, operations};

/// Where the interface begins.
pub const BASE: &str = "/fhir/r4";

/// Carries out one interaction.
pub(crate) type Run = for<'a> fn(&'a Work<'a>) -> LocalBoxFuture<'a, Result<Answer, Refusal>>;

/// HTTP methods of the interface. A `HEAD` is a `GET` whose body stays away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What an offer is, in the CapabilityStatement's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Level {
    /// An interaction with the whole system.
    System,
    /// An interaction with a type.
    Type,
    /// An operation, by its name without the `$`, and its definition.
    Operation(&'static str),
    /// A part of an operation or of an interaction that has no code of its own.
    Auxiliary,
}

/// One thing that the interface does.
pub(crate) struct Offer {
    pub(crate) verb: Verb,
    /// Path below [`BASE`]. `{type}`, `{id}` and `{version}` go into the request.
    pub(crate) path: &'static str,
    pub(crate) level: Level,
    /// FHIR's code for it (`read`, `search-type`, …), or a name for OpenAPI.
    pub(crate) code: &'static str,
    pub(crate) takes: Takes,
    /// One line for the developer who reads OpenAPI.
    pub(crate) says: &'static str,
    pub(crate) run: Run,
}

macro_rules! offers {
    ($($verb:ident $path:literal $level:expr, $code:literal, $takes:ident, $run:path, $says:literal;)*) => {
        &[$(Offer {
            verb: Verb::$verb,
            path: $path,
            level: $level,
            code: $code,
            takes: Takes::$takes,
            says: $says,
            run: |work| Box::pin($run(work)),
        },)*]
    };
}

use Level::{Auxiliary, Operation, System, Type};

/// Everything that needs an access token. A fixed part of a path stands before a `{part}`.
pub(crate) const OFFERS: &[Offer] = offers! {
    Post "" System, "transaction", Bundle, interactions::bundle::run, "Carries out a transaction (all or nothing) or a batch (each entry by itself).";
    Post "/" Auxiliary, "transaction-slash", Bundle, interactions::bundle::run, "The same, for clients that end the base with a slash.";

    Get "/$export" Operation("export"), "export-system", Nothing, export::kick_off::run, "Begins an export of what your organisation contributes.";
    Get "/Patient/$export" Operation("export"), "export-patient", Nothing, export::kick_off::run, "Begins an export of what your organisation contributes about people.";
    Get "/$export-status/{id}" Auxiliary, "export-status", Nothing, export::status::run, "How an export stands; when it is whole, its files.";
    Delete "/$export-status/{id}" Auxiliary, "export-cancel", Nothing, export::cancel::run, "Cancels an export and removes its files.";
    Get "/$export-file/{id}/{version}" Auxiliary, "export-file", Nothing, export::file::run, "One file of an export, as NDJSON.";

    Post "/Patient/$match" Operation("match"), "match", Parameters, operations::matching::run, "Finds who might be the person described, with scores.";
    Get "/Patient/{id}/$everything" Operation("everything"), "everything", Nothing, operations::everything::run, "All that may be seen of a person, in pages.";
    Post "/Patient/{id}/$everything" Operation("everything"), "everything-post", Parameters, operations::everything::run, "The same, with parameters in the body.";
    Get "/Patient/{id}/$summary" Operation("summary"), "summary", Nothing, operations::summary::run, "An International Patient Summary of what may be seen.";

    Post "/{type}/_search" Auxiliary, "search-post", Form, interactions::search::run, "Searches, with parameters in a form: they stay out of logs of addresses.";
    Get "/{type}/_history" Type, "history-type", Nothing, interactions::history::of_type, "All versions of one type, of one person.";
    Get "/{type}/{id}/_history" Type, "history-instance", Nothing, interactions::history::of_one, "All versions of one resource.";
    Get "/{type}/{id}/_history/{version}" Type, "vread", Nothing, interactions::read::version, "One version of one resource.";
    Get "/{type}/{id}" Type, "read", Nothing, interactions::read::current, "The current version of one resource.";
    Put "/{type}/{id}" Type, "update", Resource, interactions::update::run, "Writes a new version, or the first one.";
    Patch "/{type}/{id}" Type, "patch", Patch, interactions::patch::run, "Changes parts of the current version by JSON Patch.";
    Delete "/{type}/{id}" Type, "delete", Nothing, interactions::delete::run, "Takes a resource back. Its history stays.";
    Get "/{type}" Type, "search-type", Nothing, interactions::search::run, "Searches one type.";
    Post "/{type}" Type, "create", Resource, interactions::create::run, "Writes a resource under an id of Tarn\u{2019}s making.";
    Put "/{type}" Auxiliary, "conditional-update", Resource, interactions::update::conditional, "Updates what a search finds, or creates it.";
    Delete "/{type}" Auxiliary, "conditional-delete", Nothing, interactions::delete::conditional, "Takes back the one resource that a search finds.";
};

/// Types that are not offered. A Group is about many people and a Bundle about whoever is in it:
/// neither belongs to one person's record, so nobody could be decided on.
const NOT_OFFERED: &[&str] = &["Bundle", "Group"];

/// Whether resources of this type are taken and given.
pub(crate) fn is_offered(resource_type: &str) -> bool {
    tarn_search::registry::is_resource_type(resource_type) && !NOT_OFFERED.contains(&resource_type)
}

/// What answers without a token: `(path, why)`. The paths of health and metrics are outside of
/// the base.
pub const OPEN: &[(&str, &str)] = &[
    (
        "/fhir/r4/metadata",
        "what the interface can do; nothing of any record",
    ),
    (
        "/fhir/r4/.well-known/smart-configuration",
        "where tokens are to be had",
    ),
    (
        "/fhir/r4/openapi.json",
        "the same as metadata, in OpenAPI\u{2019}s words",
    ),
    ("/healthz", "whether the process answers"),
    (
        "/readyz",
        "whether the stores answer; names stores and no person",
    ),
    ("/metrics", "counts of requests by route; no person in it"),
];

/// Every route that needs a token, as `(method, path)`. The route tests walk this list.
pub fn routes() -> impl Iterator<Item = (&'static str, String)> {
    OFFERS
        .iter()
        .map(|offer| (offer.verb.word(), format!("{BASE}{}", offer.path)))
}

impl Verb {
    pub(crate) const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word() == word)
    }
}

/// The parts of a path by their names in the pattern.
pub(crate) type PathParts<'p> = Vec<(&'static str, &'p str)>;

/// The offer for a method and a path below the base, with the path's parts: for the entries of a
/// batch, which are the same requests as any other.
pub(crate) fn find(verb: Verb, path: &str) -> Option<(&'static Offer, PathParts<'_>)> {
    OFFERS
        .iter()
        .filter(|offer| offer.verb == verb)
        .find_map(|offer| Some((offer, parts(offer.path, path)?)))
}

fn parts<'p>(pattern: &'static str, path: &'p str) -> Option<PathParts<'p>> {
    let mut found = Vec::new();
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(found),
            (Some(name), Some(part)) if name.starts_with('{') => {
                // Names with a sign in front are never a type or an id.
                if part.is_empty() || part.starts_with(['$', '_']) {
                    return None;
                }
                found.push((name.trim_matches(['{', '}']), part));
            }
            (Some(fixed), Some(part)) if fixed == part => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_offer() {
        let check = |verb, path: &str, code: Option<&str>| {
            let found = find(verb, path).map(|(offer, _)| offer.code);
            assert_eq!(found, code, "{verb:?} {path}");
        };
        check(Verb::Get, "/Patient/1", Some("read"));
        check(Verb::Get, "/Patient/1/_history/2", Some("vread"));
        check(Verb::Get, "/Patient/1/$everything", Some("everything"));
        check(Verb::Get, "/Observation/1/$everything", None);
        check(Verb::Get, "/Patient/_history", Some("history-type"));
        check(Verb::Get, "/Patient", Some("search-type"));
        check(Verb::Post, "/Patient/_search", Some("search-post"));
        check(Verb::Post, "", Some("transaction"));
        check(Verb::Get, "/$export", Some("export-system"));
        check(Verb::Get, "/$nothing", None);
        check(Verb::Get, "//", None);
        let (_, parts) = find(Verb::Get, "/Patient/1/_history/2").unwrap();
        assert_eq!(parts, [("type", "Patient"), ("id", "1"), ("version", "2")]);
    }

    #[test]
    fn every_code_stands_once() {
        let mut codes: Vec<_> = OFFERS.iter().map(|offer| offer.code).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
