//! Inputs of the desk core: one record of topic `desks`.

use crate::account::Account;
use crate::ids::{AgentId, DeskId, GroupId, InputId, SessionId, TenantId};
use crate::place::{Demand, PlacementId};

/// One input of one desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeskInput {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Which desk.
    pub desk: DeskId,
    /// The input's own id.
    pub id: InputId,
    /// What happens.
    pub act: DeskAct,
}

/// What happens to a desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeskAct {
    /// The conversation core says what a session wants.
    Demand(Demand),
    /// A workspace says how an agent is.
    Presence {
        /// Who.
        agent: AgentId,
        /// How.
        presence: Presence,
    },
    /// One entry of a directory that is being published; takes effect with its `Applied`.
    Staged {
        /// Of which revision.
        revision: u64,
        /// What.
        entry: DirectoryEntry,
    },
    /// The directory of `revision` is complete with `count` entries: it replaces the one before.
    Applied {
        /// Its number; lower or equal ones than the current are dropped.
        revision: u64,
        /// How many entries belong to it; another count staged means a part is missing and nothing changes.
        count: u32,
    },
    /// A workspace answers an offer.
    Answer(Box<OfferAnswer>),
}

/// What an agent says to an offer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfferAnswer {
    /// The account that the workspace named; a refusal goes out on its behalf.
    pub account: Account,
    /// The session that it named.
    pub session: SessionId,
    /// The agent that it named.
    pub agent: AgentId,
    /// The offer that is meant; no other is answered.
    pub placement: PlacementId,
    /// Whether they take the session.
    pub accepts: bool,
}

/// How an agent is. Only `Online` gets new sessions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Presence {
    /// Takes sessions.
    Online,
    /// At work, takes no new ones.
    Busy,
    /// Not at the desk, takes no new ones.
    Away,
    /// Pauses, takes no new ones.
    Break,
    /// Gone: their sessions wait again.
    Offline,
}

impl Presence {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 5] = [Self::Online, Self::Busy, Self::Away, Self::Break, Self::Offline];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Break => "break",
            Self::Offline => "offline",
        }
    }

    /// The presence with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|presence| presence.name() == name)
    }
}

/// One line of a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DirectoryEntry {
    /// An agent.
    Agent(AgentRecord),
    /// A skill group.
    Group(GroupId),
}

/// An agent as the directory has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentRecord {
    /// Who.
    pub id: AgentId,
    /// The name shown to visitors.
    pub name: String,
    /// The picture shown to visitors: a URL, empty when there is none.
    pub avatar: String,
    /// How much weight of sessions at once.
    pub capacity: u32,
    /// The skill groups they answer for; in none, they answer the default lane.
    pub groups: Vec<GroupId>,
}
