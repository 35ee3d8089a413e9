//! Where the running demo's provider is, for `tarn token`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::private_file;

/// The file's name in the data folder.
const FILE: &str = "demo-signin.json";

/// The addresses that a client needs to get an access token. Nothing here is secret: whoever
/// reaches the demo's provider can be anybody, which is why it listens on loopback alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Whereabouts {
    /// Where the provider listens.
    pub(crate) sign_in: SocketAddr,
    /// The API's base address, which tokens name as their audience.
    pub(crate) api: String,
}

/// The written file; it goes when the demo stops.
#[derive(Debug)]
pub(crate) struct Announced(PathBuf);

impl Whereabouts {
    /// Writes the file into the data folder, readable by this user alone.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn announce(&self, data: &Path) -> anyhow::Result<Announced> {
        let path = data.join(FILE);
        let told = || format!("{} can't be written", path.display());
        let text = serde_json::to_string(self).with_context(told)?;
        fs::create_dir_all(data).with_context(told)?;
        private_file::write(&path, &text).with_context(told)?;
        Ok(Announced(path))
    }

    /// What a running demo wrote, if it is there and names a loopback address.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join(FILE)).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        found.sign_in.ip().is_loopback().then_some(found)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_while_the_demo_runs_and_only_for_its_user() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let there = Whereabouts {
            sign_in: "127.0.0.1:8089".parse().unwrap(),
            api: "http://127.0.0.1:8083/fhir/r4".to_owned(),
        };
        assert_eq!(Whereabouts::read(&data), None);
        let announced = there.announce(&data).unwrap();
        assert_eq!(Whereabouts::read(&data), Some(there.clone()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(data.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(announced);
        assert_eq!(Whereabouts::read(&data), None);

        let elsewhere = Whereabouts {
            sign_in: "192.0.2.7:8089".parse().unwrap(),
            ..there
        };
        let _announced = elsewhere.announce(&data).unwrap();
        assert_eq!(Whereabouts::read(&data), None, "not on this machine");
    }
}
