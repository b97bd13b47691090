//! The two registers that the cores replicate to each other through topics: `Demand`, written by the conversation core
//! (version `epoch`), and `Placement`, written by the desk core (version `epoch.turn`). Each states the whole.

use std::fmt;
use std::str::FromStr;

use crate::ids::{AgentId, DeskId, GroupId, SessionId};
use crate::time::Timestamp;

/// Whom a session asks for. The agent wins over a group beside it; neither means the default lane.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Target {
    /// This agent and no other.
    pub agent: Option<AgentId>,
    /// Any agent of this skill group.
    pub group: Option<GroupId>,
}

impl Target {
    /// Whether it names nobody.
    pub fn is_empty(&self) -> bool {
        self.agent.is_none() && self.group.is_none()
    }
}

/// What a session wants of its desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Want {
    /// An agent.
    Agent {
        /// Whom.
        target: Target,
        /// In front of all who are not.
        vip: bool,
        /// When this session first asked for a human; kept over requeue and transfer.
        asked_at: Timestamp,
        /// How much of an agent's capacity it takes.
        weight: u32,
    },
    /// Nobody: it left, or it was closed.
    Nobody,
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusedReason {
    /// The queue is full.
    QueueFull,
    /// Nobody is at work.
    OffHours,
    /// It waited too long.
    WaitLimit,
}

/// Where the desk has put a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the queue, `position` from the front, 1 first.
    Waiting {
        /// Place in line at the moment of deciding.
        position: u32,
    },
    /// With an agent.
    Assigned(AgentCard),
    /// Not taken.
    Refused(RefusedReason),
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
