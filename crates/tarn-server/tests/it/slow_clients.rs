//! Clients that are slow on purpose: heads and bodies that never come to their end.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::demo::Demo;

/// Longer than any patience that the demo of these tests has.
const LONG: Duration = Duration::from_secs(60);

/// Sends a beginning and then a byte now and then; what came back before the connection ended.
fn drip(origin: &str, beginning: &str) -> String {
    let mut wire = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
    wire.set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    wire.write_all(beginning.as_bytes()).unwrap();
    let began = Instant::now();
    let mut answer = Vec::new();
    let mut some = [0; 4096];
    loop {
        assert!(began.elapsed() < LONG, "the connection is still open");
        match wire.read(&mut some) {
            Ok(0) => break,
            Ok(size) => answer.extend_from_slice(some.split_at(size).0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if wire.write_all(b"a").is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn heads_and_bodies_that_drip_are_cut_off_and_others_are_served_meanwhile() {
    let demo = Demo::with(&[
        ("TARN_LISTEN_PAUSE_SECONDS", "2"),
        ("TARN_LISTEN_BODY_SECONDS", "4"),
    ]);
    let token = demo.tarn(&["token", "--system", "OAK01"]);
    let token = String::from_utf8(token.stdout).unwrap();
    let post = |path: &str, kind: &str, more: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{more}Content-Length: 5000\r\n\r\n{{"
        )
    };
    let bearer = format!("Authorization: Bearer {}\r\n", token.trim());
    let form = "application/x-www-form-urlencoded";
    let slow = [
        (
            demo.viewer(),
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
        ),
        (
            demo.portal(),
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
        ),
        (
            demo.fhir(),
            "GET /fhir/r4/metadata HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
        ),
        (
            demo.sign_in(),
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
        ),
        (
            demo.fhir(),
            post("/fhir/r4/Observation", "application/fhir+json", &bearer),
        ),
        (demo.sign_in(), post("/staff/token", form, "")),
        (demo.viewer(), post("/find", form, "")),
    ];
    let dripping: Vec<_> = slow
        .into_iter()
        .map(|(origin, beginning)| {
            std::thread::spawn(move || (drip(&origin, &beginning), beginning))
        })
        .collect();
    // Many that send nothing more at all, and hold their connections.
    let address = demo.fhir();
    let address = address.strip_prefix("http://").unwrap();
    let mut half_open = Vec::new();
    for _ in 0..300 {
        let mut wire = TcpStream::connect(address).unwrap();
        wire.write_all(b"GET /fhir/r4/metadata HTTP/1.1\r\n")
            .unwrap();
        half_open.push(wire);
    }
    for _ in 0..20 {
        let served = Browser::default().get(&demo.fhir(), "/fhir/r4/metadata");
        assert_eq!(served.status, 200);
    }
    for one in dripping {
        let (answer, beginning) = one.join().unwrap();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(
            matches!(status, "" | "400" | "403" | "408"),
            "{beginning} got {answer}"
        );
    }
    for mut wire in half_open {
        wire.set_read_timeout(Some(LONG)).unwrap();
        let mut answer = Vec::new();
        // Reset or closed in order: either way it is over.
        let _ = wire.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
    }
}
