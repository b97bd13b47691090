//! Why things end, are refused or change: the reasons that facts name.

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseReason {
    /// The agent closed it.
    Agent,
    /// The visitor left.
    Visitor,
    /// Two hours without a message from either side.
    Idle,
    /// The desk refused it.
    Refused,
    /// A supervisor closed it.
    Supervisor,
}

/// By what an agent's presence has changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum PresenceReason {
    /// The workspace said so.
    #[default]
    Said,
    /// It said nothing for as long as it may.
    LeaseLost,
    /// Too many offers in a row were not answered.
    MissedOffers,
    /// They drained, and the last session has ended.
    Drained,
    /// A supervisor said so.
    Supervisor,
    /// The directory does not have them any more.
    Removed,
}

impl PresenceReason {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 6] =
        [Self::Said, Self::LeaseLost, Self::MissedOffers, Self::Drained, Self::Supervisor, Self::Removed];

    /// Its name, in explanations and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::LeaseLost => "lease-lost",
            Self::MissedOffers => "missed-offers",
            Self::Drained => "drained",
            Self::Supervisor => "supervisor",
            Self::Removed => "removed",
        }
    }
}

/// What an input asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// Open a session.
    Connect,
    /// Ask for a human.
    Ask,
    /// End the session, as visitor.
    Leave,
    /// Show that somebody writes.
    Typing,
    /// Mark as read.
    Read,
    /// Send a message.
    Send,
    /// Hand the session on.
    Transfer,
    /// End the session, as agent.
    Close,
    /// Take a message back.
    Recall,
    /// Write into the visitor's profile.
    Profile,
    /// Hand the session over to people, as bot.
    HandOver,
    /// Set the session aside until the visitor writes.
    Hold,
    /// Take up a session again that was set aside.
    Resume,
    /// Ask a second agent to read along.
    Consult,
    /// Say something to the other of the two agents.
    Whisper,
    /// Let the second agent read along no longer.
    EndConsult,
    /// Ask the visitor what they think of the session.
    InviteSurvey,
    /// Take a session that was offered.
    Accept,
    /// Not take a session that was offered.
    Decline,
}

/// Why a command was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The session is over, or never was on this account.
    Closed,
    /// The session is not this agent's.
    NotAssigned,
    /// The placement named is no longer current.
    Moved,
    /// No such message was said to the visitor in this session, or it is no longer kept.
    NoSuchMessage,
    /// There is no way to do that: the visitor's channel has none, or there is no second agent, or nothing to take up.
    NotPossible,
    /// The offer stands no longer, or never was made to this agent.
    OfferGone,
}

impl Refusal {
    /// Its name towards workspaces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::NotAssigned => "not-assigned",
            Self::Moved => "moved",
            Self::NoSuchMessage => "no-such-message",
            Self::NotPossible => "not-possible",
            Self::OfferGone => "offer-gone",
        }
    }
}

/// Why an agent who was asked need not answer any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RescindReason {
    /// Another agent who was asked has taken it.
    Taken,
    /// The session asks for somebody else now, or for nobody.
    Overtaken,
    /// The agent is busy, away or on a break.
    NotOnline,
    /// The agent is offline.
    Offline,
    /// The agent left the directory.
    Removed,
    /// A supervisor decided otherwise.
    Supervisor,
}

impl RescindReason {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 6] =
        [Self::Taken, Self::Overtaken, Self::NotOnline, Self::Offline, Self::Removed, Self::Supervisor];
}
