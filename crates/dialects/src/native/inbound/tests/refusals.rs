//! What is refused, and to whom; what a key makes the same; that nothing panics.

use super::*;

/// Somebody comes online, with this beside it.
fn presence(more: &serde_json::Value) -> Sample {
    let mut body = json!({"presence": "online"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    call("/v1/desks/acme-desk/agents/l/presence", &body)
}

#[test]
fn wrong_fields_are_named() {
    let ok = json!({"account": "web", "visitor": "d", "text": "hi"});
    let with = |name: &str, value: serde_json::Value| {
        let mut body = ok.clone();
        body[name] = value;
        body
    };
    let long_id = "x".repeat(129);
    let long_text = "x".repeat(64 * 1024 + 1);
    let rows = [
        ("no account", with("account", json!(null)), "account"),
        ("account is a number", with("account", json!(1)), "account"),
        ("visitor empty", with("visitor", json!("")), "visitor"),
        ("visitor too long", with("visitor", json!(long_id)), "visitor"),
        ("visitor with NUL", with("visitor", json!("a\u{0}b")), "visitor"),
        ("visitor with newline", with("visitor", json!("a\nb")), "visitor"),
        ("text empty", with("text", json!("")), "text"),
        ("text is a list", with("text", json!([])), "text"),
        ("text with NUL", with("text", json!("a\u{0}")), "text"),
        ("text too long", with("text", json!(long_text)), "text"),
        ("neither text nor content", with("text", json!(null)), "text"),
        ("text and content", with("content", json!({"kind": "text", "text": "a"})), "content"),
        ("content of no kind", json!({"account": "web", "visitor": "d", "content": {}}), "content.kind"),
        ("content unknown", json!({"account": "web", "visitor": "d", "content": {"kind": "hologram"}}), "content.kind"),
        (
            "opaque unnamed",
            json!({"account": "web", "visitor": "d", "content": {"kind": "opaque", "raw": "{}"}}),
            "content.name",
        ),
        (
            "opaque empty",
            json!({"account": "web", "visitor": "d", "content": {"kind": "opaque", "name": "choice"}}),
            "content.raw",
        ),
        (
            "location",
            json!({"account": "web", "visitor": "d", "content": {"kind": "location", "latitude": 91, "longitude": 0}}),
            "content.latitude",
        ),
        ("tags are a text", with("tags", json!("vip")), "tags"),
        ("a tag is a number", with("tags", json!(["a", 1])), "tags[1]"),
        ("phone without plus", with("phone", json!("8613512345678")), "phone"),
        ("unknown field", with("txt", json!("hi")), "txt"),
        ("unknown field that is personal", with("+8613512345678", json!("hi")), "body"),
        ("ask is a text", with("ask", json!("yes")), "ask"),
    ];
    for (label, body, field) in rows {
        let answer = call("/v1/messages", &body).answer();
        assert_eq!(answer.status, 400, "{label}");
        let error: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(error["error"]["field"], field, "{label}: {error}");
        assert!(!error.to_string().contains("8613512345678"), "{label}: {error}");
    }
}

#[test]
fn wrong_commands_are_named() {
    let rows = [
        (
            "ttl zero",
            in_session("messages", &json!({"account": "web", "agent": "l", "text": "a", "ttl_ms": 0})),
            "ttl_ms",
        ),
        (
            "ttl too long",
            in_session("messages", &json!({"account": "web", "agent": "l", "text": "a", "ttl_ms": 1_296_000_001})),
            "ttl_ms",
        ),
        (
            "class",
            in_session("messages", &json!({"account": "web", "agent": "l", "text": "a", "class": "spam"})),
            "class",
        ),
        (
            "fallback",
            in_session("messages", &json!({"account": "web", "agent": "l", "text": "a", "fallback": {"to": "1"}})),
            "fallback.to",
        ),
        ("placement", in_session("close", &json!({"account": "web", "agent": "l", "placement": 3.2})), "placement"),
        ("whisper of nothing", in_session("whisper", &json!({"account": "web", "agent": "l"})), "text"),
        ("consult with nobody", in_session("consult", &json!({"account": "web", "agent": "l"})), "consulted"),
        ("answer to no offer", in_session("accept", &json!({"account": "web", "agent": "l"})), "placement"),
        (
            "transfer to nobody",
            in_session("transfer", &json!({"account": "web", "agent": "l", "placement": "1.1", "to": {}})),
            "to",
        ),
        (
            "session",
            call("/v1/sessions/1/close", &json!({"account": "web", "agent": "l", "placement": "1.1"})),
            "session",
        ),
        ("bot of an account without", in_session("bot-messages", &json!({"account": "web", "text": "a"})), "account"),
        ("empty whisper", in_session("whisper", &json!({"account": "web", "agent": "l", "text": ""})), "text"),
        ("whisper with NUL", in_session("whisper", &json!({"account": "web", "agent": "l", "text": "a\0"})), "text"),
        ("presence", call("/v1/desks/acme-desk/agents/l/presence", &json!({"presence": "here"})), "presence"),
        ("instant of a presence", presence(&json!({"at_ms": -1})), "at_ms"),
        ("instant far ahead", presence(&json!({"at_ms": NOW.millis() + 3_600_001})), "at_ms"),
        ("instant beyond all", presence(&json!({"at_ms": u64::MAX})), "at_ms"),
        ("lease of no time", presence(&json!({"lease_ms": 999})), "lease_ms"),
        ("lease of days", presence(&json!({"lease_ms": 86_400_001})), "lease_ms"),
        ("drain", presence(&json!({"drain": "yes"})), "drain"),
        ("broken escape", call("/v1/desks/acme-desk/agents/%zz/presence", &json!({"presence": "online"})), "agent"),
        (
            "visitor of a phone channel",
            call("/v1/pushes", &json!({"account": "rcs", "visitor": "d", "text": "a"})),
            "visitor",
        ),
        (
            "idempotency key",
            call("/v1/leave", &json!({"account": "web", "visitor": "d"})).header("idempotency-key", "ä"),
            "Idempotency-Key",
        ),
    ];
    for (label, sample, field) in rows {
        let (status, sentence) = sample.refusal();
        assert_eq!(status, 400, "{label}");
        assert!(sentence.starts_with(&format!("{field}: ")), "{label}: {sentence}");
    }
}

#[test]
fn hostile_bodies_are_refused_as_body() {
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let rows: [(&str, Vec<u8>); 8] = [
        ("empty", vec![]),
        ("truncated", b"{\"account\":\"web\"".to_vec()),
        ("deep", deep.into_bytes()),
        ("list", b"[]".to_vec()),
        ("lone surrogate", br#"{"account":"web","visitor":"d","text":"\ud83d"}"#.to_vec()),
        ("overlong UTF-8", b"{\"account\":\"\xc0\xaf\"}".to_vec()),
        ("same key twice", br#"{"account":"web","account":"web"}"#.to_vec()),
        ("NUL outside", b"{}\0".to_vec()),
    ];
    for (label, body) in rows {
        let (status, sentence) = raw("/v1/messages", body).refusal();
        assert_eq!(status, 400, "{label}");
        assert!(sentence.starts_with("body: "), "{label}: {sentence}");
    }
}

#[test]
fn who_may_not_is_told_by_status() {
    let body = json!({"account": "web", "visitor": "d", "text": "hi"});
    let good = call("/v1/messages", &body);
    let mut read = good.clone();
    read.method = "GET";
    let rows = [
        ("no key", good.clone().without("authorization"), 401),
        ("wrong key", good.clone().header("authorization", "Bearer nobody"), 401),
        ("wrong scheme", good.clone().header("authorization", format!("Basic {ACME_KEY}")), 401),
        ("other method", read, 405),
        ("no type", good.clone().without("content-type"), 415),
        ("other type", good.clone().header("content-type", "text/plain"), 415),
        ("other charset", good.clone().header("content-type", "application/json; charset=latin1"), 415),
        ("unknown path", call("/v1/nothing", &body), 404),
    ];
    for (label, sample, status) in rows {
        assert_eq!(sample.refusal().0, status, "{label}");
    }
    let charset = good.header("content-type", "application/json; charset=UTF-8");
    assert_eq!(charset.answer().status, 202);
}

#[test]
fn another_tenants_things_look_unknown() {
    let body = json!({"account": "web", "visitor": "d", "text": "hi"});
    let foreign = call("/v1/messages", &body).header("authorization", format!("Bearer {OTHER_KEY}"));
    let unknown = call("/v1/messages", &json!({"account": "nothing", "visitor": "d", "text": "hi"}));
    assert_eq!(foreign.refusal(), unknown.refusal());
    assert_eq!(foreign.refusal().0, 404);
    let presence = json!({"presence": "online"});
    let foreign = call("/v1/desks/other-desk/agents/a/presence", &presence);
    let unknown = call("/v1/desks/nothing/agents/a/presence", &presence);
    assert_eq!((foreign.refusal(), foreign.refusal().0), (unknown.refusal(), 404));
}

#[test]
fn a_number_to_fall_back_to_needs_an_account_that_sends_there() {
    let said = json!({"account": "aicc", "text": "a", "fallback": {"to": "+12223334444"}});
    let with = |name: &str, value: &str| {
        let mut body = said.clone();
        body[name] = json!(value);
        body
    };
    let rows = [
        ("agent", in_session("messages", &with("agent", "li"))),
        ("bot", in_session("bot-messages", &said)),
        ("tenant", call("/v1/pushes", &with("visitor", "d"))),
    ];
    for (label, sample) in rows {
        let expected = "fallback.to: this account has no fallback_account";
        assert_eq!(sample.refusal(), (400, expected.to_owned()), "{label}");
    }
    let empty = json!({"account": "aicc", "text": "a", "fallback": {}});
    assert_eq!(in_session("bot-messages", &empty).answer().status, 202, "no number, nothing to ignore");
}

#[test]
fn a_time_without_its_unit_is_told_the_field_that_has_one() {
    let said = json!({"account": "aicc", "text": "a", "ttl": 60});
    let with = |name: &str| {
        let mut body = said.clone();
        body[name] = json!("d");
        body
    };
    let rows = [
        in_session("messages", &with("agent")),
        in_session("bot-messages", &said),
        call("/v1/pushes", &with("visitor")),
    ];
    for sample in rows {
        assert_eq!(sample.refusal(), (400, "ttl: use ttl_ms, in milliseconds".to_owned()), "{}", sample.path);
    }
}

#[test]
fn a_visitor_of_a_huawei_account_fits_its_own_limit() {
    for (path, text) in [("/v1/messages", "text"), ("/v1/pushes", "text"), ("/v1/asks", "group")] {
        let sample = |bytes: usize| call(path, &json!({"account": "aicc", "visitor": "x".repeat(bytes), text: "a"}));
        assert_eq!(sample(64).answer().status, 202, "{path}");
        assert_eq!(sample(65).refusal(), (400, "visitor: must have 1 to 64 bytes".to_owned()), "{path}");
    }
}

#[test]
fn a_caller_without_a_key_is_advised_to_send_one() {
    let sample = call("/v1/messages", &json!({"account": "web", "visitor": "d", "text": "hi"}));
    let advice = |sample: Sample| sample.receive().expect("accepted").advice;
    assert_eq!(advice(sample.clone()), Some("send an Idempotency-Key to make a repeat safe"));
    assert_eq!(advice(sample.header("idempotency-key", "k-1")), None);
}

#[test]
fn the_same_idempotency_key_makes_the_same_id() {
    let body = json!({"account": "web", "visitor": "d", "text": "hi"});
    let id = |sample: Sample| sample.header("idempotency-key", "k-1").input().id;
    let first = id(call("/v1/messages", &body));
    assert_eq!(first, id(call("/v1/messages", &body)));
    assert_ne!(first, fresh());
    assert_ne!(first, id(call("/v1/pushes", &body)), "another kind of call");
    assert_ne!(first, call("/v1/messages", &body).header("idempotency-key", "k-2").input().id);
}

#[test]
fn an_idempotency_key_holds_for_one_visitor_or_agent() {
    let id = |sample: Sample| {
        let accepted = sample.header("idempotency-key", "k-1").receive().expect("accepted");
        match accepted.bodies.into_iter().next() {
            Some(Body::Conversation(input)) => input.id,
            Some(Body::Desk(input)) => input.id,
            other => panic!("no input: {other:?}"),
        }
    };
    let said = |account: &str, visitor: &str| json!({"account": account, "visitor": visitor, "text": "hi"});
    for path in ["/v1/messages", "/v1/pushes"] {
        let to = |account: &str, visitor: &str| id(call(path, &said(account, visitor)));
        assert_eq!(to("web", "d"), to("web", "d"), "{path}: a repeat");
        assert_ne!(to("web", "d"), to("web", "e"), "{path}: another visitor");
        assert_ne!(to("web", "d"), to("aicc", "d"), "{path}: another account");
    }
    let other = SessionId { conversation: ConversationId::from_bits(1), ..session() };
    let typing = |session: SessionId| {
        id(call(&format!("/v1/sessions/{session}/typing"), &json!({"account": "web", "agent": "li"})))
    };
    assert_eq!(typing(session()), typing(session()));
    assert_ne!(typing(session()), typing(other), "a session of another conversation");
    let online =
        |agent: &str| id(call(&format!("/v1/desks/acme-desk/agents/{agent}/presence"), &json!({"presence": "online"})));
    let accepts = |agent: &str, word: &str| {
        let answer = in_session(word, &json!({"account": "web", "agent": agent, "placement": "3.1"}));
        answer.header("idempotency-key", "k").receive().expect("accepted").answer.body
    };
    assert_eq!(accepts("li", "accept"), accepts("li", "accept"));
    assert_ne!(accepts("li", "accept"), accepts("wang", "accept"), "another agent");
    assert_ne!(accepts("li", "accept"), accepts("li", "decline"), "another answer");
    assert_eq!(online("li"), online("li"));
    assert_ne!(online("li"), online("wang"), "another agent");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for path in ["/v1/messages", "/v1/pushes", "/v1/sessions/x/transfer"] {
            prop_assert!(raw(path, body.clone()).receive().is_err());
        }
    }

    #[test]
    fn random_paths_never_panic(path in "/(v1|webhooks|callbacks|apiaccess)?[ -~]{0,60}") {
        prop_assert_ne!(raw(&path, "{}").answer().status, 200);
    }

    #[test]
    fn any_field_of_any_type_is_answered(name in "[a-z_]{1,12}", value in "\\PC{0,20}") {
        let body = json!({"account": "web", "visitor": "d", "text": "hi", name: value});
        let status = call("/v1/messages", &body).answer().status;
        prop_assert!([202, 400, 404].contains(&status));
    }
}
