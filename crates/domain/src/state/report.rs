//! State of the reports core: what waits for its other half. A key is the text `<tenant>/<account>/part/<provider id>`,
//! `<tenant>/<account>/message/<message>/<leg>` or `<tenant>/<account>/heard/<id>`; `/` and `%` inside an id are written
//! `%2F` and `%25`.

use std::fmt;
use std::str::FromStr;

use super::desk::{Escaped, unescaped};
use crate::conversation::ConversationInput;
use crate::ids::{AccountId, ConversationId, InputId, MessageId, ProviderId, TenantId};
use crate::receipt::Leg;
use crate::report::{Fate, Part, Utf16};
use crate::time::Timestamp;

/// The name of one piece of state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct StateKey {
    /// Whose tenant.
    pub tenant: TenantId,
    /// At which SMS account.
    pub account: AccountId,
    /// Which piece.
    pub item: Item,
}

/// A piece of state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Item {
    /// What the SMSC calls so.
    Part(ProviderId),
    /// A copy of a message that went out in several parts.
    Message(MessageId, Leg),
    /// A message of a phone of which parts are missing.
    Heard(InputId),
}

/// The whole value of one piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateValue {
    /// Of [`Item::Part`].
    Part(PartState),
    /// Of [`Item::Message`].
    Message(MessageState),
    /// Of [`Item::Heard`].
    Heard(Box<HeardState>),
}

impl StateValue {
    /// When it is forgotten, or what is missing of it is no longer waited for.
    pub const fn ends_at(&self) -> Timestamp {
        match self {
            Self::Part(state) => state.ends_at,
            Self::Message(state) => state.ends_at,
            Self::Heard(state) => state.ends_at,
        }
    }
}

impl Item {
    /// Whether `value` is of the kind that this piece has.
    pub const fn holds(&self, value: &StateValue) -> bool {
        matches!(
            (self, value),
            (Self::Part(_), StateValue::Part(_))
                | (Self::Message(..), StateValue::Message(_))
                | (Self::Heard(_), StateValue::Heard(_))
        )
    }
}

/// What is known of something that an SMSC has named; one of the two halves may be missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartState {
    /// Which part of what it is; `None`: no answer with this name was read yet.
    pub part: Option<Part>,
    /// What became of it; `None`: not known yet.
    pub fate: Option<Fate>,
    /// When it is forgotten.
    pub ends_at: Timestamp,
}

/// What is known of the parts of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageState {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// How many parts there are.
    pub count: u32,
    /// What became of which, by its number.
    pub fates: Vec<(u32, Fate)>,
    /// What its conversation was told.
    pub told: Option<Fate>,
    /// When it is forgotten.
    pub ends_at: Timestamp,
}

/// What is there of a message of a phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeardState {
    /// The whole, but for its text and its id.
    pub whole: ConversationInput,
    /// How many parts there are.
    pub count: u32,
    /// Those that are there, by number.
    pub parts: Vec<(u32, Utf16)>,
    /// When the rest is no longer waited for.
    pub ends_at: Timestamp,
}

/// A text that is no key of the reports core's state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key of the reports core's state has the form <tenant>/<account>/<kind>/<id>, with `/` and `%` as %2F and %25"
)]
pub struct MalformedStateKey;

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", Escaped(self.tenant.as_str()), Escaped(self.account.as_str()))?;
        match &self.item {
            Item::Part(id) => write!(f, "part/{}", Escaped(id.as_str())),
            Item::Message(id, Leg::Channel) => write!(f, "message/{id}/channel"),
            Item::Message(id, Leg::Sms) => write!(f, "message/{id}/sms"),
            Item::Heard(id) => write!(f, "heard/{id}"),
        }
    }
}

impl FromStr for StateKey {
    type Err = MalformedStateKey;

    fn from_str(text: &str) -> Result<Self, MalformedStateKey> {
        let parts: Vec<&str> = text.split('/').collect();
        let [tenant, account, item @ ..] = parts.as_slice() else { return Err(MalformedStateKey) };
        let plain = |text: &str| unescaped(text).map_err(|_| MalformedStateKey);
        let message = |id: &str, leg| id.parse().map(|id| Item::Message(id, leg)).map_err(|_| MalformedStateKey);
        let item = match item {
            ["part", id] => Item::Part(ProviderId::new(plain(id)?)),
            ["message", id, "channel"] => message(id, Leg::Channel)?,
            ["message", id, "sms"] => message(id, Leg::Sms)?,
            ["heard", id] => Item::Heard(id.parse().map_err(|_| MalformedStateKey)?),
            _ => return Err(MalformedStateKey),
        };
        Ok(Self { tenant: TenantId::new(plain(tenant)?), account: AccountId::new(plain(account)?), item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_text_whatever_the_ids_hold() {
        for item in [
            Item::Part(ProviderId::new("a/b%2F")),
            Item::Message(MessageId::from_bits(7), Leg::Channel),
            Item::Message(MessageId::from_bits(7), Leg::Sms),
            Item::Heard(InputId::from_bits(9)),
        ] {
            let key = StateKey { tenant: TenantId::new("t/1"), account: AccountId::new("sms %"), item };
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn texts_of_another_form_are_refused() {
        for wrong in ["", "t/a", "t/a/part", "t/a/part/x/y", "t/a/message/7/sms", "t/a/heard/x", "t/a/other/x"] {
            assert_eq!(wrong.parse::<StateKey>(), Err(MalformedStateKey), "{wrong}");
        }
    }
}
