//! What outlives a session, each with an end of its own.

use std::time::Duration;

use crate::ids::{AccountId, AgentId, GroupId, SessionId, TenantId};
use crate::time::Timestamp;

/// The last inputs of a conversation, oldest first: by them a repeat is recognised.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// Oldest first, at most [`Seen::KEPT`].
    pub inputs: Vec<SeenInput>,
}

/// One input that was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeenInput {
    /// The low 64 bits of its id.
    pub id: u64,
    /// When, by the log.
    pub at: Timestamp,
}

impl Seen {
    /// How many inputs are remembered.
    pub const KEPT: usize = 32;
    /// How long each is.
    pub const LASTS: Duration = Duration::from_secs(48 * 60 * 60);

    /// When the youngest is forgotten, and the whole with it.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.inputs.last().map(|input| input.at.plus(Self::LASTS))
    }
}

/// The last session of a conversation, after its close.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Last {
    /// Which.
    pub session: SessionId,
    /// Whose it was, so that a late command can be told from a stranger's. `None` in records of before it was kept.
    pub owner: Option<Owner>,
    /// Who had it when it closed, if anybody.
    pub agent: Option<AgentId>,
    /// In which group's name they had it, if in one's.
    pub group: Option<GroupId>,
    /// When.
    pub closed_at: Timestamp,
    /// How long the session is remembered; so long a survey's answer counts.
    pub lasts: Duration,
    /// Whether a valid answer to a survey has counted for it: the first does.
    pub rated: bool,
    /// When the visitor was last told by an SMS or a message that nobody takes them, in this session or one before.
    pub told_at: Option<Timestamp>,
}

impl Last {
    /// For how long the visitor is not told once more: each time costs the tenant, and who answers by a program answers
    /// each time.
    pub const TOLD_FOR: Duration = Duration::from_secs(12 * 60 * 60);

    /// When it is forgotten.
    pub fn ends_at(&self) -> Timestamp {
        let told_until = self.told_at.map(|at| at.plus(Self::TOLD_FOR));
        told_until.map_or(self.counts_until(), |until| until.max(self.counts_until()))
    }

    /// Whether the session itself is remembered: who had it, and what the visitor thinks of it.
    pub fn counts(&self, now: Timestamp) -> bool {
        now < self.counts_until()
    }

    /// Whether the visitor was told lately that nobody takes them.
    pub fn is_told(&self, now: Timestamp) -> bool {
        self.told_at.is_some_and(|at| now < at.plus(Self::TOLD_FOR))
    }

    fn counts_until(&self) -> Timestamp {
        self.closed_at.plus(self.lasts)
    }
}

/// Whose a conversation is. Its id is a hash, so this must be kept beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// The tenant.
    pub tenant: TenantId,
    /// Its account.
    pub account: AccountId,
}

/// The visitor wants nothing sent instead of messages; kept until they take it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptOut {
    /// Since when.
    pub since: Timestamp,
}
