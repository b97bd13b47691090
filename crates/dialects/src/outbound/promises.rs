//! What holds for every dialect, whatever a provider answers.

use proptest::prelude::*;
use usher_domain::delivery::{Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{Content, Delivery, Dialect, Timestamp};

use super::rows::*;
use super::{Next, SendOutcome, plan};

/// A message, a revoke, typing and a notice on each channel, the SMS leg and the workspace.
fn deliveries() -> Vec<Delivery> {
    let channels = [
        ("web", Dialect::Native),
        ("cec", Dialect::Huawei),
        ("rcs", Dialect::Rbm),
        ("text me", Dialect::Sms),
        ("text cn", Dialect::Sms),
        ("im", Dialect::Easemob),
    ];
    let orders = || {
        let revoke = Order::Revoke { message: message_id() };
        [message(Content::text("Hi")), revoke, Order::Typing, Order::Notice(Notice::Queued { position: 1, wait: None })]
    };
    let mut all = vec![to_sms(message(Content::text("Hi"))), to_workspace(message(Content::text("Hi")))];
    for (account, dialect) in channels {
        all.extend(orders().map(|order| to_channel(account, dialect, order)));
    }
    all
}

proptest! {
    #[test]
    fn any_answer_is_an_outcome_without_personal_data(status in 100_u16..600, body in ".{0,200}") {
        let body = format!("{body}{PHONE}");
        for delivery in deliveries() {
            let outcome = outcome_of(&delivery, status, &body);
            prop_assert!(!format!("{outcome:?}").contains(&PHONE[1..]), "{outcome:?}");
        }
    }

    #[test]
    fn a_server_error_is_always_tried_again(status in 500_u16..600, body in ".{0,200}") {
        for delivery in deliveries() {
            let outcome = outcome_of(&delivery, status, &body);
            prop_assert!(matches!(outcome, SendOutcome::Retry { .. }), "{delivery:?}: {outcome:?}");
        }
    }

    #[test]
    fn only_a_2xx_or_our_own_earlier_try_is_sent(status in 100_u16..600) {
        for delivery in deliveries() {
            let SendOutcome::Done(reports) = outcome_of(&delivery, status, r#"{"resultCode":"0","Code":"OK"}"#) else { continue };
            if reports.iter().any(|report| matches!(report, Report::Sent { .. })) {
                prop_assert!((200..300).contains(&status) || status == 409, "{status}");
            }
        }
    }

    #[test]
    fn every_attempt_carries_the_same_idempotency_key(ms in 0_i64..4_000_000_000_000) {
        for delivery in deliveries() {
            let key = |now| match plan(&delivery, &accounts(), now) {
                Next::Request(request) => Some(key_of(&request)),
                Next::Hold(_) | Next::Submit(_) | Next::Done(_) => None,
            };
            prop_assert_eq!(key(Timestamp::from_millis(ms)), key(NOW));
        }
    }
}

/// The key in a request: a header, the path and query of the call, `msgId` or `messageCode`.
fn key_of(request: &super::ProviderRequest) -> String {
    let headers = headers_of(request);
    if let Some(key) = headers.get("webhook-id").or_else(|| headers.get("i-twilio-idempotency-token")) {
        return (*key).to_owned();
    }
    if request.url.contains("/v1/phones/") {
        return request.url.clone();
    }
    if let Some((_, rest)) = request.url.split_once("?OutId=") {
        return rest.split('&').next().unwrap_or_default().to_owned();
    }
    let body = json_of(request);
    if let Some(key) = body["ext"]["weichat"]["msgId"].as_str() {
        return key.to_owned();
    }
    body["messages"][0]["messageCode"].as_str().expect("a message code").to_owned()
}
