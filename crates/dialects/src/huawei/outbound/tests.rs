//! Rows: orders to pushes, answers to outcomes.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::content::{Choice, ChoiceAction, MediaKind};
use usher_domain::delivery::{DeliveryTarget, Notice, Order};
use usher_domain::place::RefusedReason;
use usher_domain::receipt::Report;
use usher_domain::{AccountId, BotId, Class, Content, Delivery, Dialect, Held, MailboxAct, Message, Party, VisitorId};

use crate::outbound::rows::*;
use crate::outbound::{Next, ProviderResponse, SendOutcome, plan};

fn to_huawei(order: Order) -> Delivery {
    to_channel("cec", Dialect::Huawei, order)
}

fn from(from: Party) -> Order {
    let message = Message { id: message_id(), from, content: Content::text("Hi"), ext: None, via: None };
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
            "content": "Hi", "simQuestions": null, "senderNickname": "Li", "senderAvatar": "https://acme.example/li.png",
            "sourceType": "AGENT", "timestamp": 1_614_265_330_250_i64, "messageCode": message_id().to_string(),
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
        secret: None,
    };
    let rows = [
        (from(Party::Bot(BotId::new("helper"))), "CHAT", "TEXT", "ROBOT", "Hi"),
        (from(Party::Tenant), "CHAT", "TEXT", "SYSTEM", "Hi"),
        (message(image), "CHAT", "IMAGE", "AGENT", "objectKey"),
        (
            Order::Notice(Notice::Queued { position: 3, wait: None }),
            "CHAT",
            "TEXT",
            "SYSTEM",
            "You are number 3 in line.",
        ),
        (
            Order::Notice(Notice::Queued { position: 3, wait: Some(Duration::from_secs(61)) }),
            "CHAT",
            "TEXT",
            "SYSTEM",
            "You are number 3 in line, about 2 min.",
        ),
        (
            Order::Notice(Notice::LeaveMessage { reason: RefusedReason::OffHours, text: "Write to us.".into() }),
            "CHAT",
            "TEXT",
            "SYSTEM",
            "Write to us.",
        ),
        (Order::Notice(Notice::Reminder { text: "Hello?".into() }), "CHAT", "TEXT", "SYSTEM", "Hello?"),
        (
            Order::Notice(Notice::Refused { reason: Some(RefusedReason::QueueFull), text: "Full.".into() }),
            "DISCONNECT",
            "TEXT",
            "SYSTEM",
            "Full.",
        ),
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
            Order::Notice(Notice::Refused { reason: None, text: String::new() }),
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
    assert_eq!(
        ended(&to_huawei(Order::Read { messages: vec![message_id()], named: Vec::new() })),
        SendOutcome::silent()
    );
    let unknown = Content::Opaque { kind: "sticker".to_owned(), raw: "1".into() };
    for refused in [message(Content::text("界".repeat(1_025))), message(unknown)] {
        assert!(matches!(ended(&to_huawei(refused)), SendOutcome::NotReachable { .. }));
    }
    let revoke = Order::Revoke { message: message_id() };
    assert!(matches!(ended(&to_huawei(revoke)), SendOutcome::Rejected { .. }));
}

