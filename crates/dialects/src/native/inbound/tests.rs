//! The native API as rows: a label, a request, what must come of it.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use usher_domain::content::{Choice, ChoiceAction};
use usher_domain::conversation::{AgentAct, BotAct, ConversationAct, VisitorAct};
use usher_domain::desk::{DeskAct, Presence};
use usher_domain::message::Unknown;
use usher_domain::profile::{ProfileEdit, ProfileField};
use usher_domain::{
    AccountId, Body, Class, Content, ConversationId, SessionId, Target, TenantId, Timestamp, VisitorId,
};

use crate::inbound::sample::{ACME_KEY, OTHER_KEY, Sample, fresh};

fn call(path: &str, body: &serde_json::Value) -> Sample {
    Sample::post(path, body.to_string()).header("authorization", format!("Bearer {ACME_KEY}"))
}

fn raw(path: &str, body: impl Into<Vec<u8>>) -> Sample {
    Sample::post(path, body).header("authorization", format!("Bearer {ACME_KEY}"))
}

fn conversation_of_d() -> ConversationId {
    ConversationId::of(&TenantId::new("acme"), &AccountId::new("web"), &VisitorId::new("d"))
}

fn session() -> SessionId {
    SessionId { conversation: conversation_of_d(), opened_at: Timestamp::from_millis(5), opened_by: 9 }
}

fn in_session(word: &str, body: &serde_json::Value) -> Sample {
    call(&format!("/v1/sessions/{}/{word}", session()), body)
}

fn visitor_act(sample: &Sample) -> VisitorAct {
    match sample.input().act {
        ConversationAct::Visitor(input) => input.act,
        other => panic!("not a visitor's: {other:?}"),
    }
}

fn agent_act(sample: &Sample) -> AgentAct {
    match sample.input().act {
        ConversationAct::Agent(input) => input.act,
        other => panic!("not an agent's: {other:?}"),
    }
}

#[test]
fn message_carries_the_stamp_the_profile_and_the_ask() {
    let body = json!({"account": "web", "visitor": "d", "text": "我要人工", "tags": ["vip1"], "group": "售前",
        "nickname": "D", "phone": "+8613512345678"});
    let input = call("/v1/messages", &body).input();
    assert_eq!((input.id, input.conversation), (fresh(), conversation_of_d()));
    let ConversationAct::Visitor(visitor) = input.act else { panic!("not a visitor's") };
    assert_eq!(visitor.account.desk.as_str(), "acme-desk");
    assert_eq!(visitor.profile.tags, ["vip1".into()]);
    assert_eq!(visitor.profile.phone.expect("a number").as_str(), "+8613512345678");
    let group = Some(usher_domain::GroupId::new("售前"));
    let ask = Some(Target { agent: None, group });
    assert_eq!(visitor.act, VisitorAct::Message { content: Content::text("我要人工"), ask });
}

#[test]
fn answer_is_202_with_the_ids() {
    let answer = call("/v1/messages", &json!({"account": "web", "visitor": "d", "text": "hi"})).answer();
    assert_eq!(answer.status, 202);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(body, json!({"id": fresh().to_string(), "conversation": conversation_of_d().to_string()}));
}

#[test]
fn visitor_calls_become_their_acts() {
    let person = json!({"account": "web", "visitor": "d"});
    let with = |name: &str, value: serde_json::Value| {
        let mut body = person.clone();
        body[name] = value;
        body
    };
    let agent = Target { agent: Some(usher_domain::AgentId::new("wang")), group: None };
    let rows = [
        ("message without ask", "messages", with("text", json!("hi")), message("hi", None)),
        ("ask for anybody", "asks", person.clone(), VisitorAct::Ask { target: Target::default() }),
        ("ask for an agent", "asks", with("agent", json!("wang")), VisitorAct::Ask { target: agent }),
        (
            "connect",
            "connect",
            with("context", json!("{\"a\":1}")),
            VisitorAct::Connect { context: Some("{\"a\":1}".into()) },
        ),
        ("leave", "leave", person.clone(), VisitorAct::Leave),
        ("typing", "typing", person.clone(), VisitorAct::Typing),
        (
            "read",
            "reads",
            with("messages", json!(["00000000000080008000000000000007"])),
            VisitorAct::Read { messages: vec![fresh().into()] },
        ),
    ];
    for (label, path, body, expected) in rows {
        assert_eq!(visitor_act(&call(&format!("/v1/{path}"), &body)), expected, "{label}");
    }
    let mut asking = with("text", json!("hi"));
    asking["ask"] = json!(true);
    assert_eq!(visitor_act(&call("/v1/messages", &asking)), message("hi", Some(Target::default())));
}

fn message(text: &str, ask: Option<Target>) -> VisitorAct {
    VisitorAct::Message { content: Content::text(text), ask }
}

