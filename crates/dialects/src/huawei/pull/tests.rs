//! Polls as rows: who may, for whom, and what is told.

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::content::Private;
use usher_domain::delivery::Order;
use usher_domain::{Content, DeliveryId, TenantId};

use super::super::inbound::tests::tokens::with_access_at;
use super::super::inbound::tests::with_app;
use super::super::outbound::tests::put as held;
use super::*;
use crate::accounts::AccountsFile;
use crate::inbound::replays::Replays;
use crate::inbound::sample::{NOW, Sample};
use crate::outbound::rows::{message, message_id};
use crate::pull;

const USER: &str = "user_1";
const CHANNEL: &str = "1011577355744904195";

/// The accounts of the samples, where the Huawei account of `acme` is polled.
fn accounts() -> Accounts {
    let mut file: Value = serde_json::from_str(include_str!("../../inbound/sample.json")).expect("JSON");
    let channel = &mut file["tenants"][0]["accounts"][1]["channel"];
    assert_eq!(channel["channel_id"], CHANNEL);
    channel["push_url"] = Value::Null;
    channel["push_auth"] = Value::Null;
    let file: AccountsFile = serde_json::from_value(file).expect("an accounts file");
    Accounts::check(file).expect("consistent")
}

fn token(user: &str) -> String {
    let body = json!({ "userId": user, "userName": "u", "channelId": CHANNEL, "locale": "zh" });
    let answer = with_app(Sample::post("/apiaccess/ccmessaging/applyToken", body.to_string()), "1").answer();
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body["token"].as_str().expect("a token").to_owned()
}

fn poll(query: &str) -> Sample {
    let sample = with_app(Sample::post(POLL, ""), "1").without("content-type");
    let sample = sample.header("ccmessaging-token", token(USER));
    Sample { method: "GET", query: query.to_owned(), ..sample }
}

fn read_with(sample: &Sample, accounts: &Accounts) -> Result<Pull, Condition> {
    sample.with(&Replays::default(), |request| pull::receive(request, accounts))
}

fn read(sample: &Sample) -> Result<Pull, Condition> {
    read_with(sample, &accounts())
}

#[test]
fn a_poll_is_of_its_user_on_the_channel_of_the_token() {
    let rows = [
        ("receiverId=user_1&channel=WEB", false),
        ("channel=web&receiverId=user%5F1&isNeedRead=true", true),
        ("receiverId=user_1&channel=WEB&isNeedRead=True", true),
        ("receiverId=user_1&channel=WEB&isNeedRead=false", false),
        ("receiverId=user_1&channel=WEB&isNeedRead=", false),
    ];
    for (query, reads) in rows {
        let pull = read(&poll(query)).expect(query);
        assert_eq!((pull.tenant.as_str(), pull.account.as_str(), pull.visitor.as_str()), ("acme", "aicc", USER));
        let visitor = VisitorId::new(USER);
        let same = ConversationId::of(&TenantId::new("acme"), &AccountId::new("aicc"), &visitor);
        assert_eq!((pull.conversation, pull.want), (same, Want::Poll { reads }), "{query}: as ingest derives it");
    }
}

#[test]
fn nobody_polls_for_another_or_without_the_three_headers() {
    let good = poll("receiverId=user_1&channel=WEB");
    let rows = [
        ("for another user", poll("receiverId=user_2&channel=WEB"), 401),
        ("token of another user", good.clone().header("ccmessaging-token", token("user_2")), 401),
        ("no receiver", poll("channel=WEB"), 400),
        ("no channel", poll("receiverId=user_1"), 400),
        ("another channel", poll("receiverId=user_1&channel=APP"), 400),
        ("receiver too long", poll(&format!("receiverId={}&channel=WEB", "x".repeat(65))), 400),
        ("no messaging token", good.clone().without("ccmessaging-token"), 401),
        ("no app key", good.clone().without("x-app-key"), 401),
        ("no access token", good.clone().without("authorization"), 401),
        ("POST", Sample { method: "POST", ..good.clone() }, 405),
    ];
    for (label, sample, status) in rows {
        let condition = read(&sample).expect_err(label);
        assert_eq!(condition.status(), status, "{label}: {condition}");
        let answer = sample.with(&Replays::default(), |request| crate::inbound::refuse(&request.head(), &condition));
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(body["resultCode"], status.to_string(), "{label}");
    }
    let pushed = read_with(&good, &crate::inbound::sample::accounts()).expect_err("it is pushed to");
    assert_eq!(pushed.to_string(), "messages of this channel are pushed, not polled for");
}

