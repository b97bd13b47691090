//! Rows: orders to signed webhooks, answers to outcomes.

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::delivery::{Briefing, DeliveryTarget, LeftReason, Line, Notice, Offer, Order, WithdrawnReason};
use usher_domain::event::{Command, Refusal};
use usher_domain::place::RefusedReason;
use usher_domain::profile::Profile;
use usher_domain::receipt::Report;
use usher_domain::{
    AccountId, BotId, Class, Content, Dialect, GroupId, InputId, Message, MessageId, Party, PlacementId, Timestamp,
    VisitorId,
};

use crate::outbound::rows::*;
use crate::outbound::{Next, SendOutcome, plan};

const ADDRESS: [(&str, &str); 3] = [("tenant", "acme"), ("account", "web"), ("desk", "acme-desk")];

/// What a body says beside whom it is addressed to.
fn said(order: Order) -> Value {
    let mut body = json_of(&requested(&to_workspace(order)));
    let fields = body.as_object_mut().expect("an object");
    for (name, value) in ADDRESS {
        assert_eq!(fields.remove(name), Some(json!(value)), "{name}");
    }
    assert!(fields.remove("conversation").is_some() && fields.remove("session").is_some());
    body
}

#[test]
fn each_order_has_its_body() {
    let visitor = || VisitorId::new(PHONE);
    let of_visitor = Message {
        id: message_id(),
        from: Party::Visitor { nickname: Some("小王".into()) },
        content: Content::text("Hi"),
        ext: Some(r#"{"order":7}"#.into()),
        via: Some(AccountId::new("text me")),
    };
    let id = message_id().to_string();
    let rows = [
        (
            Order::Message { message: of_visitor, class: Class::Service, visitor: Some(visitor()) },
            json!({ "type": "message", "class": "service", "visitor": PHONE, "agent": "li", "message": {
                "id": id, "from": { "kind": "visitor", "nickname": "小王" }, "content": { "kind": "text", "text": "Hi" },
                "ext": r#"{"order":7}"#, "via": "text me" } }),
        ),
        (
            Order::Connected { visitor: visitor(), context: Some("{}".into()) },
            json!({ "type": "session.connected", "visitor": PHONE, "context": "{}", "agent": "li" }),
        ),
        (
            Order::Assigned {
                agent: li(),
                placement: PlacementId { epoch: 3, turn: 2 },
                visitor: visitor(),
                briefing: Box::default(),
            },
            json!({ "type": "session.assigned", "visitor": PHONE, "agent": "li", "placement": "3.2",
                "agent_name": "Li", "agent_avatar": "https://acme.example/li.png",
                "transcript": [], "truncated": false }),
        ),
        (
            Order::Offered(Box::new(Offer {
                agent: li().id,
                placement: PlacementId { epoch: 3, turn: 1 },
                visitor: visitor(),
                group: Some(GroupId::new("sales")),
                vip: true,
                waited: Duration::from_millis(1_500),
                until: Timestamp::from_millis(20_000),
            })),
            json!({ "type": "session.offered", "visitor": PHONE, "agent": "li", "placement": "3.1", "group": "sales",
                "vip": true, "waited_ms": 1_500, "until_ms": 20_000 }),
        ),
        (
            Order::OfferWithdrawn {
                agent: li().id,
                placement: PlacementId { epoch: 3, turn: 1 },
                reason: WithdrawnReason::VisitorLeft,
            },
            json!({ "type": "session.offer-withdrawn", "agent": "li", "placement": "3.1", "reason": "visitor-left" }),
        ),
        (
            Order::Left { agent: li().id, reason: LeftReason::VisitorLeft },
            json!({ "type": "session.left", "agent": "li", "reason": "visitor-left" }),
        ),
        (Order::Closed, json!({ "type": "session.closed", "agent": "li" })),
        (
            Order::Profile(Box::new(profile())),
            json!({ "type": "profile", "agent": "li", "profile": { "email": "a@b.c", "phone": PHONE, "tags": ["vip1"],
                "avatar": "https://acme.example/me.png" } }),
        ),
        (Order::Profile(Box::default()), json!({ "type": "profile", "agent": "li" })),
        (
            Order::Survey { score: Some(5), detail: "great".into() },
            json!({ "type": "survey", "agent": "li", "score": 5, "detail": "great" }),
        ),
        (Order::Survey { score: None, detail: "".into() }, json!({ "type": "survey", "agent": "li" })),
        (
            Order::Notice(Notice::Invitation),
            json!({ "type": "notice", "agent": "li", "notice": { "kind": "invitation" } }),
        ),
        (
            Order::Notice(Notice::Queued { position: 2, wait: None }),
            json!({ "type": "notice", "agent": "li", "notice": { "kind": "queued", "position": 2 } }),
        ),
        (
            Order::Notice(Notice::Queued { position: 2, wait: Some(Duration::from_secs(90)) }),
            json!({ "type": "notice", "agent": "li", "notice": { "kind": "queued", "position": 2, "wait_ms": 90_000 } }),
        ),
        (
            Order::Notice(Notice::Refused { reason: Some(RefusedReason::QueueFull), text: "Full.".into() }),
            json!({ "type": "notice", "agent": "li",
                "notice": { "kind": "refused", "reason": "queue-full", "text": "Full." } }),
        ),
        (
            Order::Notice(Notice::Refused { reason: None, text: String::new() }),
            json!({ "type": "notice", "agent": "li", "notice": { "kind": "refused" } }),
        ),
        (
            Order::Notice(Notice::LeaveMessage { reason: RefusedReason::OffHours, text: "Write.".into() }),
            json!({ "type": "notice", "agent": "li",
                "notice": { "kind": "leave_message", "reason": "off-hours", "text": "Write." } }),
        ),
        (
            Order::Notice(Notice::Reminder { text: "Hello?".into() }),
            json!({ "type": "notice", "agent": "li", "notice": { "kind": "reminder", "text": "Hello?" } }),
        ),
        (
            Order::Left { agent: li().id, reason: LeftReason::OnHold },
            json!({ "type": "session.left", "agent": "li", "reason": "on-hold" }),
        ),
        (
            Order::Left { agent: li().id, reason: LeftReason::Unanswered },
            json!({ "type": "session.left", "agent": "li", "reason": "unanswered" }),
        ),
        (
            Order::Consulted { agent: li().id, by: li(), visitor: visitor(), briefing: Box::default() },
            json!({ "type": "session.consulted", "visitor": PHONE, "agent": "li", "transcript": [], "truncated": false,
                "by": { "id": "li", "name": "Li", "avatar": "https://acme.example/li.png" } }),
        ),
        (
            Order::ConsultEnded { agent: li().id },
            json!({ "type": "session.consult-ended", "agent": "li", "consulted": "li" }),
        ),
        (
            Order::Whisper { from: li().id, text: "sell".into() },
            json!({ "type": "whisper", "agent": "li", "from": "li", "text": "sell" }),
        ),
        (
            Order::Refused { command: Command::EndConsult, reason: Refusal::NotPossible, input: InputId::from_bits(4) },
            json!({ "type": "refused", "agent": "li", "command": "consult-end", "reason": "not-possible",
                "input": InputId::from_bits(4).to_string() }),
        ),
        (
            Order::Notice(Notice::Closed { by_agent: true }),
            json!({ "type": "notice", "agent": "li", "notice": { "kind": "closed", "by_agent": true } }),
        ),
        (Order::Typing, json!({ "type": "typing", "agent": "li" })),
        (
            Order::Read { messages: vec![message_id()], named: Vec::new() },
            json!({ "type": "read", "agent": "li", "messages": [id] }),
        ),
        (Order::Revoke { message: message_id() }, json!({ "type": "revoke", "agent": "li", "message_id": id })),
        (
            Order::Refused { command: Command::Transfer, reason: Refusal::NotAssigned, input: InputId::from_bits(4) },
            json!({ "type": "refused", "agent": "li", "command": "transfer", "reason": "not-assigned",
                "input": InputId::from_bits(4).to_string() }),
        ),
    ];
    for (order, expected) in rows {
        assert_eq!(said(order.clone()), expected, "{order:?}");
    }
}

fn profile() -> Profile {
    let phone = usher_domain::PhoneNumber::parse(PHONE).ok();
    Profile {
        phone,
        email: Some("a@b.c".into()),
        tags: vec!["vip1".into()],
        avatar: Some("https://acme.example/me.png".into()),
        ..Profile::default()
    }
}

#[test]
fn agent_who_gets_a_session_is_told_all_of_it_so_far() {
    let line = |words: &str, from: Party| Line {
        message: Message { id: message_id(), from, content: Content::text(words), ext: None, via: None },
        at: usher_domain::Timestamp::from_millis(5),
    };
    let briefing = Briefing {
        profile: profile(),
        lines: vec![
            line("hi", Party::Visitor { nickname: None }),
            line("beep", Party::Bot(BotId::new("helper"))),
            line("hello", Party::Agent(li())),
        ],
        truncated: true,
    };
    let placement = PlacementId { epoch: 3, turn: 2 };
    let order =
        Order::Assigned { agent: li(), placement, visitor: VisitorId::new(PHONE), briefing: Box::new(briefing) };
    let body = json_of(&requested(&to_workspace(order)));
    let said =
        |message: &Value| (message["message"]["from"]["kind"].clone(), message["message"]["content"]["text"].clone());
    let transcript: Vec<_> = body["transcript"].as_array().expect("a list").iter().map(said).collect();
    let expected =
        [("visitor", "hi"), ("bot", "beep"), ("agent", "hello")].map(|(from, words)| (json!(from), json!(words)));
    assert_eq!(transcript, expected);
    assert_eq!(body["transcript"][0]["at_ms"], 5);
    assert_eq!((&body["truncated"], &body["profile"]["email"]), (&json!(true), &json!("a@b.c")));
}

#[test]
fn a_channel_is_told_its_visitor_and_a_bot_its_name() {
    let channel = json_of(&requested(&to_channel("web", Dialect::Native, message(Content::text("Hi")))));
    assert_eq!((&channel["visitor"], &channel["desk"]), (&json!(PHONE), &Value::Null));
    assert_eq!(channel["message"]["from"]["name"], "Li");
    let bot = requested(&to("web", DeliveryTarget::Bot(BotId::new("helper")), Order::Closed));
    assert_eq!((bot.url.as_str(), &json_of(&bot)["bot"]), ("https://acme.example/bot", &json!("helper")));
}

#[test]
fn an_attempt_is_signed_with_its_own_time_and_the_id_of_the_delivery() {
    let delivery = to_workspace(Order::Typing);
    let request = requested(&delivery);
    let headers = headers_of(&request);
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://acme.example/workspace"));
    assert_eq!(headers["webhook-id"], delivery.id.to_string());
    assert_eq!(headers["webhook-timestamp"], "1614265330", "seconds");
    let secret = "whsec_c2VjcmV0".into();
    let expected = super::signature::sign(&secret, headers["webhook-id"], headers["webhook-timestamp"], &request.body);
    assert_eq!(expected.as_deref(), Ok(headers["webhook-signature"]));

    let later = NOW.plus(std::time::Duration::from_secs(9));
    let Next::Request(again) = plan(&delivery, &accounts(), later) else { panic!("a request was expected") };
    assert_eq!(again.body, request.body);
    assert_eq!(headers_of(&again)["webhook-id"], headers["webhook-id"]);
    assert_ne!(headers_of(&again)["webhook-signature"], headers["webhook-signature"]);
}

#[test]
fn answers_end_as_the_table_says() {
    let channel = to_channel("web", Dialect::Native, message(Content::text("Hi")));
    let sent = vec![Report::Sent { provider_id: None }, Report::Delivered];
    assert_eq!(outcome_of(&channel, 200, ""), SendOutcome::Done(sent.clone()));
    assert_eq!(outcome_of(&channel, 204, ""), SendOutcome::Done(sent));
    assert_eq!(outcome_of(&to_workspace(message(Content::text("Hi"))), 200, ""), SendOutcome::silent());
    let revoke = to_channel("web", Dialect::Native, Order::Revoke { message: MessageId::from_bits(1) });
    assert_eq!(outcome_of(&revoke, 200, ""), SendOutcome::Done(vec![Report::RevokeAnswered { revoked: true }]));
    assert!(matches!(outcome_of(&channel, 410, ""), SendOutcome::NotReachable { .. }));
    for status in [301, 400, 401, 404] {
        assert!(matches!(outcome_of(&channel, status, ""), SendOutcome::Rejected { .. }), "{status}");
    }
    for status in [408, 429, 500, 503] {
        assert!(matches!(outcome_of(&channel, status, ""), SendOutcome::Retry { .. }), "{status}");
    }
}

#[test]
fn what_the_accounts_file_lacks_is_rejected_with_its_name() {
    let rows = [
        (to_channel("nobody", Dialect::Native, Order::Typing), "nobody"),
        (to_channel("web", Dialect::Rbm, Order::Typing), "rbm"),
        (to("web", DeliveryTarget::Bot(BotId::new("stranger")), Order::Closed), "stranger"),
    ];
    for (delivery, named) in rows {
        let SendOutcome::Rejected { reason } = ended(&delivery) else { panic!("{delivery:?} was not rejected") };
        assert!(reason.contains(named), "{reason}");
    }
}

#[test]
fn debug_of_a_request_shows_no_personal_data() {
    let request = requested(&to_channel("web", Dialect::Native, message(Content::text("my secret words"))));
    let shown = format!("{request:?}");
    assert!(!shown.contains("secret words") && !shown.contains(&PHONE[1..]), "{shown}");
}
