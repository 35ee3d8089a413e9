//! The program itself, on copies of the workspace's manifests.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up must stop"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Invariant: record content leaves by the door alone, so a page crate that names the record
/// store must not get through `cargo xtask check`.
#[test]
fn an_edge_from_the_viewer_to_the_record_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    copy_manifests(folder.path());
    let clean = check_ranks(folder.path());
    assert!(clean.status.success(), "{}", words(&clean));

    add_edge(folder.path(), "tarn-viewer", "tarn-record");
    let broken = check_ranks(folder.path());
    assert_eq!(broken.status.code(), Some(1), "{}", words(&broken));
    assert!(
        words(&broken).contains("tarn-viewer -> tarn-record"),
        "{}",
        words(&broken)
    );
}

#[test]
fn an_edge_between_crates_of_one_rank_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    copy_manifests(folder.path());
    add_edge(folder.path(), "tarn-consent", "tarn-governance");
    let broken = check_ranks(folder.path());
    assert_eq!(broken.status.code(), Some(1), "{}", words(&broken));
    assert!(
        words(&broken).contains("tarn-consent -> tarn-governance"),
        "{}",
        words(&broken)
    );
}

#[test]
fn a_step_that_does_not_exist_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["check", "--only", "rank"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", words(&output));
}

fn check_ranks(root: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["check", "--only", "ranks", "--root"])
        .arg(root)
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

/// Copies every manifest, with an empty source file where cargo wants one to be.
fn copy_manifests(to: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::copy(root.join("Cargo.toml"), to.join("Cargo.toml")).unwrap();
    std::fs::create_dir_all(to.join("xtask")).unwrap();
    std::fs::copy(root.join("xtask/rules.toml"), to.join("xtask/rules.toml")).unwrap();
    let mut folders = vec![PathBuf::from("xtask")];
    for parent in ["crates", "tests"] {
        for entry in std::fs::read_dir(root.join(parent)).unwrap() {
            folders.push(Path::new(parent).join(entry.unwrap().file_name()));
        }
    }
    for folder in folders
        .iter()
        .filter(|folder| root.join(folder).join("Cargo.toml").is_file())
    {
        let copy = to.join(folder);
        std::fs::create_dir_all(copy.join("src")).unwrap();
        std::fs::copy(
            root.join(folder).join("Cargo.toml"),
            copy.join("Cargo.toml"),
        )
        .unwrap();
        // Benches and bins that a manifest names by path need their files as well.
        for target in ["src/lib.rs", "src/main.rs"] {
            std::fs::write(copy.join(target), "").unwrap();
        }
        for bench in std::fs::read_dir(root.join(folder).join("benches"))
            .into_iter()
            .flatten()
        {
            std::fs::create_dir_all(copy.join("benches")).unwrap();
            std::fs::write(copy.join("benches").join(bench.unwrap().file_name()), "").unwrap();
        }
    }
}

fn add_edge(root: &Path, from: &str, to: &str) {
    let manifest = root.join("crates").join(from).join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let edge = format!("[dependencies]\n{to}.workspace = true\n");
    let changed = text.replacen("[dependencies]\n", &edge, 1);
    assert_ne!(text, changed);
    std::fs::write(manifest, changed).unwrap();
}
