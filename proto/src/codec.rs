//! Domain types to wire types and back: one file for each `.proto` file, `From` for the way out (it can not fail) and
//! `TryFrom` for the way in (whoever writes to a topic may have written anything).

mod account;
mod account_state;
mod content;
mod conversation;
mod delivery;
mod desk;
mod envelope;
mod event;
mod mailbox;
mod message;
mod offer;
mod place;
mod policy;
mod profile;
mod receipt;
mod report;
mod supervision;
mod transcript;

pub(crate) use envelope::within_limit;
pub use envelope::{MAX_BYTES, decode, encode};
pub(crate) use policy::unless_default;
pub(crate) use report::{utf16, utf16_bytes};
