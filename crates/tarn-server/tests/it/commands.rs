//! What an operator types, and what the program says and leaves behind.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::net::TcpListener;
use std::path::Path;

use crate::demo::{Demo, Place, block_on, free_base, said, tarn, write};

const AGREEMENT: &str = include_str!("../../../../governance/agreements/harrowmere/agreement.md");
const REFERENCE: &str = include_str!("../../../../docs/src/operator/configuration.md");

/// A database that is not there: nothing listens on this port.
const UNREACHABLE: &str = "postgres://tarn:s3cret@127.0.0.1:1/x";

/// Fails unless a command failed and said one line, which begins as given.
fn expect_one_sentence(arguments: &[&str], beginning: &str) -> String {
    let output = tarn(arguments);
    let (worked, words) = said(&output);
    assert!(!worked, "{arguments:?} worked: {words}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    assert!(errors.starts_with(beginning), "{arguments:?}: {errors}");
    assert!(!words.contains("s3cret"), "a password is in: {words}");
    errors
}

/// A new place on each backend that can be reached.
fn new_places(folder: &Path) -> Vec<Place> {
    let mut places = vec![Place::Folder(folder.join("data"))];
    match block_on(tarn_database::testing::fresh_postgres()) {
        Some(url) => places.push(Place::Postgres(url, folder.join("beside"))),
        None => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
    }
    places
}

fn at(command: &str, place: &Place) -> Vec<String> {
    [vec![command.to_owned()], place.arguments()].concat()
}

fn run_at(command: &str, place: &Place) -> (bool, String) {
    let arguments = at(command, place);
    said(&tarn(
        &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
    ))
}

#[test]
fn a_busy_port_stops_the_demo_with_its_number_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (above, part) in [(0, "viewer"), (1, "portal"), (9, "sign-in")] {
        let base = free_base();
        let busy = base + above;
        let _taken = TcpListener::bind(("127.0.0.1", busy)).unwrap();
        let errors = expect_one_sentence(
            &[
                "demo",
                "--port-base",
                &base.to_string(),
                "--data",
                &data.display().to_string(),
            ],
            "tarn: ",
        );
        let expected = format!("tarn: the {part} can't start, because port {busy} is in use\n");
        assert_eq!(errors, expected);
        assert!(!data.exists(), "nothing is made before the ports are ours");
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where the folder should be: not even an administrator can write into it.
    let file = write(folder.path(), "data", "not a folder");
    let base = free_base().to_string();
    let beginning = format!("tarn: the data folder {file} can't be written to");
    expect_one_sentence(&["demo", "--port-base", &base, "--data", &file], &beginning);
    expect_one_sentence(&["migrate", "--data", &file], &beginning);
}

#[test]
fn a_database_that_cannot_be_reached_stops_every_command_without_its_password() {
    let base = free_base().to_string();
    let beginning = "tarn: the record database can't be reached";
    for arguments in [
        &["demo", "--port-base", &base][..],
        &["migrate"],
        &["verify"],
        &["source"],
    ] {
        let whole = [arguments, &["--database", UNREACHABLE]].concat();
        expect_one_sentence(&whole, beginning);
    }
}

#[test]
fn a_missing_or_faulty_agreement_stops_the_start_before_any_data_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let faulty = write(folder.path(), "agreement.md", "# Not an agreement\n");
    let unsigned = AGREEMENT.replacen("```rule\npermit", "```rule\npremit", 1);
    assert_ne!(unsigned, AGREEMENT);
    let misspelt = write(folder.path(), "misspelt.md", &unsigned);
    let missing = folder.path().join("none.md").display().to_string();
    for (agreement, beginning) in [
        (&faulty, "tarn: the agreement can't be put in force"),
        (&misspelt, "tarn: the agreement can't be put in force"),
        (&missing, "tarn: the agreement "),
    ] {
        let base = free_base();
        let text = format!(
            "[governance]\nagreement = \"{agreement}\"\n[listen]\nviewer = \"127.0.0.1:{base}\"\nportal = \"127.0.0.1:{}\"\n",
            base + 1
        );
        let config = write(folder.path(), "tarn.toml", &text);
        let port = base.to_string();
        let place = ["--config", &config, "--data", &data];
        let demo = [&["demo", "--port-base", &port][..], &place].concat();
        let run = [&["run"][..], &place].concat();
        for arguments in [demo, run] {
            let (worked, words) = said(&tarn(&arguments));
            assert!(!worked, "{agreement}: {words}");
            assert!(words.starts_with(beginning), "{agreement}: {words}");
            assert!(!words.contains("ready "), "{words}");
            assert!(!Path::new(&data).exists(), "{arguments:?} made data");
        }
    }
    expect_one_sentence(
        &["run", "--data", &data],
        "tarn: no agreement is configured: set `governance.agreement` to its file",
    );
}

