//! The pushes as rows: reports and incoming SMS as the vendor's pages show them.

use proptest::prelude::*;
use serde_json::{Value, json};
use usher_domain::conversation::VisitorAct;
use usher_domain::envelope::DeadLetter;
use usher_domain::receipt::Leg;
use usher_domain::{ConversationId, MessageId, VisitorId};

use super::*;
use crate::inbound::sample::Sample;

const TOKEN: &str = "sample-callback-token";

fn push(kind: &str, list: &Value) -> Sample {
    Sample::post(format!("/webhooks/sms/acme/sms cn/{kind}/{TOKEN}").replace(' ', "%20"), list.to_string())
}

fn out_id() -> OutId {
    OutId { conversation: ConversationId::from_bits(7), message: MessageId::from_bits(9), leg: Leg::Sms }
}

/// The example of the vendor's page, about a message of ours.
fn delivered() -> Value {
    json!({
        "phone_number": "13811110000", "send_time": "2017-01-01 00:00:00", "report_time": "2017-01-01 00:00:00",
        "success": true, "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": "12345",
        "out_id": out_id().text(),
    })
}

fn failed(code: &str) -> Value {
    let mut report = delivered();
    report["success"] = json!(false);
    report["err_code"] = json!(code);
    report
}

fn said(number: &str, content: &str, sequence: Value) -> Value {
    json!({
        "phone_number": number, "content": content, "send_time": "2017-09-01 00:00:00", "dest_code": "1234",
        "sequence_id": sequence,
    })
}

fn bodies(sample: &Sample) -> Vec<Body> {
    sample.receive().expect("accepted").bodies
}

fn letters(bodies: &[Body]) -> Vec<&DeadLetter> {
    bodies.iter().filter_map(|body| if let Body::DeadLetter(letter) = body { Some(letter) } else { None }).collect()
}

#[test]
fn report_is_a_receipt_of_the_message_in_out_id() {
    let sample = push("reports", &json!([delivered()]));
    let input = sample.input();
    assert_eq!(input.conversation, out_id().conversation);
    let ConversationAct::Receipt(receipt) = input.act else { panic!("no receipt") };
    assert_eq!((receipt.message, receipt.leg, receipt.report), (out_id().message, Leg::Sms, Report::Delivered));
    assert_eq!(receipt.account.expect("by whom").as_str(), "sms cn");
    let answer = sample.answer();
    assert_eq!(
        (answer.status, String::from_utf8(answer.body).unwrap()),
        (200, r#"{"code":0,"msg":"成功"}"#.to_owned())
    );
}

#[test]
fn failed_report_may_have_arrived_and_tells_the_code_alone() {
    let reason = |code| match push("reports", &json!([failed(code)])).input().act {
        ConversationAct::Receipt(Receipt { report: Report::Failed { attempts: Attempts::Maybe, reason }, .. }) => {
            reason
        }
        other => panic!("not failed: {other:?}"),
    };
    assert_eq!(reason("MK:0001"), "the provider reported MK:0001");
    assert_eq!(reason("13811110000"), "the provider reported a failure");
}

#[test]
fn batch_is_read_one_by_one_and_one_bad_report_costs_the_others_nothing() {
    let others = json!({ "out_id": "67890", "success": true });
    let list = json!([delivered(), 7, others, { "out_id": out_id().text(), "success": "yes" }, failed("X")]);
    let accepted = push("reports", &list).receive().expect("accepted");
    let receipts = accepted.bodies.iter().filter(|body| matches!(body, Body::Conversation(_))).count();
    assert_eq!((receipts, letters(&accepted.bodies).len(), accepted.answer.status), (2, 2, 200));
    let reasons: Vec<&str> = letters(&accepted.bodies).iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["[1]: must be a JSON object", "[3].success: must be true or false"]);
    assert!(accepted.notices.contains(&"sms-report-of-others"));
}

