//! Records of `mailboxes-state`: the state of the mailbox core, `state_mailbox.proto`.

use prost::Message as _;
use usher_domain::content::Private;
use usher_domain::state::mailbox::{HeldState, MailboxState, StateKey, StateValue, Watch};
use usher_domain::{AccountId, ConnectionId, TenantId, Timestamp, VisitorId};
use wire::mailbox_state::{self, Piece};

use crate::codec::within_limit;
use crate::error::{DecodeError, Problem};
use crate::field::{id, name, optional, optional_id, required, text, variant, within};
use crate::state::StateCodec;
use crate::wire;

impl StateCodec for StateValue {
    type Key = StateKey;

    fn encode_key(key: &StateKey) -> Vec<u8> {
        key.to_string().into_bytes()
    }

    fn encode_value(&self) -> Vec<u8> {
        wire::MailboxState { piece: Some(self.into()) }.encode_to_vec()
    }

    fn decode_record(key: &[u8], value: Option<&[u8]>) -> Result<(StateKey, Option<Self>), String> {
        let key: StateKey = String::from_utf8_lossy(key).parse().map_err(|malformed| format!("{malformed}"))?;
        let value = value.map(decode_value).transpose().map_err(|error| error.to_string())?;
        if value.as_ref().is_some_and(|value| !key.piece.holds(value)) {
            return Err("a state record holds another kind of state than its key says".to_owned());
        }
        Ok((key, value))
    }
}

fn decode_value(bytes: &[u8]) -> Result<StateValue, DecodeError> {
    within_limit(bytes)?;
    let state = wire::MailboxState::decode(bytes).map_err(Problem::NotProtobuf)?;
    variant("piece", state.piece)
}

impl From<&StateValue> for Piece {
    fn from(value: &StateValue) -> Self {
        match value {
            StateValue::Mailbox(mailbox) => Self::Mailbox(mailbox.as_ref().into()),
            StateValue::Held(held) => Self::Held(held.into()),
        }
    }
}

impl TryFrom<Piece> for StateValue {
    type Error = DecodeError;

    fn try_from(piece: Piece) -> Result<Self, DecodeError> {
        Ok(match piece {
            Piece::Mailbox(mailbox) => Self::Mailbox(Box::new(within("mailbox", mailbox)?)),
            Piece::Held(held) => Self::Held(within("held", held)?),
        })
    }
}

impl From<&MailboxState> for mailbox_state::Mailbox {
    fn from(state: &MailboxState) -> Self {
        let client = |(connection, until): (&ConnectionId, &Timestamp)| mailbox_state::Client {
            connection: connection.to_string(),
            until_ms: until.millis(),
        };
        Self {
            tenant: state.tenant.to_string(),
            account: state.account.to_string(),
            visitor: state.visitor.as_str().to_owned(),
            clients: state.clients.iter().map(client).collect(),
            seen: state.seen,
            watch: state.watch.as_ref().map(Into::into),
            told: state.told,
            told_each: state.told_each.iter().copied().collect(),
        }
    }
}

impl TryFrom<mailbox_state::Mailbox> for MailboxState {
    type Error = DecodeError;

    fn try_from(state: mailbox_state::Mailbox) -> Result<Self, DecodeError> {
        let client = |client: &mailbox_state::Client| {
            Ok((id("clients.connection", &client.connection)?, Timestamp::from_millis(client.until_ms)))
        };
        Ok(Self {
            tenant: name("tenant", state.tenant, TenantId::new)?,
            account: name("account", state.account, AccountId::new)?,
            visitor: name("visitor", state.visitor, VisitorId::new)?,
            clients: state.clients.iter().map(client).collect::<Result<_, DecodeError>>()?,
            seen: state.seen,
            told: state.told,
            told_each: state.told_each.into_iter().collect(),
            watch: optional("watch", state.watch)?,
        })
    }
}

impl From<&Watch> for mailbox_state::Watch {
    fn from(watch: &Watch) -> Self {
        Self { release: Some((&watch.release).into()), due_ms: watch.due.millis() }
    }
}

impl TryFrom<mailbox_state::Watch> for Watch {
    type Error = DecodeError;

    fn try_from(watch: mailbox_state::Watch) -> Result<Self, DecodeError> {
        Ok(Self { release: required("release", watch.release)?, due: Timestamp::from_millis(watch.due_ms) })
    }
}

