//! What delivery decides about the orders of one partition: which lane an order stands in, when an attempt starts, when
//! the next one follows, when an order is over, what the conversation is told of it, and from which offset a successor
//! would have to go on. Pure: no clock, no randomness, no I/O. Outside calls are made by the service around it, which
//! tells how each attempt ended.
//!
//! Three promises are held here. One lane, one order at a time, in the order of the log. Nothing is started at or above
//! the committed offset + [`WINDOW`]. No attempt starts after the deadline less [`MARGIN`].

mod attempt;
mod backoff;
mod clock;
mod conclusion;
mod finished;
mod lane;
mod lanes;
pub mod mailbox;
mod offsets;
mod order;
mod queues;
pub mod reports;

pub use attempt::{Attempt, AttemptEnd};
pub use backoff::Backoff;
pub use conclusion::{Ended, Verdict, word};
pub use finished::{FinishedBeyond, MalformedFinished};
pub use lane::{Lane, TargetKind};
pub use lanes::{Lanes, Limits, MARGIN};

/// W: how many offsets above the committed one may be in work. A successor knows from it what may have been started
/// before: everything below its own start + W, and nothing else.
pub const WINDOW: i64 = 256;
