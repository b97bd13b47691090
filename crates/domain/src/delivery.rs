//! Orders to the outside: bring one thing to one target. Written by the cores, carried out by delivery.

use std::time::Duration;

use crate::account::Dialect;
use crate::content::Private;
use crate::event::{Command, Refusal};
use crate::ids::{
    AccountId, AgentId, BotId, ConversationId, DeliveryId, DeskId, GroupId, MessageId, PhoneNumber, SessionId,
    TenantId, VisitorId,
};
use crate::message::{Class, Message};
use crate::place::{AgentCard, PlacementId, RefusedReason, Target};
use crate::profile::Profile;
use crate::receipt::Leg;
use crate::time::Timestamp;

/// One order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The idempotency key of every attempt.
    pub id: DeliveryId,
    /// Whose tenant.
    pub tenant: TenantId,
    /// The account of the conversation; credentials and endpoints are looked up by it.
    pub account: AccountId,
    /// The conversation; with the target it names the lane. An agent notice that belongs to no conversation has none.
    pub conversation: Option<ConversationId>,
    /// The session, where there is one.
    pub session: Option<SessionId>,
    /// To whom.
    pub target: DeliveryTarget,
    /// What.
    pub order: Order,
    /// No attempt starts later than one second before this.
    pub deadline: Option<Timestamp>,
}

/// Who gets it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DeliveryTarget {
    /// The visitor, on the account's own channel.
    Channel {
        /// Which protocol.
        dialect: Dialect,
        /// The name there.
        visitor: VisitorId,
    },
    /// A phone, by the SMS account of the conversation's account.
    Sms {
        /// The account that sends it.
        account: AccountId,
        /// The number.
        to: PhoneNumber,
    },
    /// The account's bot.
    Bot(BotId),
    /// The desk's workspace; `agent` is the one concerned, `None` while nobody has the session.
    Workspace {
        /// Whose workspace.
        desk: DeskId,
        /// For which agent.
        agent: Option<AgentId>,
    },
}

impl DeliveryTarget {
    /// Which copy of a message goes there; `None`: nobody there is the message's visitor.
    pub const fn leg(&self) -> Option<Leg> {
        match self {
            Self::Channel { .. } => Some(Leg::Channel),
            Self::Sms { .. } => Some(Leg::Sms),
            Self::Bot(_) | Self::Workspace { .. } => None,
        }
    }
}

/// What is to be brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// A message of one side to the other.
    Message {
        /// The message.
        message: Message,
        /// What it is for; visitors' messages are `Service`.
        class: Class,
        /// Whom the workspace or bot shall know as its author's counterpart; `None` towards the channel.
        visitor: Option<VisitorId>,
    },
    /// A visitor opened a session with the bot.
    Connected {
        /// Who.
        visitor: VisitorId,
        /// JSON for the bot's flow.
        context: Option<Private>,
    },
    /// The session is the agent's from now on.
    Assigned {
        /// The agent.
        agent: AgentCard,
        /// What commands must name.
        placement: PlacementId,
        /// Who waits for an answer.
        visitor: VisitorId,
        /// What came before.
        briefing: Box<Briefing>,
    },
    /// The session may be the agent's, if they take it: they are asked. Nothing of what was said is told before.
    Offered(Box<Offer>),
    /// An offer stands no longer, and no answer to it counts.
    OfferWithdrawn {
        /// The agent who was asked.
        agent: AgentId,
        /// The offer.
        placement: PlacementId,
        /// Why.
        reason: WithdrawnReason,
    },
    /// The session is no longer the agent's.
    Left {
        /// The agent it leaves.
        agent: AgentId,
        /// Why.
        reason: LeftReason,
    },
    /// The session is over (to bot and channel).
    Closed,
    /// The visitor is told something by usher.
    Notice(Notice),
    /// The other side is writing.
    Typing,
    /// The other side has read these messages.
    Read {
        /// Which.
        messages: Vec<MessageId>,
        /// What the channel calls them, towards a channel that has names of its own; of those only that have one.
        named: Vec<Private>,
    },
    /// Take a message back.
    Revoke {
        /// Which.
        message: MessageId,
    },
    /// What is known of the visitor has changed (to the workspace).
    Profile(Box<Profile>),
    /// The visitor answered a survey (to the workspace).
    Survey {
        /// 1 to 5; `None` when the answer counts in no average.
        score: Option<u8>,
        /// In their own words.
        detail: Private,
    },
    /// What the visitor's client sent has come (to the channel).
    Ack {
        /// The name that the client gave it.
        key: Private,
    },
    /// A command was not carried out.
    Refused {
        /// Which.
        command: Command,
        /// Why.
        reason: Refusal,
        /// The command's own id, as ingest answered it.
        input: crate::ids::InputId,
    },
    /// What the visitor left for later, because nobody took the session (to the workspace, for no agent).
    MessageLeft {
        /// What they wrote.
        message: Message,
        /// Who.
        visitor: VisitorId,
    },
    /// Another agent asks this one to read along (to the workspace).
    Consulted {
        /// Who is asked.
        agent: AgentId,
        /// Who asks: the session stays theirs.
        by: AgentCard,
        /// With whom they talk.
        visitor: VisitorId,
        /// What came before.
        briefing: Box<Briefing>,
    },
    /// The second agent reads along no longer (to the workspace, for each of the two).
    ConsultEnded {
        /// The second agent.
        agent: AgentId,
    },
    /// What one of the two agents says to the other (to the workspace); never to the visitor.
    Whisper {
        /// Who says it.
        from: AgentId,
        /// What.
        text: Private,
    },
}

