//! The native API as rows: a label, a request, what must come of it.

mod refusals;
mod supervisors;

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use usher_domain::content::{Choice, ChoiceAction};
use usher_domain::conversation::{AgentAct, BotAct, ConversationAct, VisitorAct};
use usher_domain::desk::{DeskAct, Presence, PresenceSaid};
use usher_domain::message::Unknown;
use usher_domain::profile::{ProfileEdit, ProfileField};
use usher_domain::{
    AccountId, Body, Class, Content, ConversationId, SessionId, Target, TenantId, Timestamp, VisitorId,
};

use crate::inbound::sample::{ACME_KEY, NOW, OTHER_KEY, Sample, fresh};

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
    let ask = Some(Target { agent: None, group, ..Target::default() });
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
    let agent = Target { agent: Some(usher_domain::AgentId::new("wang")), group: None, ..Target::default() };
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
    let target = Target { agent: None, group: Some(usher_domain::GroupId::new("售后")), ..Target::default() };
    assert_eq!(agent_act(&in_session("transfer", &transfer)), AgentAct::Transfer { target, placement });
    assert_eq!(
        agent_act(&in_session("hold", &json!({"account": "web", "agent": "li", "placement": "3.2"}))),
        AgentAct::Hold { placement }
    );
    let bare = json!({"account": "web", "agent": "li"});
    for (word, act) in
        [("resume", AgentAct::Resume), ("consult-end", AgentAct::EndConsult), ("invite-survey", AgentAct::InviteSurvey)]
    {
        assert_eq!(agent_act(&in_session(word, &bare)), act);
    }
    let consult = in_session("consult", &json!({"account": "web", "agent": "li", "consulted": "wang"}));
    assert_eq!(agent_act(&consult), AgentAct::Consult { agent: usher_domain::AgentId::new("wang") });
    let whisper = in_session("whisper", &json!({"account": "web", "agent": "li", "text": "sell"}));
    assert_eq!(agent_act(&whisper), AgentAct::Whisper { text: "sell".into() });
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
    let target = Target { agent: None, group: Some(usher_domain::GroupId::new("sales")), ..Target::default() };
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
fn answer_to_an_offer_goes_to_the_desk_of_the_account() {
    for (word, accepts) in [("accept", true), ("decline", false)] {
        let sample = in_session(word, &json!({"account": "web", "agent": "li", "placement": "3.1"}));
        let accepted = sample.receive().expect("accepted");
        let Some(Body::Desk(input)) = accepted.bodies.into_iter().next() else { panic!("no desk input") };
        assert_eq!(input.desk.as_str(), "acme-desk");
        let DeskAct::Answer(answer) = input.act else { panic!("no answer") };
        assert_eq!((answer.session, answer.agent.as_str(), answer.accepts), (session(), "li", accepts));
        assert_eq!((answer.placement.to_string(), answer.account.account.as_str()), ("3.1".to_owned(), "web"));
    }
}

#[test]
fn presence_goes_to_the_desk() {
    let sample = call("/v1/desks/acme-desk/agents/%E6%9D%8E/presence", &json!({"presence": "online"}));
    let accepted = sample.receive().expect("accepted");
    let Some(Body::Desk(input)) = accepted.bodies.into_iter().next() else { panic!("no desk input") };
    assert_eq!(input.desk.as_str(), "acme-desk");
    let agent = usher_domain::AgentId::new("李");
    assert_eq!(input.act, DeskAct::Presence(PresenceSaid::new(agent, Presence::Online)));
}

#[test]
fn presence_tells_its_instant_its_lease_and_whether_the_agent_drains() {
    let more = json!({"presence": "offline", "at_ms": NOW.millis() + 3_600_000, "lease_ms": 30_000, "drain": true});
    let accepted = call("/v1/desks/acme-desk/agents/li/presence", &more).receive().expect("accepted");
    let Some(Body::Desk(input)) = accepted.bodies.into_iter().next() else { panic!("no desk input") };
    let said = PresenceSaid {
        agent: usher_domain::AgentId::new("li"),
        presence: Presence::Offline,
        at: Some(NOW.plus(Duration::from_secs(3_600))),
        lease: Some(Duration::from_secs(30)),
        drain: true,
    };
    assert_eq!(input.act, DeskAct::Presence(said));
}
