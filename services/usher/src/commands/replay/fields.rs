//! Which fields of two envelopes differ. Values are told as `usher tail` shows them: what is personal only by its name.

use serde_json::Value as Json;

/// More fields than this say no more.
const FIELDS_MAX: usize = 8;

/// What an envelope is: the name of its body, and of what is in it where that is one of many.
pub(super) fn what(bytes: &[u8]) -> String {
    let shown = usher_proto::show(bytes, true).unwrap_or_default();
    let body = shown.as_object().and_then(|envelope| {
        envelope.iter().find(|(name, value)| value.is_object() && !matches!(name.as_str(), "cause" | "traceparent"))
    });
    let Some((name, body)) = body else { return "unreadable".to_owned() };
    // Deliveries and transcripts have one shape each.
    let is_one_of_many = matches!(name.as_str(), "event" | "conversation" | "desk");
    let inner = body.as_object().filter(|_| is_one_of_many).and_then(|body| body.iter().find(|(_, v)| v.is_object()));
    inner.map_or_else(|| name.clone(), |(inner, _)| format!("{name}.{inner}"))
}

/// The fields in which `replayed` is not as `recorded`.
pub(super) fn differing(recorded: &[u8], replayed: &[u8]) -> Vec<String> {
    let both = |masked| Some((usher_proto::show(recorded, masked).ok()?, usher_proto::show(replayed, masked).ok()?));
    let (Some(plain), Some(masked)) = (both(false), both(true)) else {
        return vec!["the record can not be read".to_owned()];
    };
    let mut paths = Vec::new();
    collect("", &plain.0, &plain.1, &mut paths);
    if paths.is_empty() {
        return vec!["the same fields in other bytes, or another key or topic".to_owned()];
    }
    paths.iter().take(FIELDS_MAX).map(|path| tell(path, &masked.0, &masked.1)).collect()
}

/// Paths of the leaves that differ.
fn collect(path: &str, recorded: &Json, replayed: &Json, into: &mut Vec<String>) {
    match (recorded, replayed) {
        (Json::Object(left), Json::Object(right)) => {
            let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                let (left, right) = (left.get(name).unwrap_or(&Json::Null), right.get(name).unwrap_or(&Json::Null));
                collect(&format!("{path}/{name}"), left, right, into);
            }
        }
        (left, right) if left == right => {}
        _ => into.push(path.to_owned()),
    }
}

fn tell(path: &str, recorded: &Json, replayed: &Json) -> String {
    let name = path.trim_start_matches('/').replace('/', ".");
    let (recorded, replayed) = (recorded.pointer(path), replayed.pointer(path));
    let word = |value: Option<&Json>| value.map_or_else(|| "nothing".to_owned(), Json::to_string);
    if recorded == replayed {
        return format!("{name}: differs (personal)");
    }
    format!("{name}: recorded {}, replayed {}", word(recorded), word(replayed))
}
