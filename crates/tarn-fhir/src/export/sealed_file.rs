//! A file of an export on disk: sealed pieces, one after another.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web::Bytes;
use tarn_access::Disclosed;
use tarn_model::{Entropy, PersonId};
use tokio::fs::{DirBuilder, File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Exports;

/// One file: its pieces each have their length in four bytes, then the sealed content. That is how
/// many people the piece is about in four bytes, sixteen bytes for each of them, then the text.
pub(crate) struct SealedFile {
    exports: Arc<Exports>,
    job: String,
    name: String,
}

/// A piece in the making, or read again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Whom it is about.
    pub(crate) people: Vec<PersonId>,
    text: String,
}

/// Reads a file from its beginning, piece by piece.
pub(crate) struct Reader {
    from: SealedFile,
    file: Option<File>,
    piece: u32,
}

impl Piece {
    /// Adds a line about a person. Line breaks between the tokens of JSON are blank space, and
    /// inside of its strings there are none.
    pub(crate) fn push_line(&mut self, person: PersonId, json: &str) {
        if self.people.last() != Some(&person) {
            self.people.push(person);
        }
        if json.contains(['\n', '\r']) {
            let letters = json.chars();
            self.text
                .extend(letters.filter(|letter| !matches!(letter, '\n' | '\r')));
        } else {
            self.text.push_str(json);
        }
        self.text.push('\n');
    }

    /// How much text it holds, in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text, for whom the door has just decided that it may leave, and has written it down.
    pub(crate) fn handed_over(self, _decided: &Disclosed<()>) -> Bytes {
        Bytes::from(self.text)
    }

    fn to_bytes(&self) -> Option<Vec<u8>> {
        let people = u32::try_from(self.people.len()).ok()?;
        let mut bytes = people.to_be_bytes().to_vec();
        for person in &self.people {
            bytes.extend_from_slice(person.as_bytes());
        }
        bytes.extend_from_slice(self.text.as_bytes());
        Some(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (people, rest) = bytes.split_first_chunk()?;
        let people = usize::try_from(u32::from_be_bytes(*people)).ok()?;
        let (people, text) = rest.split_at_checked(people.checked_mul(16)?)?;
        let people = people.chunks_exact(16).map(PersonId::from_slice);
        Some(Self {
            people: people.collect::<Option<_>>()?,
            text: String::from_utf8(text.to_vec()).ok()?,
        })
    }
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
        content: &Piece,
        piece: u32,
        entropy: &dyn Entropy,
    ) -> io::Result<()> {
        let sealer = self.exports.sealer();
        let sealed = content
            .to_bytes()
            .and_then(|content| sealer.seal(&content, &self.whom(piece), entropy));
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

    pub(crate) const fn read(self) -> Reader {
        Reader {
            from: self,
            file: None,
            piece: 0,
        }
    }
}

impl Reader {
    /// The next piece; an error where it is missing or was changed.
    pub(crate) async fn next(&mut self) -> io::Result<Piece> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(File::open(self.from.path()).await?),
        };
        let mut length = [0; 4];
        file.read_exact(&mut length).await?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
        let mut sealed = vec![0; length];
        file.read_exact(&mut sealed).await?;
        let whom = self.from.whom(self.piece);
        let opened = self.from.exports.sealer().open(&sealed, &whom);
        self.piece += 1;
        opened
            .and_then(|content| Piece::from_bytes(&content))
            .ok_or_else(|| io::Error::other("a piece of an export was changed"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use tarn_model::SeededEntropy;

    use super::*;

    #[actix_web::test]
    async fn what_lies_on_disk_is_noise_for_others_and_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        let exports = Arc::new(Exports::start(folder.path(), &entropy).unwrap());
        let job = "0123456789abcdef0123456789abcdef";
        let file = || SealedFile::new(Arc::clone(&exports), job, "Patient");
        let person = |number| PersonId::new(uuid::Uuid::from_u128(number));
        let (mut first, mut second) = (Piece::default(), Piece::default());
        first.push_line(person(1), "{\"a\":\n1}");
        first.push_line(person(1), "{\"b\":1}");
        second.push_line(person(2), "{\"a\":2}");
        assert_eq!(first.people, [person(1)]);
        assert_eq!(first.text, "{\"a\":1}\n{\"b\":1}\n");
        file().append(&first, 0, &entropy).await.unwrap();
        file().append(&second, 1, &entropy).await.unwrap();

        let path = folder.path().join(job).join("Patient");
        let raw = std::fs::read(&path).unwrap();
        assert!(!String::from_utf8_lossy(&raw).contains("\"a\""));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let folder_mode = std::fs::metadata(folder.path().join(job)).unwrap();
        assert_eq!(folder_mode.permissions().mode() & 0o777, 0o700);

        let mut reader = file().read();
        assert_eq!(reader.next().await.unwrap(), first);
        assert_eq!(reader.next().await.unwrap(), second);
        assert!(reader.next().await.is_err(), "there is no third");

        // A piece that was changed, or an end that was cut off, is an error and not less text.
        let mut changed = raw.clone();
        *changed.last_mut().unwrap() ^= 1;
        for bad in [changed, raw[..raw.len() / 2].to_vec()] {
            std::fs::write(&path, bad).unwrap();
            let mut reader = file().read();
            let (first, second) = (reader.next().await, reader.next().await);
            assert!(first.is_err() || second.is_err());
        }

        // Another process begins by removing it.
        Exports::start(folder.path(), &entropy).unwrap();
        assert!(!path.exists());
    }
}
