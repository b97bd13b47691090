//! Public facts, for every other team: the life of sessions, the outcomes of messages, the decisions of desks. Never a
//! message body, never a phone number.

mod session;

use crate::ids::{
    AccountId, AgentId, CalendarId, ConversationId, DeskId, GroupId, InputId, MessageId, SessionId, TenantId,
};
use crate::place::{PlacementId, RefusedReason, Target};
use crate::policy::Exception;
use crate::profile::ProfileField;
use crate::receipt::Leg;
use crate::supervision::{Supervised, SupervisionRefusal};

/// One fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Of what.
    pub subject: Subject,
    /// What is the case.
    pub fact: Fact,
}

/// What a fact is about; its text is the Kafka key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A conversation.
    Conversation(ConversationId),
    /// A desk.
    Desk(DeskId),
    /// The account by which somebody named a conversation that is not shown to be theirs: a fact about what they did
    /// must not stand among the facts of that conversation.
    Account(AccountId),
}

/// What is the case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// A session began, with the bot or in the queue.
    SessionOpened {
        /// Which.
        session: SessionId,
        /// Whether the bot has it.
        with_bot: bool,
    },
    /// A session waits for an agent.
    SessionWaiting {
        /// Which.
        session: SessionId,
        /// Its demand's version.
        epoch: u32,
        /// For whom.
        target: Target,
        /// In front of all who are not.
        vip: bool,
    },
    /// A session's tags became non-empty.
    SessionPromoted {
        /// Which.
        session: SessionId,
    },
    /// The desk told its place in line.
    SessionQueued {
        /// Which.
        session: SessionId,
        /// 1 is next.
        position: u32,
    },
    /// A session is an agent's.
    SessionAssigned {
        /// Which.
        session: SessionId,
        /// Whose.
        agent: AgentId,
        /// What commands must name.
        placement: PlacementId,
    },
    /// A session is no longer an agent's.
    SessionLeft {
        /// Which.
        session: SessionId,
        /// Whose it was.
        agent: AgentId,
    },
    /// A session is over.
    SessionClosed {
        /// Which.
        session: SessionId,
        /// Why.
        reason: CloseReason,
    },
    /// An input that changes nothing in this state.
    InputIgnored {
        /// Which.
        input: InputId,
        /// What it was.
        command: Command,
    },
    /// An input that came a second time, or that a later one of its kind had overtaken: it changes nothing.
    InputRepeated {
        /// Which.
        input: InputId,
    },
    /// What came from a phone answers an SMS of another conversation, and is an input of that one.
    InputForwarded {
        /// Which; it has the same id there.
        input: InputId,
        /// Where to.
        to: ConversationId,
    },
    /// A command that was not carried out.
    CommandRefused {
        /// Which input.
        input: InputId,
        /// What it was.
        command: Command,
        /// Why.
        reason: Refusal,
    },
    /// A message was ordered to its channel.
    MessageOrdered {
        /// Which.
        message: MessageId,
        /// Its deadline, when it has one.
        deadline: Option<crate::time::Timestamp>,
    },
    /// What receipts say of a message by now.
    MessageStatus {
        /// Which.
        message: MessageId,
        /// Which copy.
        leg: Leg,
        /// The join of all receipts.
        status: Status,
    },
    /// A message's fate is unknown; a revoke was ordered.
    MessageRevoking {
        /// Which.
        message: MessageId,
    },
    /// A revoke was answered: no proof of anything, but remembered.
    MessageRevokeAnswered {
        /// Which.
        message: MessageId,
        /// Whether the provider said it was taken back.
        revoked: bool,
    },
    /// How a message with a deadline ended; decided once.
    MessageOutcome {
        /// Which.
        message: MessageId,
        /// How.
        outcome: Outcome,
        /// Why.
        reason: OutcomeReason,
    },
    /// An agent took a message back.
    MessageRecalled {
        /// Which.
        message: MessageId,
    },
    /// A message arrived after its SMS had been ordered.
    DuplicateDelivered {
        /// Which.
        message: MessageId,
    },
    /// A receipt for a message that is not known (any more), or that was not sent by who reports.
    ReceiptUnmatched {
        /// Which.
        message: MessageId,
    },
    /// A survey was answered.
    SurveyAnswered {
        /// The session it is about: the current or the last.
        session: Option<SessionId>,
        /// 1 to 5; `None` when the answer is not valid, or is not the session's first, and counts in no average.
        score: Option<u8>,
    },
    /// An agent wrote into the visitor's profile.
    ProfileEdited {
        /// In which session.
        session: SessionId,
        /// Which fields; what stands there is personal data and not told here.
        fields: Vec<ProfileField>,
    },
    /// The visitor was asked what they think of a session that still runs.
    SurveyInvited {
        /// Which.
        session: SessionId,
    },
    /// An answer to a survey has counted: how those stand who had the session.
    SurveyAverages {
        /// Which session.
        session: SessionId,
        /// Whose it was.
        agent: AgentId,
        /// All that count for the agent.
        of_agent: Average,
        /// In which group's name it was theirs.
        group: Option<GroupId>,
        /// All that count for the group, where there is one.
        of_group: Option<Average>,
    },
    /// An agent set a session aside until the visitor writes.
    SessionOnHold {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
    },
    /// A second agent reads along.
    SessionConsulted {
        /// In which session.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// Who asked them to.
        by: AgentId,
    },
    /// A second agent reads along no longer.
    ConsultEnded {
        /// In which session.
        session: SessionId,
        /// Who.
        agent: AgentId,
    },
    /// An agent has not answered in time.
    FirstReplyLate {
        /// In which session.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// The placement that made it theirs.
        placement: PlacementId,
        /// Whether it therefore waits again, for somebody else.
        requeues: bool,
    },
    /// A visitor who has been silent since an agent spoke was reminded.
    VisitorReminded {
        /// In which session.
        session: SessionId,
    },
    /// Nobody takes a session: its visitor may leave a message.
    MessageInvited {
        /// Which session.
        session: SessionId,
        /// Why nobody does.
        reason: RefusedReason,
    },
    /// A visitor left a message for later.
    MessageLeft {
        /// In which session.
        session: SessionId,
        /// Which message.
        message: MessageId,
    },
    /// The visitor opted out of what is sent instead of messages, or in again.
    SubscriptionChanged {
        /// Whether they are out.
        opted_out: bool,
    },
    /// A desk gave a session to an agent, and why.
    AssignmentDecided {
        /// Which.
        session: SessionId,
        /// To whom.
        agent: AgentId,
        /// The version of the placement.
        placement: PlacementId,
        /// How many agents were free for it.
        candidates: u32,
        /// How many sessions waited in its lane, itself included.
        waiting: u32,
        /// Its rank among them and those of all other lanes: it was the first by it.
        rank: Rank,
        /// By which rule.
        rule: Rule,
        /// The group whose agents were looked at; `None`: another line.
        group: Option<GroupId>,
        /// How many steps its search had taken; 0: it waited in its own line.
        step: u32,
        /// The directory it was decided by.
        revision: u64,
    },
    /// A waiting session looks for its agent in more places, or wants less of them.
    SearchWidened {
        /// Which.
        session: SessionId,
        /// How many steps it has taken, this one included.
        step: u32,
        /// Agents of these groups are asked now.
        groups: Vec<GroupId>,
        /// Every agent of the desk is asked now.
        anyone: bool,
        /// How many of its selectors are still insisted upon.
        selectors: u32,
    },
    /// A desk asks an agent whether they take a session, and why them; one fact for each agent who is asked.
    OfferMade {
        /// Which.
        session: SessionId,
        /// Who is asked.
        agent: AgentId,
        /// What the answer must name.
        placement: PlacementId,
        /// From when on an answer does not count.
        until: crate::time::Timestamp,
        /// Why they are asked.
        grounds: Grounds,
    },
    /// An agent takes the session that they were asked for: it is theirs under the next turn.
    OfferAccepted {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// The offer.
        placement: PlacementId,
    },
    /// An agent does not take the session that they were asked for.
    OfferDeclined {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// The offer.
        placement: PlacementId,
    },
    /// An agent has not answered in time.
    OfferExpired {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// The offer.
        placement: PlacementId,
        /// How many offers in a row they have not answered by now.
        misses: u32,
    },
    /// An agent need not answer any more.
    OfferRescinded {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// The offer.
        placement: PlacementId,
        /// Why.
        reason: RescindReason,
    },
    /// A session names an agent or group that the directory does not have; it waits in the default lane.
    TargetUnknown {
        /// Which.
        session: SessionId,
        /// Whom it named.
        target: Target,
    },
    /// An agent's presence changed.
    AgentPresence {
        /// Who.
        agent: AgentId,
        /// How.
        presence: crate::desk::Presence,
        /// By what.
        reason: PresenceReason,
    },
    /// A word about an agent's presence that a later one had overtaken: it changes nothing.
    PresenceIgnored {
        /// Who.
        agent: AgentId,
        /// The workspace's own instant of this word.
        at: crate::time::Timestamp,
        /// That of the one that counts.
        said_at: crate::time::Timestamp,
    },
    /// An agent takes no new sessions and goes offline when the last one has ended, or takes new ones again.
    AgentDraining {
        /// Who.
        agent: AgentId,
        /// Whether they drain from now on.
        drains: bool,
        /// By what.
        reason: PresenceReason,
    },
    /// An agent is offline, and their sessions are kept for them.
    SessionsHeld {
        /// Who.
        agent: AgentId,
        /// How many.
        sessions: u32,
        /// When they wait again, should the agent not be back.
        until: crate::time::Timestamp,
    },
    /// A desk took a session from an agent who can not keep it: it waits again, at its old place.
    SessionTakenBack {
        /// Which.
        session: SessionId,
        /// Whose it was.
        agent: AgentId,
        /// Why they are gone.
        reason: PresenceReason,
    },
    /// A session has ended, and the agent's place stays taken for notes about it.
    AgentWrapsUp {
        /// Who.
        agent: AgentId,
        /// After which session.
        session: SessionId,
        /// When the place is free again.
        until: crate::time::Timestamp,
    },
    /// A presence for somebody the directory does not have.
    AgentUnknown {
        /// Who.
        agent: AgentId,
    },
    /// A new directory is in force.
    DirectoryApplied {
        /// Its number.
        revision: u64,
        /// How many agents.
        agents: u32,
        /// How many groups.
        groups: u32,
    },
    /// A directory was not taken: old, or incomplete.
    DirectoryRejected {
        /// Its number.
        revision: u64,
        /// How many entries it should have had.
        expected: u32,
        /// How many had come.
        staged: u32,
    },
    /// A queue does not take a session, or not any longer.
    SessionRefused {
        /// Which.
        session: SessionId,
        /// The version of the placement that says so.
        placement: PlacementId,
        /// The group whose queue it is; `None`: the default one, or an agent's own.
        group: Option<GroupId>,
        /// Why.
        reason: RefusedReason,
        /// How many wait there, without it.
        waiting: u32,
        /// What becomes of it.
        then: Exception,
    },
    /// A calendar is over: the queues that go by it are open at all times until a directory brings a new one.
    CalendarEnded {
        /// Which.
        calendar: CalendarId,
        /// When it was over.
        until: crate::time::Timestamp,
    },
    /// A session's target left the directory.
    TargetRemoved {
        /// Which session.
        session: SessionId,
        /// The group, when it was one.
        group: Option<GroupId>,
    },
    /// A session came to wait at a desk, or, with a later demand, waits there anew. Whoever folds these facts of a desk
    /// knows who waits in which line.
    SessionEntered {
        /// Which.
        session: SessionId,
        /// Its demand's version.
        epoch: u32,
        /// Whose line it stands in: the agent's, else the group's, else the default one.
        line: Target,
        /// In front of all who are not.
        vip: bool,
        /// When it first asked for a human.
        asked_at: crate::time::Timestamp,
        /// How much of an agent's capacity it takes.
        weight: u32,
    },
    /// Whom an agent serves and how much they can have: told when they come, and when a directory changes it while they
    /// are there.
    AgentServes {
        /// Who.
        agent: AgentId,
        /// Their skill groups; in none, they serve the default lane.
        groups: Vec<GroupId>,
        /// How much weight of sessions at once.
        capacity: u32,
    },
    /// A waiting session stands in another line, at its old place in time: a supervisor has moved its queue, or the agent
    /// whom it named has left the directory.
    SessionMoved {
        /// Which.
        session: SessionId,
        /// Whose line it stands in now.
        line: Target,
    },
    /// A session wants nobody any more: the desk has forgotten it.
    SessionEnded {
        /// Which.
        session: SessionId,
    },
    /// A supervisor's command was carried out; of a queue that is moved, that the moving begins.
    Supervised {
        /// Which input, as ingest answered it.
        input: InputId,
        /// What it was.
        what: Box<Supervised>,
    },
    /// A supervisor's command was not carried out.
    SupervisionRefused {
        /// Which input, as ingest answered it.
        input: InputId,
        /// What it was.
        what: Box<Supervised>,
        /// Why not.
        reason: SupervisionRefusal,
    },
    /// A queue was moved, to its last session.
    QueueMoved {
        /// The input that asked for it.
        input: InputId,
        /// Where to.
        to: Target,
        /// How many sessions.
        sessions: u32,
    },
}

