//! The program itself, running: `tarn demo` as a child process, on free ports and data of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::browser::Browser;

/// The program under test.
pub(crate) const TARN: &str = env!("CARGO_BIN_EXE_tarn");

/// NHS number of Edna Hargreaves, whose record the stories tell.
pub(crate) const STORY_NUMBER: &str = "999 000 0018";

/// Words that are in Edna Hargreaves's record, or say who she is: none may be on a page that shows
/// nothing of it.
pub(crate) const CANARIES: &[&str] = &[
    "Hargreaves",
    "HARGREAVES",
    "Edna",
    "Edie",
    "9990000018",
    "999 000 0018",
    "999\u{a0}000\u{a0}0018",
    "Wheelwright",
    "penicillin",
    "apixaban",
    "naproxen",
    "furosemide",
    "ReSPECT",
    "14-Jul-1945",
    "14 July 1945",
    "Ruth",
];

/// What is logged, as a setting's name in the environment.
const LOG_FILTER: &str = "TARN_TELEMETRY_LOG_FILTER";

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a demo keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Folder(PathBuf),
    /// An address, and the folder of what is kept in no database.
    Postgres(String, PathBuf),
}

impl Place {
    /// The arguments that name the place.
    pub(crate) fn arguments(&self) -> Vec<String> {
        match self {
            Self::Folder(folder) => vec!["--data".to_owned(), folder.display().to_string()],
            Self::Postgres(url, folder) => vec![
                "--database".to_owned(),
                url.clone(),
                "--data".to_owned(),
                folder.display().to_string(),
            ],
        }
    }

    /// The folder of what is kept in no database.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) | Self::Postgres(_, folder) => folder,
        }
    }

    /// Runs SQL on one crate's tables, from outside the program.
    pub(crate) fn execute(&self, noun: &'static str, sql: &str) {
        let url = match self {
            Self::Folder(folder) => {
                format!("sqlite:{}", folder.join(format!("{noun}.db")).display())
            }
            Self::Postgres(url, _) => url.clone(),
        };
        block_on(tarn_database::testing::execute(&url, noun, sql)).unwrap();
    }
}

/// A running demo. It stops when it is dropped, and when the process of the tests ends.
pub(crate) struct Demo {
    pub(crate) place: Place,
    base: u16,
    /// The shell that holds the program; it stops it when its own standard input ends.
    shell: Child,
    printed: Arc<Mutex<Vec<String>>>,
    logged: Arc<Mutex<String>>,
    _folder: Option<TempDir>,
}

impl Demo {
    /// A demo with new data in a folder of its own.
    pub(crate) fn new() -> Self {
        Self::logging("info")
    }

