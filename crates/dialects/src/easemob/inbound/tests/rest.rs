//! The REST calls: token, both forms, answers and refusals.

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::{AccountId, Body};

use super::*;
use crate::inbound::place;
use crate::inbound::replays::Replays;

fn hi() -> Value {
    legacy_body(&json!({ "type": "txt", "msg": "Hi" }), &json!({}))
}

fn hi_current() -> Value {
    current_body("txt", &json!({ "msg": "Hi" }), &json!({}))
}

#[test]
fn token_is_given_for_client_credentials() {
    let body = |ttl: Value| {
        let body = json!({
            "grant_type": "client_credentials", "client_id": "acme-client", "client_secret": "acme-client-secret",
            "ttl": ttl,
        });
        answer(&Sample::post(TOKEN, body.to_string()))
    };
    let (status, given) = body(json!(null));
    assert_eq!((status, &given["expires_in"]), (200, &json!(5_184_000)));
    assert!(given["application"].as_str().is_some_and(|id| id.len() == 36));
    for (ttl, expected) in [(json!(60), 60), (json!(0), 5_184_000), (json!(u64::MAX), 5_184_000)] {
        assert_eq!(body(ttl).1["expires_in"], expected);
    }
    let rows = [
        ("wrong secret", TOKEN, "client_credentials", "acme-client", "other-client-secret", 401),
        ("wrong client", TOKEN, "client_credentials", "other-client", "acme-client-secret", 401),
        ("another application", "/other-im/shop/token", "client_credentials", "acme-client", "acme-client-secret", 401),
        ("no such application", "/acme-im/none/token", "client_credentials", "acme-client", "acme-client-secret", 401),
        ("another grant", TOKEN, "password", "acme-client", "acme-client-secret", 400),
    ];
    for (label, path, grant, client, secret, expected) in rows {
        let body = json!({ "grant_type": grant, "client_id": client, "client_secret": secret });
        let (status, body) = answer(&Sample::post(path, body.to_string()));
        assert_eq!(status, expected, "{label}");
        assert!(body["error"].is_string() && body["error_description"].is_string(), "{label}: {body}");
    }
}

#[test]
fn token_counts_for_its_application_until_it_ends() {
    let good = legacy(&hi());
    let life = Duration::from_secs(5_184_000);
    let at = |now| Sample { now, ..good.clone() };
    assert_eq!(answer(&at(NOW.plus(life).minus(Duration::from_millis(1)))).0, 200);
    assert_eq!(at(NOW.plus(life)).refusal(), (401, "the access_token has expired: call token again".to_owned()));
    let foreign = token_of("other-client", "/other-im/shop/token");
    let rows = [
        ("none", good.clone().without("authorization")),
        ("another scheme", good.clone().header("authorization", "Basic YTpi")),
        ("forged", good.clone().header("authorization", "Bearer e30.e30")),
        ("another application's", good.clone().header("authorization", format!("Bearer {foreign}"))),
        ("no such application", Sample { path: "/acme-im/none/messages".to_owned(), ..good.clone() }),
    ];
    for (label, sample) in rows {
        let answer = sample.answer();
        assert_eq!(answer.status, 401, "{label}");
        assert!(answer.headers.contains(&("www-authenticate", "Bearer".to_owned())), "{label}");
    }
}

#[test]
fn both_forms_answer_as_the_vendor_does() {
    let (status, body) = answer(&legacy(&hi()));
    assert_eq!((status, &body["data"], &body["action"]), (200, &json!({ "kefu": "success" }), &json!("post")));
    assert_eq!((&body["organization"], &body["applicationName"]), (&json!("acme-im"), &json!("shop")));
    let sample = current(&hi_current());
    let (status, body) = answer(&sample);
    assert_eq!((status, &body["data"]), (200, &json!({ "kefu": sample.input().id.to_string() })));
}

#[test]
fn each_user_that_is_named_gets_the_message_once() {
    let mut body = hi_current();
    body["to"] = json!(["kefu", "kefu-2", "kefu"]);
    let accepted = current(&body).receive().expect("accepted");
    let accounts: Vec<_> = accepted
        .bodies
        .into_iter()
        .map(|body| match body {
            Body::Conversation(input) => (input.id, said(input).account.account),
            other => panic!("no input: {other:?}"),
        })
        .collect();
    let names: Vec<_> = accounts.iter().map(|(_, account)| account.clone()).collect();
    assert_eq!(names, [AccountId::new("im"), AccountId::new("im-2")]);
    assert_ne!(accounts[0].0, accounts[1].0);
}

