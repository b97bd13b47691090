//! Rows: orders to calls of the RBM API, answers to outcomes.

mod content;

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::content::MediaKind;
use usher_domain::delivery::{Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{Class, Content, Delivery, Dialect, MessageId};

use crate::outbound::rows::*;
use crate::outbound::{Next, SendOutcome};

const PHONES: &str = "https://rcs.example/v1/phones/+8613512345678";

fn to_rbm(order: Order) -> Delivery {
    to_channel("rcs", Dialect::Rbm, order)
}

fn within(mut delivery: Delivery, left: Duration) -> Delivery {
    delivery.deadline = Some(NOW.plus(left));
    delivery
}

fn of_class(class: Class) -> Order {
    match message(Content::text("Hi")) {
        Order::Message { message, visitor, .. } => Order::Message { message, class, visitor },
        other => other,
    }
}

#[test]
fn each_order_has_its_call() {
    let id = "00000000-0000-8000-8000-000000000009";
    let event = "00000000-0000-8000-8000-000000000007";
    let text = json!({ "contentMessage": { "text": "Hi" }, "messageTrafficType": "SERVICEREQUEST", "ttl": "1296000s" });
    let rows = [
        (message(Content::text("Hi")), "POST", format!("/agentMessages?messageId={id}&agentId=acme%20agent"), text),
        (
            Order::Revoke { message: message_id() },
            "DELETE",
            format!("/agentMessages/{id}?agentId=acme%20agent"),
            Value::Null,
        ),
        (
            Order::Typing,
            "POST",
            format!("/agentEvents?eventId={event}&agentId=acme%20agent"),
            json!({ "eventType": "IS_TYPING" }),
        ),
    ];
    for (order, method, path, body) in rows {
        let request = requested(&to_rbm(order));
        assert_eq!((request.method, request.url.clone()), (method, format!("{PHONES}{path}")));
        assert_eq!(headers_of(&request)["authorization"], "Bearer rbm-token");
        let sent = if request.body.is_empty() { Value::Null } else { json_of(&request) };
        assert_eq!(sent, body, "{path}");
    }
}

#[test]
fn the_ttl_is_what_is_left_until_the_deadline() {
    let rows = [
        (Duration::from_secs(60), "60s"),
        (Duration::from_millis(2_500), "2.500s"),
        (Duration::from_millis(1_007), "1.007s"),
        (Duration::from_secs(30 * 24 * 3_600), "1296000s"),
    ];
    for (left, expected) in rows {
        let request = requested(&within(to_rbm(message(Content::text("Hi"))), left));
        assert_eq!(json_of(&request)["ttl"], expected);
    }
}

#[test]
fn each_class_has_its_traffic_type() {
    let rows = [
        (Class::Authentication, "AUTHENTICATION"),
        (Class::Transaction, "TRANSACTION"),
        (Class::Promotion, "PROMOTION"),
        (Class::Service, "SERVICEREQUEST"),
    ];
    for (class, expected) in rows {
        assert_eq!(json_of(&requested(&to_rbm(of_class(class))))["messageTrafficType"], expected);
    }
}

#[test]
fn files_go_by_https_url_only() {
    let file = |location: &str| {
        let location = location.into();
        message(Content::Media {
            kind: MediaKind::Image,
            location,
            format: "jpg".into(),
            name: None,
            bytes: None,
            secret: None,
        })
    };
    let request = requested(&to_rbm(file("https://acme.example/a.jpg")));
    assert_eq!(json_of(&request)["contentMessage"]["contentInfo"]["fileUrl"], "https://acme.example/a.jpg");
    assert!(matches!(ended(&to_rbm(file("objectKey"))), SendOutcome::NotReachable { .. }));
}

#[test]
fn each_message_that_was_read_has_its_own_event_with_an_id_that_stays() {
    let named = ["google-1", "google-2", "google-3"];
    let messages = vec![MessageId::from_bits(1), message_id(), MessageId::from_bits(3), MessageId::from_bits(4)];
    let read = to_rbm(Order::Read { messages, named: named.map(Into::into).to_vec() });
    let mut ids = Vec::new();
    let mut next = Next::Request(requested(&read));
    for (step, message) in (1..).zip(named) {
        let Next::Request(request) = next else { panic!("message {step} is not told") };
        assert_eq!(json_of(&request), json!({ "eventType": "READ", "messageId": message }));
        let id = request.url.strip_prefix(&format!("{PHONES}/agentEvents?eventId=")).expect("an event");
        ids.push(id.split('&').next().expect("an id").to_owned());
        next = then(&read, step, 200, "{}");
    }
    assert_eq!(next, Next::Done(SendOutcome::silent()));
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "{ids:?}");
    assert_eq!(requested(&read), requested(&read), "a retry has the same ids");
    assert!(matches!(then(&read, 2, 503, ""), Next::Done(SendOutcome::Retry { .. })));
}