/// What came of all answers that count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Average {
    /// How many.
    pub count: u64,
    /// All their scores together.
    pub sum: u64,
}

impl Average {
    /// The same with one answer more.
    #[must_use]
    pub const fn with(self, score: u8) -> Self {
        Self { count: self.count.saturating_add(1), sum: self.sum.saturating_add(score as u64) }
    }

    /// The mean in hundredths, rounded down; 0 of none.
    pub const fn hundredths(self) -> u64 {
        match self.sum.saturating_mul(100).checked_div(self.count) {
            Some(mean) => mean,
            None => 0,
        }
    }
}

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

/// The join of receipts: `Accepted < Sent < Delivered < Read`, and `Failed`, `Expired` lose to `Delivered` (I17).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Status {
    /// In usher's hands.
    #[default]
    Accepted,
    /// The provider took it.
    Sent,
    /// Its deadline passed.
    Expired,
    /// It was refused, or tries were used up.
    Failed,
    /// It reached the device.
    Delivered,
    /// It was opened.
    Read,
}

/// How a message with a deadline ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It arrived in time.
    Delivered,
    /// An SMS was ordered instead.
    FellBack,
    /// An SMS was ordered although the message may have arrived.
    FellBackAtRisk,
    /// Nothing was sent instead, by policy.
    Suppressed,
    /// Nothing could be sent instead.
    Failed,
}

