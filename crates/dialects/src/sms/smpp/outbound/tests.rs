//! Rows: orders to submissions, answers to outcomes.

use serde_json::{Value, json};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::delivery::{Notice, Order};
use usher_domain::receipt::Leg;
use usher_domain::{Content, PhoneNumber, ProviderId, VisitorId};

use super::*;
use crate::outbound::rows::{NOW, PHONE, accounts, ended, message, message_id, to, to_channel};
use crate::outbound::{Next, plan as plan_any};

fn fallback(content: Content) -> Delivery {
    let number = PhoneNumber::parse(PHONE).expect("E.164");
    to("rcs", DeliveryTarget::Sms { account: AccountId::new("smsc"), to: number }, message(content))
}

fn submission(delivery: &Delivery) -> Submission {
    match plan_any(delivery, &accounts(), NOW) {
        Next::Submit(submission) => *submission,
        other => panic!("a submission was expected, not {other:?}"),
    }
}

fn settings(more: Value) -> SmppSettings {
    let mut settings = json!({ "host": "h", "system_id": "s", "password": "p", "from": "x" });
    let fields = settings.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    serde_json::from_value(settings).expect("settings")
}

#[test]
fn a_fallback_is_one_part_to_the_number_without_plus() {
    let submission = submission(&fallback(Content::text("50% off & more")));
    assert_eq!((submission.account.as_str(), submission.tenant.as_str()), ("smsc", "acme"));
    assert_eq!(submission.source, Address { ton: 1, npi: 1, text: "15005550006".to_owned() });
    assert_eq!(submission.destination, Address { ton: 1, npi: 1, text: PHONE[1..].to_owned() });
    let [segment] = submission.segments.as_slice() else { panic!("{:?}", submission.segments) };
    assert_eq!(
        (segment.esm_class, segment.data_coding, segment.octets.as_slice()),
        (0, 0, b"50% off & more".as_slice())
    );
    assert_eq!(submission.validity_period, "", "it has no deadline");
}

#[test]
fn the_smsc_is_given_the_deadline_as_the_end_of_its_tries() {
    let mut delivery = fallback(Content::text("Hi"));
    for (ms, text) in [
        (1_614_265_330_250, "210225150210200+"),
        (0, "700101000000000+"),
        (951_782_399_999, "000228235959900+"),
        (951_782_400_000, "000229000000000+"),
        (4_107_542_400_000, "000301000000000+"),
        (1_735_689_599_000, "241231235959000+"),
    ] {
        delivery.deadline = Some(Timestamp::from_millis(ms));
        assert_eq!(submission(&delivery).validity_period, text);
    }
}

#[test]
fn all_parts_of_one_message_have_one_reference_on_every_attempt() {
    let delivery = fallback(Content::text("售".repeat(140)));
    let parts = submission(&delivery).segments;
    let headers: Vec<&[u8]> = parts.iter().map(|part| &part.octets[..6]).collect();
    assert_eq!(headers, [[5, 0, 3, 9, 3, 1], [5, 0, 3, 9, 3, 2], [5, 0, 3, 9, 3, 3]]);
    assert!(parts.iter().all(|part| part.data_coding == 8));
    assert_eq!(submission(&delivery).segments, parts);
}

#[test]
fn what_the_smsc_took_is_written_with_the_part_that_it_is() {
    let of = |delivery: &Delivery, number| match submission(delivery).taken(number, "00AB") {
        Some(Body::Report(input)) => (input.account.clone(), input.act),
        other => panic!("{other:?}"),
    };
    let delivery = fallback(Content::text("a".repeat(200)));
    let conversation = delivery.conversation.expect("it has one");
    let part = Part { conversation, message: message_id(), leg: Leg::Sms, number: 2, count: 2 };
    let act = ReportAct::Submitted { provider_id: ProviderId::new("ab"), part };
    assert_eq!(of(&delivery, 2), (AccountId::new("smsc"), act));
    assert_eq!(submission(&delivery).taken(1, " "), None, "a report could not name it");

    let own = to_channel("smsc", Dialect::Sms, message(Content::text("Hi")));
    let (_, ReportAct::Submitted { part, .. }) = of(&own, 1) else { panic!("submitted") };
    assert_eq!((part.leg, part.number, part.count), (Leg::Channel, 1, 1));
}

#[test]
fn senders_are_numbers_short_codes_or_names() {
    let rows = [
        (json!({ "from": "+4915112345678" }), (1, 1, "4915112345678")),
        (json!({ "from": "12345" }), (0, 1, "12345")),
        (json!({ "from": "12345", "from_ton": 3, "from_npi": 0 }), (3, 0, "12345")),
        (json!({ "from": "ACME Shop" }), (5, 0, "ACME Shop")),
    ];
    for (more, (ton, npi, text)) in rows {
        assert_eq!(source(&settings(more)), Address { ton, npi, text: text.to_owned() });
    }
}

#[test]
fn a_visitor_without_a_number_is_not_reachable() {
    for name in ["oliver", "", "+", "123456789012345678901"] {
        let mut delivery = to_channel("smsc", Dialect::Sms, message(Content::text("Hi")));
        delivery.target = DeliveryTarget::Channel { dialect: Dialect::Sms, visitor: VisitorId::new(name) };
        assert_eq!(ended(&delivery), SendOutcome::not_reachable("the visitor's name is no phone number"), "{name}");
    }
}

#[test]
fn only_messages_are_submitted() {
    let order = |order| ended(&to_channel("smsc", Dialect::Sms, order));
    assert_eq!(order(Order::Typing), SendOutcome::silent());
    assert_eq!(order(Order::Notice(Notice::Queued { position: 1, wait: None })), SendOutcome::silent());
    assert!(matches!(order(Order::Revoke { message: message_id() }), SendOutcome::Rejected { .. }));
    let too_long = fallback(Content::text("a".repeat(1_601)));
    assert!(matches!(ended(&too_long), SendOutcome::NotReachable { .. }));
}

#[test]
fn refusals_end_the_message_wait_or_call_for_people() {
    for status in [0x04, 0x08, 0x14, 0x45, 0x58, 0x64, 0xff] {
        assert!(matches!(refused(status), SendOutcome::Retry { .. }), "0x{status:x}");
    }
    for status in [0x0b, 0x65, 0x66, 0xfe] {
        assert!(matches!(refused(status), SendOutcome::NotReachable { .. }), "0x{status:x}");
    }
    for status in [0x01, 0x0a, 0x43, 0x48, 0x50, 0x62, 0x400, u32::MAX] {
        assert!(matches!(refused(status), SendOutcome::Rejected { .. }), "0x{status:x}");
    }
    let expected = "the SMSC answered ESME_RINVDSTADR (0x0b)";
    assert_eq!(refused(0x0b), SendOutcome::not_reachable(expected));
    assert!(wants_patience(0x58) && wants_patience(0x14) && !wants_patience(0x08));
}

#[test]
fn debug_shows_neither_number_nor_text() {
    let shown = format!("{:?}", submission(&fallback(Content::text("secret"))));
    assert!(!shown.contains("secret") && !shown.contains(&PHONE[1..]), "{shown}");
    assert!(!shown.contains(&format!("{:?}", b"secret")), "{shown}");
}
