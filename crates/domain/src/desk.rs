//! Inputs of the desk core: one record of topic `desks`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::account::{Account, Dialect};
use crate::ids::{AgentId, DeskId, GroupId, InputId, SessionId, TenantId};
use crate::place::{Demand, PlacementId};
use crate::policy::{Calendar, DeskPolicy, Labels, LanePolicy};
use crate::supervision::Supervision;
use crate::time::Timestamp;

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
    Presence(PresenceSaid),
    /// A supervisor overrules the desk.
    Supervision(Box<Supervision>),
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
    /// A visitor has rated a session.
    Rated(Rating),
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

/// An answer to a survey that counts, for who had the session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rating {
    /// Which session.
    pub session: SessionId,
    /// Whose it was.
    pub agent: AgentId,
    /// In which group's name, if in one's.
    pub group: Option<GroupId>,
    /// 1 to 5.
    pub score: u8,
}

/// How an agent is, as their workspace says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PresenceSaid {
    /// Who.
    pub agent: AgentId,
    /// How.
    pub presence: Presence,
    /// The workspace's own instant, which never goes back: what is older than the latest is overtaken. `None`: it counts
    /// in the order in which it comes.
    pub at: Option<Timestamp>,
    /// How long it holds unless it is said again; the shorter of this and the desk's counts. `None`: the desk's.
    pub lease: Option<Duration>,
    /// No new sessions, and offline when the last one is over.
    pub drain: bool,
}

impl PresenceSaid {
    /// This presence, until another is said.
    pub const fn new(agent: AgentId, presence: Presence) -> Self {
        Self { agent, presence, at: None, lease: None, drain: false }
    }
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
    Group(Box<GroupRecord>),
    /// How the desk works where no group says otherwise.
    Desk(Box<DeskPolicy>),
    /// A calendar that queues name.
    Calendar(Calendar),
}

impl DirectoryEntry {
    /// A skill group that works as by default.
    pub fn group(id: GroupId) -> Self {
        Self::Group(Box::new(GroupRecord { id, policy: LanePolicy::default() }))
    }
}

/// A skill group as the directory has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupRecord {
    /// Which.
    pub id: GroupId,
    /// How its queue works.
    pub policy: LanePolicy,
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
    /// What they are, for sessions that ask for it.
    pub labels: Labels,
    /// How good they are in a group, where its queue looks at it; 0 where nothing is said.
    pub levels: BTreeMap<GroupId, u32>,
    /// At most so many sessions of a channel at once, whatever their weight; a channel that is not named has no limit of
    /// its own.
    pub limits: BTreeMap<Dialect, u32>,
}

impl AgentRecord {
    /// An agent without a name to show, in no group, for one session at once.
    pub fn new(id: AgentId) -> Self {
        Self {
            id,
            name: String::new(),
            avatar: String::new(),
            capacity: 1,
            groups: Vec::new(),
            labels: Labels::new(),
            levels: BTreeMap::new(),
            limits: BTreeMap::new(),
        }
    }
}
