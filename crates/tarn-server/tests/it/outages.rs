//! What callers see while the database is away, full or held up, and that nothing acknowledged
//! suffers: the real program under load.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tarn_faults::{
    Client, Cluster, Deployment, Drill, KillOptions, Place, RegisterOptions, Request,
};

use crate::demo::TARN;

/// PostgreSQL's programs, or the line that says what is left out.
fn programs() -> Option<PathBuf> {
    let programs = Cluster::programs();
    if programs.is_none() {
        println!("left out: PostgreSQL (no programs in /usr/lib/postgresql)");
    }
    programs
}

/// A server on SQLite, and one on a cluster of its own where there is one.
async fn on_each_backend(seed: u64) -> Vec<(Drill, Option<Cluster>)> {
    let cluster = programs().map(|programs| Cluster::start(&programs, &[]).unwrap());
    let mut drills = vec![(Place::Folder, None)];
    drills.extend(cluster.map(|cluster| (Place::Postgres(cluster.url()), Some(cluster))));
    let mut ready = Vec::new();
    for (place, cluster) in drills {
        let deployment = Deployment::start(Path::new(TARN), place, &[])
            .await
            .unwrap();
        ready.push((Drill::new(deployment, 3, seed).unwrap(), cluster));
    }
    ready
}

async fn kills(postgres: Option<PathBuf>, server_kills: u64, database_kills: u64) {
    let options = KillOptions {
        tarn: TARN.into(),
        postgres,
        server_kills,
        database_kills,
        writers: 3,
        seed: 20_261_127,
    };
    let report = tarn_faults::kill(&options).await.unwrap();
    println!("{report}");
    assert!(report.found.is_clean(), "{report}");
    assert!(
        report.found.writes() > 0 && report.found.doubtful() > 0,
        "{report}"
    );
    assert!(report.kills() >= (server_kills, database_kills));
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_the_server_lose_double_and_hide_nothing_on_sqlite() {
    kills(None, 8, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_server_and_database_lose_double_and_hide_nothing_on_postgresql() {
    if let Some(programs) = programs() {
        kills(Some(programs), 8, 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_clients_are_told_of_one_entry_could_have_happened_in_some_order() {
    let cluster = programs().map(|programs| Cluster::start(&programs, &[]).unwrap());
    let places = [
        Some(Place::Folder),
        cluster.as_ref().map(|one| Place::Postgres(one.url())),
    ];
    for place in places.into_iter().flatten() {
        let options = RegisterOptions {
            tarn: TARN.into(),
            place,
            clients: 8,
            time: Duration::from_secs(2),
            seed: 7,
        };
        let report = tarn_faults::registers(&options).await.unwrap();
        println!("{report}");
        assert!(report.anomalies.is_empty(), "{report}");
        assert!(
            report.refused > 0,
            "clients were in each other's way: {report}"
        );
    }
}

/// Asks for something and sends something, both of which must be answered "not now".
async fn expect_not_now(client: &Client) {
    let organisation = json!({ "resourceType": "Organization", "name": "Oak Lane branch" });
    let read = Request::new(reqwest::Method::GET, "/Organization", json!(null));
    let write = Request::new(reqwest::Method::POST, "/Organization", organisation);
    for request in [read, write] {
        let answer = client.send(&request).await.expect("an answer all the same");
        assert!(answer.is_not_now(), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_database_is_missed_with_503_and_found_again_by_the_running_server() {
    for (mut drill, cluster) in on_each_backend(3).await {
        let Some(mut cluster) = cluster else { continue };
        let server = drill.deployment.pid().unwrap();
        for _ in 0..3 {
            let load = drill.load().await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            cluster.stop().unwrap();
            expect_not_now(&drill.deployment.client().unwrap()).await;
            let ended = load.end().await.unwrap();
            cluster.restart().unwrap();
            drill.deployment.wait_until_ready().await.unwrap();
            drill.settle(ended).await.unwrap();
        }
        assert!(drill.report.is_clean(), "{}", drill.report);
        assert!(drill.report.doubtful() > 0, "{}", drill.report);
        assert_eq!(
            drill.deployment.pid().unwrap(),
            server,
            "nobody restarted it"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_every_connection_waits_callers_get_503_in_bounded_time_and_then_their_answer() {
    let Some(programs) = programs() else { return };
    let cluster = Cluster::start(&programs, &[]).unwrap();
    let place = Place::Postgres(cluster.url());
    let deployment = Deployment::start(Path::new(TARN), place, &[])
        .await
        .unwrap();
    let client = deployment.client().unwrap();
    let sql = "BEGIN; LOCK TABLE record.resource, record.search_row; SELECT pg_sleep(14)";
    let mut holder = Command::new(programs.join("psql"))
        .args(["-qAt", "-c", sql, &cluster.url()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' \
                AND relation = 'record.resource'::regclass";
    let is_held = || {
        let mut asked = Command::new(programs.join("psql"));
        let asked = asked.args(["-qAt", "-c", held, &cluster.url()]).output();
        asked.unwrap().stdout.starts_with(b"1")
    };
    while !is_held() {
        assert!(
            holder.try_wait().unwrap().is_none(),
            "nobody holds the lock"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let callers: Vec<_> = (0..60)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("/Organization").await })
        })
        .collect();
    let control = client.get("/metadata").await.expect("it needs no database");
    assert_eq!(control.status, 200);
    let mut refused = 0;
    for caller in callers {
        let answer = caller
            .await
            .unwrap()
            .expect("an answer before the caller gives up");
        assert!(answer.status == 200 || answer.is_not_now(), "{answer:?}");
        refused += usize::from(answer.is_not_now());
    }
    assert!(refused > 0, "there are not so many connections");
    holder.wait().unwrap();
    let after = client.get("/Organization").await.unwrap();
    assert_eq!(after.status, 200, "{after:?}");
}

/// A small disk of its own; `None`, with a line that says so, where this process may not mount.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={megabytes}m,mode=0755"),
                "tarn-test",
            ])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        println!("left out: a full disk (this process may not mount one)");
        None
    }

    /// Takes what space there is left.
    fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        let some = vec![0; 64 << 10];
        while ballast.write_all(&some).is_ok() {}
        while ballast.write_all(&[0]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Sends much until it is refused; each answer must be one or the other.
async fn write_until_refused(client: &Client) {
    let much = json!({
        "resourceType": "Organization", "name": "Oak Lane branch", "alias": ["x".repeat(200_000)],
    });
    let write = Request::new(reqwest::Method::POST, "/Organization", much);
    for _ in 0..1_000 {
        let answer = client.send(&write).await.expect("an answer all the same");
        if answer.is_not_now() {
            return;
        }
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    panic!("the disk does not fill up");
}

/// Fills the disk under load, looks at what callers see, and frees it.
async fn fill_up(drill: &mut Drill, disk: &Disk, mut cluster: Option<&mut Cluster>) {
    for _ in 0..2 {
        let load = drill.load().await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        disk.fill();
        // A database has a little room of its own for some time yet.
        write_until_refused(&drill.deployment.client().unwrap()).await;
        let ended = load.end().await.unwrap();
        disk.free();
        if let Some(cluster) = &mut cluster {
            cluster.restart().unwrap();
        }
        drill.deployment.wait_until_ready().await.unwrap();
        drill.settle(ended).await.unwrap();
    }
    assert!(drill.report.is_clean(), "{}", drill.report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_whole_requests_and_loses_nothing_on_sqlite() {
    let Some(disk) = Disk::mount(64) else { return };
    let place = Place::At(disk.0.path().join("data"));
    let deployment = Deployment::start(Path::new(TARN), place, &[])
        .await
        .unwrap();
    let mut drill = Drill::new(deployment, 3, 5).unwrap();
    fill_up(&mut drill, &disk, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_whole_requests_and_loses_nothing_on_postgresql() {
    let (Some(programs), Some(disk)) = (programs(), Disk::mount(400)) else {
        return;
    };
    // So that a test of seconds needs its disk's space soon.
    let settings = ["min_wal_size=32MB", "max_wal_size=32MB"];
    let mut cluster = Cluster::start_in(disk.0.path(), &programs, &settings).unwrap();
    let place = Place::Postgres(cluster.url());
    let deployment = Deployment::start(Path::new(TARN), place, &[])
        .await
        .unwrap();
    let mut drill = Drill::new(deployment, 3, 5).unwrap();
    fill_up(&mut drill, &disk, Some(&mut cluster)).await;
}