#[test]
fn repeat_without_a_name_of_its_own_is_advised() {
    let advice = |ext: Value| {
        let body = legacy_body(&json!({ "type": "txt", "msg": "Hi" }), &ext);
        legacy(&body).receive().expect("accepted").advice
    };
    assert!(advice(json!({})).is_some_and(|advice| advice.contains("msg_id_for_ack")));
    assert_eq!(advice(json!({ "weichat": { "msg_id_for_ack": 7 } })), None);
}

#[test]
fn what_is_wrong_is_named() {
    let legacy_with = |field: &str, value: Value| {
        let mut body = hi();
        body[field] = value;
        legacy(&body).refusal()
    };
    let current_with = |field: &str, value: Value| {
        let mut body = hi_current();
        body[field] = value;
        current(&body).refusal()
    };
    let rows = [
        (legacy_with("target_type", json!("chatgroups")), 400, "target_type: "),
        (legacy_with("target", json!([])), 400, "target: "),
        (legacy_with("target", json!("kefu")), 400, "target: "),
        (legacy_with("target", json!([7])), 400, "target[0]: "),
        (legacy_with("target", json!(vec!["kefu"; 601])), 400, "target: "),
        (legacy_with("target", json!(["nobody"])), 404, "target[0]: "),
        (legacy_with("from", json!(null)), 400, "from: "),
        (legacy_with("from", json!("x".repeat(129))), 400, "from: "),
        (legacy_with("msg", json!(null)), 400, "msg: "),
        (legacy_with("msg", json!({ "type": "txt" })), 400, "msg.msg: "),
        (legacy_with("msg", json!({ "type": "txt", "msg": " " })), 400, "msg: "),
        (legacy_with("ext", json!("x")), 400, "ext: "),
        (legacy_with("ext", json!({ "weichat": [] })), 400, "ext.weichat: "),
        (legacy_with("ext", json!({ "weichat": { "queueName": 7 } })), 400, "ext.weichat.queueName: "),
        (legacy_with("ext", json!({ "weichat": { "visitor": { "tags": "vip" } } })), 400, "ext.weichat.visitor.tags: "),
        (legacy_with("ext", json!({ "weichat": { "ctrlType": "enquiry" } })), 400, "ext.weichat.ctrlArgs: "),
        (legacy_with("ext", json!({ "x": "x".repeat(41_000) })), 400, "ext: "),
        (current_with("to", json!(["nobody"])), 404, "to[0]: "),
        (current_with("type", json!(null)), 400, "type: "),
        (current_with("type", json!("+8613512345678")), 400, "type: "),
        (current_with("body", json!(null)), 400, "body: "),
        (current_with("type", json!("loc")), 400, "body.lat: "),
    ];
    for ((status, sentence), expected, field) in rows {
        assert_eq!(status, expected, "{field} {sentence}");
        assert!(sentence.starts_with(field), "{field}: {sentence}");
    }
}

#[test]
fn paths_of_the_vendor_are_its_own_and_no_others_are() {
    use usher_domain::Dialect;
    let rows = [
        (TOKEN, Dialect::Easemob, "/{org}/{app}/token"),
        (MESSAGES, Dialect::Easemob, "/{org}/{app}/messages"),
        (MESSAGES_USERS, Dialect::Easemob, "/{org}/{app}/messages/users"),
        (WEBHOOK, Dialect::Easemob, "/webhooks/easemob/{tenant}/{account}"),
        ("/webhooks/easemob/x", Dialect::Easemob, "unknown"),
        ("/webhooks/rbm/token", Dialect::Rbm, "unknown"),
        ("/v1/messages", Dialect::Native, "/v1/messages"),
        ("/v1/x/messages", Dialect::Native, "unknown"),
        ("/v1/x/token", Dialect::Native, "unknown"),
        ("/apiaccess/ccmessaging/token", Dialect::Huawei, "unknown"),
        ("/messages", Dialect::Native, "unknown"),
    ];
    for (path, dialect, pattern) in rows {
        let place = Sample::post(path, "").with(&Replays::default(), |call| place(&call.head()));
        assert_eq!((place.dialect, place.pattern), (dialect, pattern), "{path}");
    }
}
