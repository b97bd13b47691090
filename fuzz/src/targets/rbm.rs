//! Google's webhook: any payload, rightly signed, and any body around it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha512;

use super::chosen;
use crate::edge::Call;

const PATH: &str = "/webhooks/rbm/acme/rcs";

pub fn fuzz(data: &[u8]) {
    match chosen(&["", "agent_launch_event", "bare"], data) {
        Some(("bare", body)) => drop(Call::post(PATH, &[("content-type", "application/json")], body).heard()),
        Some((kind, payload)) => {
            assert!(event(kind, payload), "what Google signed is answered with 200, whatever it is")
        }
        None => {}
    }
    assert!(event("", br#"{"senderPhoneNumber":"+12223334444","text":"hi","eventId":"e","agentId":"acme_agent"}"#));
}

fn event(kind: &str, payload: &[u8]) -> bool {
    let mac = Hmac::<Sha512>::new_from_slice(b"client-token").expect("any length").chain_update(payload);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let message = json!({ "data": STANDARD.encode(payload), "attributes": { "type": kind } });
    let body = json!({ "message": message }).to_string();
    let headers = [("content-type", "application/json"), ("x-goog-signature", signature.as_str())];
    Call::post(PATH, &headers, body.as_bytes()).heard().is_some_and(|accepted| accepted.answer.status == 200)
}
