//! OpenAPI 3.1, from the same table as the routes.

use serde_json::{Map, Value, json};
use tarn_search::registry::{parameters, record_types};

use crate::api::Settings;
use crate::caller::{PURPOSE, REASON};
use crate::form::Takes;
use crate::registry::{BASE, OFFERS, OPEN, Offer};

pub(super) fn document(settings: &Settings, base_url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for offer in OFFERS
        .iter()
        .filter(|offer| !offer.code.ends_with("-slash"))
    {
        put(&mut paths, offer.path, offer, operation(offer, Vec::new()));
    }
    // What a type can be searched by stands at the type's own address.
    if let Some(search) = OFFERS.iter().find(|offer| offer.code == "search-type") {
        for name in record_types() {
            let query = parameters(name).map(|one| {
                json!({
                    "name": one.code(), "in": "query", "schema": { "type": "string" },
                    "description": format!("A {} parameter.", one.kind().name()),
                })
            });
            let mut one = operation(search, query.collect());
            if let Some(members) = one.as_object_mut() {
                members.insert("operationId".to_owned(), json!(format!("search-{name}")));
            }
            put(&mut paths, &format!("/{name}"), search, one);
        }
    }
    for (path, why) in OPEN {
        if let Some(below) = path.strip_prefix(BASE) {
            let answer = json!({ "200": { "description": why } });
            let get = json!({ "get": {
                "operationId": below.trim_start_matches(['/', '.']).replace(['/', '.'], "-"),
                "summary": why, "security": [], "responses": answer,
            }});
            paths.insert(below.to_owned(), get);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: FHIR R4", settings.locality),
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": base_url }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            }},
            "schemas": { "Resource": {
                "type": "object", "required": ["resourceType"],
                "properties": { "resourceType": { "type": "string" } },
            }},
        },
    })
}

fn put(paths: &mut Map<String, Value>, path: &str, offer: &Offer, operation: Value) {
    let path = if path.is_empty() { "/" } else { path };
    let entry = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    if let Some(methods) = entry.as_object_mut() {
        methods.insert(offer.verb.word().to_ascii_lowercase(), operation);
    }
}

fn operation(offer: &Offer, query: Vec<Value>) -> Value {
    let mut described = Vec::new();
    for name in ["type", "id", "version"] {
        if offer.path.contains(&format!("{{{name}}}")) && query.is_empty() {
            described.push(json!({
                "name": name, "in": "path", "required": true, "schema": { "type": "string" },
            }));
        }
    }
    for (name, says) in [
        (PURPOSE, "Why the caller asks: direct-care, emergency, …"),
        (
            REASON,
            "The reason in the caller\u{2019}s own words, where nothing links them with the person.",
        ),
    ] {
        described.push(json!({
            "name": name, "in": "header", "description": says, "schema": { "type": "string" },
        }));
    }
    described.extend(query);
    let mut operation = json!({
        "operationId": offer.code,
        "summary": offer.says,
        "parameters": described,
        "responses": responses(),
    });
    if let (Some(body), Some(members)) = (body(offer.takes), operation.as_object_mut()) {
        members.insert("requestBody".to_owned(), body);
    }
    operation
}

fn body(takes: Takes) -> Option<Value> {
    let (content_type, required, schema) = match takes {
        Takes::Nothing => return None,
        Takes::Resource | Takes::Bundle => (
            "application/fhir+json",
            true,
            json!({ "$ref": "#/components/schemas/Resource" }),
        ),
        Takes::Parameters => (
            "application/fhir+json",
            false,
            json!({ "$ref": "#/components/schemas/Resource" }),
        ),
        Takes::Patch => (
            "application/json-patch+json",
            true,
            json!({ "type": "array", "items": { "type": "object" } }),
        ),
        Takes::Form => (
            "application/x-www-form-urlencoded",
            false,
            json!({ "type": "object" }),
        ),
    };
    Some(json!({ "required": required, "content": { content_type: { "schema": schema } } }))
}

fn responses() -> Value {
    let outcome = |says: &str| {
        json!({ "description": says, "content": { "application/fhir+json": {
            "schema": { "$ref": "#/components/schemas/Resource" } } } })
    };
    json!({
        "2XX": outcome("As asked."),
        "401": outcome("No access token, or none that is valid here."),
        "403": outcome("The token, or the agreement, does not cover this."),
        "404": outcome("Nothing that can be shown to the caller."),
        "4XX": outcome("Something is wrong with the request."),
        "5XX": outcome("Something did not answer. Do not read it as \u{201c}none\u{201d}."),
    })
}
