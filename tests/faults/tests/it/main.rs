//! The program itself, as far as it goes without a server. Its runs are tests of `tarn-server`.

use std::process::Command;

#[test]
fn a_run_that_cannot_begin_ends_red_and_claims_nothing() {
    for command in ["kill", "registers"] {
        let output = Command::new(env!("CARGO_BIN_EXE_tarn-faults"))
            .args([command, "--sqlite", "--tarn", "no/such/program"])
            .output()
            .unwrap();
        assert!(!output.status.success(), "{command}");
        assert!(output.stdout.is_empty(), "{command}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("could not be started"), "{command}: {said}");
    }
}
