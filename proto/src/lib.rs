//! The wire of usher: what stands on its topics, and how it becomes the types of `usher-domain` and back. The only
//! place where domain types meet protobuf.
//!
//! * [`encode`] and [`decode`]: an envelope as bytes.
//! * [`state`]: records of the two compacted state topics.
//! * [`wire`]: the generated types; the `.proto` files in `usher/v1` are the documentation for other teams.

mod codec;
mod error;
mod field;
pub mod state;
pub mod wire;

pub use codec::{MAX_BYTES, decode, encode};
pub use error::DecodeError;
