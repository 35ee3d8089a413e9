use tarn_record::{Receipt, Tally};

/// What a load did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Deliveries (Bundles, resources, lines) that were new.
    pub loaded: usize,
    /// Deliveries that were there already.
    pub unchanged: usize,
    /// What became of the resources of the new deliveries.
    pub resources: Tally,
    /// Deliveries and files that were not taken, in the order in which they came.
    pub rejections: Vec<Rejection>,
    /// Files in folders that are not FHIR JSON by their name.
    pub skipped: usize,
    /// People who were given an NHS number of the test range.
    pub numbers_assigned: usize,
}

/// A delivery or file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The file, and the line of an NDJSON file.
    pub place: String,
    /// The JSON path of the fault and what it is; nothing of the content.
    pub reason: String,
}

impl Report {
    pub(super) fn add(&mut self, receipt: &Receipt) {
        match receipt {
            Receipt::Stored(tally) => {
                self.loaded += 1;
                self.resources.created += tally.created;
                self.resources.updated += tally.updated;
                self.resources.unchanged += tally.unchanged;
                self.resources.deleted += tally.deleted;
            }
            Receipt::Unchanged(_) => self.unchanged += 1,
        }
    }

    /// Resources that the load created, changed or deleted.
    #[must_use]
    pub const fn changed(&self) -> usize {
        self.resources.created + self.resources.updated + self.resources.deleted
    }

    /// The lines that a person reads at the end.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Tally {
            created,
            updated,
            unchanged,
            deleted,
        } = self.resources;
        let mut lines: Vec<String> = self
            .rejections
            .iter()
            .map(|one| format!("rejected {}: {}", one.place, one.reason))
            .collect();
        lines.push(format!(
            "deliveries: {} loaded, {} unchanged, {} rejected; {} other files skipped",
            self.loaded,
            self.unchanged,
            self.rejections.len(),
            self.skipped
        ));
        lines.push(format!(
            "resources: {created} new, {updated} changed, {deleted} deleted, {unchanged} already there"
        ));
        if self.numbers_assigned > 0 {
            lines.push(format!(
                "test NHS numbers given to {} people",
                self.numbers_assigned
            ));
        }
        lines
    }
}

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken; how many resources it holds.
    Loaded(usize),
    /// It was there already.
    Unchanged,
    /// It was not taken, and why.
    Rejected(String),
}

impl Outcome {
    pub(super) fn of(receipt: &Receipt) -> Self {
        match receipt {
            Receipt::Stored(tally) => Self::Loaded(tally.all()),
            Receipt::Unchanged(_) => Self::Unchanged,
        }
    }
}

/// Who is told how a load is getting on.
pub trait Progress: Send {
    /// The walk is done: so many files, so many bytes.
    fn found(&mut self, files: usize, size_bytes: u64);
    /// One delivery was dealt with.
    fn delivered(&mut self, place: &str, outcome: &Outcome);
    /// So many more bytes of the files are done with.
    fn read(&mut self, size_bytes: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn found(&mut self, _files: usize, _size_bytes: u64) {}
    fn delivered(&mut self, _place: &str, _outcome: &Outcome) {}
    fn read(&mut self, _size_bytes: u64) {}
}
