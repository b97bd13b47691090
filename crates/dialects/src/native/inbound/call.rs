//! Which call of the API a path is.

use super::supervisor::SupervisorCall;
use crate::inbound::path::segments;

/// One call; what stands in its path is not decoded yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call<'p> {
    /// A visitor, or the tenant for them, does something.
    Visitor(VisitorCall),
    /// An agent says how they are.
    Presence { desk: &'p str, agent: &'p str },
    /// Somebody does something in a session.
    Session { session: &'p str, call: SessionCall },
    /// The tenant's server pushes a message.
    Push,
    /// The tenant's server asks for a token for a visitor's page.
    StreamToken,
    /// A supervisor overrules a desk.
    Supervisor(SupervisorCall<'p>),
}

/// What a visitor does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum VisitorCall {
    Message,
    Ask,
    Connect,
    Leave,
    Typing,
    Read,
    Survey,
}

/// What is done in a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SessionCall {
    Message,
    Typing,
    Read,
    Transfer,
    Close,
    Recall,
    Profile,
    BotMessage,
    HandOver,
    Hold,
    Resume,
    Consult,
    Whisper,
    EndConsult,
    InviteSurvey,
    Accept,
    Decline,
}

impl<'p> Call<'p> {
    /// The call at this path.
    pub(super) fn at(path: &'p str) -> Option<Self> {
        Some(match *segments(path).as_slice() {
            ["v1", "messages"] => Self::Visitor(VisitorCall::Message),
            ["v1", "asks"] => Self::Visitor(VisitorCall::Ask),
            ["v1", "connect"] => Self::Visitor(VisitorCall::Connect),
            ["v1", "leave"] => Self::Visitor(VisitorCall::Leave),
            ["v1", "typing"] => Self::Visitor(VisitorCall::Typing),
            ["v1", "reads"] => Self::Visitor(VisitorCall::Read),
            ["v1", "surveys"] => Self::Visitor(VisitorCall::Survey),
            ["v1", "pushes"] => Self::Push,
            ["v1", "stream-tokens"] => Self::StreamToken,
            ["v1", "desks", desk, "agents", agent, "presence"] => Self::Presence { desk, agent },
            ["v1", "sessions", session, word] => Self::Session { session, call: SessionCall::named(word)? },
            _ => Self::Supervisor(SupervisorCall::at(path)?),
        })
    }

    /// Its path with names instead of values.
    pub(super) const fn pattern(self) -> &'static str {
        match self {
            Self::Visitor(VisitorCall::Message) => "/v1/messages",
            Self::Visitor(VisitorCall::Ask) => "/v1/asks",
            Self::Visitor(VisitorCall::Connect) => "/v1/connect",
            Self::Visitor(VisitorCall::Leave) => "/v1/leave",
            Self::Visitor(VisitorCall::Typing) => "/v1/typing",
            Self::Visitor(VisitorCall::Read) => "/v1/reads",
            Self::Visitor(VisitorCall::Survey) => "/v1/surveys",
            Self::Presence { .. } => "/v1/desks/{desk}/agents/{agent}/presence",
            Self::Session { call: SessionCall::Message, .. } => "/v1/sessions/{session}/messages",
            Self::Session { call: SessionCall::Typing, .. } => "/v1/sessions/{session}/typing",
            Self::Session { call: SessionCall::Read, .. } => "/v1/sessions/{session}/reads",
            Self::Session { call: SessionCall::Transfer, .. } => "/v1/sessions/{session}/transfer",
            Self::Session { call: SessionCall::Close, .. } => "/v1/sessions/{session}/close",
            Self::Session { call: SessionCall::Recall, .. } => "/v1/sessions/{session}/recall",
            Self::Session { call: SessionCall::Profile, .. } => "/v1/sessions/{session}/profile",
            Self::Session { call: SessionCall::HandOver, .. } => "/v1/sessions/{session}/handover",
            Self::Session { call: SessionCall::BotMessage, .. } => "/v1/sessions/{session}/bot-messages",
            Self::Session { call: SessionCall::Hold, .. } => "/v1/sessions/{session}/hold",
            Self::Session { call: SessionCall::Resume, .. } => "/v1/sessions/{session}/resume",
            Self::Session { call: SessionCall::Consult, .. } => "/v1/sessions/{session}/consult",
            Self::Session { call: SessionCall::Whisper, .. } => "/v1/sessions/{session}/whisper",
            Self::Session { call: SessionCall::EndConsult, .. } => "/v1/sessions/{session}/consult-end",
            Self::Session { call: SessionCall::InviteSurvey, .. } => "/v1/sessions/{session}/invite-survey",
            Self::Session { call: SessionCall::Accept, .. } => "/v1/sessions/{session}/accept",
            Self::Session { call: SessionCall::Decline, .. } => "/v1/sessions/{session}/decline",
            Self::Push => "/v1/pushes",
            Self::StreamToken => "/v1/stream-tokens",
            Self::Supervisor(call) => call.pattern(),
        }
    }

    /// The kind of call inside which an idempotency key is unique: its pattern.
    pub(super) const fn family(self) -> &'static str {
        self.pattern()
    }
}

impl SessionCall {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "messages" => Self::Message,
            "typing" => Self::Typing,
            "reads" => Self::Read,
            "transfer" => Self::Transfer,
            "close" => Self::Close,
            "recall" => Self::Recall,
            "profile" => Self::Profile,
            "bot-messages" => Self::BotMessage,
            "handover" => Self::HandOver,
            "hold" => Self::Hold,
            "resume" => Self::Resume,
            "consult" => Self::Consult,
            "whisper" => Self::Whisper,
            "consult-end" => Self::EndConsult,
            "invite-survey" => Self::InviteSurvey,
            "accept" => Self::Accept,
            "decline" => Self::Decline,
            _ => return None,
        })
    }
}
