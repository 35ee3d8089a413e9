//! The catalogue of needs under `requirements/`.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::workspace::Workspace;

/// How many needs there are. Ids are permanent: new ones are added at the end, none is reused.
pub const NEEDS: usize = 117;

/// One file of the catalogue: needs of one kind.
#[derive(Debug, Clone, Deserialize)]
pub struct Group {
    /// One letter.
    pub group: String,
    /// What the needs have in common.
    pub title: String,
    /// The needs, in the order of their ids.
    #[serde(rename = "need")]
    pub needs: Vec<Need>,
}

/// One need and the behaviour that a test can prove.
#[derive(Debug, Clone, Deserialize)]
pub struct Need {
    /// `REQ-001` to `REQ-117`.
    pub id: String,
    /// Which part of the case study states it, and how firmly.
    pub source: String,
    /// What is needed.
    pub need: String,
    /// What Tarn does about it, so that a test can tell.
    pub behaviour: String,
    /// How far Tarn is.
    pub status: Status,
    /// Tests that prove it and do not carry its id: `crate::function` or `browser: title`.
    #[serde(default)]
    pub tests: Vec<String>,
}

/// How far Tarn is with a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing that a test could show.
    Planned,
    /// Some of the behaviour; the tests that are there show which.
    Partly,
    /// All of the behaviour, shown by at least one test that runs.
    Done,
}

impl Status {
    /// The word in the catalogue.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Partly => "partly",
            Self::Done => "done",
        }
    }
}

/// Reads the whole catalogue, group by group.
///
/// # Errors
/// If a file cannot be read, or an id is missing, doubled or out of order.
pub fn catalogue(workspace: &Workspace) -> anyhow::Result<Vec<Group>> {
    let folder = workspace.root.join("requirements");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .context("requirements/ cannot be read")?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let mut groups = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let group: Group =
            toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?;
        groups.push(group);
    }
    check_ids(&groups)?;
    Ok(groups)
}

fn check_ids(groups: &[Group]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for need in groups.iter().flat_map(|group| &group.needs) {
        ensure!(seen.insert(need.id.clone()), "{} is there twice", need.id);
        for (field, text) in [
            ("source", &need.source),
            ("need", &need.need),
            ("behaviour", &need.behaviour),
        ] {
            ensure!(!text.trim().is_empty(), "{} has no {field}", need.id);
        }
    }
    for number in 1..=NEEDS {
        let id = format!("REQ-{number:03}");
        ensure!(seen.contains(&id), "{id} is missing");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // REQ-111: the needs are kept in a form that machines read.
    #[test]
    fn the_catalogue_holds_every_need_once() {
        let groups = catalogue(&Workspace::of_this_program()).unwrap();
        let count: usize = groups.iter().map(|group| group.needs.len()).sum();
        assert!(count >= NEEDS, "{count}");
        let letters: Vec<&str> = groups.iter().map(|group| group.group.as_str()).collect();
        assert_eq!(letters, ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]);
    }

    #[test]
    fn a_missing_id_is_noticed() {
        let groups = catalogue(&Workspace::of_this_program()).unwrap();
        let mut fewer = groups.clone();
        fewer[0].needs.remove(3);
        assert!(
            check_ids(&fewer)
                .unwrap_err()
                .to_string()
                .contains("REQ-004 is missing")
        );
        let mut doubled = groups;
        let again = doubled[0].needs[0].clone();
        doubled[1].needs.push(again);
        assert!(
            check_ids(&doubled)
                .unwrap_err()
                .to_string()
                .contains("twice")
        );
    }
}
