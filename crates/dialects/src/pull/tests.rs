//! Streams as rows: how a token comes to a page, and what a request with it wants.

use std::time::Duration;

use serde_json::json;
use usher_domain::{AccountId, ConversationId, DeliveryId, TenantId, Timestamp, VisitorId};

use super::stream::{ACK, PROTOCOL, STREAM, acknowledgement};
use super::{Pull, TOKEN_LIFE, Waiting, Want, frame};
use crate::condition::Condition;
use crate::inbound::replays::Replays;
use crate::inbound::sample::{ACME_KEY, NOW, OTHER_KEY, Sample, accounts};

/// The aliyun account of the sample file.
const ACCOUNT: &str = "ice";
const VISITOR: &str = "user0001";

fn asking(account: &str, visitor: &str, key: &str) -> Sample {
    let body = json!({ "account": account, "visitor": visitor });
    Sample::post("/v1/stream-tokens", body.to_string()).header("authorization", format!("Bearer {key}"))
}

fn token() -> String {
    let answer = asking(ACCOUNT, VISITOR, ACME_KEY).answer();
    assert_eq!(answer.status, 200);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(body["expires_in_ms"], 3_600_000);
    body["token"].as_str().expect("a token").to_owned()
}

fn get(query: &str) -> Sample {
    let mut sample = Sample::post(STREAM, "").without("content-type");
    (sample.method, sample.query) = ("GET", query.to_owned());
    sample
}

fn pull(sample: &Sample) -> Result<Pull, Condition> {
    sample.with(&Replays::default(), |request| super::receive(request, &accounts()))
}

#[test]
fn token_opens_the_stream_of_its_visitor_wherever_it_stands() {
    let token = token();
    let rows = [
        get("").header("authorization", format!("Bearer {token}")),
        get("").header("sec-websocket-protocol", format!("{PROTOCOL}, token.{token}")),
        get(&format!("token={token}")),
    ];
    for row in rows {
        let pull = pull(&row).expect("the token is good");
        assert_eq!((pull.tenant.as_str(), pull.account.as_str(), pull.visitor.as_str()), ("acme", ACCOUNT, VISITOR));
        let same = ConversationId::of(&TenantId::new("acme"), &AccountId::new(ACCOUNT), &VisitorId::new(VISITOR));
        assert_eq!(pull.conversation, same, "as ingest derives it");
        assert_eq!(pull.want, Want::Stream { after: None, until: NOW.plus(TOKEN_LIFE) });
    }
}

#[test]
fn token_counts_until_its_life_ends_and_not_when_altered() {
    let token = token();
    let at = |now: Timestamp, token: &str| {
        let mut sample = get(&format!("token={token}"));
        sample.now = now;
        pull(&sample).map_err(|condition| condition.status())
    };
    assert!(at(NOW.plus(TOKEN_LIFE).minus(Duration::from_millis(1)), &token).is_ok());
    assert_eq!(at(NOW.plus(TOKEN_LIFE), &token).err(), Some(401));
    for place in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).expect("ASCII");
        // The last digit of base64 may stand for the same bytes.
        assert!(at(NOW, &altered).err() == Some(401) || place + 1 == token.len(), "byte {place}");
    }
    assert_eq!(pull(&get("")).expect_err("no token").status(), 401);
}

#[test]
fn tokens_are_given_to_their_tenant_for_accounts_that_are_collected_from() {
    let status = |account, visitor, key| asking(account, visitor, key).answer().status;
    assert_eq!(status(ACCOUNT, VISITOR, OTHER_KEY), 404, "another tenant's account looks like none");
    assert_eq!(status("web", VISITOR, ACME_KEY), 400, "a native account's visitors do not collect");
    assert_eq!(status(ACCOUNT, "", ACME_KEY), 400);
    assert_eq!(status(ACCOUNT, VISITOR, "wrong"), 401);
}

#[test]
fn what_the_client_has_is_not_asked_for_again() {
    let token = token();
    let after = |sample: Sample| match pull(&sample.header("authorization", format!("Bearer {token}"))) {
        Ok(Pull { want: Want::Stream { after, .. }, .. }) => Ok(after),
        Ok(other) => panic!("no stream: {other:?}"),
        Err(condition) => Err(condition.to_string()),
    };
    assert_eq!(after(get("after=7")), Ok(Some(7)));
    assert_eq!(after(get("after=7").header("last-event-id", "9")), Ok(Some(9)), "the later word");
    assert_eq!(after(get("").header("last-event-id", "")), Ok(None), "as a browser sends it at first");
    assert_eq!(after(get("after=x")), Err("after: must be the sequence number of a message".to_owned()));
}

#[test]
fn acknowledgement_names_one_sequence_number_and_nothing_else() {
    assert_eq!(acknowledgement(br#"{"ack":12}"#), Ok(12));
    for wrong in
        [&br#"{"ack":-1}"#[..], br#"{"ack":"12"}"#, br#"{"ack":1.5}"#, br#"{"ack":1,"x":2}"#, b"{}", b"12", b""]
    {
        assert_eq!(acknowledgement(wrong).expect_err("refused").status(), 400);
    }
    let token = token();
    let mut sample = Sample::post(ACK, r#"{"ack":12}"#).header("authorization", format!("Bearer {token}"));
    assert_eq!(pull(&sample).expect("good").want, Want::Acknowledge { up_to: 12 });
    sample.method = "GET";
    assert_eq!(pull(&sample).expect_err("a POST").status(), 405);
}

#[test]
fn frame_is_json_with_the_payload_in_it() {
    let payload = json!({ "type": "custom", "text": "满减\n\u{0}" }).to_string().into();
    let waiting = Waiting { seq: 5, delivery: DeliveryId::from_bits(1), payload: &payload };
    let text = frame(&waiting);
    let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(read["seq"], 5);
    assert_eq!(read["id"], DeliveryId::from_bits(1).to_string());
    assert_eq!(read["message"]["text"], "满减\n\u{0}");
    assert!(!text.contains('\n'), "one line, as events need it");
}

#[test]
fn nothing_of_who_pulls_is_shown() {
    let pull = pull(&get(&format!("token={}", token()))).expect("good");
    assert!(!format!("{pull:?}").contains(VISITOR));
}
