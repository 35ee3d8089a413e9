//! What only its own caller can bring back: the place of a page, and chunks of an export.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use tarn_model::{Entropy, Timestamp};
use tarn_search::Cursor;

/// For how long the link to a next page is good, in seconds.
const PAGE_SECONDS: i64 = 3600;
/// The longest token that is read, in characters. What may be sealed is bounded, so that none
/// longer is ever given out.
const LONGEST: usize = 32 << 10;
/// The most that the parameters of a page may take in its token, in bytes: about as many ids as
/// one search may name. The rest of the token is for the cursor, whose keys `tarn-search` bounds.
const MOST_SEALED: usize = 19_200;

/// A key that seals, so that what is sealed can neither be read nor changed outside.
pub(crate) struct Sealer(LessSafeKey);

/// What a link to a next page holds. It is sealed: a caller's search may name a person, and
/// addresses end in logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    /// The parameters of the first page.
    pub(crate) parameters: Vec<(String, String)>,
    /// Where the page before ended.
    pub(crate) after: Cursor,
    /// When the link ends, in microseconds.
    ends_at: i64,
}

/// Why a link to a page does not lead on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageFault {
    /// Made up, another caller's, of another address, or from before a restart.
    Unknown,
    /// Once good for this caller, and no longer.
    Ended,
}

/// Whether a link to a next page can hold these parameters. Asked before anything is looked for:
/// a first page whose next one cannot be had would look whole and not be.
pub(crate) fn fits(parameters: &[(String, String)]) -> bool {
    serde_json::to_vec(parameters).is_ok_and(|text| text.len() <= MOST_SEALED)
}

impl Sealer {
    /// A key made now: what it seals is good for as long as the process lives.
    pub(crate) fn new(entropy: &dyn Entropy) -> Option<Self> {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Self::with_key(&key)
    }

    /// A key that several processes share, or that outlives a restart.
    pub(crate) fn with_key(key: &[u8; 32]) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// Seals `text` for `whom`: 12 bytes of nonce, then the sealed text.
    pub(crate) fn seal(&self, text: &[u8], whom: &[u8], entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = nonce.to_vec();
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(nonce, Aad::from(whom), &mut text)
            .ok()?;
        sealed.append(&mut text);
        Some(sealed)
    }

    /// What was sealed for `whom`, and nothing else.
    pub(crate) fn open(&self, sealed: &[u8], whom: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(whom), &mut text)
            .ok()?;
        Some(opened.to_vec())
    }

    /// The token of a next page. `whom` names the caller, what they were granted, and the address.
    pub(crate) fn page(
        &self,
        parameters: &[(String, String)],
        after: &Cursor,
        whom: &[u8],
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Option<String> {
        let token = PageToken {
            parameters: parameters.to_vec(),
            after: after.clone(),
            ends_at: now.plus_seconds(PAGE_SECONDS).as_micros(),
        };
        let text = serde_json::to_vec(&token).ok()?;
        let sealed = self.seal(&text, whom, entropy)?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Reads a token that this caller was given for this address.
    pub(crate) fn read_page(
        &self,
        token: &str,
        whom: &[u8],
        now: Timestamp,
    ) -> Result<PageToken, PageFault> {
        if token.len() > LONGEST {
            return Err(PageFault::Unknown);
        }
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(token);
        let sealed = sealed.map_err(|_| PageFault::Unknown)?;
        let text = self.open(&sealed, whom).ok_or(PageFault::Unknown)?;
        let token: PageToken = serde_json::from_slice(&text).map_err(|_| PageFault::Unknown)?;
        if now.as_micros() < token.ends_at {
            Ok(token)
        } else {
            Err(PageFault::Ended)
        }
    }
}

#[cfg(test)]
mod tests {
    use tarn_model::SeededEntropy;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_341_840_000_000);

    fn token(sealer: &Sealer) -> String {
        let parameters = [("patient.identifier".to_owned(), "9990000018".to_owned())];
        let after = Cursor {
            after: vec!["abc".to_owned()],
        };
        let entropy = SeededEntropy::new(2);
        sealer
            .page(&parameters, &after, b"me", NOW, &entropy)
            .unwrap()
    }

    #[test]
    fn a_page_belongs_to_its_caller_and_ends() {
        let sealer = Sealer::new(&SeededEntropy::new(1)).unwrap();
        let token = token(&sealer);
        let read = sealer.read_page(&token, b"me", NOW).unwrap();
        assert_eq!(read.after.after, ["abc"]);
        let late = NOW.plus_seconds(PAGE_SECONDS);
        assert_eq!(sealer.read_page(&token, b"me", late), Err(PageFault::Ended));
        let other = sealer.read_page(&token, b"somebody else", NOW);
        assert_eq!(other, Err(PageFault::Unknown));
        let restarted = Sealer::new(&SeededEntropy::new(3)).unwrap();
        assert_eq!(
            restarted.read_page(&token, b"me", NOW),
            Err(PageFault::Unknown)
        );
    }

    /// Whatever is sealed leads on: the longest parameters, with the longest cursor that a search
    /// makes, are read back.
    #[test]
    fn the_longest_page_that_is_sealed_is_read() {
        let sealer = Sealer::new(&SeededEntropy::new(1)).unwrap();
        let entropy = SeededEntropy::new(2);
        let one = |length: usize| vec![("_id".to_owned(), "x".repeat(length))];
        let longest = one(MOST_SEALED - r#"[["_id",""]]"#.len());
        assert!(fits(&longest) && !fits(&one(longest[0].1.len() + 1)));
        let key = format!("t{}", "\u{1}".repeat(tarn_search::LONGEST_SORT_KEY));
        let after = Cursor {
            after: [vec![key; tarn_search::MOST_SORTS], vec!["i".repeat(64)]].concat(),
        };
        let token = sealer.page(&longest, &after, b"me", NOW, &entropy).unwrap();
        assert!(token.len() <= LONGEST, "{}", token.len());
        let read = sealer.read_page(&token, b"me", NOW).unwrap();
        assert_eq!((read.parameters, read.after), (longest, after));
    }

    #[test]
    fn a_token_changed_anywhere_is_not_read_and_tells_nothing() {
        let sealer = Sealer::new(&SeededEntropy::new(1)).unwrap();
        let token = token(&sealer);
        assert!(!token.contains("999"));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last character may hold bits that stand for nothing; those are refused too.
            let read = sealer.read_page(&changed, b"me", NOW);
            assert_eq!(read, Err(PageFault::Unknown), "at {at}");
        }
        for made_up in ["", "AAAA", "%%%", &"A".repeat(LONGEST + 1)] {
            assert_eq!(
                sealer.read_page(made_up, b"me", NOW),
                Err(PageFault::Unknown)
            );
        }
    }
}
