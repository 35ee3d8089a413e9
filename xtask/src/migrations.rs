//! Migrations: the same stamps for both databases, unique across the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const BACKENDS: [&str; 2] = ["sqlite", "postgres"];

/// What is wrong with the migrations among `files` (paths relative to the root).
///
/// `text` gives a file's content. Every migration needs `up.sql` and `down.sql` that say something,
/// under the same name for both databases, and a stamp that no other crate uses: the operator
/// reads one list.
#[must_use]
pub fn check_migrations(files: &[PathBuf], text: impl Fn(&Path) -> Option<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names: BTreeMap<(String, &str), BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for path in files {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let ["crates", owner, "migrations", backend, name, file] = parts.as_slice() else {
            continue;
        };
        let Some(backend) = BACKENDS.iter().find(|known| *known == backend) else {
            problems.push(format!(
                "{}: {backend} is not one of {BACKENDS:?}",
                path.display()
            ));
            continue;
        };
        let empty = text(path).is_none_or(|sql| sql.trim().is_empty());
        if empty {
            problems.push(format!("{} is empty", path.display()));
        }
        names
            .entry(((*owner).to_owned(), backend))
            .or_default()
            .entry((*name).to_owned())
            .or_default()
            .insert((*file).to_owned());
    }
    let mut stamps: BTreeMap<String, String> = BTreeMap::new();
    let owners: BTreeSet<&String> = names.keys().map(|(owner, _)| owner).collect();
    for owner in owners {
        let [sqlite, postgres] = BACKENDS.map(|backend| {
            names
                .get(&(owner.clone(), backend))
                .cloned()
                .unwrap_or_default()
        });
        let left: BTreeSet<&String> = sqlite.keys().collect();
        let right: BTreeSet<&String> = postgres.keys().collect();
        for name in left.symmetric_difference(&right) {
            problems.push(format!("{owner}: {name} is not there for both databases"));
        }
        for (name, found) in sqlite.iter().chain(&postgres) {
            for needed in ["up.sql", "down.sql"] {
                if !found.contains(needed) {
                    problems.push(format!("{owner}: {name} has no {needed}"));
                }
            }
        }
        for name in sqlite.keys() {
            let stamp = name.split('_').next().unwrap_or_default().to_owned();
            if let Some(other) = stamps.insert(stamp.clone(), owner.clone()) {
                problems.push(format!("{owner}: stamp {stamp} is already used by {other}"));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], expected: &[&str]) {
        let files: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let found = check_migrations(&files, |_| Some("SELECT 1;".to_owned()));
        assert_eq!(found, expected);
    }

    fn pair(owner: &str, name: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for backend in BACKENDS {
            for file in ["up.sql", "down.sql"] {
                paths.push(format!("crates/{owner}/migrations/{backend}/{name}/{file}"));
            }
        }
        paths
    }

    #[test]
    fn a_whole_pair_is_right() {
        let paths = pair("tarn-record", "2026-11-24-090000_person");
        check(&paths.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    }

    #[test]
    fn one_database_alone_is_wrong() {
        let paths = pair("tarn-record", "2026-11-24-090000_person");
        check(
            &paths[..2].iter().map(String::as_str).collect::<Vec<_>>(),
            &["tarn-record: 2026-11-24-090000_person is not there for both databases"],
        );
    }

    #[test]
    fn a_missing_down_is_wrong() {
        let mut paths = pair("tarn-record", "2026-11-24-090000_person");
        paths.remove(1);
        check(
            &paths.iter().map(String::as_str).collect::<Vec<_>>(),
            &["tarn-record: 2026-11-24-090000_person has no down.sql"],
        );
    }

    #[test]
    fn a_stamp_belongs_to_one_crate() {
        let mut paths = pair("tarn-audit", "2026-11-24-090000_event");
        paths.extend(pair("tarn-record", "2026-11-24-090000_person"));
        check(
            &paths.iter().map(String::as_str).collect::<Vec<_>>(),
            &["tarn-record: stamp 2026-11-24-090000 is already used by tarn-audit"],
        );
    }

    #[test]
    fn an_empty_file_is_wrong() {
        let files = vec![PathBuf::from("crates/a/migrations/sqlite/1_x/up.sql")];
        let found = check_migrations(&files, |_| Some("  \n".to_owned()));
        assert!(found[0].ends_with("up.sql is empty"), "{found:?}");
    }
}
