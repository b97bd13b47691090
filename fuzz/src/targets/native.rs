//! The native API: any JSON at each of its calls.

use super::chosen;
use crate::edge::Call;

const HEADERS: &[(&str, &str)] = &[("content-type", "application/json"), ("authorization", "Bearer acme-key")];
const SESSION: &str = "0198f0a0000080008000000000000001";

pub fn fuzz(data: &[u8]) {
    let session = |call: &str| format!("/v1/sessions/{SESSION}/{call}");
    let paths = [
        "/v1/messages".to_owned(),
        "/v1/connect".to_owned(),
        "/v1/asks".to_owned(),
        "/v1/leave".to_owned(),
        "/v1/typing".to_owned(),
        "/v1/reads".to_owned(),
        "/v1/surveys".to_owned(),
        "/v1/pushes".to_owned(),
        "/v1/stream-tokens".to_owned(),
        "/v1/desks/acme-desk/agents/li/presence".to_owned(),
        session("messages"),
        session("transfer"),
        session("close"),
        session("typing"),
        session("bot-messages"),
    ];
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let Some((path, body)) = chosen(&paths, data) else { return };
    Call::post(path, HEADERS, body).heard();
    let good = br#"{"account":"web","visitor":"A","text":"hi"}"#;
    assert!(Call::post("/v1/messages", HEADERS, good).heard().is_some(), "a good call is accepted");
}
