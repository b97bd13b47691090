//! What the parameters mean, and their limits.

use serde_json::json;
use usher_domain::{Class, Content, Dialect, InputId};

use super::*;
use crate::inbound::sample::NOW;

fn beside(sample: &Sample) -> Value {
    let ext = pushed(sample).1.ext.expect("kept");
    serde_json::from_str::<Value>(ext.as_str()).expect("JSON")["aliyun"].clone()
}

#[test]
fn call_is_a_push_of_the_account_that_has_the_agent() {
    let sample = call(&SAID);
    let (input, push) = pushed(&sample);
    assert_eq!(push.content, Content::text("您好 a+b"));
    assert_eq!((push.account.dialect, push.account.account.as_str()), (Dialect::Aliyun, "chat"));
    assert_eq!((push.terms.class, push.terms.ttl, push.archive), (Class::Service, None, true));
    assert_eq!(beside(&sample)["mode"], json!("offline"), "the default");
    let other = call(&with("AIAgentId", Some("agent-2")));
    assert_eq!(pushed(&other).1.account.account.as_str(), "chat strict");
    assert_ne!(pushed(&other).0.conversation, input.conversation);
}

#[test]
fn answer_is_the_request_id_alone_and_names_the_message() {
    let accepted = call(&SAID).receive().expect("accepted");
    let body: Value = serde_json::from_slice(&accepted.answer.body).expect("JSON");
    let id = pushed(&call(&SAID)).0.id;
    assert_eq!((accepted.answer.status, &body), (200, &json!({ "RequestId": id.hyphenated().to_uppercase() })));
}

#[test]
fn parameters_may_stand_in_a_form_too() {
    let mut sample = call(&[]);
    sample.body = form(&SAID).into_bytes();
    let sample = signed(sample.header("content-type", "application/x-www-form-urlencoded"), "acme-ak");
    assert_eq!(pushed(&sample).1.content, Content::text("您好 a+b"));
    let json = signed(sample.header("content-type", "application/json"), "acme-ak");
    assert_eq!(refused(&json).0, 415);
}

#[test]
fn needed_parameters_are_named_where_they_are_missing() {
    for (name, _) in SAID {
        for absent in [None, Some("")] {
            let (status, code, message) = refused(&call(&with(name, absent)));
            assert_eq!((status, code.as_str()), (400, "MissingParameter"), "{name}");
            assert_eq!(message, format!("{name}: is missing"));
        }
    }
}

#[test]
fn limits_are_those_of_the_vendors_page() {
    let long = |bytes: usize| "a".repeat(bytes);
    let rows = [
        ("ReceiverId", long(64), None),
        ("ReceiverId", long(65), Some("ReceiverId: must have 1 to 64 bytes")),
        ("ReceiverId", "a\nb".to_owned(), Some("ReceiverId: must not contain control characters")),
        ("SessionId", long(128), None),
        ("SessionId", long(129), Some("SessionId: must have 1 to 128 bytes")),
        ("Text", long(8_192), None),
        ("Text", long(8_193), Some("Text: must have 1 to 8192 bytes")),
        ("Type", "announcement".to_owned(), None),
        ("Type", "Custom".to_owned(), Some("Type: must be one of announcement, custom")),
        ("Mode", "online".to_owned(), None),
        ("Mode", "later".to_owned(), Some("Mode: must be one of offline, online")),
        ("NeedArchiving", "FALSE".to_owned(), None),
        ("NeedArchiving", "0".to_owned(), Some("NeedArchiving: must be true or false")),
    ];
    for (name, value, problem) in rows {
        let sample = call(&with(name, Some(&value)));
        match problem {
            None => assert!(sample.receive().is_ok(), "{name} of {} bytes", value.len()),
            Some(problem) => assert_eq!(refused(&sample), (400, "InvalidParameter".to_owned(), problem.to_owned())),
        }
    }
}

#[test]
fn archiving_is_the_default_and_read_in_any_case() {
    for (value, archive) in [(None, true), (Some("True"), true), (Some("true"), true), (Some("False"), false)] {
        assert_eq!(pushed(&call(&with("NeedArchiving", value))).1.archive, archive, "{value:?}");
    }
}

#[test]
fn receiver_that_the_vendors_page_would_not_take_is_taken_and_counted() {
    let accepted = call(&with("ReceiverId", Some("user-01"))).receive().expect("accepted");
    assert_eq!(accepted.notices, ["aliyun-receiver-not-alphanumeric"]);
    assert!(call(&SAID).receive().expect("accepted").notices.is_empty());
}

#[test]
fn parameter_that_stands_there_twice_is_refused() {
    let twice = [&SAID[..], &[("ReceiverId", "user02")]].concat();
    assert_eq!(refused(&call(&twice)).2, "ReceiverId: stands there twice");
}

#[test]
fn agents_of_others_are_no_agents() {
    for agent in ["agent-3", "nobody"] {
        let (status, code, _) = refused(&call(&with("AIAgentId", Some(agent))));
        assert_eq!((status, code.as_str()), (404, "InvalidAIAgentId.NotFound"), "{agent}");
    }
}

#[test]
fn other_actions_versions_paths_and_methods_are_refused_in_the_vendors_shape() {
    let right = || call(&SAID);
    let elsewhere = Sample { path: "/prefix/".to_owned(), ..right() };
    let rows = [
        ("action", right().header("x-acs-action", "SendSms"), 404, "InvalidAction.NotFound"),
        ("version", right().header("x-acs-version", "2017-05-25"), 404, "NoSuchVersion"),
        ("no action", right().without("x-acs-action"), 400, "MissingParameter"),
        ("wrong path", elsewhere, 404, "NotFound"),
        ("method", Sample { method: "PUT", ..right() }, 405, "UnsupportedHTTPMethod"),
        ("nothing", Sample::post("/", ""), 400, "MissingParameter"),
    ];
    for (label, sample, status, code) in rows {
        let (given_status, given_code, _) = refused(&sample);
        assert_eq!((given_status, given_code.as_str()), (status, code), "{label}");
    }
}

#[test]
fn repeat_of_a_signed_call_is_the_same_input_at_another_replica() {
    let id = |nonce: &str| {
        let sample = signed(call(&SAID).header("x-acs-signature-nonce", nonce), "acme-ak");
        pushed(&sample).0.id
    };
    assert_eq!(id("one"), id("one"));
    assert_ne!(id("one"), id("two"));
    assert_ne!(id("one"), InputId::from_bits(7), "not by chance");
    assert_eq!(NOW.millis(), 1_619_573_200_000, "DATE says the same instant");
}
