//! Records as they are read and written.

use crate::Partition;

/// A record that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: i64,
    /// Its timestamp in milliseconds since the epoch: the append time where the topic has it.
    pub timestamp_ms: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl std::fmt::Debug for Record {
    /// Shows where it is and how large, never what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Record({}/{} at {} ms, {} bytes)",
            self.partition,
            self.offset,
            self.timestamp_ms,
            self.payload.as_ref().map_or(0, Vec::len)
        )
    }
}

/// A record to be written.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// Full name of the topic.
    pub topic: String,
    /// A partition, or `None`: by the key ([`crate::partition_of`]).
    pub partition: Option<Partition>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Headers: only on the topics made for others.
    pub headers: Vec<(&'static str, Vec<u8>)>,
}

impl Outgoing {
    /// Its size: key, value and headers.
    pub fn bytes(&self) -> usize {
        let own = self.key.as_ref().map_or(0, Vec::len) + self.payload.as_ref().map_or(0, Vec::len);
        own + self.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }
}

impl std::fmt::Debug for Outgoing {
    /// Shows where it goes and how large it is, never what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Outgoing({}, partition {:?}, {} bytes)",
            self.topic,
            self.partition,
            self.payload.as_ref().map_or(0, Vec::len)
        )
    }
}

/// Where a group goes on in a partition, with a note of its own.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Position {
    /// The next offset to read.
    pub offset: i64,
    /// The note, committed with it; empty for none.
    pub metadata: String,
}

impl Position {
    /// A position without a note.
    pub fn at(offset: i64) -> Self {
        Self { offset, metadata: String::new() }
    }
}
