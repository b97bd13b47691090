//! The wire of usher: what stands on its topics, and how it becomes the types of `usher-domain` and back. The only
//! place where domain types meet protobuf.
//!
//! * [`encode`] and [`decode`]: an envelope as bytes.
//! * [`topics`]: the one table of topics, and which topic and key a body has.
//! * [`cloud_events`]: headers of the records that other teams read.
//! * [`state`]: records of the two compacted state topics.
//! * [`show`]: an envelope as JSON for people, personal data masked.
//! * [`wire`]: the generated types; the `.proto` files in `usher/v1` are the documentation for other teams.

#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;
pub mod cloud_events;
mod codec;
#[cfg(test)]
mod comments;
mod error;
mod field;
#[cfg(test)]
mod fields;
mod show;
pub mod state;
#[cfg(test)]
mod tests;
pub mod topics;
pub mod wire;

pub use codec::{MAX_BYTES, decode, encode};
pub use error::DecodeError;
pub use show::show;
