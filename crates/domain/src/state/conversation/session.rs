//! What is kept of a running session.

use std::time::Duration;

use crate::account::Account;
use crate::content::Private;
use crate::ids::{AgentId, BotId, MessageId, PhoneNumber, SessionId, VisitorId};
use crate::place::{AgentCard, PlacementId, Target};
use crate::policy::{Care, Inactivity};
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
    /// Whether its agent has asked the visitor what they think of it; once is enough.
    pub invited: bool,
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

    /// What time alone does to it next, and when. Of two at once, that which ends more comes first.
    pub fn due(&self) -> (Timestamp, SessionDue) {
        let idle = (self.idle_at(), SessionDue::Idle);
        let Phase::Active { watch, .. } = &self.phase else { return idle };
        let reply = watch.reply_by.map(|at| (at, SessionDue::FirstReply));
        let reminder = self.reminds_at(watch).map(|at| (at, SessionDue::Reminder));
        // Nobody is reminded of what has happened.
        let before_idle = reply.into_iter().chain(reminder).filter(|(at, _)| *at < idle.0);
        before_idle.min_by_key(|(at, _)| *at).unwrap_or(idle)
    }

    /// When it closes by itself unless somebody says something: sooner, or later, where an agent waits for the visitor
    /// and their queue says how long.
    fn idle_at(&self) -> Timestamp {
        let silence = match &self.phase {
            Phase::Active { watch, .. } => watch.inactivity(),
            _ => None,
        };
        self.quiet_since.plus(silence.map_or(Self::IDLE, |inactivity| inactivity.closes_after))
    }

    fn reminds_at(&self, watch: &Watch) -> Option<Timestamp> {
        let after = watch.inactivity()?.reminds_after?;
        (watch.awaited == Awaited::Visitor { reminded: false }).then(|| self.quiet_since.plus(after))
    }
}

/// What time alone does to a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionDue {
    /// Nobody has said anything for too long: it closes.
    Idle,
    /// The agent has not answered in time.
    FirstReply,
    /// The visitor has been silent for so long that they are reminded.
    Reminder,
}

/// Who may speak in a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// The bot.
    Bot(BotId),
    /// Nobody yet: it wants an agent.
    Waiting(Asked),
    /// Nobody yet: agents are asked whether they take it.
    Offered {
        /// The demand, and the placement that their answers must name.
        asked: Asked,
        /// Who is asked.
        agents: Vec<AgentId>,
        /// From when on an answer does not count.
        until: Timestamp,
    },
    /// An agent.
    Active {
        /// The demand that they answer.
        asked: Asked,
        /// Who.
        agent: AgentCard,
        /// What is kept an eye on meanwhile.
        watch: Watch,
    },
    /// Nobody, until the visitor writes: its agent has set it aside. It wants nobody.
    OnHold {
        /// The demand that they answered, under the version by which nobody is wanted any more.
        asked: Asked,
        /// Who has set it aside.
        agent: AgentCard,
        /// The placement under which they did: what their commands name.
        held: PlacementId,
    },
    /// Nobody takes it: what the visitor writes is kept for later. It wants nobody.
    LeaveMessage(Asked),
}

impl Phase {
    /// The agent who has it, or has set it aside.
    pub const fn agent(&self) -> Option<&AgentCard> {
        match self {
            Self::Active { agent, .. } | Self::OnHold { agent, .. } => Some(agent),
            _ => None,
        }
    }
}

/// What is kept an eye on while an agent has a session.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Watch {
    /// What the queue wants.
    pub care: Care,
    /// By when the agent must have answered; `None`: they have, or need not.
    pub reply_by: Option<Timestamp>,
    /// Whose turn it is to speak.
    pub awaited: Awaited,
    /// A second agent, who reads along.
    pub consulted: Option<AgentId>,
}

impl Watch {
    /// A session that has become an agent's at this instant.
    pub fn begin(care: Care, now: Timestamp) -> Self {
        let reply_by = care.first_reply.map(|first_reply| now.plus(first_reply.within));
        Self { care, reply_by, awaited: Awaited::Agent, consulted: None }
    }

    /// What holds for the visitor's silence, while it is their turn.
    fn inactivity(&self) -> Option<&Inactivity> {
        self.care.inactivity.as_ref().filter(|_| self.awaited != Awaited::Agent)
    }
}

/// Whose turn it is to speak in a session that an agent has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Awaited {
    /// The agent's.
    #[default]
    Agent,
    /// The visitor's, since the agent's last message.
    Visitor {
        /// Whether they have been reminded in this silence.
        reminded: bool,
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
    /// When it was last handed on, or sent elsewhere by a queue that did not take it; `None`: never.
    pub moved_at: Option<Timestamp>,
    /// Who does not get it: who handed it on, or did not answer in time.
    pub avoid: Option<AgentId>,
    /// A queue that did not take it has sent it here.
    pub overflowed: bool,
    /// It comes back to the agent who had set it aside.
    pub returns: bool,
}

impl Asked {
    /// An ask that nothing has come before.
    pub const fn new(version: PlacementId, target: Target, asked_at: Timestamp) -> Self {
        Self { version, target, asked_at, moved_at: None, avoid: None, overflowed: false, returns: false }
    }
}
