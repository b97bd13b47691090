//! Messages of visitors and servers, by every dialect, rightly signed.

use serde_json::{Value, json};
use usher_dialects::inbound::replays::Replays;
use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::{Body, Content};

use crate::calls::{Call, calls};
use crate::request::{Sent, heard};

/// What each dialect brings, by name: the good call of each path, and further kinds of messages on them.
pub(crate) fn messages() -> Vec<(String, Content)> {
    let mut all: Vec<(String, Content)> = Vec::new();
    for call in calls() {
        all.extend(contents(&call.good()).into_iter().map(|content| (call.label.to_owned(), content)));
    }
    all.extend(native_contents().iter().map(|content| ("native, of any kind".to_owned(), native(content))));
    all.extend(easemob_bodies().iter().map(|body| ("easemob, of any kind".to_owned(), easemob(body, &json!({})))));
    for (media_type, content) in
        [("IMAGE", "key-1,jpg"), ("AUDIO", "key-1,mp3"), ("VIDEO", "key-1,mp4"), ("FILE", "key-1,pdf")]
    {
        all.push(("huawei, a file".to_owned(), huawei(media_type, content)));
    }
    all
}

/// What a native visitor says.
pub(crate) fn native(content: &Value) -> Content {
    one(&altered(
        "native",
        |body| body["text"].is_string() && body["visitor"].is_string(),
        |body| {
            *body = json!({ "account": "web", "visitor": "d", "content": content });
        },
    ))
}

/// What an Easemob visitor says, by the vendor's callback.
pub(crate) fn easemob(msg: &Value, ext: &Value) -> Content {
    one(&altered(
        "easemob, callback",
        |_| true,
        |body| {
            body["payload"] = json!({ "bodies": [msg], "ext": ext });
        },
    ))
}

fn huawei(media_type: &str, content: &str) -> Content {
    one(&altered(
        "huawei, send",
        |body| body["mediaType"] == "TEXT",
        |body| {
            body["mediaType"] = json!(media_type);
            body["content"] = json!(content);
        },
    ))
}

/// The first call of this label that answers `is`, with another payload.
fn altered(label: &str, is: impl Fn(&Value) -> bool, alter: impl FnOnce(&mut Value)) -> Sent {
    let calls = calls();
    let fits = |call: &&Call| call.label == label && is(&body_of(call));
    let call = calls.iter().find(fits).unwrap_or_else(|| panic!("no call {label}"));
    let mut body = body_of(call);
    alter(&mut body);
    call.seal(body.to_string().as_bytes())
}

fn body_of(call: &Call) -> Value {
    serde_json::from_slice(&call.payload).unwrap_or_default()
}

fn one(sent: &Sent) -> Content {
    let mut contents = contents(sent);
    assert_eq!(contents.len(), 1, "one message of {}", String::from_utf8_lossy(&sent.body));
    contents.remove(0)
}

/// The messages that a request makes.
fn contents(sent: &Sent) -> Vec<Content> {
    let content = |body| match body {
        Body::Conversation(input) => match input.act {
            ConversationAct::Visitor(said) => match said.act {
                VisitorAct::Message { content, .. } => Some(content),
                _ => None,
            },
            ConversationAct::Push(push) => Some(push.content),
            _ => None,
        },
        _ => None,
    };
    heard(sent, &Replays::default()).bodies.into_iter().filter_map(content).collect()
}

fn native_contents() -> Vec<Value> {
    vec![
        json!({ "kind": "text", "text": "Hi" }),
        json!({ "kind": "image", "location": "https://acme.example/1.png", "format": "png" }),
        json!({ "kind": "audio", "location": "https://acme.example/1.mp3", "format": "mp3" }),
        json!({ "kind": "video", "location": "https://acme.example/1.mp4", "format": "mp4" }),
        json!({ "kind": "file", "location": "https://acme.example/1.pdf", "format": "pdf", "name": "1.pdf" }),
        json!({ "kind": "card", "title": "Tea", "description": "Green", "link": "https://acme.example/tea" }),
        json!({ "kind": "menu", "title": "More?", "choices": [{ "postback": "y", "label": "Yes" }] }),
        json!({ "kind": "location", "latitude": "1.5", "longitude": "2.5" }),
        json!({ "kind": "suggestion", "postback": "y", "text": "Yes" }),
        json!({ "kind": "opaque", "name": "hologram", "raw": "{}" }),
    ]
}

fn easemob_bodies() -> Vec<Value> {
    let file =
        |kind: &str| json!({ "type": kind, "url": "https://a1.example/f/1", "filename": "a.bin", "secret": "s" });
    vec![
        json!({ "type": "txt", "msg": "Hi" }),
        file("img"),
        file("audio"),
        file("video"),
        file("file"),
        json!({ "type": "loc", "lat": 39.9, "lng": 116.3, "addr": "西城区" }),
        json!({ "type": "custom", "customEvent": "gift", "customExts": {} }),
        json!({ "type": "cmd", "action": "run" }),
    ]
}
