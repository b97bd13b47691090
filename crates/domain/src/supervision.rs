//! What supervisors do: they may overrule the desk where its rules do not fit the day. Every command says who gave it and
//! why, and is answered by an event under the same input id, whether it was carried out or not.

use crate::content::Private;
use crate::ids::{AgentId, DeskId, GroupId, SessionId};
use crate::place::{PlacementId, Target};

/// Who wants it, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warrant {
    /// The supervisor, as their tenant names them.
    pub by: String,
    /// In their own words.
    pub why: Private,
}

/// A command to a desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Supervision {
    /// Who wants it, and why.
    pub warrant: Warrant,
    /// What.
    pub order: SupervisionOrder,
}

/// What a supervisor wants of a desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SupervisionOrder {
    /// The session is this agent's, whomever it waited for and whoever had it; never above the agent's capacity.
    Assign {
        /// Which.
        session: SessionId,
        /// To whom.
        agent: AgentId,
        /// The placement that is meant; `None`: whichever is current.
        placement: Option<PlacementId>,
    },
    /// The session waits again, at its old place, and not for the agent who had it.
    Requeue {
        /// Which.
        session: SessionId,
        /// The placement that is meant; `None`: whichever is current.
        placement: Option<PlacementId>,
    },
    /// The agent gets no new sessions and is offline when their last one ends; or gets sessions again.
    Drain {
        /// Who.
        agent: AgentId,
        /// Whether they are to end.
        drains: bool,
    },
    /// Everybody who waits in a queue waits elsewhere, at their old place in time.
    Move {
        /// Which queue.
        from: MovedQueue,
        /// Where to; empty: the default lane.
        to: Target,
    },
}

/// Whose queue is moved.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MovedQueue {
    /// Everybody who waits at the desk.
    All,
    /// Who waits for this agent and no other.
    Agent(AgentId),
    /// Who waits for this group.
    Group(GroupId),
    /// Who waits in the default lane.
    Default,
}

/// A command to a conversation: its session is closed, whoever has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SupervisorClose {
    /// Who wants it, and why.
    pub warrant: Warrant,
    /// The desk whose supervisor wants it; the session's own.
    pub desk: DeskId,
    /// Which session.
    pub session: SessionId,
}

/// The name of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SupervisionCommand {
    /// Give a session to an agent.
    Assign,
    /// Let a session wait again.
    Requeue,
    /// Close a session.
    Close,
    /// Let an agent end.
    Drain,
    /// Let an agent get sessions again.
    Undrain,
    /// Move a queue.
    Move,
}

impl SupervisionCommand {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 6] = [Self::Assign, Self::Requeue, Self::Close, Self::Drain, Self::Undrain, Self::Move];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Requeue => "requeue",
            Self::Close => "close",
            Self::Drain => "drain",
            Self::Undrain => "undrain",
            Self::Move => "move",
        }
    }
}

impl SupervisionOrder {
    /// Its name.
    pub const fn command(&self) -> SupervisionCommand {
        match self {
            Self::Assign { .. } => SupervisionCommand::Assign,
            Self::Requeue { .. } => SupervisionCommand::Requeue,
            Self::Drain { drains: true, .. } => SupervisionCommand::Drain,
            Self::Drain { drains: false, .. } => SupervisionCommand::Undrain,
            Self::Move { .. } => SupervisionCommand::Move,
        }
    }
}

/// Why a supervisor's command was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SupervisionRefusal {
    /// The session is over, or no desk of the tenant knows it.
    UnknownSession,
    /// The directory does not have the agent.
    UnknownAgent,
    /// The directory does not have the group.
    UnknownGroup,
    /// The agent is offline, or about to be.
    Offline,
    /// The session would be more than the agent can have at once.
    NoRoom,
    /// Another placement is current than the one that was named.
    Moved,
    /// It is so already.
    Already,
}

impl SupervisionRefusal {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 7] = [
        Self::UnknownSession,
        Self::UnknownAgent,
        Self::UnknownGroup,
        Self::Offline,
        Self::NoRoom,
        Self::Moved,
        Self::Already,
    ];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownSession => "unknown-session",
            Self::UnknownAgent => "unknown-agent",
            Self::UnknownGroup => "unknown-group",
            Self::Offline => "offline",
            Self::NoRoom => "no-room",
            Self::Moved => "moved",
            Self::Already => "already",
        }
    }
}

/// What became of a command: the part that is told of all alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Supervised {
    /// Which command.
    pub command: SupervisionCommand,
    /// Who wanted it, and why.
    pub warrant: Warrant,
    /// The session it names.
    pub session: Option<SessionId>,
    /// The agent it names.
    pub agent: Option<AgentId>,
}
