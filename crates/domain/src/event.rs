//! Public facts, for every other team: the life of sessions, the outcomes of messages, the decisions of desks. Never a
//! message body, never a phone number.

mod grounds;
mod outcome;
mod reasons;
mod session;

pub use grounds::{Average, Grounds, Rank, Rule};
pub use outcome::{Outcome, OutcomeReason, Status};
pub use reasons::{CloseReason, Command, PresenceReason, Refusal, RescindReason};

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
        /// 1 to 5; `None` when the answer is not valid, not the session's first, or came before an agent had it.
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
        /// Why they.
        grounds: Grounds,
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
