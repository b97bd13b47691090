//! The calls as rows: what Alibaba Cloud's own clients were seen to send, then each rule by itself.

mod hostile;
mod parameters;
mod recorded;
mod signatures;

use serde_json::Value;
use usher_domain::ConversationInput;
use usher_domain::conversation::{ConversationAct, PushInput};

use crate::inbound::replays::Replays;
use crate::inbound::sample::Sample;
use crate::inbound::signature::{hex, hmac_sha256, sha256_hex};
use crate::outbound::form;

/// The instant of [`call`] as its header says it: that of all samples.
const DATE: &str = "2021-04-28T01:26:40Z";

/// The parameters of a call that is right.
const SAID: [(&str, &str); 5] = [
    ("AIAgentId", "agent-1"),
    ("ReceiverId", "user01"),
    ("SessionId", "session-1"),
    ("Text", "您好 a+b"),
    ("Type", "custom"),
];

/// A call with these parameters in its query, signed in its header.
fn call(parameters: &[(&str, &str)]) -> Sample {
    let sample = Sample { query: form(parameters), ..Sample::post("/", "") };
    signed(
        sample
            .header("host", "usher.example:8080")
            .header("x-acs-action", "SendMessageChatText")
            .header("x-acs-version", "2020-11-09")
            .header("x-acs-date", DATE)
            .header("x-acs-signature-nonce", "nonce-1"),
        "acme-ak",
    )
}

/// The usual parameters with one changed; `None` takes it away.
fn with<'a>(name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let others = SAID.into_iter().filter(|(other, _)| *other != name);
    others.chain(value.map(|value| (name, value))).collect()
}

/// The sample with a signature over what it is now.
fn signed(sample: Sample, key: &str) -> Sample {
    let sample = sample.without("authorization");
    let hash = sha256_hex(&sample.body);
    let sample = sample.header("x-acs-content-sha256", &hash);
    let covers = |name: &str| name == "host" || name.starts_with("x-acs-");
    let mut headers: Vec<_> = sample.headers.iter().filter(|(name, _)| covers(name)).collect();
    headers.sort();
    let mut query: Vec<&str> = sample.query.split('&').collect();
    query.sort_unstable();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("{}\n/\n{}\n{lines}\n{names}\n{hash}", sample.method, query.join("&"));
    let text = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical));
    let signature = hex(&hmac_sha256(&format!("{key}-secret"), text.as_bytes()));
    let value = format!("ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}");
    sample.header("authorization", value)
}

fn pushed(sample: &Sample) -> (ConversationInput, PushInput) {
    let input = sample.input();
    match input.act.clone() {
        ConversationAct::Push(push) => (input, *push),
        other => panic!("no push: {other:?}"),
    }
}

/// Status, code and sentence of the refusal that a call meets; the shape must be the vendor's.
fn refused(sample: &Sample) -> (u16, String, String) {
    let answer = sample.answer();
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
    assert_eq!((answer.content_type, text("RequestId").len()), ("application/json", 36), "{body}");
    (answer.status, text("Code"), text("Message"))
}

/// The code that a call meets after others that `replays` has heard of.
fn code_after(sample: &Sample, replays: &Replays) -> Option<&'static str> {
    sample.receive_after(replays).err().map(|condition| super::refusal::code(&condition))
}
