//! The way from the files to those who take their texts up: bounded, so that a folder of any size
//! needs no more memory than its longest texts.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::files::{self, FileLimits, Found, Text};

/// Most texts that are taken together. Only lines of a file are; a Bundle is whole by itself.
const LINES_AT_ONCE: usize = 200;

/// Up to how many bytes of lines are taken together.
const LINE_BYTES_AT_ONCE: usize = 1 << 20;

/// Where a text stands: which file, and which text of it.
pub(super) type Place = (usize, usize);

/// What is taken up at once: one text, or lines that follow each other.
pub(super) struct Job {
    /// Its place in the order of all.
    pub(super) number: u64,
    pub(super) texts: Vec<(Place, Text)>,
    /// Bytes of the file that were read for it.
    pub(super) read_bytes: u64,
    /// A file, or the rest of one, that could not be read: where, and why.
    pub(super) problem: Option<(Place, String, String)>,
    _room: Option<OwnedSemaphorePermit>,
}

/// How much text may be on its way at once, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Room {
    semaphore: Arc<Semaphore>,
    bytes: usize,
}

impl Room {
    /// Room for `bytes`, and at least for one text of the longest kind.
    pub(super) fn new(bytes: usize, limits: FileLimits) -> Self {
        let bytes = bytes
            .max(limits.text_bytes)
            .min(Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self {
            semaphore: Arc::new(Semaphore::new(bytes)),
            bytes,
        }
    }

    /// Bytes on their way now.
    #[cfg(test)]
    fn taken(&self) -> usize {
        self.bytes - self.semaphore.available_permits()
    }

    /// Waits until there is room; not from within a runtime's own threads.
    fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let asked = u32::try_from(bytes.min(self.bytes)).ok()?;
        let room = Arc::clone(&self.semaphore).acquire_many_owned(asked);
        tokio::runtime::Handle::current().block_on(room).ok()
    }
}

/// Hands out jobs in order, each to one asker.
#[derive(Clone)]
pub(super) struct Jobs(Arc<Mutex<mpsc::Receiver<Job>>>);

impl Jobs {
    pub(super) async fn next(&self) -> Option<Job> {
        self.0.lock().await.recv().await
    }
}

/// What of which files is to be read: all texts, or those that waited.
pub(super) type Wanted = Vec<(usize, Found, Option<BTreeSet<usize>>)>;

/// Begins to read, on a thread of its own, no further ahead than there is room. What is handed out
/// is only all there is if the reader came to its end.
pub(super) fn read(
    wanted: Wanted,
    limits: FileLimits,
    room: Room,
    ahead: usize,
) -> (Jobs, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(ahead.max(1));
    let reading = tokio::task::spawn_blocking(move || {
        let mut reader = Reader {
            sender,
            room,
            number: 0,
            gathered: Vec::new(),
            gathered_bytes: 0,
            read_bytes: 0,
        };
        for (at, file, only) in wanted {
            if reader.file(at, &file, only.as_ref(), limits).is_none() {
                // Nobody asks any more.
                return;
            }
        }
    });
    (Jobs(Arc::new(Mutex::new(receiver))), reading)
}

struct Reader {
    sender: mpsc::Sender<Job>,
    room: Room,
    number: u64,
    gathered: Vec<(Place, Text)>,
    gathered_bytes: usize,
    read_bytes: u64,
}

impl Reader {
    /// Sends on what a file holds; `None` if nobody asks any more.
    fn file(
        &mut self,
        at: usize,
        file: &Found,
        only: Option<&BTreeSet<usize>>,
        limits: FileLimits,
    ) -> Option<()> {
        let mut texts = match files::texts(file, limits) {
            Ok(texts) => texts,
            Err(problem) => {
                self.read_bytes = file.size_bytes;
                return self.problem((at, 0), file.name(), problem.to_string());
            }
        };
        let lines = texts.are_lines();
        let (mut number, mut read_before) = (0, 0);
        while let Some(text) = texts.next() {
            let read = texts.read_bytes();
            self.read_bytes += read.saturating_sub(read_before);
            read_before = read;
            match text {
                Ok(text) => {
                    if only.is_none_or(|only| only.contains(&number)) {
                        self.gather((at, number), text, lines)?;
                    }
                }
                Err(problem) => {
                    if !self.gathered.is_empty() {
                        self.send()?;
                    }
                    self.problem((at, number), file.name(), problem.to_string())?;
                }
            }
            number += 1;
        }
        self.read_bytes += file.size_bytes.saturating_sub(read_before);
        self.send()
    }

