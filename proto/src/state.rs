//! Records of the compacted state topics. Not envelopes: each has a key of its own and is read by its own core alone.

pub mod conversation;
pub mod desk;
pub mod mailbox;
pub mod report;
mod transaction;

/// How the pieces of a core's state stand on its state topic; implemented for the values.
pub trait StateCodec: Sized {
    /// Names a piece.
    type Key;

    /// The key of a record.
    fn encode_key(key: &Self::Key) -> Vec<u8>;
    /// The value of a record; the same state always has the same bytes.
    fn encode_value(&self) -> Vec<u8>;
    /// Reads a record; without a value it is a tombstone. The error says what is wrong, never what the record holds.
    fn decode_record(key: &[u8], value: Option<&[u8]>) -> Result<(Self::Key, Option<Self>), String>;
}

pub use transaction::{TRANSACTION_KEY, TransactionRecord};