#[test]
fn same_report_twice_has_one_id() {
    let id = |report: Value| push("reports", &json!([report])).input().id;
    assert_eq!(id(delivered()), id(delivered()));
    assert_ne!(id(delivered()), id(failed("X")));
}

#[test]
fn incoming_sms_is_a_message_of_the_phone() {
    let bodies = bodies(&push("incoming", &json!([said("13811110000", "内容", json!(1_234_567_890))])));
    let [Body::Conversation(input)] = bodies.as_slice() else { panic!("one input: {bodies:?}") };
    let visitor = VisitorId::new("+8613811110000");
    assert_eq!(input.conversation, ConversationId::of(&input.tenant, &AccountId::new("sms cn"), &visitor));
    let ConversationAct::Visitor(said) = &input.act else { panic!("not of the visitor") };
    assert_eq!(said.act, VisitorAct::Message { content: Content::text("内容"), ask: None });
}

#[test]
fn opting_out_by_sms_is_no_message() {
    let act = push("incoming", &json!([said("13811110000", " td ", json!("1"))])).input().act;
    let ConversationAct::Visitor(said) = act else { panic!("not of the visitor") };
    assert_eq!(said.act, VisitorAct::Subscription { opted_out: true });
}

#[test]
fn repeat_of_an_sms_has_its_id_and_the_same_words_again_another() {
    let id = |sequence: Value| push("incoming", &json!([said("13811110000", "Hi", sequence)])).input().id;
    assert_eq!(id(json!(1)), id(json!("1")), "a number or a text");
    assert_ne!(id(json!(1)), id(json!(2)));
}

#[test]
fn numbers_get_their_country() {
    let rows = [
        ("13811110000", Some("+8613811110000")),
        ("8613811110000", Some("+8613811110000")),
        ("+8613811110000", Some("+8613811110000")),
        ("0085298765432", Some("+85298765432")),
        ("85298765432", Some("+85298765432")),
        ("1381111****", None),
        ("", None),
    ];
    for (text, expected) in rows {
        assert_eq!(phone(text).as_ref().map(PhoneNumber::as_str), expected, "{text}");
    }
}

#[test]
fn what_can_not_be_read_goes_to_the_dead_letters_and_is_answered_with_200() {
    for (label, body) in
        [("no JSON", "["), ("no list", "{}"), ("NUL", r#"[{"phone_number":"13811110000","content":"a\u0000"}]"#)]
    {
        let mut sample = push("incoming", &json!([]));
        sample.body = body.as_bytes().to_vec();
        let accepted = sample.receive().expect(label);
        assert_eq!((letters(&accepted.bodies).len(), accepted.answer.status), (1, 200), "{label}");
    }
}

#[test]
fn wrong_pushes_are_refused_as_the_service_reads_answers() {
    let good = push("reports", &json!([delivered()]));
    let at = |path: &str| {
        let mut sample = good.clone();
        sample.path = path.to_owned();
        sample
    };
    let mut got = good.clone();
    got.method = "GET";
    let rows = [
        ("wrong token", at("/webhooks/sms/acme/sms%20cn/reports/other"), 401),
        ("no token", at("/webhooks/sms/acme/sms%20cn/reports/"), 401),
        ("other tenant", at(&good.path.replace("acme", "other")), 404),
        ("account of another provider", at(&good.path.replace("sms%20cn", "sms")), 404),
        ("unknown kind", at(&good.path.replace("reports", "up")), 404),
        ("not posted", got, 405),
    ];
    for (label, sample, expected) in rows {
        assert_eq!(sample.refusal().0, expected, "{label}");
    }
    let answer = at("/webhooks/sms/acme/sms%20cn/reports/other").answer();
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((answer.status, &body["code"]), (401, &json!(401)));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in ["reports", "incoming"] {
            let mut sample = push(kind, &json!([]));
            sample.body.clone_from(&body);
            prop_assert_eq!(sample.answer().status, 200);
        }
    }
}
