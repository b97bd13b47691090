//! `envelope.proto`, and the two functions by which all others come in.

use prost::Message as _;
use usher_domain::envelope::DeadLetter;
use usher_domain::{Body, Cause, Envelope, Timestamp};
use wire::dead_letter::Position;
use wire::envelope::Body as WireBody;

use crate::error::{DecodeError, Problem};
use crate::field::{name, optional, variant, within};
use crate::wire;

/// Longer records are not read: twice what Kafka takes by default. A dead letter with a record of that size is shorter,
/// and only topic `dead-letters` is made to take it; one with a larger record carries it cut
/// ([`DeadLetter::of`]).
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The bytes of a record; the same envelope always has the same bytes.
pub fn encode(envelope: &Envelope) -> Vec<u8> {
    wire::Envelope::from(envelope).encode_to_vec()
}

/// Reads a record. The error says which field is wrong and how, never what it holds. Nesting is bounded by prost's
/// recursion limit (100), length by [`MAX_BYTES`].
pub fn decode(bytes: &[u8]) -> Result<Envelope, DecodeError> {
    within_limit(bytes)?;
    wire::Envelope::decode(bytes).map_err(Problem::NotProtobuf)?.try_into()
}

/// Refuses what is longer than [`MAX_BYTES`].
pub(crate) fn within_limit(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::TooLong { bytes: bytes.len(), limit: MAX_BYTES }.into());
    }
    Ok(())
}

impl From<&Envelope> for wire::Envelope {
    fn from(envelope: &Envelope) -> Self {
        Self {
            cause: envelope.cause.as_ref().map(Into::into),
            traceparent: envelope.traceparent.clone(),
            body: Some((&envelope.body).into()),
        }
    }
}

impl TryFrom<wire::Envelope> for Envelope {
    type Error = DecodeError;

    fn try_from(envelope: wire::Envelope) -> Result<Self, DecodeError> {
        Ok(Self {
            cause: optional("cause", envelope.cause)?,
            traceparent: envelope.traceparent,
            body: variant("body", envelope.body)?,
        })
    }
}

impl From<&Body> for WireBody {
    fn from(body: &Body) -> Self {
        match body {
            Body::Conversation(input) => Self::Conversation(input.into()),
            Body::Desk(input) => Self::Desk(input.into()),
            Body::Delivery(delivery) => Self::Delivery(delivery.as_ref().into()),
            Body::Event(event) => Self::Event(event.into()),
            Body::Transcript(transcript) => Self::Transcript(transcript.as_ref().into()),
            Body::DeadLetter(letter) => Self::DeadLetter(letter.into()),
            Body::Mailbox(input) => Self::Mailbox(input.as_ref().into()),
            Body::MailboxOwner(owner) => Self::MailboxOwner(owner.into()),
            Body::Report(input) => Self::Report(input.as_ref().into()),
            Body::AccountState(state) => Self::AccountState(state.into()),
            Body::Tick => Self::Tick(wire::Tick {}),
        }
    }
}

impl TryFrom<WireBody> for Body {
    type Error = DecodeError;

    fn try_from(body: WireBody) -> Result<Self, DecodeError> {
        Ok(match body {
            WireBody::Conversation(input) => Self::Conversation(within("conversation", input)?),
            WireBody::Desk(input) => Self::Desk(within("desk", input)?),
            WireBody::Delivery(delivery) => Self::Delivery(Box::new(within("delivery", delivery)?)),
            WireBody::Event(event) => Self::Event(within("event", event)?),
            WireBody::Transcript(transcript) => Self::Transcript(Box::new(within("transcript", transcript)?)),
            WireBody::DeadLetter(letter) => Self::DeadLetter(within("dead_letter", letter)?),
            WireBody::Mailbox(input) => Self::Mailbox(Box::new(within("mailbox", input)?)),
            WireBody::MailboxOwner(owner) => Self::MailboxOwner(within("mailbox_owner", owner)?),
            WireBody::Report(input) => Self::Report(Box::new(within("report", input)?)),
            WireBody::AccountState(state) => Self::AccountState(within("account_state", state)?),
            WireBody::Tick(_) => Self::Tick,
        })
    }
}

impl From<&Cause> for wire::Cause {
    fn from(cause: &Cause) -> Self {
        Self {
            topic: cause.topic.clone(),
            partition: cause.partition,
            offset: cause.offset,
            index: cause.index,
            count: cause.count,
            decided_at_ms: cause.decided_at.millis(),
            worker_epoch: cause.worker_epoch,
        }
    }
}

impl TryFrom<wire::Cause> for Cause {
    type Error = DecodeError;

    fn try_from(cause: wire::Cause) -> Result<Self, DecodeError> {
        Ok(Self {
            topic: name("topic", cause.topic, |topic| topic)?,
            partition: cause.partition,
            offset: cause.offset,
            index: cause.index,
            count: cause.count,
            decided_at: Timestamp::from_millis(cause.decided_at_ms),
            worker_epoch: cause.worker_epoch,
        })
    }
}

impl From<&DeadLetter> for wire::DeadLetter {
    fn from(letter: &DeadLetter) -> Self {
        Self {
            source: letter.source.clone(),
            position: letter.position.map(|(partition, offset)| Position { partition, offset }),
            key: letter.key.clone(),
            payload: letter.payload.clone(),
            reason: letter.reason.clone(),
        }
    }
}

impl TryFrom<wire::DeadLetter> for DeadLetter {
    type Error = DecodeError;

    fn try_from(letter: wire::DeadLetter) -> Result<Self, DecodeError> {
        Ok(Self {
            source: name("source", letter.source, |source| source)?,
            position: letter.position.map(|position| (position.partition, position.offset)),
            key: letter.key,
            payload: letter.payload,
            reason: letter.reason,
        })
    }
}
