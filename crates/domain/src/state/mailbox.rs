//! State of the mailbox core: one piece for the mailbox itself and one for each thing in it, so that an acknowledgement
//! rewrites little. A mailbox with nothing in it and nobody at it has no state.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::content::Private;
use crate::ids::{AccountId, ConnectionId, ConversationId, DeliveryId, MessageId, TenantId, VisitorId};
use crate::mailbox::Release;
use crate::time::Timestamp;

/// The name of one piece of state; its text is the key on the state topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StateKey {
    /// The conversation that the mailbox is of.
    pub conversation: ConversationId,
    /// Which piece.
    pub piece: Piece,
}

/// The pieces of a mailbox.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Piece {
    /// The mailbox itself.
    Mailbox,
    /// The thing with this sequence number.
    Held(i64),
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.piece {
            Piece::Mailbox => write!(f, "{}/mailbox", self.conversation),
            Piece::Held(seq) => write!(f, "{}/held/{seq}", self.conversation),
        }
    }
}

/// A text that is no state key of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mailbox's state key has the form <32 hex>/mailbox or <32 hex>/held/<sequence number>")]
pub struct MalformedStateKey;

impl FromStr for StateKey {
    type Err = MalformedStateKey;

    fn from_str(text: &str) -> Result<Self, MalformedStateKey> {
        let (conversation, piece) = text.split_once('/').ok_or(MalformedStateKey)?;
        let piece = match piece.split_once('/') {
            None if piece == "mailbox" => Piece::Mailbox,
            Some(("held", seq)) => Piece::Held(seq.parse().map_err(|_| MalformedStateKey)?),
            _ => return Err(MalformedStateKey),
        };
        Ok(Self { conversation: conversation.parse().map_err(|_| MalformedStateKey)?, piece })
    }
}

/// One piece of state, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateValue {
    /// Under [`Piece::Mailbox`].
    Mailbox(Box<MailboxState>),
    /// Under [`Piece::Held`].
    Held(HeldState),
}

impl Piece {
    /// Whether `value` is of the kind that this piece has.
    pub const fn holds(&self, value: &StateValue) -> bool {
        matches!((self, value), (Self::Mailbox, StateValue::Mailbox(_)) | (Self::Held(_), StateValue::Held(_)))
    }
}

/// A mailbox as the core knows it, without what is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailboxState {
    /// Whose tenant.
    pub tenant: TenantId,
    /// On which account.
    pub account: AccountId,
    /// Whose mailbox.
    pub visitor: VisitorId,
    /// Which clients are there, and until when each is without being heard of again.
    pub clients: BTreeMap<ConnectionId, Timestamp>,
    /// Offset of the record that last said that a client is there: it may have been shown everything below.
    pub seen: Option<i64>,
    /// The last sequence number that a poll was answered with, and that no later poll has acknowledged, where it is known of
    /// no more than the last one.
    pub told: Option<i64>,
    /// What polls were answered with, and no later poll has acknowledged.
    pub told_each: BTreeSet<i64>,
    /// The watch for a visitor who does not come any more.
    pub watch: Option<Watch>,
}

/// The visitor counts as gone at `due` unless a client is there before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watch {
    /// On which terms.
    pub release: Release,
    /// When.
    pub due: Timestamp,
}

/// Something in a mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldState {
    /// The order that brought it.
    pub delivery: DeliveryId,
    /// The message that it is; `None` for notices and typing.
    pub message: Option<MessageId>,
    /// As the client gets it; empty once it is over.
    pub payload: Private,
    /// When it ends; once it is over, until when a late acknowledgement counts.
    pub expires_at: Timestamp,
    /// A client was there when it was put in, and may have been shown it.
    pub shown: bool,
    /// It has expired or was withdrawn after it may have been shown: no client is shown it any more, and only an
    /// acknowledgement on its way is waited for.
    pub is_over: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_text() {
        let conversation = ConversationId::from_bits(7);
        for piece in [Piece::Mailbox, Piece::Held(0), Piece::Held(i64::MAX)] {
            let key = StateKey { conversation, piece };
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn other_texts_are_no_keys() {
        let id = ConversationId::from_bits(7);
        for wrong in
            [format!("{id}"), format!("{id}/"), format!("{id}/held"), format!("{id}/held/x"), "x/mailbox".into()]
        {
            assert_eq!(wrong.parse::<StateKey>(), Err(MalformedStateKey), "{wrong}");
        }
    }
}
