//! Finding files and reading their texts, with limits in front of every decompressor.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use tarn_model::fhir::Limits;

use super::unpack::{Packing, RatioExceeded, unpack};

/// How much a file may hold once it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// Longest text: a whole `.json` file, or one line of an `.ndjson` file, in bytes.
    pub text_bytes: usize,
    /// How many times larger than its file the unpacked text may be.
    pub ratio: u64,
    /// Unpacked bytes up to which the ratio does not matter.
    pub ratio_from_bytes: u64,
}

impl Default for FileLimits {
    /// As long as a Bundle may be; 200 times the packed size, from 16 MiB on.
    fn default() -> Self {
        Self {
            text_bytes: Limits::BUNDLE.size_bytes,
            ratio: 200,
            ratio_from_bytes: 16 << 20,
        }
    }
}

/// Why a file could not be read. The text names no content.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Its name does not say that it is JSON or NDJSON.
    #[error("not a .json or .ndjson file (plain, .bz2 or .gz)")]
    Kind,
    /// A text is longer than allowed.
    #[error("a text is longer than the {limit_bytes} bytes allowed")]
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// It unpacks to far more than it is: a decompression bomb.
    #[error("it unpacks to more than {ratio} times its size")]
    Ratio {
        /// The limit.
        ratio: u64,
    },
    /// It is not UTF-8.
    #[error("not UTF-8 text")]
    NotText,
    /// It could not be read or unpacked.
    #[error("it could not be read")]
    Io(#[source] io::Error),
}

/// A file that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
}

/// Types of the directory, as the files of an export are named by them.
const DIRECTORY: [&str; 6] = [
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Practitioner",
    "PractitionerRole",
];

impl Found {
    /// Whether it is read after others. Of an export, organisations, places and staff come first:
    /// which organisation an appointment is with is worked out from them when it arrives.
    pub(super) fn is_late(&self) -> bool {
        let name = self.path.file_name().and_then(|name| name.to_str());
        let kind = name.and_then(|name| name.split('.').next());
        kind.is_none_or(|kind| !DIRECTORY.contains(&kind))
    }

    /// How it is named in reports.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<Found>,
    /// Files in folders whose names say that they are something else.
    pub(super) skipped: usize,
}

/// One delivery's text, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) place: String,
    pub(super) json: String,
}

/// Finds the files at `paths`, in the order given, folders in the order of their names.
///
/// A file that is named itself is taken whatever it is called, so that its problem is reported;
/// in folders, other files are counted and left alone. Links to folders are not followed.
pub(super) fn walk(paths: &[PathBuf]) -> anyhow::Result<Walked> {
    let mut walked = Walked::default();
    for path in paths {
        let about =
            std::fs::metadata(path).with_context(|| format!("{} can't be read", path.display()))?;
        if about.is_dir() {
            walk_folder(path, &mut walked)?;
        } else {
            walked.files.push(Found {
                path: path.clone(),
                size_bytes: about.len(),
            });
        }
    }
    Ok(walked)
}

fn walk_folder(root: &Path, walked: &mut Walked) -> anyhow::Result<()> {
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        let unreadable = || format!("{} can't be read", path.display());
        let is_root = path == root;
        let about = if is_root {
            std::fs::metadata(&path)
        } else {
            path.symlink_metadata()
        };
        if about.with_context(unreadable)?.is_dir() {
            let mut inside = std::fs::read_dir(&path)
                .and_then(|entries| {
                    entries
                        .map(|entry| Ok(entry?.path()))
                        .collect::<io::Result<Vec<_>>>()
                })
                .with_context(unreadable)?;
            // The last is taken up first.
            inside.sort_by(|a, b| b.cmp(a));
            pending.extend(inside);
            continue;
        }
        // A link to a file counts as the file; one to a folder, or to nothing, is left alone.
        match std::fs::metadata(&path) {
            Ok(about) if about.is_file() && Kind::of(&path).is_some() => {
                walked.files.push(Found {
                    path,
                    size_bytes: about.len(),
                });
            }
            _ => walked.skipped += 1,
        }
    }
    Ok(())
}

/// The texts of a file, one after the other; reading goes no further than the caller does.
pub(super) fn texts(file: &Found, limits: FileLimits) -> Result<Texts, FileProblem> {
    let kind = Kind::of(&file.path).ok_or(FileProblem::Kind)?;
    let opened = File::open(&file.path).map_err(FileProblem::Io)?;
    let taken = Arc::new(AtomicU64::new(0));
    let unpacked = unpack(opened, kind.packing, limits, Arc::clone(&taken));
    Ok(Texts {
        unpacked: BufReader::new(unpacked),
        taken,
        limits,
        lines: kind.lines,
        name: file.name(),
        line: 0,
        done: false,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    lines: bool,
    packing: Packing,
}

impl Kind {
    /// `None` for names that say something else, and for hidden files.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        if name.starts_with('.') {
            return None;
        }
        let (name, packing) = match name.rsplit_once('.')? {
            (rest, "bz2") => (rest.to_owned(), Packing::Bzip2),
            (rest, "gz") => (rest.to_owned(), Packing::Gzip),
            _ => (name, Packing::None),
        };
        match name.rsplit_once('.')?.1 {
            "json" => Some(Self {
                lines: false,
                packing,
            }),
            "ndjson" | "jsonl" => Some(Self {
                lines: true,
                packing,
            }),
            _ => None,
        }
    }
}

