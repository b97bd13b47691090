//! What nobody should send: always answered in the vendor's shape, never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use usher_domain::Body;

use super::*;
use crate::inbound::body_bytes_max;
use crate::inbound::replays::Replays;

#[test]
fn hostile_bodies_are_refused_in_the_vendors_shape() {
    let rows: [(&str, Vec<u8>); 8] = [
        ("empty", vec![]),
        ("truncated", hi().to_string().into_bytes()[..40].to_vec()),
        ("comment as on the vendor's page", b"{ // who says it\n \"from\":\"test\" }".to_vec()),
        ("deep", "{\"ext\":".repeat(50).into_bytes()),
        ("lone surrogate", hi().to_string().replace("Hi", "\\udfff").into_bytes()),
        ("NUL", b"\0".to_vec()),
        ("a list", b"[]".to_vec()),
        ("same key twice", b"{\"from\":\"a\",\"from\":\"b\"}".to_vec()),
    ];
    for (label, body) in rows {
        for path in [MESSAGES, MESSAGES_USERS] {
            let (status, said) = answer(&with_token(Sample::post(path, body.clone())));
            assert_eq!((status, &said["error"]), (400, &json!("illegal_argument")), "{label}");
            assert!(
                said["error_description"].as_str().is_some_and(|text| text.starts_with("body: ")),
                "{label}: {said}"
            );
        }
        assert_eq!(answer(&Sample::post(TOKEN, body.clone())).0, 400, "{label}");
        let (status, said) = answer(&Sample::post(WEBHOOK, body));
        assert_eq!((status, &said["error"]), (401, &json!("unauthorized")), "{label}: unread is unsigned");
    }
}

/// What a visitor writes must not make the vendor believe that our address fails: it would block it for everybody.
#[test]
fn what_a_visitor_nests_or_breaks_is_signed_all_the_same() {
    let good = callback_body(&json!({ "type": "txt", "msg": "Hi" }), &json!({ "a": 1 })).to_string();
    let deep = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let rows = [
        ("lone surrogate", good.replace("\"Hi\"", "\"\\udfff\"")),
        ("same key twice", good.replace("{\"a\":1}", "{\"a\":1,\"a\":2}")),
        ("deep", good.replace("{\"a\":1}", &deep(50))),
        ("very deep", good.replace("{\"a\":1}", &deep(5_000))),
    ];
    for (label, body) in rows {
        assert_ne!(body, good, "{label}");
        let sample = Sample::post(WEBHOOK, body);
        assert_eq!(answer(&sample), (200, json!({ "valid": true })), "{label}");
        let accepted = sample.receive().expect("answered");
        let [Body::DeadLetter(letter)] = accepted.bodies.as_slice() else { panic!("{label}: {:?}", accepted.bodies) };
        assert!(letter.reason.starts_with("body: "), "{label}: {}", letter.reason);
    }
}

#[test]
fn long_callbacks_are_read_so_that_none_counts_as_failed() {
    let most = |usual| Sample::post(WEBHOOK, "").with(&Replays::default(), |call| body_bytes_max(&call.head(), usual));
    assert_eq!(most(65_536), 262_144);
    assert_eq!(most(1_000_000), 1_000_000, "a larger usual limit holds");
}

fn hi() -> Value {
    legacy_body(&json!({ "type": "txt", "msg": "Hi" }), &json!({}))
}

#[test]
fn other_methods_and_types_are_refused() {
    let get = Sample { method: "GET", ..legacy(&hi()) };
    assert_eq!(get.answer().status, 405);
    assert_eq!(get.answer().headers, [("allow", "POST".to_owned())]);
    for sample in [legacy(&hi()), changed(|_| ())] {
        assert_eq!(answer(&sample.header("content-type", "text/plain")).0, 415);
    }
}

#[test]
fn bidi_controls_and_long_texts_come_as_they_are() {
    for text in ["\u{202e}txet\u{202c}".to_owned(), "界".repeat(20_000)] {
        let sample = legacy(&legacy_body(&json!({ "type": "txt", "msg": text }), &json!({})));
        assert_eq!(said(sample.input()).act, says(Content::text(text)));
    }
    let long = json!({ "type": "txt", "msg": "x".repeat(1_000_000) });
    assert_eq!(legacy(&legacy_body(&long, &json!({}))).refusal().0, 400);
    let accepted = callback(&callback_body(&long, &json!({}))).receive().expect("answered");
    assert_eq!(accepted.notices, ["easemob-dead-letter"]);
}

#[test]
fn refusals_quote_nothing_of_what_was_said() {
    let canary = json!({ "canary": ["canary"] });
    for field in ["from", "target", "target_type", "msg", "ext"] {
        let mut body = hi();
        body[field] = canary.clone();
        let answer = legacy(&body).answer();
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"), "{field}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof!["txt", "cmd", "enquiry", "TransferToKf", "loc", "img", " "].prop_map(Value::from),
    ];
    let key = prop_oneof![
        "type",
        "msg",
        "action",
        "weichat",
        "visitor",
        "tags",
        "phone",
        "ctrlType",
        "ctrlArgs",
        "msgtype",
        "choice",
        "id",
        "track",
        "lat",
        "lng",
        "url",
        "[a-z]{1,4}",
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(with_token(Sample::post(MESSAGES, body.clone())).answer().status, 400);
        prop_assert_eq!(with_token(Sample::post(MESSAGES_USERS, body.clone())).answer().status, 400);
        prop_assert_eq!(Sample::post(TOKEN, body.clone()).answer().status, 400);
        prop_assert_eq!(Sample::post(WEBHOOK, body).answer().status, 401);
    }

    #[test]
    fn any_message_with_any_ext_is_answered(msg in any_json(), ext in any_json()) {
        let accepted = callback(&callback_body(&msg, &ext)).receive().expect("a signed callback is always answered");
        prop_assert_eq!(accepted.bodies.len(), 1, "an input or a dead letter, never nothing");
        prop_assert!([200, 400].contains(&legacy(&legacy_body(&msg, &ext)).answer().status));
        prop_assert!([200, 400].contains(&current(&current_body("txt", &msg, &ext)).answer().status));
    }
}
