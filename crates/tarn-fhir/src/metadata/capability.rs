//! The CapabilityStatement.

use serde_json::{Value, json};
use tarn_search::registry::{Parameter, ParameterType, parameters, resource_types};

use crate::api::Settings;
use crate::registry::{Level, OFFERS, is_offered};

/// Since when the interface is as it is; changed with it.
const DATE: &str = "2026-11-27";

/// The statement, from the same tables as the routes and the search.
pub(super) fn statement(settings: &Settings, base_url: &str) -> Value {
    let system = interactions(Level::System);
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "publisher": settings.locality,
        "kind": "instance",
        "software": { "name": "Tarn", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": settings.locality, "url": base_url },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [{
            "mode": "server",
            "documentation": "Every answer holds what the sharing agreement, the person\u{2019}s own choice and the caller\u{2019}s token allow, and nothing else; what may not be seen looks like what does not exist. Records are searched one person at a time: a search of clinical types names its patient. Give the purpose in X-Tarn-Purpose and, where nothing links you with the person, a reason in X-Tarn-Reason.",
            "security": security(settings),
            "interaction": system.into_iter().chain([json!({ "code": "batch" })]).collect::<Vec<_>>(),
            "operation": operations(|path| path.starts_with("/$")),
            "resource": resource_types().filter(|name| is_offered(name)).map(resource).collect::<Vec<_>>(),
        }],
    })
}

fn resource(name: &'static str) -> Value {
    let searched: Vec<Value> = parameters(name).map(parameter).collect();
    let mut resource = json!({
        "type": name,
        "interaction": interactions(Level::Type),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "full-support",
        "conditionalUpdate": true,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "logical", "local"],
        "searchInclude": includes(name),
        "searchRevInclude": reverse_includes(name),
        "searchParam": searched,
    });
    if name == "Patient"
        && let Some(members) = resource.as_object_mut()
    {
        let own = operations(|path| path.starts_with("/Patient/"));
        members.insert("operation".to_owned(), own);
    }
    resource
}

fn parameter(parameter: &'static Parameter) -> Value {
    json!({
        "name": parameter.code(),
        "definition": parameter.definition(),
        "type": parameter.kind().name(),
    })
}

/// What a search of the type can bring along.
pub(super) fn includes(name: &str) -> Vec<String> {
    let references = parameters(name).filter(|one| one.kind() == ParameterType::Reference);
    references
        .map(|one| format!("{name}:{}", one.code()))
        .collect()
}

/// What names resources of the type.
fn reverse_includes(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for source in tarn_search::registry::record_types() {
        let naming = parameters(source)
            .filter(|one| one.kind() == ParameterType::Reference && one.targets().contains(&name));
        found.extend(naming.map(|one| format!("{source}:{}", one.code())));
    }
    found
}

fn interactions(level: Level) -> Vec<Value> {
    let offers = OFFERS.iter().filter(|offer| offer.level == level);
    offers.map(|offer| json!({ "code": offer.code })).collect()
}

/// The operations whose path is one of these; each once.
fn operations(wanted: impl Fn(&str) -> bool) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for offer in OFFERS.iter().filter(|offer| wanted(offer.path)) {
        let Level::Operation(name) = offer.level else {
            continue;
        };
        let operation = json!({ "name": name, "definition": definition(name, offer.path) });
        if !found.contains(&operation) {
            found.push(operation);
        }
    }
    Value::Array(found)
}

fn definition(name: &str, path: &str) -> &'static str {
    match (name, path) {
        ("export", "/$export") => "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
        ("export", _) => "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
        ("match", _) => "http://hl7.org/fhir/OperationDefinition/Patient-match",
        ("summary", _) => "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
        _ => "http://hl7.org/fhir/OperationDefinition/Patient-everything",
    }
}

fn security(settings: &Settings) -> Value {
    let mut security = json!({
        "cors": !settings.cors_origins.is_empty(),
        "service": [{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
            "code": "SMART-on-FHIR",
        }] }],
        "description": "Bearer tokens (RFC 6750) of the issuers in .well-known/smart-configuration, with SMART App Launch 2 scopes.",
    });
    let first = settings.authorisation.first();
    if let (Some(server), Some(members)) = (first, security.as_object_mut()) {
        let uris: Vec<Value> = [("token", &server.token), ("authorize", &server.authorize)]
            .into_iter()
            .filter_map(|(name, address)| {
                Some(json!({ "url": name, "valueUri": address.as_ref()? }))
            })
            .collect();
        let oauth = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
        if !uris.is_empty() {
            let extension = json!([{ "url": oauth, "extension": uris }]);
            members.insert("extension".to_owned(), extension);
        }
    }
    security
}