    /// A demo with new data and these settings, as environment names and values.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::in_own_folder(Place::Folder, settings)
    }

    fn logging(log_filter: &str) -> Self {
        Self::with(&[(LOG_FILTER, log_filter)])
    }

    fn in_own_folder(place: impl FnOnce(PathBuf) -> Place, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path().join("data"));
        Self {
            _folder: Some(folder),
            ..Self::start(place, settings)
        }
    }

    /// A demo with new data on each backend that can be reached.
    pub(crate) fn on_each_backend() -> Vec<Self> {
        Self::on_each_backend_logging("info")
    }

    /// The same, saying more or less in their logs.
    pub(crate) fn on_each_backend_logging(log_filter: &str) -> Vec<Self> {
        let mut demos = vec![Self::logging(log_filter)];
        match block_on(tarn_database::testing::fresh_postgres()) {
            Some(url) => demos.push(Self::in_own_folder(
                |folder| Place::Postgres(url, folder),
                &[(LOG_FILTER, log_filter)],
            )),
            None => println!("left out: PostgreSQL (TARN_TEST_POSTGRES not set)"),
        }
        demos
    }

    /// The demo of every test that leaves it as it was.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Demo> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// Starts a demo and waits until it says that it is ready.
    pub(crate) fn start(place: Place, settings: &[(&str, &str)]) -> Self {
        let base = free_base();
        // The shell outlives nobody: when this process ends, however it ends, `read` returns.
        let mut shell = Command::new("sh")
            .args(["-c", r#""$0" "$@" & read -r _; kill -INT $!; wait $!"#])
            .arg(TARN)
            .args(["demo", "--people", "30", "--port-base", &base.to_string()])
            .args(place.arguments())
            .envs(settings.iter().copied())
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = Arc::new(Mutex::new(Vec::new()));
        let logged = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        let into = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                into.lock().unwrap().push(line);
            }
        });
        let mut log = shell.stderr.take().unwrap();
        let into = Arc::clone(&logged);
        std::thread::spawn(move || {
            let mut some = [0; 8192];
            while let Ok(size @ 1..) = log.read(&mut some) {
                let text = String::from_utf8_lossy(some.split_at(size).0).into_owned();
                into.lock().unwrap().push_str(&text);
            }
        });
        let demo = Self {
            place,
            base,
            shell,
            printed,
            logged,
            _folder: None,
        };
        demo.wait_until_ready();
        demo
    }

    /// Address of the viewer.
    pub(crate) fn viewer(&self) -> String {
        self.origin(0)
    }

    /// Address of the portal.
    pub(crate) fn portal(&self) -> String {
        self.origin(1)
    }

    /// Origin of the FHIR interface.
    pub(crate) fn fhir(&self) -> String {
        self.origin(3)
    }

    /// Address of the demo's sign-in.
    pub(crate) fn sign_in(&self) -> String {
        self.origin(9)
    }

    /// The lines printed so far.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.lock().unwrap().clone()
    }

    /// The log so far.
    pub(crate) fn logged(&self) -> String {
        self.logged.lock().unwrap().clone()
    }

    /// Runs another command of the program on the same data.
    pub(crate) fn tarn(&self, arguments: &[&str]) -> Output {
        let place = self.place.arguments();
        tarn(
            &[
                arguments,
                &place.iter().map(String::as_str).collect::<Vec<_>>(),
            ]
            .concat(),
        )
    }

    /// Interrupts the program, as Ctrl-C does, and gives its exit code.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        drop(self.shell.stdin.take());
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.shell.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the demo does not stop: {:?}", self.printed());
    }

    /// Opens Edna Hargreaves's record as the out-of-hours doctor; gives the browser and the
    /// record's address.
    pub(crate) fn open_story(&self) -> (Browser, String) {
        let mut doctor = Browser::signed_in(&self.viewer(), "ooh-doctor");
        let (found, person) = doctor.find(&self.viewer(), STORY_NUMBER);
        let person = person.unwrap_or_else(|| panic!("found nobody: {}", found.words()));
        (doctor, person)
    }

    fn origin(&self, above: u16) -> String {
        format!("http://127.0.0.1:{}", self.base + above)
    }

    fn wait_until_ready(&self) {
        let began = Instant::now();
        let is_ready = || self.printed().iter().any(|line| line.starts_with("ready "));
        while !is_ready() {
            // A demo that gave up has closed its log, but the shell still holds it: look at what
            // it said instead.
            let failed = self.logged().contains("tarn: ");
            assert!(
                !failed && began.elapsed() < PATIENCE,
                "the demo did not start: {:?} {}",
                self.printed(),
                self.logged()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Runs the program to its end; a program that goes on running fails the test.
pub(crate) fn tarn(arguments: &[&str]) -> Output {
    let mut child = Command::new(TARN)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

/// What a command printed, both ways, and whether it succeeded.
pub(crate) fn said(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.success(),
        String::from_utf8(text).expect("commands print text"),
    )
}

/// Fails if anything of Edna Hargreaves is in a text.
pub(crate) fn expect_nothing_of_the_record(text: &str, what: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} is in {what}: {text}");
    }
}

/// Runs a future to its end, outside any runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A port that is free, with those above it that a demo takes. Below the range that the system
/// gives to outgoing connections.
pub(crate) fn free_base() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 1000).unwrap() * 20;
    for _ in 0..1000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = 10_000 + own.wrapping_add(step * 20) % 20_000;
        let free = |above| TcpListener::bind(("127.0.0.1", base + above)).is_ok();
        if [0, 1, 3, 9].into_iter().all(free) {
            return base;
        }
    }
    panic!("no port is free");
}

/// Writes a file into a folder and gives its path as text.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}