#[test]
fn what_an_agent_has_read_is_pushed_by_the_names_that_the_page_gave() {
    let named = vec!["page-1".into(), "page-2".into()];
    let delivery = to_huawei(Order::Read { messages: vec![message_id()], named });
    let pushed = json_of(&requested(&delivery))["messages"][0].clone();
    let found = (&pushed["controlType"], &pushed["mediaType"], &pushed["content"], &pushed["sourceType"]);
    assert_eq!(found, (&json!("READ"), &json!("TEXT"), &json!("page-1,page-2"), &json!("AGENT")));
    assert_eq!(outcome_of(&delivery, 200, r#"{"resultCode":"0"}"#), SendOutcome::silent(), "no message of ours");
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
    let notice = to_huawei(Order::Notice(Notice::Transferred { target: usher_domain::Target::default() }));
    assert_eq!(outcome_of(&notice, 200, r#"{"resultCode":"0"}"#), SendOutcome::silent());
    for status in [400, 401, 404] {
        let outcome = outcome_of(&delivery, status, r#"{"resultCode":"0"}"#);
        assert!(matches!(outcome, SendOutcome::Rejected { .. }), "{status}");
    }
    assert!(matches!(outcome_of(&delivery, 500, r#"{"resultCode":"0"}"#), SendOutcome::Retry { .. }));
}

fn choice(label: &str, action: Option<ChoiceAction>) -> Choice {
    Choice { postback: label.into(), label: label.into(), action }
}

/// The message in a push.
fn pushed(content: Content) -> Value {
    json_of(&requested(&to_huawei(message(content))))["messages"][0].clone()
}

#[test]
fn a_file_is_named_by_its_key_and_type_and_fetched_by_the_client() {
    let file = |location: &str| Content::Media {
        kind: MediaKind::File,
        location: location.into(),
        format: "pdf".to_owned(),
        name: None,
        bytes: None,
        secret: None,
    };
    let ours = pushed(file("20778-4499.pdf"));
    assert_eq!((&ours["mediaType"], &ours["content"]), (&json!("DOCUMENT"), &json!("20778-4499.pdf")));
    assert_eq!((&ours["mediaFileType"], &ours["contentType"]), (&json!("pdf"), &json!("1")));
    let elsewhere = pushed(file("https://acme.example/a.pdf"));
    assert_eq!(elsewhere["content"], "https://acme.example/a.pdf");
    assert_eq!((&elsewhere["mediaFileType"], &elsewhere["contentType"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_card_goes_out_in_the_form_in_which_visitors_send_theirs() {
    let card = Content::Card {
        title: "测试title".into(),
        description: "".into(),
        media: Some("xxxx-xxxx".into()),
        media_format: Some("img".to_owned()),
        link: None,
        choices: vec![choice("Yes", None)],
    };
    let pushed = pushed(card);
    assert_eq!((&pushed["mediaType"], &pushed["simQuestions"]), (&json!("WEBCARD"), &json!(r#"["Yes"]"#)));
    let inner: Value = serde_json::from_str(pushed["content"].as_str().expect("a string")).expect("JSON in it");
    let expected = json!({
        "title": "测试title", "description": "", "mediaFileId": "xxxx-xxxx", "mediaFileType": "img", "redirectUrl": "",
    });
    assert_eq!(inner, expected);
}

#[test]
fn a_menu_is_its_title_and_the_questions_that_it_offers() {
    let open = ChoiceAction::OpenLink("https://acme.example".into());
    let choices = vec![choice("Where is my order?", None), choice("Shop", Some(open))];
    let menu = pushed(Content::Menu { title: "How can we help?".into(), choices: choices.clone() });
    assert_eq!((&menu["mediaType"], &menu["content"]), (&json!("TEXT"), &json!("How can we help?")));
    let questions = menu["simQuestions"].as_str().expect("a list as a string");
    let questions: Value = serde_json::from_str(questions).expect("JSON in it");
    assert_eq!(questions, json!(["Where is my order?", "Shop: https://acme.example"]));
    let untitled = pushed(Content::Menu { title: "".into(), choices });
    assert!(untitled["content"].as_str().is_some_and(|text| text.contains("Where is my order?")), "{untitled}");
    assert_eq!(untitled["simQuestions"], Value::Null);
}

#[test]
fn a_place_is_degrees_between_slashes() {
    let place = pushed(Content::Location { latitude: "31.2".into(), longitude: "121.4".into(), address: None });
    assert_eq!((&place["mediaType"], &place["content"]), (&json!("LOCATE"), &json!("31.2/121.4/")));
}

#[test]
fn a_visitor_may_write_on_after_a_timeout_where_the_account_allows_it() {
    let closed = |by_agent| Order::Notice(Notice::Closed { by_agent });
    let is_offline = |account: &str, order: Order| {
        let request = requested(&to_channel(account, Dialect::Huawei, order));
        json_of(&request)["messages"][0]["isOfflineStatus"].clone()
    };
    for order in [closed(false), Order::Closed, Order::Notice(Notice::Refused { reason: None, text: String::new() })] {
        assert_eq!(is_offline("cec app", order.clone()), json!(true), "{order:?}");
        assert_eq!(is_offline("cec", order), json!(false));
    }
    for order in [
        closed(true),
        Order::Notice(Notice::Transferred { target: usher_domain::Target::default() }),
        message(Content::text("Hi")),
    ] {
        assert_eq!(is_offline("cec app", order.clone()), json!(false), "{order:?}");
    }
}

#[test]
fn a_push_is_signed_where_the_account_has_an_access_key() {
    let request = requested(&to_channel("cec app", Dialect::Huawei, message(Content::text("Hi"))));
    let header = headers_of(&request)["authorization"].to_owned();
    let [scheme, key, timestamp, signed, signature] = header.split('/').collect::<Vec<_>>()[..] else {
        panic!("not five parts: {header}")
    };
    assert_eq!((scheme, key, signed), ("auth-v2", "app-ak", "content-type"));
    assert_eq!(timestamp, json_of(&request)["timestamp"].to_string(), "the body's own");
    assert!(signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()), "{signature}");
}

#[test]
fn a_push_with_oauth_names_its_application_and_how_its_token_comes() {
    let request = requested(&to_channel("cec oauth", Dialect::Huawei, message(Content::text("Hi"))));
    let headers = headers_of(&request);
    assert_eq!((headers["x-app-key"], headers.get("authorization")), ("push-app", None));
    let grant = request.grant.clone().expect("a token comes first");
    assert!(!grant.key().contains("push-secret"), "{}", grant.key());
    let asked = grant.request(NOW).expect("a token call");
    assert_eq!((asked.method, asked.url.as_str()), ("POST", "https://cec.example/token"));
    assert_eq!(json_of(&asked), json!({ "app_key": "push-app", "app_secret": "push-secret" }));
    let body = br#"{"AccessToken":"t","ApplyType":"Bearer","Expires":"600"}"#.to_vec();
    let token = grant.answered(&ProviderResponse { status: 200, retry_after: None, body }).expect("a token");
    assert_eq!((token.value.expose_secret(), token.lifetime), ("t", Duration::from_secs(600)));
    assert_eq!(headers_of(&request.bearing(&token.value))["authorization"], "Bearer t");
}

/// What is put into the mailbox of the polled account.
pub(in crate::huawei) fn put(order: Order) -> Held {
    match plan(&to_channel("cec polled", Dialect::Huawei, order), &accounts(), NOW) {
        Next::Hold(act) => match *act {
            MailboxAct::Put(held) => held,
            other => panic!("nothing is put in: {other:?}"),
        },
        other => panic!("nothing is held: {other:?}"),
    }
}

#[test]
fn what_nobody_is_pushed_waits_for_a_poll() {
    let held = put(message(Content::text("Hi")));
    let payload: Value = serde_json::from_str(held.payload.as_str()).expect("JSON");
    let pushed = json_of(&requested(&to_huawei(message(Content::text("Hi")))))["messages"][0].clone();
    let expected = {
        let mut expected = pushed;
        expected["from"] = json!("3");
        expected
    };
    assert_eq!(payload, expected, "as a push says it");
    assert!(!held.payload.as_str().contains('\n'), "on one line");
    assert_eq!(held.message, Some(message_id()));
    let release = held.release.expect("in a session");
    assert_eq!(release.after, Duration::from_secs(60));
    assert_eq!((release.account.account.as_str(), release.account.dialect), ("cec polled", Dialect::Huawei));
    assert!(put(Order::Notice(Notice::Closed { by_agent: true })).ends_watch);
}

#[test]
fn a_push_of_the_tenants_server_watches_for_nobody() {
    let mut delivery = to_channel("cec polled", Dialect::Huawei, message(Content::text("Hi")));
    delivery.session = None;
    let Next::Hold(act) = plan(&delivery, &accounts(), NOW) else { panic!("nothing is held") };
    assert!(matches!(*act, MailboxAct::Put(Held { release: None, .. })), "{act:?}");
}

/// The messages of what is put in.
fn told(held: &Held) -> Vec<Value> {
    match serde_json::from_str(held.payload.as_str()).expect("JSON") {
        Value::Array(messages) => messages,
        message => vec![message],
    }
}

#[test]
fn a_content_of_more_than_500_characters_is_one_thing_in_parts() {
    let whole = put(message(Content::text("界".repeat(500))));
    assert_eq!(told(&whole).len(), 1);
    let parted = put(message(Content::text("界".repeat(1_001))));
    let lengths = told(&parted).iter().map(|part| part["content"].as_str().map(|text| text.chars().count())).collect();
    assert_eq!((lengths, parted.message), (vec![Some(500), Some(500), Some(1)], Some(message_id())));
    let menu =
        put(message(Content::Menu { title: "x".repeat(600).as_str().into(), choices: vec![choice("Yes", None)] }));
    let questions: Vec<Value> = told(&menu).iter().map(|part| part["simQuestions"].clone()).collect();
    assert_eq!(questions, [Value::Null, json!(r#"["Yes"]"#)], "below the last part");
}

#[test]
fn what_can_not_be_parted_is_refused_and_what_waits_can_be_withdrawn() {
    let plan = |order: Order| plan(&to_channel("cec polled", Dialect::Huawei, order), &accounts(), NOW);
    let card = Content::Card {
        title: "x".repeat(500).as_str().into(),
        description: "".into(),
        media: None,
        media_format: None,
        link: Some("https://acme.example".into()),
        choices: Vec::new(),
    };
    for too_long in [message(card), message(Content::text("界".repeat(1_025)))] {
        let refused = plan(too_long);
        assert!(matches!(refused, Next::Done(SendOutcome::NotReachable { .. })), "{refused:?}");
    }
    assert_eq!(plan(Order::Typing), Next::Done(SendOutcome::silent()));
    let withdrawn = plan(Order::Revoke { message: message_id() });
    assert!(matches!(&withdrawn, Next::Hold(act) if matches!(**act, MailboxAct::Withdraw { .. })), "{withdrawn:?}");
}
