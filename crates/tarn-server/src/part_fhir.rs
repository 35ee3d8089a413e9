//! What the FHIR interface is made of.

use std::sync::Arc;

use anyhow::Context as _;
use tarn_access::Door;
use tarn_fhir::{Api, ApiParts, Authorisation, BASE, CheckedTokens, Settings};
use tarn_web::Metrics;

use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Config;
use crate::stores::Stores;
use crate::{access_tokens, part_web};

/// The interface's base address as its clients know it.
pub(crate) fn base_url(config: &Config) -> String {
    format!("{}{BASE}", origin(config))
}

fn origin(config: &Config) -> String {
    let address = config.listen.fhir;
    let origin = config.listen.fhir_url.clone();
    let origin = origin.unwrap_or_else(|| format!("http://{address}"));
    origin.trim_end_matches('/').to_owned()
}

/// Builds the interface. Without an issuer of access tokens it does not start: nobody could be
/// let in.
///
/// # Errors
/// A setting that is missing or can't be used, by name.
pub(crate) fn api(config: &Config, stores: &Stores, door: Arc<Door>) -> anyhow::Result<Api> {
    let validator = access_tokens::validator(config, &base_url(config))
        .context("the FHIR interface can't check access tokens")?;
    let issuers = validator.config().issuers.iter();
    let authorisation = issuers.enumerate().map(|(place, issuer)| {
        // The document describes one server; it is the first issuer's.
        let of_first = |setting: &Option<String>| setting.clone().filter(|_| place == 0);
        Authorisation {
            issuer: issuer.issuer.clone(),
            authorize: of_first(&config.fhir.authorize_url),
            token: of_first(&config.fhir.token_url),
            jwks: of_first(&config.fhir.jwks_url),
        }
    });
    let settings = Settings {
        origin: origin(config),
        locality: config.locality.name.clone(),
        authorisation: authorisation.collect(),
        cors_origins: config.fhir.cors_origins.clone(),
        exports: config.storage.data.join("exports"),
    };
    let tokens = CheckedTokens {
        validator,
        clock: Arc::new(SystemClock),
    };
    let parts = ApiParts {
        settings,
        door,
        tokens: Arc::new(tokens),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        ready: part_web::ready_checks(stores),
        metrics: Metrics::new().context("the metrics can't be registered")?,
        page_key: page_key(config)?,
    };
    Api::new(parts).context("the FHIR interface can't start")
}

fn page_key(config: &Config) -> anyhow::Result<Option<[u8; 32]>> {
    let Some(text) = &config.fhir.page_key else {
        return Ok(None);
    };
    let mut key = [0; 32];
    // The value is a secret and stays out of the message.
    hex::decode_to_slice(text, &mut key)
        .map_err(|_| anyhow::anyhow!("the setting `fhir.page_key` is not 64 hexadecimal digits"))?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_key_is_whole_or_refused_without_being_repeated() {
        let key = |text: &str| {
            let mut config = Config::default();
            config.set("fhir.page_key", text).unwrap();
            page_key(&config)
        };
        assert_eq!(key("").unwrap(), None);
        assert_eq!(key(&"0a".repeat(32)).unwrap(), Some([10; 32]));
        for wrong in ["0a0a", &"zz".repeat(32)] {
            let said = format!("{:#}", key(wrong).unwrap_err());
            assert!(!said.contains(wrong), "{said}");
        }
    }
}
