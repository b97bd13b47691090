//! Records of the two compacted state topics. Not envelopes: each has a key of its own and is read by routing alone.

pub mod conversation;
pub mod desk;
mod transaction;

pub use transaction::{TRANSACTION_KEY, TransactionRecord};