impl From<&HeldState> for mailbox_state::InMailbox {
    fn from(state: &HeldState) -> Self {
        Self {
            delivery: state.delivery.to_string(),
            message: text(&state.message),
            payload: state.payload.as_str().to_owned(),
            expires_at_ms: state.expires_at.millis(),
            shown: state.shown,
            is_over: state.is_over,
        }
    }
}

impl TryFrom<mailbox_state::InMailbox> for HeldState {
    type Error = DecodeError;

    fn try_from(state: mailbox_state::InMailbox) -> Result<Self, DecodeError> {
        Ok(Self {
            delivery: id("delivery", &state.delivery)?,
            message: optional_id("message", state.message)?,
            payload: Private::new(state.payload),
            expires_at: Timestamp::from_millis(state.expires_at_ms),
            shown: state.shown,
            is_over: state.is_over,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;
    use usher_domain::mailbox::Release;
    use usher_domain::state::mailbox::Piece;
    use usher_domain::{Account, ConversationId, DeliveryId, DeskId, Dialect, MessageId};

    use super::*;

    fn account() -> Account {
        Account {
            tenant: TenantId::new("acme"),
            account: AccountId::new("cec"),
            dialect: Dialect::Huawei,
            desk: DeskId::new("main"),
            default_group: None,
            bot: None,
            survey: usher_domain::account::Survey::default(),
            collected: true,
            weight: 1,
            priority: 0,
            sms: None,
        }
    }

    fn mailbox() -> impl Strategy<Value = StateValue> {
        let clients = proptest::collection::btree_map(any::<u128>(), any::<i64>(), 0..3);
        let watch = proptest::option::of(any::<(u64, i64)>());
        ("\\PC{0,8}", clients, any::<Option<i64>>(), watch).prop_map(|(visitor, clients, seen, watch)| {
            let client = |(id, until)| (ConnectionId::from_bits(id), Timestamp::from_millis(until));
            let watch = watch.map(|(after, due)| Watch {
                release: Release { after: Duration::from_millis(after), account: account() },
                due: Timestamp::from_millis(due),
            });
            StateValue::Mailbox(Box::new(MailboxState {
                tenant: TenantId::new("acme"),
                account: AccountId::new("cec"),
                visitor: VisitorId::new(format!("v{visitor}")),
                clients: clients.into_iter().map(client).collect::<BTreeMap<_, _>>(),
                seen,
                told: seen,
                told_each: seen.into_iter().collect(),
                watch,
            }))
        })
    }

    fn held() -> impl Strategy<Value = StateValue> {
        (any::<u128>(), any::<Option<u128>>(), "\\PC{0,8}", any::<(i64, bool, bool)>()).prop_map(
            |(delivery, message, payload, (expires_at, shown, is_over))| {
                StateValue::Held(HeldState {
                    delivery: DeliveryId::from_bits(delivery),
                    message: message.map(MessageId::from_bits),
                    payload: Private::new(payload),
                    expires_at: Timestamp::from_millis(expires_at),
                    shown,
                    is_over,
                })
            },
        )
    }

    proptest! {
        #[test]
        fn state_survives_its_bytes(value in prop_oneof![mailbox(), held()], conversation in any::<u128>(), seq in 0..i64::MAX) {
            let piece = if Piece::Mailbox.holds(&value) { Piece::Mailbox } else { Piece::Held(seq) };
            let key = StateKey { conversation: ConversationId::from_bits(conversation), piece };
            let bytes = value.encode_value();
            let read = StateValue::decode_record(&StateValue::encode_key(&key), Some(&bytes));
            prop_assert_eq!(read, Ok((key, Some(value))));
        }

        #[test]
        fn cut_or_foreign_bytes_are_refused_or_read_but_never_panic(
            value in prop_oneof![mailbox(), held()], cut in any::<prop::sample::Index>(),
            noise in proptest::collection::vec(any::<u8>(), 0..60)
        ) {
            let bytes = value.encode_value();
            let _ = decode_value(&bytes[..cut.index(bytes.len() + 1)]);
            let _ = StateValue::decode_record(&noise, Some(&noise));
        }
    }

    #[test]
    fn a_piece_under_the_key_of_another_is_refused() {
        let key = format!("{}/mailbox", ConversationId::from_bits(1));
        let held = wire::MailboxState {
            piece: Some(wire::mailbox_state::Piece::Held(mailbox_state::InMailbox {
                delivery: DeliveryId::from_bits(1).to_string(),
                ..Default::default()
            })),
        };
        assert!(StateValue::decode_record(key.as_bytes(), Some(&held.encode_to_vec())).is_err());
        assert!(StateValue::decode_record(key.as_bytes(), None).is_ok(), "a tombstone");
    }
}
