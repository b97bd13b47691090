//! What is kept of a message to the visitor: how it stands with its deadline, what receipts said, and what its SMS needs.

use std::time::Duration;

use crate::account::{Account, Dialect};
use crate::content::Private;
use crate::event::{Outcome, Status};
use crate::ids::{AccountId, PhoneNumber, SessionId, TenantId, VisitorId};
use crate::message::{Class, Unknown};
use crate::time::Timestamp;

/// A message that was ordered to its channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenMessage {
    /// Whose tenant.
    pub tenant: TenantId,
    /// By which account it went out.
    pub account: AccountId,
    /// The protocol of its channel.
    pub dialect: Dialect,
    /// Whether the visitor's client collects it.
    pub collected: bool,
    /// To whom.
    pub visitor: VisitorId,
    /// In which session it was said, if in one.
    pub session: Option<SessionId>,
    /// What it is for.
    pub class: Class,
    /// What to do when its fate stays unknown.
    pub unknown: Unknown,
    /// How long we wait for evidence after a revoke.
    pub revoke_grace: Duration,
    /// How it stands with its deadline.
    pub life: Life,
    /// What receipts say of the message itself.
    pub status: Status,
    /// What receipts say of the SMS sent instead.
    pub sms_status: Status,
    /// The account that an SMS instead goes out by: the only one that may say what became of it. Outlives `instead`,
    /// because reports come after the outcome. `None` when fallback is off.
    pub sms_account: Option<AccountId>,
    /// What an SMS instead needs; `None` when fallback is off, and once the outcome is decided.
    pub instead: Option<Instead>,
}

impl OpenMessage {
    /// How long a decided message is remembered, so that late receipts find it.
    pub const DECIDED_LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// How long a message without a deadline is remembered.
    pub const UNTIMED_LASTS: Duration = Duration::from_secs(48 * 60 * 60);

    /// Whether it can be called back: from a mailbox always.
    pub const fn can_be_revoked(&self) -> bool {
        self.collected || self.dialect.can_revoke()
    }
}

/// How a message stands with its deadline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// It has no deadline, so it never falls back.
    Untimed {
        /// Whether its fate is known: arrived, or failed.
        settled: bool,
        /// When it is forgotten.
        ends_at: Timestamp,
    },
    /// Under way; nothing is known of its end.
    Open {
        /// The deadline, later by the grace where the channel ends messages by itself.
        until: Timestamp,
    },
    /// Called back; waiting for evidence.
    Revoking {
        /// When the wait ends.
        until: Timestamp,
        /// Whether the provider said that it was taken back.
        revoked: bool,
    },
    /// Decided, once.
    Ended {
        /// How.
        outcome: Outcome,
        /// When it is forgotten.
        ends_at: Timestamp,
    },
}

impl Life {
    /// When time alone does something to it.
    pub fn wakes_at(&self) -> Timestamp {
        match *self {
            Self::Untimed { ends_at, .. } | Self::Ended { ends_at, .. } => ends_at,
            Self::Open { until } | Self::Revoking { until, .. } => until,
        }
    }
}

/// What the SMS sent instead of a message needs. Personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instead {
    /// The account that sends it.
    pub account: AccountId,
    /// To whom; `None` when no number is known.
    pub to: Option<PhoneNumber>,
    /// What it says; `None` when nothing of the message can be said in an SMS.
    pub text: Option<Private>,
    /// How long it may take, from the moment it is ordered.
    pub ttl: Duration,
    /// The conversation's account as it was stamped when the message was ordered: an answer to the SMS belongs there.
    /// `None` in records of before it was kept.
    pub origin: Option<Account>,
}
