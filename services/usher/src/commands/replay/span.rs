//! Which inputs are replayed. A core knows what it decides from only when it has seen all before, so a replay always
//! begins with the first record of the topics, or, where somebody says so, with empty cores.

use std::str::FromStr;

use anyhow::{Result, bail};
use usher_broker::Record;
use usher_dialects::inbound::time::rfc3339;
use usher_domain::Timestamp;

/// From which record on, on every partition of the topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The record with this offset, or a later one.
    Offset(i64),
    /// The first record that was appended at this instant or later.
    Instant(Timestamp),
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let offset = text.parse().ok().filter(|offset| *offset >= 0).map(Self::Offset);
        let bound = offset.or_else(|| rfc3339(text).map(Self::Instant));
        bound.ok_or_else(|| "neither an offset nor an instant like 2026-11-21T17:30:00Z".to_owned())
    }
}

impl Bound {
    fn is_reached_by(self, record: &Record) -> bool {
        match self {
            Self::Offset(offset) => record.offset >= offset,
            Self::Instant(instant) => record.timestamp_ms >= instant.millis(),
        }
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    /// The first record whose outputs are compared.
    pub(crate) from: Option<Bound>,
    /// The first record that is not stepped any more.
    pub(crate) to: Option<Bound>,
    /// Nothing was open at `from`: the cores begin there, empty.
    pub(crate) from_empty: bool,
}

impl Span {
    pub(super) fn has_begun(&self, record: &Record) -> bool {
        self.from.is_none_or(|from| from.is_reached_by(record))
    }

    pub(super) fn has_ended(&self, record: &Record) -> bool {
        self.to.is_some_and(|to| to.is_reached_by(record))
    }

    /// Refuses to begin where nobody knows what the cores knew. `beginnings` are those of the topic's partitions.
    pub(super) fn check(&self, topic: &str, beginnings: &[i64]) -> Result<()> {
        let cut = beginnings.iter().enumerate().find(|(_, begins)| **begins > 0);
        match cut {
            Some((partition, begins)) if !self.from_empty => bail!(
                "partition {partition} of {topic} begins at offset {begins}: retention has taken what came before, so \
                 what the cores knew there is not known. Name a place where nothing was open and no directory was in \
                 force by --from, and say so by --from-empty"
            ),
            _ => Ok(()),
        }
    }
}
