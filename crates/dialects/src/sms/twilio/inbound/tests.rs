//! The status callback as rows, with the signature of the provider's own page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{ConversationId, MessageId};

use crate::inbound::sample::Sample;

const CONVERSATION: &str = "0123456789abcdef0123456789abcdef";
const MESSAGE: &str = "6e0be3f66a9c8e1a9d0b0a1b2c3d4e5f";

fn path(leg: &str) -> String {
    format!("/callbacks/sms/acme/sms/{CONVERSATION}/{MESSAGE}/{leg}")
}

/// A callback signed as the provider does it: over the public URL, then names and values in order of names.
pub(super) fn callback(path: &str, form: &[(&str, &str)]) -> Sample {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let signed = sorted.iter().fold(format!("https://usher.example{path}"), |text, (name, value)| text + name + value);
    let mac = Hmac::<sha1::Sha1>::new_from_slice(b"auth-token").expect("any length").chain_update(signed);
    Sample::post(path, body)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes()))
}

fn status(status: &str) -> Sample {
    callback(&path("sms"), &[("MessageSid", "SM1"), ("MessageStatus", status), ("To", "+12223334444")])
}

#[test]
fn statuses_become_receipts_of_the_message_in_the_path() {
    let failed = |attempts, reason: &str| Report::Failed { attempts, reason: reason.to_owned() };
    let rows = [
        ("sent", Report::Sent { provider_id: Some("SM1".to_owned()) }),
        ("delivered", Report::Delivered),
        ("read", Report::Read),
        ("undelivered", failed(Attempts::Maybe, "the provider reported undelivered")),
        ("failed", Report::NotReachable { reason: "the provider reported failed".to_owned() }),
    ];
    for (label, expected) in rows {
        let input = status(label).input();
        assert_eq!(input.conversation, CONVERSATION.parse::<ConversationId>().expect("hex"), "{label}");
        let ConversationAct::Receipt(receipt) = input.act else { panic!("{label}: no receipt") };
        assert_eq!(receipt.message, MESSAGE.parse::<MessageId>().expect("hex"), "{label}");
        assert_eq!((receipt.leg, receipt.report), (Leg::Sms, expected), "{label}");
        assert_eq!(receipt.account.expect("told by whom").as_str(), "sms", "{label}");
    }
    let channel = callback(&path("channel"), &[("MessageStatus", "delivered")]).input();
    assert!(matches!(channel.act, ConversationAct::Receipt(receipt) if receipt.leg == Leg::Channel));
}

#[test]
fn error_codes_are_told_when_they_are_numbers() {
    let reason =
        |code: &str| match callback(&path("sms"), &[("MessageStatus", "failed"), ("ErrorCode", code)]).input().act {
            ConversationAct::Receipt(receipt) => format!("{:?}", receipt.report),
            other => panic!("no receipt: {other:?}"),
        };
    assert!(reason("30005").contains("error 30005"));
    assert!(!reason("+12223334444").contains("222"));
}

#[test]
fn statuses_that_say_nothing_new_write_nothing() {
    for (label, notices) in [("queued", 0), ("sending", 0), ("teleported", 1)] {
        let accepted = status(label).receive().expect("accepted");
        assert_eq!(
            (accepted.bodies.len(), accepted.answer.status, accepted.notices.len()),
            (0, 200, notices),
            "{label}"
        );
    }
}

#[test]
fn the_same_status_twice_has_one_id() {
    assert_eq!(status("sent").input().id, status("sent").input().id);
    assert_ne!(status("sent").input().id, status("delivered").input().id);
}

#[test]
fn wrong_callbacks_are_refused() {
    let good = status("sent");
    let mut altered = good.clone();
    altered.body = b"MessageSid=SM1&MessageStatus=delivered&To=%2B12223334444".to_vec();
    let mut moved = good.clone();
    moved.path = path("channel");
    let mut queried = good.clone();
    queried.query = "a=b".to_owned();
    let rows = [
        ("unsigned", good.clone().without("x-twilio-signature"), 401),
        ("altered", altered, 401),
        ("other leg", moved, 401),
        ("other query", queried, 401),
        ("signature not base64", good.clone().header("x-twilio-signature", "?"), 401),
        ("not a form", good.header("content-type", "application/json"), 415),
        ("no status", callback(&path("sms"), &[("MessageSid", "SM1")]), 400),
        ("sid with NUL", callback(&path("sms"), &[("MessageSid", "a\0"), ("MessageStatus", "sent")]), 400),
        ("leg unknown", callback(&path("fax"), &[("MessageStatus", "sent")]), 400),
        ("message no id", callback(&path("sms").replace(MESSAGE, "x"), &[("MessageStatus", "sent")]), 400),
        ("other tenant", callback(&path("sms").replace("acme", "other"), &[("MessageStatus", "sent")]), 404),
        ("account of another dialect", callback(&path("sms").replace("acme/sms", "acme/web"), &[]), 404),
        ("too short", callback("/callbacks/sms/acme", &[]), 404),
    ];
    for (label, sample, expected) in rows {
        let (status, sentence) = sample.refusal();
        assert_eq!(status, expected, "{label}: {sentence}");
    }
}

#[test]
fn the_example_of_the_providers_page_verifies() {
    // https://www.twilio.com/docs/usage/security#validating-requests, with its token 12345.
    let signed = "https://mycompany.com/myapp.php?foo=1&bar=2CallSidCA1234567890ABCDECaller+14158675309Digits1234\
                  From+14158675309To+18005551212";
    assert!(crate::inbound::signature::is_hmac_sha1("12345", signed.as_bytes(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut sample = status("sent");
        sample.body = body;
        prop_assert_eq!(sample.answer().status, 401);
    }
}