#[test]
fn what_waits_is_told_in_order_in_the_vendors_shape() {
    let pull = read(&poll("receiverId=user_1&channel=WEB")).expect("a poll");
    let payloads: Vec<Private> = (0..3).map(|at| json!({ "content": at.to_string() }).to_string().into()).collect();
    let waiting: Vec<Waiting<'_>> = (0_i64..)
        .zip(&payloads)
        .map(|(seq, payload)| Waiting { seq: 10 + seq, delivery: DeliveryId::from_bits(7), payload })
        .collect();
    let told = pull::told(&pull, &waiting);
    let body: Value = serde_json::from_slice(&told.body).expect("JSON");
    assert_eq!((&body["resultCode"], &body["resultDesc"]), (&json!("0"), &json!("query user messages success.")));
    assert_eq!(body["downlinkMessages"], json!([{ "content": "0" }, { "content": "1" }, { "content": "2" }]));
    let nothing = pull::told(&pull, &[]);
    let body: Value = serde_json::from_slice(&nothing.body).expect("JSON");
    assert_eq!(body["downlinkMessages"], json!([]));
}

/// The messages that a poll with this query is told when these orders wait.
fn told_of(query: &str, orders: Vec<Order>) -> Vec<Value> {
    let payloads: Vec<Private> = orders.into_iter().map(|order| held(order).payload).collect();
    let waiting: Vec<Waiting<'_>> = (0_i64..)
        .zip(&payloads)
        .map(|(seq, payload)| Waiting { seq, delivery: DeliveryId::from_bits(7), payload })
        .collect();
    let pull = read(&poll(&format!("receiverId=user_1&channel=WEB{query}"))).expect("a poll");
    let body: Value = serde_json::from_slice(&pull::told(&pull, &waiting).body).expect("JSON");
    body["downlinkMessages"].as_array().expect("a list").clone()
}

fn contents(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["content"].as_str().expect("a text")).collect()
}

#[test]
fn what_was_read_is_told_to_a_page_that_asks_for_it_and_to_no_other() {
    let read = Order::Read { messages: vec![message_id()], named: vec!["m1".into(), "m2".into()] };
    let like_it = r#"{"controlType":"READ"}"#;
    let waiting = || vec![read.clone(), message(Content::text(like_it))];
    let asked = told_of("&isNeedRead=true", waiting());
    assert_eq!(contents(&asked), ["m1,m2", like_it]);
    assert_eq!((&asked[0]["controlType"], &asked[0]["sourceType"]), (&json!("READ"), &json!("AGENT")));
    assert_eq!(contents(&told_of("", waiting())), [like_it]);
    let many = (0..32).map(|n| format!("{n:032}").into()).collect();
    let parts = told_of("&isNeedRead=true", vec![Order::Read { messages: vec![message_id()], named: many }]);
    assert_eq!(parts.len(), 3, "15 names have room in one");
    assert!(parts.iter().all(|part| part["controlType"] == "READ"));
    assert_eq!(
        told_of("", vec![Order::Read { messages: Vec::new(), named: vec!["m".repeat(501).into()] }]),
        Vec::<Value>::new()
    );
}

#[test]
fn a_long_text_is_told_in_parts_in_order_each_with_a_code_of_its_own() {
    let long = format!("{}{}", "界".repeat(500), "x".repeat(300));
    let told = || told_of("", vec![message(Content::text(long.as_str())), message(Content::text("after"))]);
    let messages = told();
    assert_eq!(contents(&messages), ["界".repeat(500), "x".repeat(300), "after".to_owned()]);
    let code = |at: usize| messages[at]["messageCode"].as_str().expect("a code").to_owned();
    assert_eq!((code(0), code(1)), (message_id().to_string(), format!("{}-2", message_id())));
    assert_eq!(told(), messages, "the same however often it is told");
}

#[test]
fn a_poll_renews_a_token_that_ended_lately() {
    let good = poll("receiverId=user_1&channel=WEB");
    let at = |seconds| read(&with_access_at(&good, seconds)).expect("a poll");
    assert_eq!(pull::told(&at(3_599), &[]).headers, []);
    let renewed = pull::told(&at(3_600), &[]).headers;
    let [(name, token)] = renewed.as_slice() else { panic!("one header: {} of them", renewed.len()) };
    assert_eq!(*name, "ccmessaging-token");
    let swapped = with_access_at(&good, 7_000).header("ccmessaging-token", token.clone());
    assert_eq!(pull::told(&read(&swapped).expect("a poll"), &[]).headers, []);
    let late = Sample { now: NOW.plus(Duration::from_secs(7_200)), ..good };
    assert_eq!(read(&late).expect_err("too late").status(), 401);
}
