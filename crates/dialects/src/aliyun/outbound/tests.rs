//! What waits for a client, row by row.

use std::time::Duration;

use usher_domain::content::{MediaKind, Private};
use usher_domain::delivery::Notice;
use usher_domain::mailbox::HELD_WITHOUT_DEADLINE;
use usher_domain::{Class, MessageId, Party};

use super::*;
use crate::outbound::rows::{NOW, accounts, ended, message, message_id, to_channel};

/// A push of the tenant's server with this beside it.
fn pushed(ext: Option<Value>) -> Order {
    let ext = ext.map(|ext| Private::new(ext.to_string()));
    let message = Message { id: message_id(), from: Party::Tenant, content: Content::text("Hi"), ext, via: None };
    Order::Message { message, class: Class::Service, visitor: None }
}

fn put(order: Order) -> Held {
    put_by(&to_channel("chat", Dialect::Aliyun, order))
}

fn put_by(delivery: &Delivery) -> Held {
    match crate::outbound::plan(delivery, &accounts(), NOW) {
        Next::Hold(act) => match *act {
            MailboxAct::Put(held) => held,
            other => panic!("nothing is put in: {other:?}"),
        },
        other => panic!("nothing is held: {other:?}"),
    }
}

fn payload(held: &Held) -> Value {
    serde_json::from_str(held.payload.as_str()).expect("JSON")
}

#[test]
fn message_waits_as_its_sender_said_it() {
    let beside = json!({ "type": "announcement", "sessionId": "s-1", "aiAgentId": "agent-1", "mode": "offline" });
    let held = put(pushed(Some(json!({ "aliyun": beside }))));
    let id = message_id().to_string();
    let expected = json!({
        "type": "announcement", "text": "Hi", "sessionId": "s-1", "aiAgentId": "agent-1", "messageId": id,
    });
    assert_eq!((payload(&held), held.message), (expected, Some(message_id())));
    assert!(!held.payload.as_str().contains('\n'), "on one line");
}

#[test]
fn message_of_an_agent_or_by_the_native_api_is_a_custom_one() {
    for order in [message(Content::text("Hi")), pushed(None), pushed(Some(json!({ "other": 1 })))] {
        let said = payload(&put(order));
        assert_eq!((&said["type"], &said["text"], &said["sessionId"]), (&json!("custom"), &json!("Hi"), &Value::Null));
    }
}

#[test]
fn online_is_for_a_client_that_is_there_now() {
    for (mode, only) in [("online", true), ("offline", false)] {
        let held = put(pushed(Some(json!({ "aliyun": { "type": "custom", "mode": mode } }))));
        assert_eq!(held.only_if_connected, only, "{mode}");
    }
}

#[test]
fn message_waits_until_its_deadline_or_for_a_day() {
    let mut delivery = to_channel("chat", Dialect::Aliyun, pushed(None));
    assert_eq!(put_by(&delivery).expires_at, NOW.plus(HELD_WITHOUT_DEADLINE));
    let deadline = NOW.plus(Duration::from_secs(60));
    delivery.deadline = Some(deadline);
    assert_eq!(put_by(&delivery).expires_at, deadline);
}

#[test]
fn revoke_takes_the_message_back() {
    let delivery = to_channel("chat", Dialect::Aliyun, Order::Revoke { message: message_id() });
    let expected = MailboxAct::Withdraw { delivery: delivery.id, message: message_id() };
    assert_eq!(crate::outbound::plan(&delivery, &accounts(), NOW), Next::Hold(Box::new(expected)));
}

#[test]
fn what_the_vendors_clients_do_not_know_is_not_for_them() {
    let read = Order::Read { messages: vec![MessageId::from_bits(1)], named: Vec::new() };
    for order in [Order::Typing, Order::Notice(Notice::Queued { position: 1, wait: None }), Order::Closed, read] {
        assert_eq!(ended(&to_channel("chat", Dialect::Aliyun, order)), SendOutcome::silent());
    }
}

#[test]
fn other_contents_go_out_as_words() {
    let picture = |location: &str| Content::Media {
        kind: MediaKind::Image,
        location: location.into(),
        format: "jpg".to_owned(),
        name: None,
        bytes: None,
        secret: None,
    };
    assert_eq!(payload(&put(message(picture("https://acme.example/a.jpg"))))["text"], "https://acme.example/a.jpg");
    let tap = Content::Suggestion { postback: "p".into(), text: Some("Yes".into()) };
    assert_eq!(payload(&put(message(tap)))["text"], "Yes");
    for nothing in [Content::text(" "), Content::Opaque { kind: "x".to_owned(), raw: "{}".into() }] {
        let outcome = ended(&to_channel("chat", Dialect::Aliyun, message(nothing)));
        assert!(matches!(outcome, SendOutcome::NotReachable { .. }), "{outcome:?}");
    }
}
