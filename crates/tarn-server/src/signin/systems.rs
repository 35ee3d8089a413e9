//! The organisations' own systems: each with a key of its own, registered with the provider,
//! which gives them tokens, and with the API, which knows by that for whom they ask.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tarn_identity::{DemoClient, DemoClientAuth, SigningKey, SystemClient};
use tarn_model::{OdsCode, Realm, Role};
use tarn_synth::{Locality, Organisation};

use super::private_file;
use crate::access_tokens;

/// The folder's name in the data folder.
const FOLDER: &str = "systems";
/// The list that the API reads, in it.
const LIST: &str = "clients.toml";

/// What can be granted to a system: everything, since it answers for its organisation's record.
pub(crate) const SCOPES: &str = "system/*.cruds";

/// The registered systems.
pub(crate) struct Systems {
    /// As the provider knows them.
    pub(crate) clients: Vec<DemoClient>,
    /// The file in which the API knows them.
    pub(crate) list: PathBuf,
}

/// Registers a system of each organisation that sends. Keys that are there stay.
///
/// # Errors
/// If the folder can't be written to, or holds something else than keys.
pub(crate) fn register(data: &Path, locality: &Locality) -> anyhow::Result<Systems> {
    let folder = data.join(FOLDER);
    let unwritable = || format!("{} can't be written to", folder.display());
    private_file::folder(&folder).with_context(unwritable)?;
    let mut clients = Vec::new();
    let mut listed = BTreeMap::new();
    for organisation in locality.organisations.iter().filter(|of| of.sends()) {
        let Some(role) = role(&organisation.kind) else {
            continue;
        };
        let client_id = client_id(&organisation.ods);
        let key = key_or_new(data, &organisation.ods)?;
        clients.push(DemoClient {
            realm: Realm::Staff,
            client_id: client_id.clone(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            auth: DemoClientAuth::PrivateKeyJwt(key.public()),
            api_scopes: SCOPES.parse()?,
        });
        listed.insert(client_id, system(organisation, role));
    }
    let list = folder.join(LIST);
    let text = access_tokens::list_of_systems(&listed)?;
    private_file::write(&list, &text).with_context(unwritable)?;
    Ok(Systems { clients, list })
}

/// The key of an organisation's system; `None` if it has none here.
///
/// # Errors
/// If what is there is no key.
pub(crate) fn key(data: &Path, organisation: &OdsCode) -> anyhow::Result<Option<SigningKey>> {
    let path = key_path(data, organisation);
    let pem = match fs::read_to_string(&path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} can't be read", path.display()));
        }
    };
    let key = SigningKey::from_pem(&pem);
    key.map(Some).with_context(|| format!("{}", path.display()))
}

/// The id by which an organisation's system is registered.
pub(crate) fn client_id(organisation: &OdsCode) -> String {
    format!("system-{organisation}")
}

fn key_path(data: &Path, organisation: &OdsCode) -> PathBuf {
    data.join(FOLDER).join(format!("{organisation}.pem"))
}

fn key_or_new(data: &Path, organisation: &OdsCode) -> anyhow::Result<SigningKey> {
    if let Some(key) = key(data, organisation)? {
        return Ok(key);
    }
    let made = SigningKey::generate_p384()?;
    let path = key_path(data, organisation);
    private_file::write(&path, &made.to_pem()?)
        .with_context(|| format!("{} can't be written", path.display()))?;
    Ok(made)
}

fn system(organisation: &Organisation, role: Role) -> SystemClient {
    SystemClient {
        name: format!("Records system of {}", organisation.name),
        organisation: organisation.ods.clone(),
        organisation_name: Some(organisation.name.clone()),
        role,
        subject: None,
    }
}

/// The role in which a system reads: the one that its organisation's clinical staff have in the
/// agreement. An organisation of another kind has no system.
fn role(kind: &str) -> Option<Role> {
    Some(match kind {
        "gp-practice" => Role::Gp,
        "acute-trust" => Role::EdDoctor,
        "community-trust" => Role::CommunityNurse,
        "mental-health-trust" => Role::MentalHealth,
        "council-adult-social-care" => Role::SocialWorker,
        "council-children-social-care" => Role::ChildrenSocialWorker,
        "out-of-hours" => Role::OohDoctor,
        "ambulance-trust" => Role::Ambulance,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locality() -> Locality {
        tarn_synth::locality(&tarn_synth::Options {
            seed: 42,
            people: 30,
            now: tarn_model::Timestamp::from_micros(1_795_341_840_000_000),
        })
    }

    #[test]
    fn each_organisation_that_sends_has_a_system_with_a_key_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let locality = locality();
        let sending = locality.organisations.iter().filter(|of| of.sends());
        let sending: Vec<_> = sending.map(|of| of.ods.clone()).collect();
        let systems = register(&data, &locality).unwrap();
        assert_eq!(systems.clients.len(), sending.len());

        let mut keys = Vec::new();
        for organisation in &sending {
            let key = key(&data, organisation).unwrap().unwrap();
            assert!(!keys.contains(&key.public()), "{organisation} shares a key");
            keys.push(key.public());
        }
        let fenbridge: OdsCode = "FEN01".parse().unwrap();
        assert!(key(&data, &fenbridge).unwrap().is_none(), "has not joined");

        // A later start registers the same keys, and a damaged one stops it.
        register(&data, &locality).unwrap();
        let first = key(&data, &sending[0]).unwrap().unwrap();
        assert_eq!(first.public(), keys[0]);
        fs::write(key_path(&data, &sending[0]), "not a key").unwrap();
        let error = register(&data, &locality).err().unwrap();
        assert!(!format!("{error:#}").contains("not a key"), "{error:#}");
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_the_user_who_started_the_demo() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        register(folder.path(), &locality()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let systems = folder.path().join(FOLDER);
        assert_eq!(mode(&systems), 0o700);
        let mut files = 0;
        for file in fs::read_dir(&systems).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
            files += 1;
        }
        assert!(files > 1);
    }
}
