//! The calls as rows: each sample of the vendor's page by both ways in, then each way's own rules.

mod callback;
mod hostile;
mod rest;
mod samples;

use md5::{Digest, Md5};
use serde_json::{Value, json};
use usher_domain::conversation::{ConversationAct, VisitorAct, VisitorInput};
use usher_domain::{Content, ConversationInput};

use crate::inbound::sample::{NOW, Sample};

const WEBHOOK: &str = "/webhooks/easemob/acme/im";
const TOKEN: &str = "/acme-im/shop/token";
const MESSAGES: &str = "/acme-im/shop/messages";
const MESSAGES_USERS: &str = "/acme-im/shop/messages/users";
const VISITOR: &str = "xiaoming";

/// What a callback is signed with.
fn security(call: &str, secret: &str, timestamp: i64) -> String {
    Md5::digest(format!("{call}{secret}{timestamp}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The callback of one message, well signed.
fn callback_body(msg: &Value, ext: &Value) -> Value {
    let (call, at) = ("acme-im#shop_1", NOW.millis());
    json!({
        "callId": call, "eventType": "chat", "timestamp": at, "chat_type": "chat", "from": VISITOR, "to": "kefu",
        "msg_id": "1029457500870543736", "payload": { "bodies": [msg], "ext": ext }, "securityVersion": "1.0.0",
        "security": security(call, "cb-secret", at), "appkey": "acme-im#shop", "host": "msync@1", "content_type": "chat:user",
    })
}

fn callback(body: &Value) -> Sample {
    Sample::post(WEBHOOK, body.to_string())
}

/// A callback, changed; `security` stays.
fn changed(change: impl Fn(&mut Value)) -> Sample {
    let mut body = callback_body(&json!({ "type": "txt", "msg": "Hi" }), &json!({}));
    change(&mut body);
    callback(&body)
}

fn token_of(client: &str, path: &str) -> String {
    let body = json!({
        "grant_type": "client_credentials", "client_id": client, "client_secret": format!("{client}-secret"),
    });
    let (status, body) = answer(&Sample::post(path, body.to_string()));
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

fn with_token(sample: Sample) -> Sample {
    sample.header("authorization", format!("Bearer {}", token_of("acme-client", TOKEN)))
}

/// The legacy REST call of one message.
fn legacy_body(msg: &Value, ext: &Value) -> Value {
    json!({ "target_type": "users", "target": ["kefu"], "from": VISITOR, "msg": msg, "ext": ext })
}

fn legacy(body: &Value) -> Sample {
    with_token(Sample::post(MESSAGES, body.to_string()))
}

/// The current REST call of one message.
fn current_body(kind: &str, body: &Value, ext: &Value) -> Value {
    json!({ "from": VISITOR, "to": ["kefu"], "type": kind, "body": body, "ext": ext })
}

fn current(body: &Value) -> Sample {
    with_token(Sample::post(MESSAGES_USERS, body.to_string()))
}

fn answer(sample: &Sample) -> (u16, Value) {
    let answer = sample.answer();
    (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

fn said(input: ConversationInput) -> VisitorInput {
    match input.act {
        ConversationAct::Visitor(input) => *input,
        other => panic!("not a visitor's: {other:?}"),
    }
}

fn says(content: Content) -> VisitorAct {
    VisitorAct::Message { content, ask: None }
}

fn opaque(kind: &str, raw: &Value) -> Content {
    Content::Opaque { kind: kind.to_owned(), raw: raw.to_string().into() }
}
