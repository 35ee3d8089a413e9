//! Which access tokens the FHIR API takes, from the configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tarn_identity::{BearerAlgorithm, BearerConfig, BearerIssuer, BearerValidator, SystemClient};
use tarn_model::Realm;

use crate::config::Config;
use crate::http_client::{self, Outbound};
use crate::part_web;

/// The checker of access tokens for the API at `base`, its address as clients know it.
///
/// # Errors
/// A setting that is missing or can't be used, by name.
pub fn validator(config: &Config, base: &str) -> anyhow::Result<BearerValidator> {
    let http = Arc::new(Outbound(http_client::build()?));
    Ok(BearerValidator::new(bearer_config(config, base)?, http)?)
}

fn bearer_config(config: &Config, base: &str) -> anyhow::Result<BearerConfig> {
    let settings = &config.access_tokens;
    let audience = settings.audience.clone();
    let audience = audience.unwrap_or_else(|| base.trim_end_matches('/').to_owned());
    let mut systems = match &settings.system_clients {
        Some(path) => read_systems(path)?,
        None => BTreeMap::new(),
    };
    let mut issuers = Vec::new();
    for realm in [Realm::Staff, Realm::Citizen] {
        let (own, of_sign_in) = match realm {
            Realm::Staff => (&settings.staff_issuer, &config.staff_sign_in.issuer),
            Realm::Citizen => (&settings.citizen_issuer, &config.citizen_sign_in.issuer),
        };
        let Some(issuer) = own.as_ref().or(of_sign_in.as_ref()) else {
            continue;
        };
        issuers.push(BearerIssuer {
            issuer: issuer.clone(),
            realm,
            profile: part_web::profile(config, realm)?,
            claims: part_web::claim_names(config),
            client_claim: settings.claim_client.clone(),
            roles: BTreeMap::new(),
            system_clients: match realm {
                Realm::Staff => std::mem::take(&mut systems),
                Realm::Citizen => BTreeMap::new(),
            },
        });
    }
    if !systems.is_empty() {
        anyhow::bail!(
            "the systems of `access_tokens.system_clients` have no issuer: set `access_tokens.staff_issuer`"
        );
    }
    let named = settings.algorithms.iter().map(|name| name.parse());
    let algorithms: Result<Vec<BearerAlgorithm>, _> = named.collect();
    Ok(BearerConfig {
        algorithms: algorithms.context("the setting `access_tokens.algorithms`")?,
        types: settings.types.clone(),
        skew_seconds: settings.skew_seconds,
        longest_seconds: settings.longest_minutes.saturating_mul(60),
        ..BearerConfig::new(audience, issuers)
    })
}

/// The file of `access_tokens.system_clients`: one table per client id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct System {
    name: String,
    organisation: String,
    organisation_name: Option<String>,
    role: String,
    subject: Option<String>,
}

/// The text of such a file.
///
/// # Errors
/// If it can't be written as TOML.
pub(crate) fn list_of_systems(systems: &BTreeMap<String, SystemClient>) -> anyhow::Result<String> {
    let listed = systems.iter().map(|(id, system)| {
        let listed = System {
            name: system.name.clone(),
            organisation: system.organisation.to_string(),
            organisation_name: system.organisation_name.clone(),
            role: system.role.word().to_owned(),
            subject: system.subject.clone(),
        };
        (id, listed)
    });
    let listed: BTreeMap<&String, System> = listed.collect();
    toml::to_string(&listed).context("the list of systems can't be written")
}

fn read_systems(path: &Path) -> anyhow::Result<BTreeMap<String, SystemClient>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the list of systems {shown} can't be read"))?;
    let listed: BTreeMap<String, System> = toml::from_str(&text)
        .with_context(|| format!("the list of systems {shown} is not right"))?;
    let mut systems = BTreeMap::new();
    for (id, system) in listed {
        let wrong = |what: &str| format!("the {what} of the system `{id}` in {shown}");
        let client = SystemClient {
            name: system.name,
            organisation: system
                .organisation
                .parse()
                .with_context(|| wrong("organisation"))?,
            organisation_name: system.organisation_name,
            role: system.role.parse().with_context(|| wrong("role"))?,
            subject: system.subject,
        };
        systems.insert(id, client);
    }
    Ok(systems)
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "http://127.0.0.1:8083/fhir/r4";

    fn configured(pairs: &[(&str, &str)]) -> anyhow::Result<BearerValidator> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = Config::default();
        for (key, value) in pairs {
            config.set(key, value)?;
        }
        validator(&config, API)
    }

    #[test]
    fn the_issuers_of_sign_in_are_taken_unless_others_are_named() {
        let own = ("staff_sign_in.issuer", "https://id.example/staff");
        let citizens = ("citizen_sign_in.issuer", "https://id.example/citizen");
        let validator = configured(&[own, citizens]).unwrap();
        let config = validator.config();
        assert_eq!(config.audience, API);
        let names = |config: &BearerConfig| -> Vec<String> {
            let issuers = config.issuers.iter();
            issuers.map(|one| one.issuer.clone()).collect()
        };
        assert_eq!(names(config), [own.1, citizens.1]);

        let other = ("access_tokens.staff_issuer", "https://tokens.example");
        let audience = ("access_tokens.audience", "https://api.example/fhir/r4");
        let validator = configured(&[own, other, audience]).unwrap();
        assert_eq!(names(validator.config()), [other.1]);
        assert_eq!(validator.config().audience, audience.1);
    }

    #[test]
    fn what_could_never_be_safe_stops_the_start() {
        let own = ("staff_sign_in.issuer", "https://id.example/staff");
        assert!(configured(&[]).is_err(), "nobody may issue tokens");
        for (key, value) in [
            ("access_tokens.algorithms", "HS256"),
            ("access_tokens.algorithms", "none"),
            ("access_tokens.algorithms", ""),
            ("access_tokens.types", ""),
            ("access_tokens.skew_seconds", "121"),
            ("access_tokens.longest_minutes", "0"),
            ("access_tokens.staff_issuer", "http://id.example"),
            ("access_tokens.system_clients", "nowhere.toml"),
        ] {
            assert!(configured(&[own, (key, value)]).is_err(), "{key} {value}");
        }
    }

    #[test]
    fn systems_are_read_from_their_file_and_nothing_in_it_is_guessed() {
        let own = ("staff_sign_in.issuer", "https://id.example/staff");
        let good =
            "[ward-board]\nname = \"Ward board\"\norganisation = \"RSB\"\nrole = \"ed-doctor\"\n";
        let check = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let path = file.path().display().to_string();
            configured(&[own, ("access_tokens.system_clients", &path)])
        };
        let validator = check(good).unwrap();
        let systems = &validator.config().issuers[0].system_clients;
        assert_eq!(systems["ward-board"].organisation.as_str(), "RSB");
        let written = check(&list_of_systems(systems).unwrap()).unwrap();
        assert_eq!(&written.config().issuers[0].system_clients, systems);
        for wrong in [
            good.replace("ed-doctor", "admin"),
            good.replace("ed-doctor", "citizen"),
            good.replace("RSB", "not a code"),
            good.replace("role", "rolle"),
            format!("{good}admin = true\n"),
            "name".to_owned(),
        ] {
            assert!(check(&wrong).is_err(), "{wrong}");
        }
    }
}
