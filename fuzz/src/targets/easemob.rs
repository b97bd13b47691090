//! Easemob: any callback with a fitting signature, any REST message with a fitting token.

use std::sync::LazyLock;

use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::chosen;
use crate::edge::{Call, NOW};

static BEARER: LazyLock<String> = LazyLock::new(|| {
    let body = br#"{"grant_type":"client_credentials","client_id":"acme-client","client_secret":"acme-client-secret"}"#;
    let answer = Call::post("/acme-im/shop/token", &[("content-type", "application/json")], body).heard();
    let body: Value = serde_json::from_slice(&answer.expect("a token").answer.body).expect("JSON");
    format!("Bearer {}", body["access_token"].as_str().expect("a token"))
});

pub fn fuzz(data: &[u8]) {
    let Some((way, body)) =
        chosen(&["payload", "callback", "/acme-im/shop/messages", "/acme-im/shop/messages/users"], data)
    else {
        return;
    };
    match way {
        "payload" => {
            let payload = serde_json::from_slice(body).unwrap_or(Value::Null);
            assert!(callback(&signed(&payload)), "what Easemob signed is answered with 200, whatever it is");
        }
        "callback" => drop(callback(body)),
        path => {
            let headers = [("content-type", "application/json"), ("authorization", BEARER.as_str())];
            Call::post(path, &headers, body).heard();
        }
    }
    assert!(callback(&signed(&json!({ "bodies": [{ "type": "txt", "msg": "hi" }], "ext": {} }))));
}

fn signed(payload: &Value) -> Vec<u8> {
    let at = NOW.millis();
    let security: String =
        Md5::digest(format!("call-1cb-secret{at}")).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "callId": "call-1", "eventType": "chat", "timestamp": at, "chat_type": "chat", "from": "v", "to": "kefu",
        "msg_id": "1", "payload": payload, "securityVersion": "1.0.0", "security": security, "appkey": "acme-im#shop",
    });
    body.to_string().into_bytes()
}

fn callback(body: &[u8]) -> bool {
    let call = Call::post("/webhooks/easemob/acme/im", &[("content-type", "application/json")], body);
    call.heard().is_some_and(|accepted| accepted.answer.status == 200)
}