#[test]
fn a_device_is_asked_first_where_the_account_says_so() {
    let send = to_channel("rcs asking", Dialect::Rbm, message(Content::text("Hi")));
    let question = requested(&send);
    let id = "00000000-0000-8000-8000-000000000007";
    assert_eq!(
        (question.method, question.url.clone()),
        ("GET", format!("{PHONES}/capabilities?requestId={id}&agentId=acme%20agent"))
    );
    assert!(question.grant.is_some() && question.body.is_empty() && headers_of(&question).is_empty());
    let Next::Request(create) = then(&send, 1, 200, r#"{"features":["RICHCARD_STANDALONE"]}"#) else {
        panic!("the message does not follow")
    };
    assert_eq!((create.method, &json_of(&create)["contentMessage"]), ("POST", &json!({ "text": "Hi" })));
    let sent = SendOutcome::Done(vec![Report::Sent { provider_id: None }]);
    assert_eq!(then(&send, 2, 200, r#"{"name":"x"}"#), Next::Done(sent));
}

#[test]
fn a_number_without_rcs_is_not_reachable_by_the_question_alone() {
    let send = to_channel("rcs asking", Dialect::Rbm, message(Content::text("Hi")));
    let outcome = outcome_of(&send, 404, "");
    assert!(matches!(outcome, SendOutcome::NotReachable { .. }), "an earlier attempt may have arrived: {outcome:?}");
    assert!(matches!(outcome_of(&send, 503, ""), SendOutcome::Retry { .. }));
    assert!(matches!(outcome_of(&send, 403, ""), SendOutcome::Rejected { .. }));
    assert!(matches!(then(&send, 2, 404, ""), Next::Done(SendOutcome::NeverReached { .. })));
}

#[test]
fn what_rbm_does_not_carry_ends_before_the_call() {
    let too_long = to_rbm(message(Content::text("x".repeat(3_073))));
    assert!(matches!(ended(&too_long), SendOutcome::NotReachable { .. }));
    let empty = to_rbm(message(Content::text(" ")));
    assert!(matches!(ended(&empty), SendOutcome::NotReachable { .. }));
    assert_eq!(ended(&to_rbm(Order::Notice(Notice::Queued { position: 1, wait: None }))), SendOutcome::silent());
    let text = String::new();
    assert_eq!(ended(&to_rbm(Order::Notice(Notice::Reminder { text }))), SendOutcome::silent(), "said in a message");
    assert_eq!(ended(&to_rbm(Order::Closed)), SendOutcome::silent());
}

#[test]
fn answers_end_as_the_table_says() {
    let send = to_rbm(message(Content::text("Hi")));
    let name = r#"{"name":"phones/+8613512345678/agentMessages/x"}"#;
    let sent = SendOutcome::Done(vec![Report::Sent { provider_id: None }]);
    assert_eq!(outcome_of(&send, 200, name), sent, "the provider's name holds the number: it is not kept");
    assert_eq!(outcome_of(&send, 409, ""), sent, "our own earlier try");
    for status in [400, 404] {
        assert!(matches!(outcome_of(&send, status, ""), SendOutcome::NeverReached { .. }), "{status}");
    }
    for status in [401, 403] {
        assert!(matches!(outcome_of(&send, status, ""), SendOutcome::Rejected { .. }), "{status}");
    }
    for status in [429, 500, 503] {
        assert!(matches!(outcome_of(&send, status, ""), SendOutcome::Retry { .. }), "{status}");
    }
}

#[test]
fn a_revoke_reports_what_google_says_and_is_tried_again_when_google_fails() {
    let revoke = to_rbm(Order::Revoke { message: message_id() });
    let answered = |revoked| SendOutcome::Done(vec![Report::RevokeAnswered { revoked }]);
    assert_eq!(outcome_of(&revoke, 200, "{}"), answered(true));
    assert_eq!(outcome_of(&revoke, 404, "{}"), answered(false));
    assert!(matches!(outcome_of(&revoke, 500, ""), SendOutcome::Retry { .. }));
}