#[test]
fn content_has_the_shapes_of_our_webhooks() {
    let rows = [
        ("text", json!({"kind": "text", "text": "a"}), Content::text("a")),
        (
            "image",
            json!({"kind": "image", "location": "https://x/y.png", "format": "png", "bytes": 12}),
            Content::Media {
                kind: usher_domain::content::MediaKind::Image,
                location: "https://x/y.png".into(),
                format: "png".to_owned(),
                name: None,
                bytes: Some(12),
                secret: None,
            },
        ),
        (
            "card",
            json!({"kind": "card", "title": "t", "link": "https://x"}),
            Content::Card {
                title: "t".into(),
                description: "".into(),
                media: None,
                media_format: None,
                link: Some("https://x".into()),
                choices: Vec::new(),
            },
        ),
        (
            "menu",
            json!({"kind": "menu", "title": "t", "choices": [
                {"postback": "p", "label": "a"},
                {"postback": "q", "label": "b", "action": {"kind": "dial", "phone": "+12223334444"}}]}),
            Content::Menu {
                title: "t".into(),
                choices: vec![
                    Choice { postback: "p".into(), label: "a".into(), action: None },
                    Choice {
                        postback: "q".into(),
                        label: "b".into(),
                        action: Some(ChoiceAction::Dial("+12223334444".into())),
                    },
                ],
            },
        ),
        (
            "location",
            json!({"kind": "location", "latitude": 37.422, "longitude": "-122.0840"}),
            Content::Location { latitude: "37.422".into(), longitude: "-122.0840".into(), address: None },
        ),
        (
            "suggestion",
            json!({"kind": "suggestion", "postback": "p"}),
            Content::Suggestion { postback: "p".into(), text: None },
        ),
        (
            "opaque",
            json!({"kind": "opaque", "name": "choice", "raw": "{\"title\":\"t\"}"}),
            Content::Opaque { kind: "choice".to_owned(), raw: r#"{"title":"t"}"#.into() },
        ),
    ];
    for (label, content, expected) in rows {
        let sample = call("/v1/messages", &json!({"account": "web", "visitor": "d", "content": content}));
        assert_eq!(visitor_act(&sample), VisitorAct::Message { content: expected, ask: None }, "{label}");
    }
}

#[test]
fn send_resolves_wish_and_defaults_into_terms() {
    let body = json!({"account": "web", "agent": "wang", "text": "hello", "ttl_ms": 3000, "class": "promotion",
        "fallback": {"to": "+12223334444"}});
    let AgentAct::Send { terms, .. } = agent_act(&in_session("messages", &body)) else { panic!("no send") };
    assert_eq!((terms.class, terms.ttl), (Class::Promotion, Some(Duration::from_secs(3))));
    assert_eq!(terms.unknown, Unknown::Silence);
    let fallback = terms.fallback.expect("web falls back to sms");
    assert_eq!(fallback.account.as_str(), "sms");
    assert_eq!(fallback.to.expect("named").as_str(), "+12223334444");

    let plain = json!({"account": "web", "agent": "wang", "text": "hello"});
    let AgentAct::Send { terms, .. } = agent_act(&in_session("messages", &plain)) else { panic!("no send") };
    assert_eq!((terms.class, terms.ttl), (Class::Transaction, Some(Duration::from_secs(60))));
}

#[test]
fn agent_commands_name_session_and_placement() {
    let command = json!({"account": "web", "agent": "li", "placement": "3.2"});
    let sample = in_session("close", &command);
    assert_eq!(sample.input().conversation, conversation_of_d());
    let placement = usher_domain::PlacementId { epoch: 3, turn: 2 };
    assert_eq!(agent_act(&sample), AgentAct::Close { placement });
    let mut transfer = command;
    transfer["to"] = json!({"group": "售后"});
    let target = Target { agent: None, group: Some(usher_domain::GroupId::new("售后")) };
    assert_eq!(agent_act(&in_session("transfer", &transfer)), AgentAct::Transfer { target, placement });
    let typing = in_session("typing", &json!({"account": "web", "agent": "li"}));
    assert_eq!(agent_act(&typing), AgentAct::Typing);
    let message = "00000000000080008000000000000007";
    let read = in_session("reads", &json!({"account": "web", "agent": "li", "messages": [message]}));
    assert_eq!(agent_act(&read), AgentAct::Read { messages: vec![message.parse().expect("an id")] });
    let many = in_session("reads", &json!({"account": "web", "agent": "li", "messages": vec![message; 33]}));
    assert!(many.refusal().1.contains("messages: must name 1 to 32 messages"), "{:?}", many.refusal());
}

#[test]
fn bot_messages_and_pushes_are_read() {
    let bot = in_session("bot-messages", &json!({"account": "aicc", "text": "您好"})).input();
    let ConversationAct::Bot(input) = bot.act else { panic!("not the bot's") };
    assert!(matches!(input.act, BotAct::Say { content, .. } if content == Content::text("您好")));
    let push = call("/v1/pushes", &json!({"account": "web", "visitor": "d", "text": "code 1"})).input();
    assert_eq!(push.conversation, conversation_of_d());
    assert!(matches!(push.act, ConversationAct::Push(input) if input.visitor.as_str() == "d"));
}

#[test]
fn bot_hands_over_to_whom_it_names_if_anybody() {
    let handed = |body: &serde_json::Value| match in_session("handover", body).input().act {
        ConversationAct::Bot(input) => input.act,
        other => panic!("not the bot's: {other:?}"),
    };
    let target = Target { agent: None, group: Some(usher_domain::GroupId::new("sales")) };
    assert_eq!(handed(&json!({"account": "aicc", "to": {"group": "sales"}})), BotAct::HandOver { target });
    let anybody = BotAct::HandOver { target: Target::default() };
    assert_eq!(handed(&json!({"account": "aicc"})), anybody);
    let (status, sentence) = in_session("handover", &json!({"account": "web"})).refusal();
    assert_eq!((status, sentence.as_str()), (400, "account: has no bot that could do something"));
}

#[test]
fn agent_takes_a_message_back_and_corrects_a_profile() {
    let id = usher_domain::MessageId::from_bits(9);
    let recall = in_session("recall", &json!({"account": "web", "agent": "li", "message": id.to_string()}));
    assert_eq!(agent_act(&recall), AgentAct::Recall { message: id });
    let profile = |profile: serde_json::Value| {
        in_session("profile", &json!({"account": "web", "agent": "li", "profile": profile}))
    };
    let edit = |field, value: Option<&str>| ProfileEdit { field, value: value.map(Into::into) };
    let written = agent_act(&profile(json!({"email": "a@b.c", "qq": "", "phone": "+8613512345678", "company": null})));
    let edits = vec![
        edit(ProfileField::Phone, Some("+8613512345678")),
        edit(ProfileField::Qq, None),
        edit(ProfileField::Email, Some("a@b.c")),
    ];
    assert_eq!(written, AgentAct::Profile { edits });
    for (wrong, field) in [
        (json!({}), "profile: "),
        (json!({"phone": "135"}), "profile.phone: "),
        (json!({"tags": []}), "profile.tags: "),
        (json!({"avatar": "https://acme.example/me.png"}), "profile.avatar: "),
        (json!({"email": 7}), "profile.email: "),
    ] {
        let (status, sentence) = profile(wrong).refusal();
        assert!(status == 400 && sentence.starts_with(field), "{sentence}");
    }
}

#[test]
fn a_visitor_may_have_a_picture() {
    let ask =
        |avatar: &str| call("/v1/asks", &json!({"account": "web", "visitor": "d", "profile": {"avatar": avatar}}));
    let told = |avatar: &str| match ask(avatar).input().act {
        ConversationAct::Visitor(input) => input.profile.avatar,
        other => panic!("not a visitor's: {other:?}"),
    };
    assert_eq!(told("https://acme.example/me.png"), Some("https://acme.example/me.png".into()));
    assert_eq!((told(""), told(&"界".repeat(1_024)).is_some()), (None, true));
    for wrong in ["界".repeat(1_025), "a\0".to_owned()] {
        assert!(ask(&wrong).refusal().1.starts_with("profile.avatar: "));
    }
}

#[test]
fn visitor_answers_a_survey_and_tells_more_of_themselves() {
    let answer = |more: serde_json::Value| {
        let mut body = json!({"account": "web", "visitor": "d", "score": 4, "profile": {"email": "a@b.c"}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call("/v1/surveys", &body)
    };
    let ConversationAct::Visitor(input) = answer(json!({"detail": "good"})).input().act else { panic!("no visitor") };
    let survey = VisitorAct::Survey { session: None, score: "4".to_owned(), detail: "good".into() };
    assert_eq!((input.act, input.profile.email), (survey, Some("a@b.c".into())));
    for score in [json!(0), json!(6), json!("5"), json!(null)] {
        assert_eq!(answer(json!({"score": score})).refusal().0, 400);
    }
    assert!(answer(json!({"session": "x"})).refusal().1.starts_with("session: "));
}

#[test]
fn presence_goes_to_the_desk() {
    let sample = call("/v1/desks/acme-desk/agents/%E6%9D%8E/presence", &json!({"presence": "online"}));
    let accepted = sample.receive().expect("accepted");
    let Some(Body::Desk(input)) = accepted.bodies.into_iter().next() else { panic!("no desk input") };
    assert_eq!(input.desk.as_str(), "acme-desk");
    let agent = usher_domain::AgentId::new("李");
    assert_eq!(input.act, DeskAct::Presence { agent, presence: Presence::Online });
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
        ("presence", call("/v1/desks/acme-desk/agents/l/presence", &json!({"presence": "here"})), "presence"),
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
