//! One fact of a story.

use serde_json::Value as Json;
use usher_domain::event::Fact;
use usher_domain::{Cause, Timestamp};

/// A fact and where it comes from.
#[derive(Debug)]
pub(super) struct Told {
    /// When it was decided.
    pub(super) at: Timestamp,
    pub(super) cause: Option<Cause>,
    pub(super) fact: Fact,
    /// The fact under its names on the topic, with `is` for its own.
    pub(super) shown: Json,
}

/// The fact of an event as `usher tail` shows it: its fields, and under `is` its name. Facts that are not known here yet
/// are shown too.
pub(super) fn fact(payload: &[u8]) -> Json {
    let shown = usher_proto::show(payload, true).unwrap_or_default();
    let fact = shown["event"].as_object().and_then(|event| event.iter().find(|(_, value)| value.is_object()));
    let Some((name, Json::Object(fields))) = fact else { return Json::Null };
    let mut fields = fields.clone();
    fields.insert("is".to_owned(), name.as_str().into());
    Json::Object(fields)
}
