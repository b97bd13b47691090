//! What is known of a message from outside: a provider's report, or delivery's own.

use crate::ids::{AccountId, MessageId};
use crate::time::Timestamp;

/// Which copy of a message a receipt speaks of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Leg {
    /// The message on its own channel.
    Channel,
    /// The SMS sent instead.
    Sms,
}

impl Leg {
    /// Its name in addresses that providers call, and in ids that are derived from it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Sms => "sms",
        }
    }

    /// The leg with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Channel, Self::Sms].into_iter().find(|leg| leg.name() == name)
    }
}

/// One report about one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The message, by our id.
    pub message: MessageId,
    /// Which copy.
    pub leg: Leg,
    /// By which account the report came; only the account that sent a copy may say what became of it. `None`: not known.
    pub account: Option<AccountId>,
    /// What is reported.
    pub report: Report,
    /// The reporter's own time, where it tells; never used to decide.
    pub reported_at: Option<Timestamp>,
}

/// Whether a provider may have got a message that we could not bring to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Attempts {
    /// Certainly not: no connection ever stood.
    None,
    /// It may have.
    Maybe,
}

/// What is reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Report {
    /// The provider took it.
    Sent {
        /// Its name for the message, where it has one.
        provider_id: Option<String>,
    },
    /// It reached the device.
    Delivered,
    /// It was opened; implies delivered.
    Read,
    /// The provider can not reach this recipient on this channel, or refuses for good: it certainly did not arrive.
    NotReachable {
        /// A word for people, without personal data.
        reason: String,
    },
    /// Tries used up, or failed otherwise.
    Failed {
        /// Whether it may have arrived all the same.
        attempts: Attempts,
        /// A word for people, without personal data.
        reason: String,
    },
    /// The deadline passed before it could be sent.
    Expired {
        /// Whether it may have arrived all the same.
        attempts: Attempts,
    },
    /// The provider ended it at its deadline and took it back (RBM TTL_EXPIRATION_REVOKED).
    TtlRevoked,
    /// The provider ended it at its deadline and could not take it back (RBM TTL_EXPIRATION_REVOKE_FAILED).
    TtlRevokeFailed,
    /// Our revoke was answered: `true` for 200, which is no proof; `false` for 404 or a failure.
    RevokeAnswered {
        /// Whether the provider said it was taken back.
        revoked: bool,
    },
}
