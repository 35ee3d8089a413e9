//! The load driver against a running demo: for rightness only, a moment of each operation. What it
//! measures is in docs/performance.md.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use clap::Parser as _;

use crate::demo::{Demo, TARN, block_on};

fn load(arguments: &[&str]) {
    let arguments = ["tarn-load"].iter().chain(arguments);
    let cli = tarn_load::Cli::try_parse_from(arguments).unwrap();
    block_on(tarn_load::run(cli)).unwrap();
}

#[test]
fn every_operation_of_the_load_driver_gets_the_right_answer() {
    for demo in Demo::on_each_backend() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (known, many, rows) = (file("known"), file("many"), file("rows"));
        let base = demo.viewer();
        let base = base.rsplit_once(':').unwrap().1;
        let data = demo.place.folder().display();
        let token = format!("{TARN} token --system OAK01 --port-base {base} --data {data}");
        let api = format!("{}/fhir/r4", demo.fhir());
        let target = ["--base", &api, "--bearer-command", &token, "--rows", &rows];
        let moment = ["--callers", "2", "--seconds", "1"];

        // The first numbers of the range are the demo's own people.
        let few = [
            "--people",
            "2",
            "--first",
            "500",
            "--workers",
            "2",
            "--known",
            &known,
        ];
        load(&[&["import"], &target[..], &few].concat());
        let patients = [
            "--patients-only",
            "--people",
            "25",
            "--first",
            "1000",
            "--bundle",
            "10",
            "--note-each",
            "5",
            "--known",
            &many,
        ];
        load(&[&["import"], &target[..], &patients].concat());
        let noted = std::fs::read_to_string(&many).unwrap();
        assert_eq!(noted.lines().count(), 5, "{noted}");

        let all = ["--known", &known];
        load(&[&["ask"], &target[..], &all, &moment].concat());
        let of_patients = [
            "--known",
            &many,
            "--what",
            "nhs-number,family-and-birth,read-patient",
        ];
        load(&[&["ask"], &target[..], &of_patients, &moment].concat());
        load(&[&["crud"], &target[..], &moment].concat());
        let viewer = demo.viewer();
        let page = ["view", "--viewer", &viewer, "--known", &known];
        load(&[&page[..], &moment].concat());
        let rows = std::fs::read_to_string(&rows).unwrap();
        // Two imports, eight questions, three about many, one loop.
        assert_eq!(rows.lines().count(), 14, "{rows}");
    }
}
