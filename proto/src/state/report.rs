//! Records of `reports-state`: the state of the reports core, `state_report.proto`.

use prost::Message as _;
use usher_domain::Timestamp;
use usher_domain::state::report::{HeardState, MessageState, PartState, StateKey, StateValue};
use wire::report_state::{self, Piece};

use crate::codec::within_limit;
use crate::codec::{utf16, utf16_bytes};
use crate::error::{DecodeError, Problem};
use crate::field::{id, optional, required, variant, within};
use crate::state::StateCodec;
use crate::wire;

impl StateCodec for StateValue {
    type Key = StateKey;

    fn encode_key(key: &StateKey) -> Vec<u8> {
        key.to_string().into_bytes()
    }

    fn encode_value(&self) -> Vec<u8> {
        wire::ReportState { piece: Some(self.into()) }.encode_to_vec()
    }

    fn decode_record(key: &[u8], value: Option<&[u8]>) -> Result<(StateKey, Option<Self>), String> {
        let key: StateKey = std::str::from_utf8(key)
            .map_err(|error| error.to_string())?
            .parse()
            .map_err(|error: usher_domain::state::report::MalformedStateKey| error.to_string())?;
        let value = value.map(decode_value).transpose().map_err(|error| error.to_string())?;
        if value.as_ref().is_some_and(|value| !key.item.holds(value)) {
            return Err("a state record holds another kind of state than its key says".to_owned());
        }
        Ok((key, value))
    }
}

fn decode_value(bytes: &[u8]) -> Result<StateValue, DecodeError> {
    within_limit(bytes)?;
    let state = wire::ReportState::decode(bytes).map_err(Problem::NotProtobuf)?;
    variant("piece", state.piece)
}

impl From<&StateValue> for Piece {
    fn from(value: &StateValue) -> Self {
        match value {
            StateValue::Part(state) => Self::Part(report_state::NamedPart {
                part: state.part.as_ref().map(Into::into),
                fate: state.fate.as_ref().map(Into::into),
                ends_at_ms: state.ends_at.millis(),
            }),
            StateValue::Message(state) => Self::Message(report_state::Message {
                conversation: state.conversation.to_string(),
                count: state.count,
                fates: (state.fates.iter())
                    .map(|(number, fate)| report_state::PartFate { number: *number, fate: Some(fate.into()) })
                    .collect(),
                told: state.told.as_ref().map(Into::into),
                ends_at_ms: state.ends_at.millis(),
            }),
            StateValue::Heard(state) => Self::Heard(report_state::Heard {
                whole: Some((&state.whole).into()),
                count: state.count,
                parts: (state.parts.iter())
                    .map(|(number, text)| report_state::HeardPart { number: *number, text: utf16_bytes(text) })
                    .collect(),
                ends_at_ms: state.ends_at.millis(),
            }),
        }
    }
}

impl TryFrom<Piece> for StateValue {
    type Error = DecodeError;

    fn try_from(piece: Piece) -> Result<Self, DecodeError> {
        Ok(match piece {
            Piece::Part(part) => Self::Part(within("part", part)?),
            Piece::Message(message) => Self::Message(within("message", message)?),
            Piece::Heard(heard) => Self::Heard(Box::new(within("heard", heard)?)),
        })
    }
}

impl TryFrom<report_state::NamedPart> for PartState {
    type Error = DecodeError;

    fn try_from(state: report_state::NamedPart) -> Result<Self, DecodeError> {
        Ok(Self {
            part: optional("part", state.part)?,
            fate: optional("fate", state.fate)?,
            ends_at: Timestamp::from_millis(state.ends_at_ms),
        })
    }
}

impl TryFrom<report_state::Message> for MessageState {
    type Error = DecodeError;

    fn try_from(state: report_state::Message) -> Result<Self, DecodeError> {
        let fate = |one: report_state::PartFate| Ok((one.number, required("fate", one.fate)?));
        Ok(Self {
            conversation: id("conversation", &state.conversation)?,
            count: state.count,
            fates: state.fates.into_iter().map(fate).collect::<Result<_, DecodeError>>()?,
            told: optional("told", state.told)?,
            ends_at: Timestamp::from_millis(state.ends_at_ms),
        })
    }
}

impl TryFrom<report_state::Heard> for HeardState {
    type Error = DecodeError;

    fn try_from(state: report_state::Heard) -> Result<Self, DecodeError> {
        Ok(Self {
            whole: required("whole", state.whole)?,
            count: state.count,
            parts: state.parts.into_iter().map(|part| (part.number, utf16(&part.text))).collect(),
            ends_at: Timestamp::from_millis(state.ends_at_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;
    use usher_domain::report::Utf16;
    use usher_domain::state::report::Item;
    use usher_domain::{AccountId, ConversationId, InputId, ProviderId, TenantId};

    use super::*;
    use crate::arbitrary::{conversation_input, fate, part};

    fn value() -> impl Strategy<Value = StateValue> {
        let instant = || any::<i64>().prop_map(Timestamp::from_millis);
        let part = (of(part()), of(fate()), instant())
            .prop_map(|(part, fate, ends_at)| StateValue::Part(PartState { part, fate, ends_at }));
        let message = (any::<(u128, u32)>(), vec((any::<u32>(), fate()), 0..4), of(fate()), instant()).prop_map(
            |((conversation, count), fates, told, ends_at)| {
                let conversation = ConversationId::from_bits(conversation);
                StateValue::Message(MessageState { conversation, count, fates, told, ends_at })
            },
        );
        let text = vec(any::<u16>(), 0..9).prop_map(Utf16::new);
        let heard = (conversation_input(), any::<u32>(), vec((any::<u32>(), text), 0..4), instant()).prop_map(
            |(whole, count, parts, ends_at)| StateValue::Heard(Box::new(HeardState { whole, count, parts, ends_at })),
        );
        prop_oneof![part, message, heard]
    }

    fn key_of(value: &StateValue) -> StateKey {
        let item = match value {
            StateValue::Part(_) => Item::Part(ProviderId::new("7f/")),
            StateValue::Message(_) => Item::Message(5.into_message(), usher_domain::receipt::Leg::Sms),
            StateValue::Heard(_) => Item::Heard(InputId::from_bits(5)),
        };
        StateKey { tenant: TenantId::new("t"), account: AccountId::new("a"), item }
    }

    trait IntoMessage {
        fn into_message(self) -> usher_domain::MessageId;
    }

    impl IntoMessage for u128 {
        fn into_message(self) -> usher_domain::MessageId {
            usher_domain::MessageId::from_bits(self)
        }
    }

    proptest! {
        #[test]
        fn state_survives_its_record(value in value()) {
            let key = key_of(&value);
            let (key_bytes, bytes) = (StateValue::encode_key(&key), value.encode_value());
            prop_assert_eq!(StateValue::decode_record(&key_bytes, Some(&bytes)), Ok((key, Some(value))));
        }

        #[test]
        fn foreign_bytes_never_panic(noise in vec(any::<u8>(), 0..60)) {
            let _ = decode_value(&noise);
            let _ = StateValue::decode_record(&noise, None);
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let value = StateValue::Part(PartState { part: None, fate: None, ends_at: Timestamp::from_millis(1) });
        let key = StateKey { item: Item::Heard(InputId::from_bits(1)), ..key_of(&value) };
        let refused = StateValue::decode_record(&StateValue::encode_key(&key), Some(&value.encode_value()));
        assert!(refused.is_err_and(|error| error.contains("another kind")));
    }
}
