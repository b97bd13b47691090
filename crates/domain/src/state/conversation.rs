//! State of the conversation core: which pieces it keeps, and under which keys. Every kind is a key of its own, so that a
//! chat line does not rewrite all.

use std::fmt;
use std::str::FromStr;

use crate::conversation::Link;
use crate::delivery::Line;
use crate::ids::{ConversationId, MalformedId, MessageId};

mod known;
mod message;
mod remainder;
mod session;

pub use known::Known;
pub use message::{Instead, Life, OpenMessage};
pub use remainder::{Last, OptOut, Owner, Seen, SeenInput};
pub use session::{Asked, Awaited, Phase, Session, SessionDue, Unread, Watch};

/// The name of one piece of state; its text is the key on the state topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StateKey {
    /// Whose.
    pub conversation: ConversationId,
    /// What.
    pub kind: StateKind,
}

/// The kinds of state that a conversation has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StateKind {
    /// The running session.
    Session,
    /// The ids of its last inputs.
    Seen,
    /// What is remembered of the last session.
    Last,
    /// That the visitor has opted out.
    OptOut,
    /// To which conversation what comes from this phone belongs.
    LinkedTo,
    /// What is known of the visitor.
    Profile,
    /// One line of the running session, by its number.
    Line(u32),
    /// One message to the visitor.
    Message(MessageId),
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conversation = self.conversation;
        match self.kind {
            StateKind::Session => write!(f, "{conversation}/session"),
            StateKind::Seen => write!(f, "{conversation}/seen"),
            StateKind::Last => write!(f, "{conversation}/last"),
            StateKind::OptOut => write!(f, "{conversation}/opt-out"),
            StateKind::LinkedTo => write!(f, "{conversation}/linked-to"),
            StateKind::Profile => write!(f, "{conversation}/profile"),
            StateKind::Line(number) => write!(f, "{conversation}/line/{number}"),
            StateKind::Message(message) => write!(f, "{conversation}/message/{message}"),
        }
    }
}

/// A text that is no state key of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKey {
    /// An id inside it has another form.
    #[error("state key of a conversation: {0}")]
    Id(#[from] MalformedId),
    /// The kind is not one of ours.
    #[error(
        "state key of a conversation: the part behind the id is none of session, seen, last, opt-out, linked-to, \
         profile, line/<number>, message/<id>"
    )]
    Kind,
}

impl FromStr for StateKey {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        let (conversation, kind) = text.split_once('/').ok_or(MalformedKey::Kind)?;
        let kind = match kind.split_once('/') {
            Some(("message", id)) => StateKind::Message(id.parse()?),
            Some(("line", number)) => StateKind::Line(number.parse().map_err(|_| MalformedKey::Kind)?),
            None if kind == "session" => StateKind::Session,
            None if kind == "seen" => StateKind::Seen,
            None if kind == "last" => StateKind::Last,
            None if kind == "profile" => StateKind::Profile,
            None if kind == "opt-out" => StateKind::OptOut,
            None if kind == "linked-to" => StateKind::LinkedTo,
            _ => return Err(MalformedKey::Kind),
        };
        Ok(Self { conversation: conversation.parse()?, kind })
    }
}

/// One piece of state, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateValue {
    /// Under [`StateKind::Session`].
    Session(Box<Session>),
    /// Under [`StateKind::Seen`].
    Seen(Seen),
    /// Under [`StateKind::Last`].
    Last(Last),
    /// Under [`StateKind::OptOut`].
    OptOut(OptOut),
    /// Under [`StateKind::LinkedTo`].
    LinkedTo(Box<Link>),
    /// Under [`StateKind::Profile`].
    Profile(Box<Known>),
    /// Under [`StateKind::Line`].
    Line(Box<Line>),
    /// Under [`StateKind::Message`].
    Message(Box<OpenMessage>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_text() {
        let conversation = ConversationId::from_bits(7);
        let message = StateKind::Message(MessageId::derive(&[b"m"]));
        let kept = [StateKind::Session, StateKind::Seen, StateKind::Last, StateKind::OptOut, StateKind::LinkedTo];
        for kind in kept.into_iter().chain([StateKind::Profile, StateKind::Line(7), message]) {
            let key = StateKey { conversation, kind };
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn other_texts_are_no_keys() {
        let id = ConversationId::from_bits(7);
        for wrong in
            [format!("{id}"), format!("{id}/"), format!("{id}/message"), format!("{id}/seen/x"), "x/seen".into()]
        {
            assert!(wrong.parse::<StateKey>().is_err(), "{wrong}");
        }
    }
}
