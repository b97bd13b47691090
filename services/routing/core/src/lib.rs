//! The two cores of routing: who owns a conversation's life and its messages ([`conversation`]), and who decides which
//! agent takes which session ([`desk`]). Pure: no clock, no randomness, no I/O, no Kafka. One input and one instant go
//! in, state changes, and everything that should happen next comes out.

pub mod conversation;
pub mod desk;