/// See [`texts`].
pub(super) struct Texts {
    unpacked: BufReader<Box<dyn Read + Send>>,
    taken: Arc<AtomicU64>,
    limits: FileLimits,
    lines: bool,
    name: String,
    line: usize,
    done: bool,
}

impl Iterator for Texts {
    type Item = Result<Text, FileProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.done {
                return None;
            }
            let read = self.read_one();
            self.done = self.done || !self.lines || read.is_err();
            match read {
                // Blank lines part nothing and hold nothing.
                Ok(Some(text)) if self.lines && text.json.trim().is_empty() => {}
                Ok(found) => return found.map(Ok),
                Err(problem) => return Some(Err(problem)),
            }
        }
    }
}

impl Texts {
    /// Whether each line is a text.
    pub(super) const fn are_lines(&self) -> bool {
        self.lines
    }

    /// Bytes of the file, packed as it is, that were read so far.
    pub(super) fn read_bytes(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    fn read_one(&mut self) -> Result<Option<Text>, FileProblem> {
        let most = self.limits.text_bytes as u64 + 1;
        let mut bytes = Vec::new();
        let mut limited = (&mut self.unpacked).take(most);
        let read = if self.lines {
            limited.read_until(b'\n', &mut bytes)
        } else {
            limited.read_to_end(&mut bytes)
        };
        let read = read.map_err(|error| match error.get_ref() {
            Some(inner) if inner.is::<RatioExceeded>() => FileProblem::Ratio {
                ratio: self.limits.ratio,
            },
            _ => FileProblem::Io(error),
        })?;
        if read > self.limits.text_bytes {
            return Err(FileProblem::TooLong {
                limit_bytes: self.limits.text_bytes,
            });
        }
        if read == 0 && self.lines {
            self.done = true;
            return Ok(None);
        }
        self.line += 1;
        let place = if self.lines {
            format!("{} line {}", self.name, self.line)
        } else {
            self.name.clone()
        };
        let json = String::from_utf8(bytes).map_err(|_| FileProblem::NotText)?;
        Ok(Some(Text { place, json }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(path: &Path, limits: FileLimits) -> Vec<Result<String, String>> {
        let size_bytes = std::fs::metadata(path).unwrap().len();
        match texts(
            &Found {
                path: path.to_owned(),
                size_bytes,
            },
            limits,
        ) {
            Ok(all) => all
                .map(|one| one.map(|t| t.json).map_err(|e| e.to_string()))
                .collect(),
            Err(problem) => vec![Err(problem.to_string())],
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn every_packing_and_both_kinds_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        bzip2.write_all(b"{\"a\":1}").unwrap();
        let packed = bzip2.finish().unwrap();
        let check = |name: &str, bytes: &[u8], expected: &[&str]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let found: Vec<_> = read(&path, FileLimits::default())
                .into_iter()
                .map(Result::unwrap)
                .collect();
            assert_eq!(found, expected, "{name}");
        };
        check("a.json", b"{\"a\":1}", &["{\"a\":1}"]);
        check("a.JSON.bz2", &packed, &["{\"a\":1}"]);
        check("a.json.gz", &gzip(b"{\"a\":1}"), &["{\"a\":1}"]);
        check(
            "a.ndjson",
            b"{}\n\n{\"b\":2}\r\n7",
            &["{}\n", "{\"b\":2}\r\n", "7"],
        );
        check("a.ndjson.gz", &gzip(b"{}\n{}"), &["{}\n", "{}"]);
    }

    #[test]
    fn what_is_too_long_or_a_bomb_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let bomb = folder.path().join("bomb.json.gz");
        std::fs::write(&bomb, gzip(&vec![b' '; 20 << 20])).unwrap();
        let stopped = read(&bomb, FileLimits::default());
        assert_eq!(
            stopped,
            [Err("it unpacks to more than 200 times its size".to_owned())]
        );
        let small = FileLimits {
            text_bytes: 10,
            ..FileLimits::default()
        };
        let long = folder.path().join("long.ndjson");
        std::fs::write(&long, "{}\n{\"long\":12345}\n{}").unwrap();
        let too_long = "a text is longer than the 10 bytes allowed".to_owned();
        assert_eq!(read(&long, small), [Ok("{}\n".to_owned()), Err(too_long)]);
        let latin = folder.path().join("latin.json");
        std::fs::write(&latin, [b'"', 0xE9, b'"']).unwrap();
        assert_eq!(read(&latin, small), [Err("not UTF-8 text".to_owned())]);
        let broken = folder.path().join("broken.json.gz");
        std::fs::write(&broken, b"no gzip").unwrap();
        assert_eq!(
            read(&broken, small),
            [Err("it could not be read".to_owned())]
        );
    }

    #[test]
    fn folders_are_walked_in_order_and_other_files_counted() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.json",
            "a/z.ndjson",
            "a/c.json.bz2",
            "README",
            "x.xml",
            "a/.json",
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "{}").unwrap();
        }
        let walked = walk(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> = walked
            .files
            .iter()
            .map(|file| {
                file.path
                    .strip_prefix(folder.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        assert_eq!(names, ["a/c.json.bz2", "a/z.ndjson", "b.json"]);
        assert_eq!(walked.skipped, 3);
        let named = walk(&[folder.path().join("README")]).unwrap();
        assert_eq!(
            read(&named.files[0].path, FileLimits::default()),
            [Err(FileProblem::Kind.to_string())]
        );
        assert!(walk(&[folder.path().join("gone")]).is_err());
    }
}