/// Why it ended so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutcomeReason {
    /// A receipt says so.
    Receipt,
    /// The provider can not reach the recipient.
    NotReachable,
    /// The provider revoked it at its deadline.
    TtlRevoked,
    /// It was never submitted.
    NeverSubmitted,
    /// Its fate was unknown at the deadline, and it is critical.
    Critical,
    /// The revoke was answered with 200, and no report came in the grace.
    Revoked,
    /// No evidence came in the grace.
    NoEvidence,
    /// The visitor has opted out.
    OptedOut,
    /// There is no phone number.
    NoNumber,
    /// Fallback is off for this message.
    FallbackOff,
    /// It has nothing that an SMS could say.
    NoText,
    /// An agent took it back.
    Recalled,
}

/// What sessions wait in order of: VIPs first, then who asked earlier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rank {
    /// In front of all who are not, where the order is so.
    pub vip: bool,
    /// When it first asked for a human, or was handed on to a queue where one then stands behind the others.
    pub asked_at: crate::time::Timestamp,
    /// Higher is more urgent, where the order looks at it.
    pub priority: u8,
    /// So many VIPs had been served before that it was the turn of another.
    pub in_turn: bool,
}

/// Why an agent was chosen for a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grounds {
    /// How many agents were free for it.
    pub candidates: u32,
    /// How many sessions waited in its lane, itself included.
    pub waiting: u32,
    /// Its rank among them and those of all other lanes: it was the first by it.
    pub rank: Rank,
    /// By which rule.
    pub rule: Rule,
    /// The group whose agents were looked at; `None`: another line.
    pub group: Option<GroupId>,
    /// How many steps its search had taken; 0: it waited in its own line.
    pub step: u32,
    /// The directory it was decided by.
    pub revision: u64,
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

