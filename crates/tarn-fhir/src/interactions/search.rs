//! `GET [type]?…` and `POST [type]/_search`.

use tarn_access::PageOf;
use tarn_identity::Interaction;
use tarn_search::{Handling, Search, SearchError, Summary, Total};

use crate::answer::Answer;
use crate::api::Work;
use crate::bundle::{self, Bundle};
use crate::elements::Part;
use crate::refusal::{Kind, Refusal, capitalised};

/// Matches on a page, as a rule and at most.
const USUAL: usize = 50;
const MOST: usize = 1000;

/// `GET [type]?…` and `POST [type]/_search`.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    let narrowing = work.narrowing(Interaction::Search)?;
    let path = asked.resource_type.clone();
    let (parameters, after) = work.page(&path)?;
    let handling = if asked.prefer.lenient {
        Handling::Lenient
    } else {
        Handling::Strict
    };
    let base_url = &work.api.base_url;
    let search = Search::parse_at(base_url, &asked.resource_type, &parameters, handling);
    let search = search.map_err(|error| refused(&error))?;
    let only_count = search.summary == Some(Summary::Count) || search.count == Some(0);
    let search = if only_count { counting(search) } else { search };
    let page = PageOf {
        after,
        limit: search.count.unwrap_or(USUAL).clamp(1, MOST),
    };
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let found = door
        .search_resources(ctx, &narrowing, &search, &page)
        .await?;
    let next = found.next.as_ref().filter(|_| !only_count);
    let links = work.links(&path, search.used(), next)?;
    let body = if only_count {
        Bundle::begin("searchset", base_url, work.at(), found.total, &links, 0).end()
    } else {
        bundle::searchset(&found, &part(&search), base_url, work.at(), &links)
    };
    Ok(Answer::of(200).json(body))
}

/// `_count=0` is FHIR's other way to ask for the number alone.
fn counting(mut search: Search) -> Search {
    search.total = Total::Accurate;
    search.count = Some(1);
    search
}

fn part(search: &Search) -> Part {
    if !search.elements.is_empty() {
        return Part::Elements(search.elements.clone());
    }
    match search.summary {
        Some(Summary::True) => Part::Summary,
        Some(Summary::Text) => Part::Text,
        Some(Summary::Data) => Part::Data,
        Some(Summary::Count | Summary::False) | None => Part::Whole,
    }
}

/// The error's words name parameters and never values.
fn refused(error: &SearchError) -> Refusal {
    let kind = match error {
        SearchError::UnknownType => Kind::NotFound,
        SearchError::UnknownParameter { .. }
        | SearchError::UnknownModifier { .. }
        | SearchError::NotOffered { .. } => Kind::NotSupported,
        SearchError::Malformed { .. } => Kind::Invalid,
        SearchError::TooMany { .. } => Kind::Invalid,
    };
    Refusal::new(kind, capitalised(&error.to_string()))
}
