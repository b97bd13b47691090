//! Rows: orders to pushes, answers to outcomes.

use serde_json::json;
use usher_domain::content::MediaKind;
use usher_domain::delivery::{DeliveryTarget, Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{AccountId, BotId, Class, Content, Delivery, Dialect, Message, Party, VisitorId};

use crate::outbound::SendOutcome;
use crate::outbound::rows::*;

fn to_huawei(order: Order) -> Delivery {
    to_channel("cec", Dialect::Huawei, order)
}

fn from(from: Party) -> Order {
    let message = Message { id: message_id(), from, content: Content::text("Hi"), ext: None };
    Order::Message { message, class: Class::Service, visitor: None }
}

#[test]
fn a_message_of_an_agent_is_one_chat_push() {
    let delivery = to_huawei(message(Content::text("Hi")));
    let request = requested(&delivery);
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://cec.example/pushMsg"));
    assert_eq!(headers_of(&request)["authorization"], "Bearer push-token");
    let expected = json!({
        "timestamp": 1_614_265_330_250_i64,
        "messages": [{
            "channel": "WEB", "from": "1011577355744904195", "to": PHONE, "controlType": "CHAT", "mediaType": "TEXT",
            "content": "Hi", "senderNickname": "Li", "senderAvatar": "https://acme.example/li.png",
            "sourceType": "AGENT", "timestamp": 1_614_265_330_250_i64, "messageCode": delivery.id.to_string(),
            "isOfflineStatus": false,
        }],
    });
    assert_eq!(json_of(&request), expected);
}

#[test]
fn each_order_has_its_control_type_source_and_words() {
    let image = Content::Media {
        kind: MediaKind::Image,
        location: "objectKey".into(),
        format: "jpg".into(),
        name: None,
        bytes: None,
    };
    let rows = [
        (from(Party::Bot(BotId::new("helper"))), "CHAT", "TEXT", "ROBOT", "Hi"),
        (from(Party::Tenant), "CHAT", "TEXT", "SYSTEM", "Hi"),
        (message(image), "CHAT", "IMAGE", "AGENT", "objectKey,jpg"),
        (Order::Notice(Notice::Queued { position: 3 }), "CHAT", "TEXT", "SYSTEM", "You are number 3 in line."),
        (Order::Notice(Notice::Assigned { agent: li() }), "CHAT", "TEXT", "SYSTEM", "You are talking to Li."),
        (Order::Notice(Notice::Closed { by_agent: true }), "DISCONNECT", "TEXT", "AGENT", "This conversation is over."),
        (
            Order::Notice(Notice::Closed { by_agent: false }),
            "DISCONNECT",
            "TEXT",
            "SYSTEM",
            "This conversation is over.",
        ),
        (
            Order::Notice(Notice::Refused),
            "DISCONNECT",
            "TEXT",
            "SYSTEM",
            "Nobody can answer you now. Please come back later.",
        ),
        (Order::Closed, "DISCONNECT", "TEXT", "SYSTEM", "This conversation is over."),
    ];
    for (order, control, media, source, content) in rows {
        let body = json_of(&requested(&to_huawei(order.clone())));
        let pushed = &body["messages"][0];
        let found = (&pushed["controlType"], &pushed["mediaType"], &pushed["sourceType"], &pushed["content"]);
        assert_eq!(found, (&json!(control), &json!(media), &json!(source), &json!(content)), "{order:?}");
    }
}

#[test]
fn what_the_downlink_does_not_carry_ends_before_the_push() {
    assert_eq!(ended(&to_huawei(Order::Typing)), SendOutcome::silent());
    assert_eq!(ended(&to_huawei(Order::Read { messages: vec![message_id()] })), SendOutcome::silent());
    let place = Content::Location { latitude: "31.2".into(), longitude: "121.4".into() };
    for refused in [message(Content::text("界".repeat(1_025))), message(place)] {
        assert!(matches!(ended(&to_huawei(refused)), SendOutcome::NotReachable { .. }));
    }
    let revoke = Order::Revoke { message: message_id() };
    assert!(matches!(ended(&to_huawei(revoke)), SendOutcome::Rejected { .. }));
}

#[test]
fn the_channel_named_is_the_accounts_own() {
    let mut delivery = to_huawei(message(Content::text("Hi")));
    delivery.account = AccountId::new("cec app");
    assert_eq!(json_of(&requested(&delivery))["messages"][0]["channel"], "APP");
}

#[test]
fn a_visitor_beyond_the_accounts_limit_is_not_reachable_there() {
    let to = |bytes: usize| {
        let mut delivery = to_huawei(message(Content::text("Hi")));
        let visitor = VisitorId::new("x".repeat(bytes).as_str());
        delivery.target = DeliveryTarget::Channel { dialect: Dialect::Huawei, visitor };
        delivery
    };
    requested(&to(64));
    let SendOutcome::NotReachable { reason } = ended(&to(65)) else { panic!("65 bytes went out") };
    assert!(reason.contains("from_max") && !reason.contains("xx"), "{reason}");
}

#[test]
fn only_result_code_0_is_success() {
    let delivery = to_huawei(message(Content::text("Hi")));
    let sent = SendOutcome::Done(vec![Report::Sent { provider_id: None }, Report::Delivered]);
    for body in [r#"{"resultCode":"0","resultDesc":"success"}"#, r#"{"resultCode":0}"#] {
        assert_eq!(outcome_of(&delivery, 200, body), sent, "{body}");
    }
    for body in [r#"{"resultCode":"1"}"#, "{}", "", "OK", "[]", r#"{"resultCode":null}"#] {
        assert!(matches!(outcome_of(&delivery, 200, body), SendOutcome::Retry { .. }), "{body}");
    }
    let notice = to_huawei(Order::Notice(Notice::Transferred));
    assert_eq!(outcome_of(&notice, 200, r#"{"resultCode":"0"}"#), SendOutcome::silent());
    for status in [400, 401, 404] {
        let outcome = outcome_of(&delivery, status, r#"{"resultCode":"0"}"#);
        assert!(matches!(outcome, SendOutcome::Rejected { .. }), "{status}");
    }
    assert!(matches!(outcome_of(&delivery, 500, r#"{"resultCode":"0"}"#), SendOutcome::Retry { .. }));
}
