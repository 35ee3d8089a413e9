//! A file of an export on disk: sealed pieces, one after another.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use tarn_model::Entropy;
use tokio::fs::{DirBuilder, File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Exports;

/// One file: its pieces each have their length in four bytes, then the sealed text.
#[derive(Clone)]
pub(crate) struct SealedFile {
    exports: Arc<Exports>,
    job: String,
    name: String,
}

impl SealedFile {
    /// The file of one resource type. `name` is a type's name and so safe in a path.
    pub(crate) fn new(exports: Arc<Exports>, job: &str, name: &str) -> Self {
        Self {
            exports,
            job: job.to_owned(),
            name: name.to_owned(),
        }
    }

    fn path(&self) -> PathBuf {
        self.exports.folder_of(&self.job).join(&self.name)
    }

    /// A piece is sealed for its place, so that none can be left out, moved or put elsewhere.
    fn whom(&self, piece: u32) -> Vec<u8> {
        format!("{}/{}/{piece}", self.job, self.name).into_bytes()
    }

    /// Adds a piece. Only this process's user can read the folder and the file.
    pub(crate) async fn append(
        &self,
        text: &str,
        piece: u32,
        entropy: &dyn Entropy,
    ) -> io::Result<()> {
        let sealer = self.exports.sealer();
        let sealed = sealer.seal(text.as_bytes(), &self.whom(piece), entropy);
        let sealed = sealed.ok_or_else(|| io::Error::other("the piece can't be sealed"))?;
        let folder = self.exports.folder_of(&self.job);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .await?;
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.path())
            .await?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        file.write_all(&length.to_be_bytes()).await?;
        file.write_all(&sealed).await?;
        file.flush().await
    }

    /// The text, piece by piece; an error where a piece is missing or was changed.
    pub(crate) fn pieces(self, all: u32) -> impl Stream<Item = io::Result<Bytes>> {
        let start = (self, None::<File>, 0u32);
        stream::try_unfold(start, move |(this, file, piece)| async move {
            if piece == all {
                return Ok(None);
            }
            let mut file = match file {
                Some(file) => file,
                None => File::open(this.path()).await?,
            };
            let mut length = [0; 4];
            file.read_exact(&mut length).await?;
            let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
            let mut sealed = vec![0; length];
            file.read_exact(&mut sealed).await?;
            let opened = this.exports.sealer().open(&sealed, &this.whom(piece));
            let text =
                opened.ok_or_else(|| io::Error::other("a piece of an export was changed"))?;
            Ok(Some((Bytes::from(text), (this, Some(file), piece + 1))))
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    use tarn_model::SeededEntropy;

    use super::*;

    #[actix_web::test]
    async fn what_lies_on_disk_is_noise_for_others_and_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        let exports = Arc::new(Exports::start(folder.path(), &entropy).unwrap());
        let job = "0123456789abcdef0123456789abcdef";
        let file = SealedFile::new(Arc::clone(&exports), job, "Patient");
        file.append("{\"a\":1}\n", 0, &entropy).await.unwrap();
        file.append("{\"a\":2}\n", 1, &entropy).await.unwrap();

        let path = folder.path().join(job).join("Patient");
        let raw = std::fs::read(&path).unwrap();
        assert!(!String::from_utf8_lossy(&raw).contains("\"a\""));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let folder_mode = std::fs::metadata(folder.path().join(job)).unwrap();
        assert_eq!(folder_mode.permissions().mode() & 0o777, 0o700);

        let read: Vec<Bytes> = file.clone().pieces(2).try_collect().await.unwrap();
        assert_eq!(read.concat(), b"{\"a\":1}\n{\"a\":2}\n");

        // A piece that was changed, or an end that was cut off, is an error and not less text.
        let mut changed = raw.clone();
        *changed.last_mut().unwrap() ^= 1;
        for bad in [changed, raw[..raw.len() / 2].to_vec()] {
            std::fs::write(&path, bad).unwrap();
            let read: io::Result<Vec<Bytes>> = file.clone().pieces(2).try_collect().await;
            assert!(read.is_err());
        }

        // Another process begins by removing it.
        Exports::start(folder.path(), &entropy).unwrap();
        assert!(!path.exists());
    }
}
