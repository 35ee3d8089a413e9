use serde::{Deserialize, Serialize};
use tarn_model::{HeadingSet, OdsCode, Timestamp};

/// What kind of organisation a source is; data, not code: the word is shown and grouped by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The organisation's ODS code: the source's key.
    pub organisation: OdsCode,
    /// Its name: `"Oak Lane Surgery"`.
    pub name: String,
    /// The short word for chips and the ledger: `"GP"`, `"Hospital"`, `"Community"`.
    pub short_name: String,
    /// The kind of organisation, as agreements name it: `"gp-practice"`, `"acute-trust"`.
    pub kind: String,
    /// Whom to ring when it does not answer.
    pub telephone: Option<String>,
    /// The headings it feeds.
    pub headings: HeadingSet,
    /// Whether and how it is joined.
    pub connection: Connection,
    /// How old its newest data may be before it counts as late, in seconds.
    pub cadence_seconds: i64,
    /// When Tarn last heard from it.
    pub last_heard_at: Option<Timestamp>,
    /// The moment up to which everything it has recorded has arrived.
    pub complete_to: Option<Timestamp>,
}

/// Whether and how a source is joined to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// It has not joined: nothing of it is here.
    NotConnected,
    /// It sends, and Tarn keeps what it sends.
    Stored,
    /// It is asked each time a record opens.
    Live,
    /// It is joined but does not answer, or an operator has taken it out.
    Down,
}

/// How a source stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SourceState {
    /// Answering, and complete to within its cadence.
    Live {
        /// Complete up to here.
        as_at: Timestamp,
    },
    /// Answering, but behind.
    Late {
        /// Complete up to here.
        complete_to: Timestamp,
        /// How far behind, in seconds.
        late_by_seconds: i64,
    },
    /// No answer. What it holds is not known; never to be read as "none".
    Unavailable {
        /// When Tarn last heard from it, if ever.
        last_heard_at: Option<Timestamp>,
    },
    /// Not joined.
    NotConnected,
}

impl Source {
    /// How the source stands at `now`, by what the register knows.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> SourceState {
        match self.connection {
            Connection::NotConnected => SourceState::NotConnected,
            Connection::Down => SourceState::Unavailable {
                last_heard_at: self.last_heard_at,
            },
            Connection::Stored | Connection::Live => match self.complete_to {
                None => SourceState::Unavailable {
                    last_heard_at: self.last_heard_at,
                },
                Some(complete_to) => {
                    let late_by_seconds = now.seconds_since(complete_to);
                    if late_by_seconds > self.cadence_seconds {
                        SourceState::Late {
                            complete_to,
                            late_by_seconds,
                        }
                    } else {
                        SourceState::Live { as_at: complete_to }
                    }
                }
            },
        }
    }
}
