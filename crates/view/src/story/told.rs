//! One fact of a story.

use serde_json::Value as Json;
use usher_domain::event::{Fact, Subject};
use usher_domain::{Body, Cause, Timestamp};

use crate::stories::Recorded;

/// A fact and where it comes from.
#[derive(Debug)]
pub(super) struct Told {
    /// When it was decided.
    pub(super) at: Timestamp,
    pub(super) cause: Option<Cause>,
    pub(super) side: Side,
    pub(super) fact: Fact,
    payload: Box<[u8]>,
}

/// Who says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Conversation,
    Desk,
}

impl Told {
    /// `None` for what can not be read, which the view has passed over already.
    pub(super) fn of(recorded: &Recorded) -> Option<Self> {
        let envelope = usher_proto::decode(&recorded.payload).ok()?;
        let Body::Event(event) = envelope.body else { return None };
        let side = if matches!(event.subject, Subject::Desk(_)) { Side::Desk } else { Side::Conversation };
        let payload = recorded.payload.clone();
        Some(Self { at: recorded.at, cause: envelope.cause, side, fact: event.fact, payload })
    }

    /// The fact as `usher tail` shows it: its fields, and under `is` its name. Facts that have no sentence yet are shown
    /// too.
    pub(super) fn shown(&self) -> Json {
        let shown = usher_proto::show(&self.payload, true).unwrap_or_default();
        let fact = shown["event"].as_object().and_then(|event| event.iter().find(|(_, value)| value.is_object()));
        let Some((name, Json::Object(fields))) = fact else { return Json::Null };
        let mut fields = fields.clone();
        fields.insert("is".to_owned(), name.as_str().into());
        Json::Object(fields)
    }
}
