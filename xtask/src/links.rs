//! Links between checked-in pages.

use std::path::{Path, PathBuf};

/// Each relative link of a Markdown file in `files` that leads to nothing below `root`.
#[must_use]
pub fn check_links(root: &Path, files: &[(PathBuf, String)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in files {
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut in_code = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            if in_code {
                continue;
            }
            for target in targets(line) {
                if !root.join(folder).join(target).exists() {
                    problems.push(format!(
                        "{}:{}: {target} is not there",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    problems
}

/// The files that a line links to: no addresses, no places within the page, no code items.
fn targets(line: &str) -> Vec<&str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains(':') && !target.contains(' '))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_must_lead_somewhere() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("docs")).unwrap();
        std::fs::write(folder.path().join("LICENSE"), "").unwrap();
        let page = "[a](../LICENSE) [b](https://x.example) [c](#here) [d](../gone.md#x)\n\
                    ```\n[e](not-looked-at)\n```\n";
        let files = [(PathBuf::from("docs/a.md"), page.to_owned())];
        assert_eq!(
            check_links(folder.path(), &files),
            ["docs/a.md:1: ../gone.md is not there"]
        );
    }
}
