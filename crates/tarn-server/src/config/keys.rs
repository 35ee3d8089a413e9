use std::net::SocketAddr;
use std::path::PathBuf;

use super::{ConfigError, Key, Setting};

macro_rules! settings {
    ($($(#[doc = $section_doc:literal])* $section:ident: $name:ident {
        $($(#[doc = $doc:literal])+ $key:ident: $kind:ty = $default:literal $(, $unit:literal)?;)*
    })*) => {
        /// Every setting, by section.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($(#[doc = $section_doc])* pub $section: $name,)*
        }

        $(
            $(#[doc = $section_doc])*
            #[derive(Clone)]
            pub struct $name { $($(#[doc = $doc])+ pub $key: $kind,)* }

            // Values may be secrets or database addresses with passwords.
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!(stringify!($name), " { … }"))
                }
            }
        )*

        impl Default for Config {
            fn default() -> Self {
                Self {
                    $($section: $name {
                        $($key: <$kind as Setting>::read($default)
                            .expect(concat!("the default of ", stringify!($key))),)*
                    },)*
                }
            }
        }

        impl Config {
            /// Every key with what is known of it, in the order of the reference page.
            #[must_use]
            pub fn keys() -> Vec<Key> {
                vec![$($(Key {
                    key: concat!(stringify!($section), ".", stringify!($key)).to_owned(),
                    shape: <$kind as Setting>::SHAPE,
                    unit: concat!($($unit)?),
                    default: $default,
                    meaning: concat!($($doc),+).trim_ascii(),
                },)*)*]
            }

            /// Sets one key from text.
            ///
            /// # Errors
            /// [`ConfigError::UnknownKey`] or [`ConfigError::BadValue`].
            pub fn set(&mut self, key: &str, text: &str) -> Result<(), ConfigError> {
                match key {
                    $($(concat!(stringify!($section), ".", stringify!($key)) => {
                        self.$section.$key = <$kind as Setting>::read(text).map_err(|problem| {
                            ConfigError::BadValue { key: key.to_owned(), problem }
                        })?;
                        Ok(())
                    })*)*
                    _ => Err(ConfigError::UnknownKey {
                        key: key.to_owned(),
                        nearest: Self::nearest(key),
                    }),
                }
            }
        }
    };
}

settings! {
    /// Where records, choices, the audit log and sessions are kept.
    storage: Storage {
        /// Folder of the SQLite files, made if it is not there; used when `database` is not set.
        data: PathBuf = "tarn-data";
        /// PostgreSQL address (`postgres://…`); each part keeps its tables in a schema of its own.
        database: Option<String> = "";
        /// Whether pending migrations are applied at the start; if not, `tarn run` names the command and stops.
        migrate_at_start: bool = "true";
    }
    /// Where each part listens. Each needs an address of its own: pages of one must never share an origin with another.
    listen: Listen {
        /// Clinicians' and social workers' pages.
        viewer: SocketAddr = "127.0.0.1:8080";
        /// People's own pages.
        portal: SocketAddr = "127.0.0.1:8081";
        /// The FHIR R4 interface for other software.
        fhir: SocketAddr = "127.0.0.1:8083";
        /// Address of the viewer as a browser sees it; from `viewer` if empty.
        viewer_url: Option<String> = "";
        /// Address of the portal as a browser sees it; from `portal` if empty.
        portal_url: Option<String> = "";
        /// Address of the FHIR interface as clients see it, without `/fhir/r4`; from `fhir` if empty.
        fhir_url: Option<String> = "";
        /// Threads that serve requests, per part; 0 means one per processor.
        workers: u32 = "0";
        /// How long a client may take to send a request's head, and may pause within a body; then its connection is closed.
        pause_seconds: u32 = "10", "seconds";
        /// How long a body as a whole may take to arrive.
        body_seconds: u32 = "120", "seconds";
        /// How long running requests may take to finish at a stop.
        stop_seconds: u32 = "20", "seconds";
    }
    /// How staff sign in (OpenID Connect).
    staff_sign_in: StaffSignIn {
        /// The provider's issuer address.
        issuer: Option<String> = "";
        /// The client id registered with the provider.
        client_id: Option<String> = "";
        /// The client secret, where the provider uses one.
        client_secret: Option<String> = "";
        /// PEM file of the RSA key that signs client assertions (private_key_jwt), where the provider uses them.
        client_key: Option<PathBuf> = "";
        /// Which rules the provider follows: `generic` or `cis2`.
        profile: String = "generic";
        /// Scopes to ask for.
        scopes: Vec<String> = "openid profile";
        /// Authentication levels to ask for and to check (`acr_values`), for `cis2`.
        acr_values: Vec<String> = "AAL2_OR_AAL3_ANY";
        /// Claim that holds the user's id.
        claim_user: String = "sub";
        /// Claim that holds the user's name.
        claim_name: String = "name";
        /// Claim that holds the role word.
        claim_role: String = "role";
        /// Claim that holds the organisation's ODS code.
        claim_organisation: String = "organisation";
        /// Claim that holds the organisation's name.
        claim_organisation_name: String = "organisation_name";
    }
    /// How people sign in to their own record (OpenID Connect).
    citizen_sign_in: CitizenSignIn {
        /// The provider's issuer address.
        issuer: Option<String> = "";
        /// The client id registered with the provider.
        client_id: Option<String> = "";
        /// The client secret, where the provider uses one.
        client_secret: Option<String> = "";
        /// PEM file of the RSA key that signs client assertions (private_key_jwt).
        client_key: Option<PathBuf> = "";
        /// Which rules the provider follows: `generic` or `nhs-login`.
        profile: String = "nhs-login";
        /// Scopes to ask for.
        scopes: Vec<String> = "openid profile";
        /// Vectors of trust to ask for and to check (`vtr`), as the provider writes them.
        vectors_of_trust: Vec<String> = "P9.Cp.Cd P9.Cp.Ck P9.Cm";
    }
    /// The FHIR R4 interface.
    fhir: Fhir {
        /// Origins of web applications that may call it from a browser (CORS); none as a rule.
        cors_origins: Vec<String> = "";
        /// Key that seals links to next pages, as 64 hexadecimal digits: set the same where several processes serve one address. A new one is made at each start if empty.
        page_key: Option<String> = "";
        /// Where users authorise clients; said in `.well-known/smart-configuration`.
        authorize_url: Option<String> = "";
        /// Where clients ask for access tokens; said there too.
        token_url: Option<String> = "";
        /// Where the issuer's keys are; said there too.
        jwks_url: Option<String> = "";
    }
    /// Which access tokens the FHIR API takes (RFC 9068). Roles and organisations are read by the rules of `staff_sign_in` and `citizen_sign_in`.
    access_tokens: AccessTokens {
        /// The audience that a token must name, exactly; the API's base address if empty.
        audience: Option<String> = "";
        /// Issuer of staff's and systems' tokens; the issuer of `staff_sign_in` if empty.
        staff_issuer: Option<String> = "";
        /// Issuer of people's own tokens; the issuer of `citizen_sign_in` if empty.
        citizen_issuer: Option<String> = "";
        /// Signature algorithms that are taken: of RS256, RS384, RS512, PS256, ES256, ES384, EdDSA.
        algorithms: Vec<String> = "RS256 RS512 ES256";
        /// What a token's header may say that it is. Add `JWT` only for an issuer that does not mark its access tokens.
        types: Vec<String> = "at+jwt";
        /// How far the issuer's clock may be away; at most 120.
        skew_seconds: u32 = "30", "seconds";
        /// The longest life of a token that is taken.
        longest_minutes: u32 = "60", "minutes";
        /// Claim that holds the client's id.
        claim_client: String = "client_id";
        /// TOML file of the systems that may ask without a user: a table per client id with `name`, `organisation` (ODS code), `role` and, if they differ from the usual, `organisation_name` and `subject`. A system that is not in it is refused.
        system_clients: Option<PathBuf> = "";
    }
    /// How long a sign-in lasts.
    session: Session {
        /// Without a request, a session ends after this.
        idle_minutes: u32 = "10", "minutes";
        /// A staff session ends after this, whatever is done.
        staff_hours: u32 = "8", "hours";
        /// A person's session ends after this, whatever is done.
        citizen_hours: u32 = "12", "hours";
    }
    /// The sharing agreement that decides who may see what.
    governance: Governance {
        /// The agreement's file; a missing or faulty one stops the start.
        agreement: Option<PathBuf> = "";
    }
    /// The sources of the record.
    sources: Sources {
        /// How long a source may take to answer before it counts as unavailable.
        deadline_ms: u32 = "2000", "milliseconds";
    }
    /// What the pages say of the locality.
    locality: Locality {
        /// The locality's name, under the product's mark.
        name: String = "Harrowmere care record";
        /// Telephone of the privacy officer, on refusals.
        privacy_officer_telephone: String = "01632 960 170";
        /// Where "Leave this page quickly" leads.
        quick_exit_url: String = "https://www.bbc.co.uk/weather";
    }
    /// What the system tells its operators. Nothing here ever holds a person's data.
    telemetry: Telemetry {
        /// Log lines as `text` or `json`.
        log_format: String = "text";
        /// Least level and targets to log, in the `tracing` filter syntax. Below `info`, only Tarn's own lines are ever written: libraries would write out what they carry.
        log_filter: String = "info";
        /// OTLP endpoint (HTTP) that traces are sent to; none are sent if empty.
        otlp_endpoint: Option<String> = "";
        /// Whether `/metrics` is served on each part's address.
        metrics: bool = "true";
    }
}

impl Config {
    /// Environment names that begin with `TARN_` and are no settings: the test suite's own.
    pub const IGNORED: &'static [&'static str] = &["TARN_TEST_POSTGRES", "TARN_SHARED_DATA"];

    /// The key that an environment name sets: `TARN_SESSION_IDLE_MINUTES` sets
    /// `session.idle_minutes`.
    #[must_use]
    pub fn key_of_environment(name: &str) -> Option<String> {
        let wanted = name.strip_prefix("TARN_")?.to_ascii_lowercase();
        Self::keys()
            .into_iter()
            .map(|key| key.key)
            .find(|key| key.replace('.', "_") == wanted)
    }

    /// The nearest existing key to a misspelt one, if one is near.
    fn nearest(key: &str) -> Option<String> {
        let distance = |other: &str| {
            let mut row: Vec<usize> = (0..=other.len()).collect();
            for (i, a) in key.bytes().enumerate() {
                let mut above_left = i;
                let mut left = i + 1;
                for (cell, b) in row.iter_mut().skip(1).zip(other.bytes()) {
                    let above = *cell;
                    let cost = usize::from(a != b);
                    *cell = (above_left + cost).min(above + 1).min(left + 1);
                    above_left = above;
                    left = *cell;
                }
                if let Some(first) = row.first_mut() {
                    *first = i + 1;
                }
            }
            row.last().copied().unwrap_or(usize::MAX)
        };
        Self::keys()
            .into_iter()
            .map(|known| (distance(&known.key), known.key))
            .min()
            .filter(|(distance, _)| *distance <= 4)
            .map(|(_, known)| known)
    }
}
