//! Each crate with tables builds with neither, one or the other database.

use serde_json::Value;

use crate::workspace::Workspace;

/// Feature lists that each such crate must build with; tests and the server build with both.
const BUILDS: [&str; 3] = ["", "sqlite", "postgres"];

/// Builds them; what did not build, or not without a warning.
///
/// # Errors
/// If cargo cannot be run.
pub fn problems(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for name in with_backends(&workspace.metadata()?) {
        for features in BUILDS {
            let output = workspace
                .cargo()
                .args(["clippy", "--quiet", "--locked", "--no-default-features"])
                .args(["--package", &name, "--features", features])
                .args(["--", "-D", "warnings"])
                .output()?;
            if !output.status.success() {
                let words = String::from_utf8_lossy(&output.stderr);
                problems.push(format!(
                    "{name} with features [{features}]: {}",
                    words.trim()
                ));
            }
        }
    }
    Ok(problems)
}

/// Our own crates that name both databases and diesel itself: those that own tables.
fn with_backends(metadata: &Value) -> Vec<String> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let mut names: Vec<String> = packages
        .into_iter()
        .flatten()
        .filter(|package| {
            let has = |feature: &str| package.pointer(&format!("/features/{feature}")).is_some();
            let dependencies = package.get("dependencies").and_then(Value::as_array);
            let speaks_sql = dependencies
                .into_iter()
                .flatten()
                .any(|it| it.get("name").and_then(Value::as_str) == Some("diesel"));
            has("sqlite") && has("postgres") && speaks_sql
        })
        .filter_map(|package| package.get("name").and_then(Value::as_str))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_with_tables_is_built_each_way() {
        let metadata = Workspace::of_this_program().metadata().unwrap();
        assert_eq!(
            with_backends(&metadata),
            [
                "tarn-audit",
                "tarn-consent",
                "tarn-database",
                "tarn-identity",
                "tarn-record"
            ]
        );
    }
}
