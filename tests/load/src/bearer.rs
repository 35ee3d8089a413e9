//! The access token of a run, renewed while it lasts.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

/// How often the token is fetched again; those of Tarn's demo last five minutes.
const RENEW: Duration = Duration::from_secs(120);
/// How often a failed fetch is tried again, before the old token ends.
const RETRY: Duration = Duration::from_secs(20);

/// Where the token comes from.
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
pub(crate) struct BearerSource {
    /// A file that holds a bearer token; it is read again every two minutes.
    #[arg(long, value_name = "FILE")]
    bearer: Option<PathBuf>,
    /// A command that prints a bearer token; it is run again every two minutes.
    #[arg(long, value_name = "COMMAND")]
    bearer_command: Option<String>,
}

/// The token as it is now. Clones share it.
#[derive(Clone)]
pub(crate) struct Bearer(Arc<RwLock<String>>);

impl BearerSource {
    /// The token, if there is one, kept new for as long as somebody holds it.
    ///
    /// # Errors
    /// If it can't be had.
    pub(crate) async fn open(&self) -> anyhow::Result<Option<Bearer>> {
        let Some(token) = self.fetch().await? else {
            return Ok(None);
        };
        let held = Arc::new(RwLock::new(token));
        let (source, weak) = (self.clone(), Arc::downgrade(&held));
        tokio::spawn(async move {
            let mut wait = RENEW;
            loop {
                tokio::time::sleep(wait).await;
                let Some(held) = weak.upgrade() else { return };
                wait = match source.fetch().await {
                    Ok(Some(token)) => {
                        *held.write().unwrap_or_else(PoisonError::into_inner) = token;
                        RENEW
                    }
                    Ok(None) => return,
                    Err(error) => {
                        eprintln!("the token is not renewed: {error:#}");
                        RETRY
                    }
                };
            }
        });
        Ok(Some(Bearer(held)))
    }

    async fn fetch(&self) -> anyhow::Result<Option<String>> {
        if let Some(path) = &self.bearer {
            let text = tokio::fs::read_to_string(path).await;
            let text = text.with_context(|| format!("{} can't be read", path.display()))?;
            return Ok(Some(text.trim().to_owned()));
        }
        let Some(command) = &self.bearer_command else {
            return Ok(None);
        };
        let output = Command::new("sh").args(["-c", command]).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", said.trim());
        let token = String::from_utf8(output.stdout)?.trim().to_owned();
        ensure!(!token.is_empty(), "the command prints no token");
        Ok(Some(token))
    }
}

impl Bearer {
    /// Adds the header to a request's head.
    pub(crate) fn put(&self, head: &mut String) {
        head.push_str("Authorization: Bearer ");
        head.push_str(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        head.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(command: &str) -> BearerSource {
        BearerSource {
            bearer: None,
            bearer_command: Some(command.to_owned()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_fetched_again_before_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "first\n").unwrap();
        let from_file = BearerSource {
            bearer: Some(path.clone()),
            bearer_command: None,
        };
        let bearer = from_file.open().await.unwrap().unwrap();
        let header = || {
            let mut head = String::new();
            bearer.put(&mut head);
            head
        };
        assert_eq!(header(), "Authorization: Bearer first\r\n");
        std::fs::write(&path, "second\n").unwrap();
        // The clock of the test runs ahead on its own; the file is read by a real thread.
        while header() != "Authorization: Bearer second\r\n" {
            tokio::time::sleep(RENEW).await;
        }
    }

    #[tokio::test]
    async fn a_command_that_fails_or_says_nothing_gives_no_token() {
        let bearer = source("echo printed").open().await.unwrap().unwrap();
        let mut head = String::new();
        bearer.put(&mut head);
        assert_eq!(head, "Authorization: Bearer printed\r\n");
        assert!(source("exit 3").open().await.is_err());
        assert!(source("true").open().await.is_err());
    }
}
