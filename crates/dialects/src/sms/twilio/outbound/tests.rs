//! Rows: orders to one provider call, answers to outcomes.

use usher_domain::delivery::{Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{Content, Delivery, Dialect};

use crate::outbound::SendOutcome;
use crate::outbound::rows::*;

fn fallback() -> Delivery {
    to_sms(message(Content::text("50% off & more: 售")))
}

fn text_of(delivery: &Delivery) -> String {
    String::from_utf8(requested(delivery).body).expect("a form is text")
}

#[test]
fn a_fallback_is_one_form_with_our_ids_in_the_callback() {
    let delivery = fallback();
    let request = requested(&delivery);
    assert_eq!(
        (request.method, request.url.as_str()),
        ("POST", "https://sms.example/2010-04-01/Accounts/AC1/Messages.json")
    );
    let headers = headers_of(&request);
    assert_eq!(headers["authorization"], "Basic QUMxOmF1dGg=");
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(headers["i-twilio-idempotency-token"], delivery.id.to_string());
    let conversation = delivery.conversation.expect("a conversation");
    let expected = format!(
        "To=%2B8613512345678&From=%2B15005550006&Body=50%25%20off%20%26%20more%3A%20%E5%94%AE&StatusCallback=\
         https%3A%2F%2Fusher.example%2Fcallbacks%2Fsms%2Facme%2Ftext%2520me%2F{conversation}%2F{}%2Fsms",
        message_id()
    );
    assert_eq!(text_of(&delivery), expected);
}

#[test]
fn provider_keeps_an_sms_no_longer_than_its_deadline() {
    let rows = [(1_999, "1"), (90_500, "90"), (36_000_000, "36000"), (86_400_000, "36000")];
    for (ms, seconds) in rows {
        let deadline = Some(NOW.plus(std::time::Duration::from_millis(ms)));
        let text = text_of(&Delivery { deadline, ..fallback() });
        assert!(text.ends_with(&format!("&ValidityPeriod={seconds}")), "{ms}: {text}");
    }
    assert!(!text_of(&fallback()).contains("ValidityPeriod"), "without a deadline");
}

#[test]
fn a_message_of_an_sms_account_itself_reports_as_channel() {
    let text = text_of(&to_channel("text me", Dialect::Sms, message(Content::text("Hi"))));
    assert!(text.ends_with("%2Fchannel"), "{text}");
    assert!(text.starts_with("To=%2B8613512345678&"), "{text}");
}

#[test]
fn a_card_becomes_its_words() {
    let card = Content::Card {
        title: "Sale".into(),
        description: "Today".into(),
        media: None,
        media_format: None,
        link: Some("https://x.example".into()),
        choices: Vec::new(),
    };
    assert!(text_of(&to_sms(message(card))).contains("Body=Sale%0AToday%0Ahttps%3A%2F%2Fx.example&"));
}

#[test]
fn what_no_sms_can_say_ends_before_the_call() {
    let hologram = Content::Opaque { kind: "hologram".to_owned(), raw: "{}".into() };
    for refused in [message(Content::text("界".repeat(1_601))), message(Content::text("")), message(hologram)] {
        assert!(matches!(ended(&to_sms(refused)), SendOutcome::NotReachable { .. }));
    }
    assert_eq!(
        ended(&to_sms(Order::Notice(Notice::Transferred { target: usher_domain::Target::default() }))),
        SendOutcome::silent()
    );
    assert_eq!(ended(&to_sms(Order::Typing)), SendOutcome::silent());
}

#[test]
fn answers_end_as_the_table_says() {
    let delivery = fallback();
    let sent = |sid: Option<&str>| SendOutcome::Done(vec![Report::Sent { provider_id: sid.map(str::to_owned) }]);
    assert_eq!(outcome_of(&delivery, 201, r#"{"sid":"SM1","status":"queued"}"#), sent(Some("SM1")));
    assert_eq!(outcome_of(&delivery, 200, "not JSON"), sent(None));
    let failed_at_once = outcome_of(&delivery, 201, r#"{"sid":"SM1","status":"failed"}"#);
    assert!(matches!(failed_at_once, SendOutcome::NotReachable { .. }));
    let unsubscribed = outcome_of(&delivery, 400, r#"{"code":21610,"message":"to +8613512345678"}"#);
    assert_eq!(unsubscribed, SendOutcome::NotReachable { reason: "SMS error 21610".to_owned() });
    for status in [401, 403, 404] {
        assert!(matches!(outcome_of(&delivery, status, ""), SendOutcome::Rejected { .. }), "{status}");
    }
    for status in [429, 500, 503] {
        assert!(matches!(outcome_of(&delivery, status, ""), SendOutcome::Retry { .. }), "{status}");
    }
}