#[test]
fn migrations_are_applied_once_and_a_second_time_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for place in new_places(folder.path()) {
        let (worked, words) = run_at("migrate", &place);
        assert!(
            worked && words.ends_with(" migrations applied\n"),
            "{words}"
        );
        assert!(!words.starts_with('0'), "{words}");
        let (worked, words) = run_at("migrate", &place);
        assert!(worked, "{words}");
        assert_eq!(words, "nothing to do: the databases are up to date\n");
    }
}

#[test]
fn the_doctor_says_one_line_for_each_check_and_fails_if_any_does() {
    let folder = tempfile::tempdir().unwrap();
    let agreement = write(folder.path(), "agreement.md", AGREEMENT);
    for demo in Demo::on_each_backend() {
        let signin = demo.sign_in();
        let text = format!(
            "[governance]\nagreement = \"{agreement}\"\n[staff_sign_in]\nissuer = \"{signin}/staff\"\n[citizen_sign_in]\nissuer = \"{signin}/citizen\"\n",
        );
        let config = write(folder.path(), "tarn.toml", &text);
        let (worked, words) = said(&demo.tarn(&["doctor", "--config", &config]));
        assert!(worked, "{words}");
        for check in [
            "clock",
            "agreement",
            "staff sign-in",
            "citizen sign-in",
            "access tokens",
            "databases",
            "migrations",
            "record",
            "people",
            "sources",
            "audit log",
        ] {
            let about = |line: &&str| line.starts_with(&format!("ok      {check} "));
            assert_eq!(words.lines().filter(about).count(), 1, "{check}: {words}");
        }
        assert_eq!(words.lines().count(), 11, "{words}");
        assert!(words.contains("29 people"), "{words}");

        let wrong = text.replace("/staff", "/nowhere");
        let config = write(folder.path(), "tarn.toml", &wrong);
        let (worked, words) = said(&demo.tarn(&["doctor", "--config", &config]));
        assert!(!worked, "{words}");
        let failed: Vec<&str> = words
            .lines()
            .filter(|line| line.starts_with("FAILED"))
            .collect();
        assert_eq!(failed, ["FAILED  staff sign-in    answers 404"], "{words}");
    }
    let (worked, words) = said(&tarn(&["doctor", "--database", UNREACHABLE]));
    assert!(!worked && words.contains("FAILED  databases "), "{words}");
    assert!(!words.contains("s3cret"), "{words}");
}

#[test]
fn a_row_that_was_tampered_with_is_found_and_named() {
    for demo in Demo::on_each_backend() {
        let (mut doctor, person) = demo.open_story();
        assert_eq!(doctor.get(&demo.viewer(), &person).status, 200);
        let (worked, words) = said(&demo.tarn(&["verify"]));
        assert!(worked, "{words}");
        assert!(words.starts_with("the audit log is whole: "), "{words}");
        assert!(!words.contains("whole: 0 events"), "{words}");

        let unguard = match demo.place {
            Place::Folder(_) => "DROP TRIGGER event_is_never_changed",
            Place::Postgres(..) => "ALTER TABLE event DISABLE TRIGGER ALL",
        };
        demo.place.execute("audit", unguard);
        let change = "UPDATE event SET body = replace(body, 'ooh-doctor', 'ed-doctor') \
                      WHERE sequence = 2";
        demo.place.execute("audit", change);
        let (worked, words) = said(&demo.tarn(&["verify"]));
        assert!(!worked, "{words}");
        assert!(words.starts_with("the audit log is NOT whole: "), "{words}");
        assert!(words.contains('2'), "the row is named: {words}");
    }
}

#[test]
fn the_reference_page_says_what_the_program_says() {
    let (worked, words) = said(&tarn(&["config-reference"]));
    assert!(worked);
    assert!(
        words == REFERENCE,
        "docs/src/operator/configuration.md is stale: run `cargo xtask generate`"
    );
}

#[test]
fn a_key_that_does_not_exist_stops_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), "tarn.toml", "[session]\nidle_minuts = 3\n");
    for command in ["demo", "run", "migrate", "doctor", "verify", "source"] {
        let errors = expect_one_sentence(&[command, "--config", &config], "tarn: ");
        assert_eq!(
            errors,
            "tarn: there is no setting `session.idle_minuts`; did you mean `session.idle_minutes`?\n"
        );
    }
    let output = std::process::Command::new(crate::demo::TARN)
        .args(["verify", "--data", &folder.path().display().to_string()])
        .env("TARN_SESION_IDLE_MINUTES", "3")
        .output()
        .unwrap();
    let (worked, words) = said(&output);
    assert!(!worked, "{words}");
    assert!(
        words.contains("there is no setting `TARN_SESION_IDLE_MINUTES`"),
        "{words}"
    );
}

#[test]
fn a_part_that_does_not_exist_is_refused() {
    expect_one_sentence(
        &["run", "--parts", "viewer,console"],
        "tarn: there is no part `console`: the parts are viewer, portal and record-api",
    );
}