/// What an agent is told who is asked whether they take a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Who is asked.
    pub agent: AgentId,
    /// What the answer must name.
    pub placement: PlacementId,
    /// Who waits.
    pub visitor: VisitorId,
    /// For which skill group they asked, if for one.
    pub group: Option<GroupId>,
    /// In front of all who are not.
    pub vip: bool,
    /// How long they have waited since they first asked for a human.
    pub waited: Duration,
    /// From when on an answer does not count, by the log.
    pub until: Timestamp,
}

/// Why an offer stands no longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WithdrawnReason {
    /// Another agent has the session.
    Taken,
    /// Nobody answered in time.
    Expired,
    /// It was declined, at this workspace or another of the same agent.
    Declined,
    /// The visitor left.
    VisitorLeft,
    /// The desk took it back, for another reason.
    Rescinded,
}

impl WithdrawnReason {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 5] = [Self::Taken, Self::Expired, Self::Declined, Self::VisitorLeft, Self::Rescinded];

    /// Its name towards workspaces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Expired => "expired",
            Self::Declined => "declined",
            Self::VisitorLeft => "visitor-left",
            Self::Rescinded => "rescinded",
        }
    }
}

/// What an agent must know who takes a session: all of it so far. Personal data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Briefing {
    /// What is known of the visitor.
    pub profile: Profile,
    /// What was said in this session, oldest first, by visitor, bot and agents.
    pub lines: Vec<Line>,
    /// Whether there was more before: so much is kept of a session and no more.
    pub truncated: bool,
}

/// One message of a session, as it is kept for whoever takes the session next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What was said.
    pub message: Message,
    /// When, by the log.
    pub at: Timestamp,
}

/// Why a session leaves an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeftReason {
    /// The agent closed it, or a supervisor.
    Closed,
    /// The visitor left.
    VisitorLeft,
    /// Nobody said anything for too long.
    Idle,
    /// The agent transferred it.
    Transferred,
    /// The desk gave it to another, or took it back into the queue.
    Reassigned,
    /// The agent set it aside until the visitor writes.
    OnHold,
    /// The agent did not answer in time: it waits again, for somebody else.
    Unanswered,
}

/// What usher tells a visitor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// In line, 1 is next.
    Queued {
        /// Place in line.
        position: u32,
        /// How long the wait will be, as far as the queue can tell.
        wait: Option<Duration>,
    },
    /// Somebody has them now.
    Assigned {
        /// Who.
        agent: AgentCard,
    },
    /// They are being handed on.
    Transferred {
        /// To whom.
        target: Target,
    },
    /// The desk will not take them: the session is over.
    Refused {
        /// Why; `None` in records of before it was told.
        reason: Option<RefusedReason>,
        /// What the tenant wants said then; empty: nothing, or it was said in a message.
        text: String,
    },
    /// The session is over.
    Closed {
        /// Whether an agent ended it (else usher did).
        by_agent: bool,
    },
    /// They are asked what they think of the session.
    Invitation,
    /// Nobody takes them now: what they write is kept for later.
    LeaveMessage {
        /// Why.
        reason: RefusedReason,
        /// What they are told; empty: it was said in a message.
        text: String,
    },
    /// They have been silent since an agent spoke, and the session will close.
    Reminder {
        /// What they are told; empty: it was said in a message.
        text: String,
    },
}

impl Notice {
    /// What is said with [`Notice::Refused`] where the tenant has no words of its own and the channel shows no notices.
    pub const REFUSED: &str = "Nobody can answer right now. Please try again later.";
    /// What is said with [`Notice::LeaveMessage`] where the tenant has no words of its own.
    pub const LEAVE_MESSAGE: &str = "Nobody can answer right now. Please leave a message.";
    /// What is said with [`Notice::Reminder`] where the tenant has no words of its own.
    pub const REMINDER: &str = "Are you still there? This conversation closes soon.";
}
