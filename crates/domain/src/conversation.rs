//! Inputs of the conversation core: one record of topic `conversations`, nested by family.

use std::time::Duration;

use crate::account::Account;
use crate::content::{Content, Private};
use crate::ids::{AccountId, AgentId, ConversationId, InputId, MessageId, SessionId, TenantId, VisitorId};
use crate::message::Terms;
use crate::place::{Placement, PlacementId, Target};
pub use crate::profile::{Profile, ProfileEdit, ProfileField};
use crate::receipt::Receipt;
use crate::supervision::SupervisorClose;
use crate::time::Timestamp;

/// One input of one conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConversationInput {
    /// Whose tenant.
    pub tenant: TenantId,
    /// The key by which a repeat is recognised (the last 32 of a conversation, 48 h).
    pub id: InputId,
    /// Whose.
    pub conversation: ConversationId,
    /// What happens.
    pub act: ConversationAct,
}

/// What happens to a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConversationAct {
    /// The customer, or the tenant's backend for them, does something.
    Visitor(Box<VisitorInput>),
    /// An agent's workspace does something.
    Agent(Box<AgentInput>),
    /// The account's bot says something.
    Bot(Box<BotInput>),
    /// The tenant's server pushes a message; opens no session.
    Push(Box<PushInput>),
    /// The desk core says where it has put a session.
    Placement(Placement),
    /// A provider, or delivery, says what became of a message.
    Receipt(Receipt),
    /// Another conversation has sent an SMS to the phone that this conversation is with.
    Linked(Box<Link>),
    /// The visitor has answered an SMS of this conversation: what they did came to the conversation with their phone.
    Forwarded(Box<Forwarded>),
    /// A supervisor closes the session.
    SupervisorClose(Box<SupervisorClose>),
}

/// To which conversation an SMS from a phone belongs: kept by the conversation of an SMS account with that phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The conversation whose message went out as an SMS.
    pub conversation: ConversationId,
    /// Its account, as it was stamped when the message was ordered.
    pub account: Account,
    /// Its visitor.
    pub visitor: VisitorId,
    /// Until when; of two links the one that ends later counts.
    pub until: Timestamp,
}

impl Link {
    /// How long after an SMS its answer is looked for.
    pub const LASTS: Duration = Duration::from_secs(48 * 60 * 60);
}

/// What the visitor did by SMS, brought to the conversation that they answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forwarded {
    /// The SMS account by which it came.
    pub via: AccountId,
    /// What they did, as the visitor of this conversation.
    pub said: VisitorInput,
}

/// Something the customer does, or their tenant for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VisitorInput {
    /// The account it came in by.
    pub account: Account,
    /// Who.
    pub visitor: VisitorId,
    /// What is known of them; tags are taken whatever the act is.
    pub profile: Profile,
    /// What the visitor's side put beside it and usher does not read: JSON as it came (Easemob `ext`). Goes to bot and
    /// workspace with the message.
    pub ext: Option<Private>,
    /// The name that their client gave this, where it wants to be told that it came (Easemob `msg_id_for_ack`).
    pub ack: Option<Private>,
    /// What the channel calls it, where that is another name than ours and is needed later (Google RBM `messageId`: what a
    /// read event of an agent must name).
    pub named: Option<Private>,
    /// What they do.
    pub act: VisitorAct,
}

/// What a customer does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VisitorAct {
    /// Opens a session, says nothing. `context` goes to the bot (Huawei `transData`).
    Connect {
        /// JSON for the bot's flow, as it came.
        context: Option<Private>,
    },
    /// Says something, and with `ask` asks for a human at the same time; the message's id is the input's.
    Message {
        /// What is said.
        content: Content,
        /// For whom they ask; `None`: they do not ask.
        ask: Option<Target>,
    },
    /// Asks for a human.
    Ask {
        /// For whom.
        target: Target,
    },
    /// Ends the session.
    Leave,
    /// Is writing.
    Typing,
    /// Has read these messages of ours.
    Read {
        /// As printed to the channel.
        messages: Vec<MessageId>,
    },
    /// Answers a survey.
    Survey {
        /// The session that they name; `None`: whichever is running or was the last.
        session: Option<SessionId>,
        /// "1" to "5" count, others are recorded as invalid.
        score: String,
        /// In their own words.
        detail: Private,
    },
    /// Wants nothing sent instead of a message any more, or wants it again (RBM UNSUBSCRIBE, SUBSCRIBE).
    Subscription {
        /// Whether they are out from now on.
        opted_out: bool,
    },
}

/// Something an agent's workspace does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentInput {
    /// The account that the workspace named.
    pub account: Account,
    /// The session that it named.
    pub session: SessionId,
    /// The agent that it named.
    pub agent: AgentId,
    /// What.
    pub act: AgentAct,
}

/// What an agent does. The message of a `Send` has the input's id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AgentAct {
    /// Answers.
    Send {
        /// What is said.
        content: Content,
        /// By when, and what instead.
        terms: Terms,
    },
    /// Hands the session on.
    Transfer {
        /// To whom.
        target: Target,
        /// The placement that the agent believes current.
        placement: PlacementId,
    },
    /// Ends the session.
    Close {
        /// The placement that the agent believes current.
        placement: PlacementId,
    },
    /// Is writing.
    Typing,
    /// Has read these messages of the customer.
    Read {
        /// Which.
        messages: Vec<MessageId>,
    },
    /// Takes back what was said in the session, by an agent or the bot.
    Recall {
        /// Which message.
        message: MessageId,
    },
    /// Writes into the customer's profile; what an agent wrote stands whatever the customer's side tells later.
    Profile {
        /// Field by field.
        edits: Vec<ProfileEdit>,
    },
    /// Sets the session aside until the visitor writes: until then it takes none of their capacity.
    Hold {
        /// The placement that the agent believes current.
        placement: PlacementId,
    },
    /// Takes up again what they have set aside.
    Resume,
    /// Asks a second agent to read along. That takes none of the second one's capacity.
    Consult {
        /// Whom.
        agent: AgentId,
    },
    /// Says something that only the other of the two agents reads.
    Whisper {
        /// What.
        text: Private,
    },
    /// The second agent reads along no longer; either of the two says so.
    EndConsult,
    /// Asks the visitor what they think of the session.
    InviteSurvey,
}

/// Something the account's bot does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BotInput {
    /// The account whose bot it is.
    pub account: Account,
    /// The session that it was told.
    pub session: SessionId,
    /// What.
    pub act: BotAct,
}

/// What a bot does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BotAct {
    /// Says something; the message has the input's id.
    Say {
        /// What is said.
        content: Content,
        /// By when, and what instead.
        terms: Terms,
    },
    /// Hands the session over to people.
    HandOver {
        /// To whom; empty: to whoever the account names.
        target: Target,
    },
}

/// A message of the tenant's own server; it has the input's id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushInput {
    /// The account that sends it.
    pub account: Account,
    /// To whom.
    pub visitor: VisitorId,
    /// What is said.
    pub content: Content,
    /// What the server put beside it, for whoever gets the message: JSON that no decision depends on.
    pub ext: Option<Private>,
    /// By when, and what instead.
    pub terms: Terms,
    /// Whether it is written to the transcripts.
    pub archive: bool,
}
