//! What the conversation keeps an eye on while an agent has a session.

use std::time::Duration;

use usher_domain::policy::{Care, FirstReply, Inactivity};

use crate::error::DecodeError;
use crate::field::{optional_span, optional_span_ms, span_ms};
use crate::wire;

impl From<&Care> for wire::Care {
    fn from(care: &Care) -> Self {
        let first_reply =
            |reply: FirstReply| wire::care::FirstReply { within_ms: span_ms(reply.within), requeues: reply.requeues };
        let inactivity = |silence: &Inactivity| wire::care::Inactivity {
            reminds_after_ms: optional_span_ms(silence.reminds_after),
            text: silence.text.clone(),
            closes_after_ms: span_ms(silence.closes_after),
        };
        Self { first_reply: care.first_reply.map(first_reply), inactivity: care.inactivity.as_ref().map(inactivity) }
    }
}

impl TryFrom<wire::Care> for Care {
    type Error = DecodeError;

    /// Any numbers are settings; the signature is that of all messages.
    fn try_from(care: wire::Care) -> Result<Self, DecodeError> {
        let first_reply = |reply: wire::care::FirstReply| FirstReply {
            within: Duration::from_millis(reply.within_ms),
            requeues: reply.requeues,
        };
        let inactivity = |silence: wire::care::Inactivity| Inactivity {
            reminds_after: optional_span(silence.reminds_after_ms),
            text: silence.text,
            closes_after: Duration::from_millis(silence.closes_after_ms),
        };
        Ok(Self { first_reply: care.first_reply.map(first_reply), inactivity: care.inactivity.map(inactivity) })
    }
}
