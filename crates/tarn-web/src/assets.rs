use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// The address of a static file: its content's hash is in it, so a browser may keep it for a
/// year and still sees every change at once. Empty for a file that does not exist.
///
/// # Example
/// ```
/// let address = tarn_web::asset("tokens.css");
/// assert!(address.starts_with("/assets/") && address.ends_with("/tokens.css"));
/// ```
#[must_use]
pub fn asset(name: &str) -> &'static str {
    INDEX.get(name).map_or("", |entry| &entry.address)
}

/// `GET /assets/{hash}/{name}`. A wrong hash is not found, so that no cache keeps an old file
/// under a new name.
pub(crate) async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let entry = INDEX.get(name.as_str()).filter(|entry| entry.hash == hash);
    let Some((entry, file)) = entry.zip(Files::get(&name)) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = format!("\"{}\"", entry.hash);
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|held| held == tag.as_str());
    let mut reply = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    reply
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    if known {
        return reply.finish();
    }
    reply
        .content_type(content_type(&name))
        .body(file.data.into_owned())
}

struct Entry {
    hash: String,
    address: String,
}

static INDEX: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let file = Files::get(&name)?;
            let digest = hex::encode(Sha256::digest(&file.data));
            let hash = digest.get(..16)?.to_owned();
            let address = format!("/assets/{hash}/{name}");
            Some((name.into_owned(), Entry { hash, address }))
        })
        .collect()
});

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
