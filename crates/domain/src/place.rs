//! The two registers that the cores replicate to each other through topics: `Demand`, written by the conversation core
//! (version `epoch`), and `Placement`, written by the desk core (version `epoch.turn`). Each states the whole.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::account::Dialect;
use crate::delivery::WithdrawnReason;
use crate::ids::{AgentId, DeskId, GroupId, SessionId};
use crate::policy::{Care, Exception, Selector};
use crate::time::Timestamp;

/// Whom a session asks for. The agent wins over a group beside it; neither means the default lane.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Target {
    /// This agent and no other.
    pub agent: Option<AgentId>,
    /// Any agent of this skill group.
    pub group: Option<GroupId>,
    /// What the agent must be, all of it; where an agent is named it is not asked.
    pub selectors: Vec<Selector>,
}

impl Target {
    /// This agent.
    pub fn agent(agent: AgentId) -> Self {
        Self { agent: Some(agent), ..Self::default() }
    }

    /// Any agent of this group.
    pub fn group(group: GroupId) -> Self {
        Self { group: Some(group), ..Self::default() }
    }

    /// Whether it names nobody.
    pub fn is_empty(&self) -> bool {
        self.agent.is_none() && self.group.is_none()
    }
}

/// What a session wants of its desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Want {
    /// An agent.
    Agent(Box<Wish>),
    /// Nobody: it left, or it was closed.
    Nobody,
    /// Nobody for now: its agent has set it aside, and has more to do for it.
    SetAside,
}

/// What a desk must know of a session that wants an agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    /// Whom.
    pub target: Target,
    /// In front of all who are not, where the queue's order says so.
    pub vip: bool,
    /// When this session first asked for a human; kept over requeue and transfer.
    pub asked_at: Timestamp,
    /// How much of an agent's capacity it takes.
    pub weight: u32,
    /// The protocol of its channel: an agent may be limited to so many sessions of one.
    pub channel: Dialect,
    /// Higher is more urgent, where the queue's order looks at it.
    pub priority: u8,
    /// Who last had this conversation, as far as that is remembered.
    pub last_agent: Option<AgentId>,
    /// Who does not get it: who handed it on.
    pub avoid: Option<AgentId>,
    /// When it was last handed on, or sent here from another queue; `None`: never.
    pub moved_at: Option<Timestamp>,
    /// A queue that did not take it has sent it here: it is not sent on a second time.
    pub overflowed: bool,
    /// The agent named had set it aside: it is theirs first, and others' soon when they are gone.
    pub returns: bool,
}

impl Default for Wish {
    /// Anybody, from the first instant, at the weight of one; the channel is our own.
    fn default() -> Self {
        Self {
            target: Target::default(),
            vip: false,
            asked_at: Timestamp::default(),
            weight: 1,
            channel: Dialect::Native,
            priority: 0,
            last_agent: None,
            avoid: None,
            moved_at: None,
            overflowed: false,
            returns: false,
        }
    }
}

/// The register of the conversation core: higher epochs win, whatever the session's place is (R2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Demand {
    /// Whose.
    pub session: SessionId,
    /// Its version: + 1 for each new demand.
    pub epoch: u32,
    /// What it wants.
    pub want: Want,
}

/// An agent as a visitor may see them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentCard {
    /// Who.
    pub id: AgentId,
    /// The name shown.
    pub name: String,
    /// The picture shown: a URL, empty when there is none.
    pub avatar: String,
}

/// Why a desk will not take a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RefusedReason {
    /// The queue is full.
    QueueFull,
    /// Nobody is at work.
    OffHours,
    /// It waited too long.
    WaitLimit,
}

impl RefusedReason {
    /// Its name in the API and in explanations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue-full",
            Self::OffHours => "off-hours",
            Self::WaitLimit => "wait-limit",
        }
    }
}

/// Where the desk has put a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the queue, `position` from the front, 1 first.
    Waiting {
        /// Place in line at the moment of deciding.
        position: u32,
        /// How long the wait will be, as far as the queue can tell.
        wait: Option<Duration>,
    },
    /// Still in the queue, at its place, while these agents are asked whether they take it.
    Offered {
        /// Who is asked.
        agents: Vec<AgentCard>,
        /// Until when they may answer.
        until: Timestamp,
    },
    /// With an agent.
    Assigned {
        /// Who.
        agent: AgentCard,
        /// What shall be kept an eye on while they have it.
        care: Care,
    },
    /// Not taken.
    Refused {
        /// Why.
        reason: RefusedReason,
        /// What then.
        then: Exception,
    },
}

impl Place {
    /// In the queue, where nothing is known of how long.
    pub const fn waiting(position: u32) -> Self {
        Self::Waiting { position, wait: None }
    }

    /// With this agent, and nothing to keep an eye on.
    pub fn assigned(agent: AgentCard) -> Self {
        Self::Assigned { agent, care: Care::default() }
    }

    /// Not taken, and so closed.
    pub fn refused(reason: RefusedReason) -> Self {
        Self::Refused { reason, then: Exception::default() }
    }
}

/// The register of the desk core (R3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placement {
    /// The desk that says so: an unwanted placement is answered there, also when its session is long forgotten (R4).
    pub desk: DeskId,
    /// Whose.
    pub session: SessionId,
    /// The demand it answers, and its turn inside.
    pub version: PlacementId,
    /// Where.
    pub place: Place,
    /// Why the offer before it stands no longer; `None`: there was none, or somebody has taken it.
    pub withdrawn: Option<WithdrawnReason>,
}

/// The version of a placement, `epoch.turn`; agent commands name it as an opaque text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PlacementId {
    /// The conversation core's number.
    pub epoch: u32,
    /// The desk core's number inside it.
    pub turn: u32,
}

impl fmt::Display for PlacementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.turn)
    }
}

/// A text that is no placement version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a placement has the form <epoch>.<turn>, for example 3.2")]
pub struct MalformedPlacement;

impl FromStr for PlacementId {
    type Err = MalformedPlacement;

    fn from_str(text: &str) -> Result<Self, MalformedPlacement> {
        let (epoch, turn) = text.split_once('.').ok_or(MalformedPlacement)?;
        let number = |digits: &str| digits.parse::<u32>().map_err(|_| MalformedPlacement);
        Ok(Self { epoch: number(epoch)?, turn: number(turn)? })
    }
}
