//! One attempt to carry out an order, and the closed list of ways in which it ends.

use std::sync::Arc;
use std::time::Duration;

use usher_domain::receipt::Report;
use usher_domain::{Delivery, MailboxInput};

/// An attempt that shall start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Offset of the order.
    pub offset: i64,
    /// 1 for the first.
    pub number: u32,
    /// The order; its id is the idempotency key of every attempt.
    pub delivery: Arc<Delivery>,
}

/// How an attempt ended. Reasons are words for people, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptEnd {
    /// Carried out; with what the provider's answer says of the message.
    Done(Vec<Report>),
    /// Nothing went out: the visitor's client collects it. This goes to its mailbox.
    Held(Box<MailboxInput>),
    /// The recipient can not be reached on this channel, or the provider refuses for good.
    NotReachable {
        /// Why.
        reason: String,
    },
    /// As `NotReachable`, and no earlier attempt arrived either: the provider knows the message by our id, passes over a
    /// repeat, and refuses this one.
    NeverReached {
        /// Why.
        reason: String,
    },
    /// Our configuration or format is wrong: people are needed.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The provider answered, and another try may succeed.
    Retry {
        /// Why.
        reason: String,
        /// Its `Retry-After`: no try starts earlier.
        after: Option<Duration>,
    },
    /// It did not come to the request: what must come before it, a token or a question, failed. The provider certainly
    /// has nothing of this attempt.
    NotTried {
        /// Why.
        reason: String,
        /// No try starts earlier.
        after: Option<Duration>,
    },
    /// Its turn has not come: our own window or pace, no session, or a provider that asks for patience. Nothing went out,
    /// and it costs no try: the order ends by its deadline, without one after a long while.
    Busy {
        /// Why.
        reason: String,
        /// No try starts earlier.
        after: Option<Duration>,
    },
    /// The provider has taken a part of it, in this attempt or an earlier one, and then the rest ended so.
    Begun(Box<Self>),
    /// No connection stood: the provider certainly has nothing of this attempt.
    NoConnection,
    /// A connection stood and no answer came: the provider may have everything.
    NoAnswer,
}

impl AttemptEnd {
    /// Whether the provider may have acted on this attempt although it was not carried out as far as we know. An
    /// answer that asks for a retry counts too: a 503 from a proxy says nothing about the server behind it.
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Retry { .. } | Self::NoAnswer | Self::Begun(_))
    }
}
