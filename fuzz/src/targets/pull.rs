//! Who comes to collect: any query, token and headers at delivery's paths.

use std::sync::LazyLock;

use serde_json::Value;
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Request, refuse};
use usher_dialects::pull::{PATHS, receive};
use usher_domain::InputId;

use super::chosen;
use crate::edge::{ACCOUNTS, Call, NOW};

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let headers = [("content-type", "application/json"), ("authorization", "Bearer acme-key")];
    let body = br#"{"account":"ice","visitor":"A"}"#;
    let answer = Call::post("/v1/stream-tokens", &headers, body).heard().expect("a token").answer;
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body["token"].as_str().expect("a token").to_owned()
});

pub fn fuzz(data: &[u8]) {
    let Some((path, rest)) = chosen(&PATHS, data) else { return };
    let Some((known, rest)) = chosen(&[true, false], rest) else { return };
    let text = String::from_utf8_lossy(rest);
    let (query, body) = text.split_once('\n').unwrap_or((&text, ""));
    let bearer = if known { format!("Bearer {}", *TOKEN) } else { format!("Bearer {body}") };
    for method in ["GET", "POST"] {
        collected(method, path, query, &bearer, body.as_bytes());
    }
    assert!(collected("GET", PATHS[0], "", &format!("Bearer {}", *TOKEN), b""), "a good call is served");
}

fn collected(method: &str, path: &str, query: &str, bearer: &str, body: &[u8]) -> bool {
    let header = |name: &str| match name {
        "authorization" => Some(bearer),
        "content-type" => Some("application/json"),
        _ => None,
    };
    let replays = &Replays::default();
    let request =
        Request { method, path, query, header: &header, body, now: NOW, fresh: InputId::from_bits(7), replays };
    match receive(&request, &ACCOUNTS) {
        Ok(pull) => {
            assert!(!format!("{pull:?}").contains("acme"), "who calls stands in no log");
            true
        }
        Err(condition) => {
            assert!(refuse(&request.head(), &condition).status >= 400, "refused with a status");
            false
        }
    }
}
