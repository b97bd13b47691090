//! Records of `conversations-state`: the state of the conversation core, `state_conversation.proto`.

mod known;
mod message;
mod remainder;
mod session;
#[cfg(test)]
mod tests;

use prost::Message as _;
use usher_domain::state::conversation::{MalformedKey, StateKey, StateValue};

use crate::codec::within_limit;
use crate::error::{DecodeError, Problem};
use crate::field::{variant, within};
use crate::state::StateCodec;
use crate::wire;
use wire::conversation_state::Piece;

/// The key of a record.
pub fn encode_key(key: &StateKey) -> Vec<u8> {
    key.to_string().into_bytes()
}

/// Reads the key of a record; bytes that are no text are no key either.
pub fn decode_key(bytes: &[u8]) -> Result<StateKey, MalformedKey> {
    String::from_utf8_lossy(bytes).parse()
}

/// The value of a record; the same state always has the same bytes.
pub fn encode_value(value: &StateValue) -> Vec<u8> {
    wire::ConversationState { piece: Some(value.into()) }.encode_to_vec()
}

/// Reads the value of a record. The error says which field is wrong and how, never what it holds.
pub fn decode_value(bytes: &[u8]) -> Result<StateValue, DecodeError> {
    within_limit(bytes)?;
    let state = wire::ConversationState::decode(bytes).map_err(Problem::NotProtobuf)?;
    variant("piece", state.piece)
}

impl StateCodec for StateValue {
    type Key = StateKey;

    fn encode_key(key: &StateKey) -> Vec<u8> {
        encode_key(key)
    }

    fn encode_value(&self) -> Vec<u8> {
        encode_value(self)
    }

    fn decode_record(key: &[u8], value: Option<&[u8]>) -> Result<(StateKey, Option<Self>), String> {
        let key = decode_key(key).map_err(|error| error.to_string())?;
        Ok((key, value.map(decode_value).transpose().map_err(|error| error.to_string())?))
    }
}

impl From<&StateValue> for Piece {
    fn from(value: &StateValue) -> Self {
        match value {
            StateValue::Session(session) => Self::Session(session.as_ref().into()),
            StateValue::Seen(seen) => Self::Seen(seen.into()),
            StateValue::Last(last) => Self::Last(last.into()),
            StateValue::OptOut(opt_out) => Self::OptOut(opt_out.into()),
            StateValue::LinkedTo(link) => Self::LinkedTo(link.as_ref().into()),
            StateValue::Profile(known) => Self::Profile(known.as_ref().into()),
            StateValue::Line(line) => Self::Line(line.as_ref().into()),
            StateValue::Message(message) => Self::Message(message.as_ref().into()),
        }
    }
}

impl TryFrom<Piece> for StateValue {
    type Error = DecodeError;

    fn try_from(piece: Piece) -> Result<Self, DecodeError> {
        Ok(match piece {
            Piece::Session(session) => Self::Session(Box::new(within("session", session)?)),
            Piece::Seen(seen) => Self::Seen(within("seen", seen)?),
            Piece::Last(last) => Self::Last(within("last", last)?),
            Piece::OptOut(opt_out) => Self::OptOut(within("opt_out", opt_out)?),
            Piece::LinkedTo(link) => Self::LinkedTo(Box::new(within("linked_to", link)?)),
            Piece::Profile(known) => Self::Profile(Box::new(within("profile", known)?)),
            Piece::Line(line) => Self::Line(Box::new(within("line", line)?)),
            Piece::Message(message) => Self::Message(Box::new(within("message", message)?)),
        })
    }
}
