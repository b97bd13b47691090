//! The conversation core and the mailbox core joined by their topics, each read with any lag: a message that a visitor's
//! client collects has one outcome, and its SMS goes out once, or not at all.

#![allow(clippy::unwrap_used, reason = "tests")]

mod promises;
mod world;
