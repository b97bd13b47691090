//! The wire of usher: what stands on its topics, and how it becomes the types of `usher-domain` and back. The only
//! place where domain types meet protobuf.

pub mod state;
pub mod wire;
