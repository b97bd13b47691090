//! Rows: orders to one `SendSms`, its answers to outcomes. The signature itself is held to the vendor's client elsewhere.

use usher_domain::delivery::DeliveryTarget;
use usher_domain::delivery::{Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{AccountId, Content, Delivery, Dialect};

use super::*;
use crate::outbound::rows::*;
use crate::outbound::{Next, plan};

fn fallback() -> Delivery {
    by_aliyun(message(Content::text("50% off & more: 售")))
}

/// An SMS instead of a message of the RBM account, by the Aliyun account.
fn by_aliyun(order: Order) -> Delivery {
    let mut delivery = to_sms(order);
    if let DeliveryTarget::Sms { account, .. } = &mut delivery.target {
        *account = AccountId::new("text cn");
    }
    delivery
}

/// The query's parameters, decoded.
fn parameters(url: &str) -> Vec<(String, String)> {
    let (_, query) = url.split_once('?').expect("a query");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[test]
fn fallback_is_one_signed_call_by_the_template_with_our_ids() {
    let delivery = fallback();
    let request = requested(&delivery);
    assert!(request.url.starts_with("https://dysmsapi.example/?OutId="), "sorted, at the root");
    assert_eq!((request.method, request.body.len()), ("POST", 0));
    let conversation = delivery.conversation.expect("a conversation");
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let expected = [
        ("OutId", format!("{conversation}.{}.sms", message_id()).as_str()),
        ("PhoneNumbers", "8613512345678"),
        ("SignName", "阿里云"),
        ("TemplateCode", "SMS_154950909"),
        ("TemplateParam", r#"{"text":"50% off & more: 售"}"#),
    ]
    .map(owned);
    assert_eq!(parameters(&request.url), expected);
    let headers = headers_of(&request);
    assert_eq!((headers["x-acs-action"], headers["x-acs-version"]), ("SendSms", "2017-05-25"));
    assert_eq!(headers["x-acs-date"], "2021-02-25T15:02:10Z");
    let names = "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
    assert!(headers["authorization"].starts_with(&format!("ACS3-HMAC-SHA256 Credential=key-id,{names},Signature=")));
}

#[test]
fn each_attempt_has_a_nonce_of_its_own_and_the_same_out_id() {
    let delivery = fallback();
    let at = |now| match plan(&delivery, &accounts(), now) {
        Next::Request(request) => {
            let nonce = headers_of(&request)["x-acs-signature-nonce"].to_owned();
            (nonce, parameters(&request.url).remove(0))
        }
        other => panic!("no request: {other:?}"),
    };
    let (first, again) = (at(NOW), at(NOW.plus(Duration::from_millis(1))));
    assert_ne!(first.0, again.0);
    assert_eq!(first.1, again.1);
}

#[test]
fn signed_host_is_the_one_that_clients_send() {
    let rows = [
        ("https://dysmsapi.aliyuncs.com", "dysmsapi.aliyuncs.com"),
        ("https://dysmsapi.aliyuncs.com:443/", "dysmsapi.aliyuncs.com"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://localhost:80", "localhost"),
    ];
    for (url, expected) in rows {
        assert_eq!(host(url), expected, "{url}");
    }
}

#[test]
fn what_no_sms_can_say_ends_before_the_call() {
    let hologram = Content::Opaque { kind: "hologram".to_owned(), raw: "{}".into() };
    for refused in [message(Content::text("")), message(hologram)] {
        assert!(matches!(ended(&by_aliyun(refused)), SendOutcome::NotReachable { .. }));
    }
    assert_eq!(
        ended(&by_aliyun(Order::Notice(Notice::Refused { reason: None, text: String::new() }))),
        SendOutcome::silent()
    );
}

#[test]
fn own_message_of_the_account_reports_as_channel() {
    let request = requested(&to_channel("text cn", Dialect::Sms, message(Content::text("Hi"))));
    assert!(parameters(&request.url)[0].1.ends_with(".channel"));
}

#[test]
fn codes_end_as_the_table_says() {
    let outcome = |status, code: &str| {
        let body = format!(r#"{{"Code":"{code}","Message":"to +8613512345678","RequestId":"1","BizId":"9006^0"}}"#);
        outcome_of(&fallback(), status, &body)
    };
    let sent = SendOutcome::Done(vec![Report::Sent { provider_id: Some("9006^0".to_owned()) }]);
    assert_eq!(outcome(200, "OK"), sent);
    for code in ["isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_IN_BLACK", "isv.PARAM_LENGTH_LIMIT"] {
        let reason = format!("the SMS provider answered {code}");
        assert_eq!(outcome(200, code), SendOutcome::NotReachable { reason }, "{code}");
    }
    let limited = outcome(200, "isv.BUSINESS_LIMIT_CONTROL");
    assert!(matches!(limited, SendOutcome::Retry { after: Some(after), .. } if after == LIMIT_LASTS), "{limited:?}");
    for (status, code) in [
        (200, "isp.SYSTEM_ERROR"),
        (200, "isp.GATEWAY_ERROR"),
        (400, "Throttling.User"),
        (400, "SignatureNonceUsed"),
        (429, "anything"),
        (500, "InternalError"),
        (503, "OK"),
    ] {
        assert!(matches!(outcome(status, code), SendOutcome::Retry { .. }), "{status} {code}");
    }
    for (status, code) in [
        (200, "isv.AMOUNT_NOT_ENOUGH"),
        (200, "isv.SMS_TEMPLATE_ILLEGAL"),
        (200, "isp.RAM_PERMISSION_DENY"),
        (400, "SignatureDoesNotMatch"),
        (404, "InvalidAccessKeyId.NotFound"),
        (200, "+8613512345678 is wrong"),
    ] {
        assert!(matches!(outcome(status, code), SendOutcome::Rejected { .. }), "{status} {code}");
    }
    for (status, body) in [(200, "not JSON"), (200, "{}"), (502, "<html>")] {
        assert!(matches!(outcome_of(&fallback(), status, body), SendOutcome::Retry { .. }), "{status} {body}");
    }
}
