//! What is known of a visitor, for the workspace.

use serde_json::{Map, Value, json};
use usher_domain::profile::{Profile, ProfileField};

/// The fields that are filled, by their names; absent when nothing is known.
pub(super) fn of(profile: &Profile) -> Option<Value> {
    let filled = |field: ProfileField| Some((field.name().to_owned(), json!(profile.value(field)?)));
    let mut fields: Map<String, Value> = ProfileField::ALL.into_iter().filter_map(filled).collect();
    if !profile.tags.is_empty() {
        let tags: Vec<&str> = profile.tags.iter().map(|tag| tag.as_str()).collect();
        fields.insert("tags".to_owned(), json!(tags));
    }
    if let Some(avatar) = &profile.avatar {
        fields.insert("avatar".to_owned(), json!(avatar.as_str()));
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}