    fn gather(&mut self, place: Place, text: Text, is_line: bool) -> Option<()> {
        let bytes = text.json.len();
        let full = self.gathered.len() >= LINES_AT_ONCE
            || self.gathered_bytes + bytes > LINE_BYTES_AT_ONCE;
        if full {
            self.send()?;
        }
        self.gathered.push((place, text));
        self.gathered_bytes += bytes;
        if is_line { Some(()) } else { self.send() }
    }

    fn problem(&mut self, place: Place, name: String, problem: String) -> Option<()> {
        self.push(Vec::new(), Some((place, name, problem)), None)
    }

    fn send(&mut self) -> Option<()> {
        if self.gathered.is_empty() && self.read_bytes == 0 {
            return Some(());
        }
        let room = self.room.take(self.gathered_bytes)?;
        let texts = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        self.push(texts, None, Some(room))
    }

    fn push(
        &mut self,
        texts: Vec<(Place, Text)>,
        problem: Option<(Place, String, String)>,
        room: Option<OwnedSemaphorePermit>,
    ) -> Option<()> {
        let job = Job {
            number: self.number,
            texts,
            read_bytes: std::mem::take(&mut self.read_bytes),
            problem,
            _room: room,
        };
        self.number += 1;
        self.sender.blocking_send(job).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(path: PathBuf) -> Found {
        let size_bytes = std::fs::metadata(&path).unwrap().len();
        Found { path, size_bytes }
    }

    /// What is on its way never grows beyond the room, however much there is to read and however
    /// slowly it is taken up.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_slow_taker_stops_the_reader() {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(990));
        let path = folder.path().join("many.ndjson");
        std::fs::write(&path, line.repeat(5_000)).unwrap();
        let limits = FileLimits {
            text_bytes: 2_000,
            ..FileLimits::default()
        };
        let room = Room::new(500_000, limits);
        let (jobs, _) = read(
            vec![(0, found(path.clone()), None)],
            limits,
            room.clone(),
            2,
        );
        let (mut texts, mut read_bytes, mut most) = (0, 0, 0);
        while let Some(job) = jobs.next().await {
            // Long enough for a reader that nothing held back to read everything.
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            let on_the_way: usize = job.texts.iter().map(|(_, text)| text.json.len()).sum();
            assert!(on_the_way <= LINE_BYTES_AT_ONCE && job.texts.len() <= LINES_AT_ONCE);
            most = most.max(room.taken());
            texts += job.texts.len();
            read_bytes += job.read_bytes;
        }
        assert_eq!(texts, 5_000);
        assert_eq!(read_bytes, std::fs::metadata(&path).unwrap().len());
        assert!(most > 0 && most <= 500_000, "{most}");
        assert_eq!(room.taken(), 0, "what was taken up gives its room back");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn jobs_are_numbered_and_whole_texts_go_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted = Vec::new();
        for (at, (name, text)) in [
            ("a.json", "{}"),
            ("b.ndjson", "{}\n{}"),
            ("c.json.gz", "no"),
        ]
        .into_iter()
        .enumerate()
        {
            std::fs::write(folder.path().join(name), text).unwrap();
            wanted.push((at, found(folder.path().join(name)), None));
        }
        let limits = FileLimits::default();
        let (jobs, _) = read(wanted, limits, Room::new(0, limits), 1);
        let mut seen = Vec::new();
        while let Some(job) = jobs.next().await {
            seen.push((job.number, job.texts.len(), job.problem.is_some()));
        }
        assert_eq!(seen, [(0, 1, false), (1, 2, false), (2, 0, true)]);
    }
}
