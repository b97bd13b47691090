//! What is kept of a running session.

use std::time::Duration;

use crate::account::Account;
use crate::content::Private;
use crate::ids::{AgentId, BotId, MessageId, PhoneNumber, SessionId, VisitorId};
use crate::place::{AgentCard, PlacementId, Target};
use crate::time::Timestamp;

/// A running session; it has no state once it is closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// The account it was opened by, as it was stamped then: its desk stays the session's desk.
    pub account: Account,
    /// With whom.
    pub visitor: VisitorId,
    /// As the channel shows them.
    pub nickname: Option<Private>,
    /// Where an SMS reaches them, as far as their profile says.
    pub phone: Option<PhoneNumber>,
    /// In front of all who are not; never taken away again.
    pub vip: bool,
    /// Who may speak in it.
    pub phase: Phase,
    /// The last message of either side, or its opening.
    pub quiet_since: Timestamp,
    /// The number of its next line.
    pub next_line: u32,
    /// Whether its first lines are no longer kept.
    pub truncated: bool,
    /// When the channel was last told that an agent is writing, unless a message has followed.
    pub typing_told: Option<Timestamp>,
    /// The visitor's last messages that no agent has marked as read, the oldest first.
    pub unread: Vec<Unread>,
    /// Whether a valid answer to a survey has counted for it: the first does.
    pub rated: bool,
    /// Who had the conversation before this session, as far as that was remembered; nobody any more once an agent has
    /// handed the session on.
    pub last_agent: Option<AgentId>,
}

/// A message of the visitor that no agent has marked as read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// By our name.
    pub message: MessageId,
    /// By the channel's, where it has one.
    pub named: Option<Private>,
}

impl Session {
    /// How long nobody may say anything before it closes.
    pub const IDLE: Duration = Duration::from_secs(2 * 60 * 60);
    /// How many unread messages are remembered; of more, the oldest are forgotten.
    pub const UNREAD_MAX: usize = 32;
    /// How many lines are kept for whoever takes it next.
    pub const LINES_MAX: usize = 100;
    /// How many bytes these may have together, words and what stands beside them.
    pub const LINES_BYTES_MAX: usize = 128 * 1024;

    /// When it closes by itself unless somebody says something.
    pub fn idle_at(&self) -> Timestamp {
        self.quiet_since.plus(Self::IDLE)
    }
}

/// Who may speak in a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// The bot.
    Bot(BotId),
    /// Nobody yet: it wants an agent.
    Waiting(Asked),
    /// An agent.
    Active {
        /// The demand that they answer.
        asked: Asked,
        /// Who.
        agent: AgentCard,
    },
}

/// A demand as its owner keeps it, and the latest placement that answered it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Version of the demand, and turn of the latest placement taken; 0 before the first.
    pub version: PlacementId,
    /// For whom.
    pub target: Target,
    /// When this session first asked for a human.
    pub asked_at: Timestamp,
}
