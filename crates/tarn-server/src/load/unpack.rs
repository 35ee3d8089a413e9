//! Unpacking a file, with a stop for those that grow out of all proportion.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;

use super::FileLimits;

/// How a file is packed, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Bzip2,
    Gzip,
}

/// The file's bytes, unpacked as they are read; `taken` counts those of the file itself.
pub(super) fn unpack(
    file: File,
    packing: Packing,
    limits: FileLimits,
    taken: Arc<AtomicU64>,
) -> Box<dyn Read + Send> {
    let packed = Counted {
        inner: file,
        taken: Arc::clone(&taken),
    };
    let unpacked: Box<dyn Read + Send> = match packing {
        Packing::None => return Box::new(packed),
        Packing::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
        Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
    };
    Box::new(RatioGuard {
        inner: unpacked,
        taken,
        given: 0,
        limits,
    })
}

/// Counts the bytes that a decompressor has taken in.
struct Counted {
    inner: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.taken.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Why unpacking was stopped.
#[derive(Debug, thiserror::Error)]
#[error("it unpacks to too many times its size")]
pub(super) struct RatioExceeded;

/// Stops a decompressor that gives out too many times what it took in.
struct RatioGuard {
    inner: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
    given: u64,
    limits: FileLimits,
}

impl Read for RatioGuard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        let most = self
            .taken
            .load(Ordering::Relaxed)
            .saturating_mul(self.limits.ratio);
        if self.given > self.limits.ratio_from_bytes && self.given > most {
            return Err(io::Error::other(RatioExceeded));
        }
        Ok(read)
    }
}
