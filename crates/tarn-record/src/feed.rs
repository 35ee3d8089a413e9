use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use tarn_model::{Clock, ErrorKind, OdsCode, PersonId};

use crate::{Connection, Line, RecordError, RecordStore, Selection, Source, SourceState};

/// Somewhere that a person's lines can be fetched from: this store, another FHIR server, a GP
/// system that is asked each time.
#[async_trait]
pub trait RecordSource: Send + Sync {
    /// The organisations whose entries it can give.
    fn organisations(&self) -> Vec<OdsCode>;

    /// The person's lines within `selection`, and how each selected organisation stands.
    ///
    /// Only lines inside the selection are given, whatever the source holds.
    ///
    /// # Errors
    /// [`SourceError`] if it does not answer; the caller shows its organisations as unavailable.
    async fn fetch(&self, person: PersonId, selection: &Selection) -> Result<Fetched, SourceError>;
}

/// What a source gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The person's lines within the selection.
    pub lines: Vec<Line>,
    /// How each selected organisation of the source stands.
    pub states: Vec<(OdsCode, SourceState)>,
}

/// Why a source gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("a record source does not answer")]
pub struct SourceError {
    /// What it said.
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

impl SourceError {
    /// Always [`ErrorKind::Unavailable`].
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
}

impl From<RecordError> for SourceError {
    fn from(error: RecordError) -> Self {
        Self {
            cause: Box::new(error),
        }
    }
}

/// The record store as a [`RecordSource`], for every organisation whose entries are kept here:
/// those that send ([`Connection::Stored`]) and those that sent and are now out
/// ([`Connection::Down`]), whose lines may be shown as a held copy only.
pub struct StoredRecords {
    store: Arc<RecordStore>,
    clock: Arc<dyn Clock>,
    organisations: RwLock<Vec<OdsCode>>,
}

impl StoredRecords {
    /// Reads the register of sources. Later changes of it are noticed at the next fetch.
    ///
    /// # Errors
    /// [`RecordError`] if the store does not answer.
    pub async fn open(store: Arc<RecordStore>, clock: Arc<dyn Clock>) -> Result<Self, RecordError> {
        let register = store.sources().await?;
        Ok(Self {
            store,
            clock,
            organisations: RwLock::new(kept_here(&register)),
        })
    }
}

#[async_trait]
impl RecordSource for StoredRecords {
    fn organisations(&self) -> Vec<OdsCode> {
        self.organisations
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn fetch(&self, person: PersonId, selection: &Selection) -> Result<Fetched, SourceError> {
        let register = self.store.sources().await?;
        let kept = kept_here(&register);
        let selection = Selection {
            sources: selection
                .sources
                .iter()
                .filter(|(source, _)| kept.contains(source))
                .cloned()
                .collect(),
            ..selection.clone()
        };
        *self
            .organisations
            .write()
            .unwrap_or_else(PoisonError::into_inner) = kept;
        let lines = self.store.lines(person, &selection).await?;
        let now = self.clock.now();
        let states = register
            .iter()
            .filter(|source| {
                let selected = |(named, _): &(OdsCode, _)| *named == source.organisation;
                selection.sources.iter().any(selected)
            })
            .map(|source| (source.organisation.clone(), source.state_at(now)))
            .collect();
        Ok(Fetched { lines, states })
    }
}

fn kept_here(register: &[Source]) -> Vec<OdsCode> {
    register
        .iter()
        .filter(|source| matches!(source.connection, Connection::Stored | Connection::Down))
        .map(|source| source.organisation.clone())
        .collect()
}