/// By which rule an agent was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The session named the agent.
    Designated,
    /// The longest idle agent of the group.
    LongestIdleOfGroup,
    /// The longest idle agent of those in no group.
    LongestIdleOfDefault,
    /// Who had the conversation last.
    LastAgent,
    /// Of the group, who has the smallest share of their capacity taken.
    LeastLoadedOfGroup,
    /// Of those in no group, who has the smallest share of their capacity taken.
    LeastLoadedOfDefault,
    /// Who has the highest level in the group.
    HighestSkillOfGroup,
    /// The longest idle agent of the desk.
    LongestIdleOfAll,
    /// Of the whole desk, who has the smallest share of their capacity taken.
    LeastLoadedOfAll,
    /// A supervisor named the agent.
    Supervisor,
}

impl Rule {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 10] = [
        Self::Designated,
        Self::LongestIdleOfGroup,
        Self::LongestIdleOfDefault,
        Self::LastAgent,
        Self::LeastLoadedOfGroup,
        Self::LeastLoadedOfDefault,
        Self::HighestSkillOfGroup,
        Self::LongestIdleOfAll,
        Self::LeastLoadedOfAll,
        Self::Supervisor,
    ];

    /// It in words, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Designated => "named by the visitor",
            Self::LongestIdleOfGroup => "longest idle of the group",
            Self::LongestIdleOfDefault => "longest idle of those in no group",
            Self::LastAgent => "had the conversation last",
            Self::LeastLoadedOfGroup => "least loaded of the group",
            Self::LeastLoadedOfDefault => "least loaded of those in no group",
            Self::HighestSkillOfGroup => "highest level in the group",
            Self::LongestIdleOfAll => "longest idle of the desk",
            Self::LeastLoadedOfAll => "least loaded of the desk",
            Self::Supervisor => "named by a supervisor",
        }
    }
}
