//! Incoming messages as rows.

use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::{AccountId, Body, Content, ConversationId, TenantId, VisitorId};

use super::super::tests::callback;
use super::*;
use crate::inbound::sample::Sample;

const PATH: &str = "/webhooks/sms/acme/sms";

fn sms(fields: &[(&str, &str)]) -> Sample {
    let usual = [("AccountSid", "AC1"), ("From", "+12223334444"), ("MessageSid", "SM1"), ("To", "+4915112345678")];
    callback(PATH, &[&usual, fields].concat())
}

/// What the visitor does by each input of a message.
fn acts(sample: &Sample) -> Vec<VisitorAct> {
    let bodies = sample.receive().unwrap_or_else(|condition| panic!("refused: {condition}")).bodies;
    let act = |body| match body {
        Body::Conversation(input) => match input.act {
            ConversationAct::Visitor(said) => said.act,
            other => panic!("not of the visitor: {other:?}"),
        },
        other => panic!("no input: {other:?}"),
    };
    bodies.into_iter().map(act).collect()
}

fn says(content: Content) -> VisitorAct {
    VisitorAct::Message { content, ask: None }
}

#[test]
fn incoming_message_is_heard_and_answered_with_a_document_that_says_nothing() {
    let sample = sms(&[("Body", "Hi & 你好"), ("NumMedia", "0")]);
    assert_eq!(acts(&sample), [says(Content::text("Hi & 你好"))]);
    let input = sample.input();
    let visitor = VisitorId::new("+12223334444");
    assert_eq!(input.conversation, ConversationId::of(&TenantId::new("acme"), &AccountId::new("sms"), &visitor));
    let answer = sample.answer();
    let document = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
    assert_eq!((answer.status, answer.content_type, answer.body.as_slice()), (200, "text/xml", document.as_bytes()));
}

#[test]
fn files_come_after_the_words_each_under_an_id_of_its_own() {
    let sample = sms(&[
        ("Body", "look"),
        ("NumMedia", "2"),
        ("MediaUrl0", "https://media.example/1"),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", "https://media.example/2"),
        ("MediaContentType1", "text/vcard"),
    ]);
    let file = |kind, location: &str, format: &str| {
        says(Content::Media {
            kind,
            location: location.into(),
            format: format.to_owned(),
            name: None,
            bytes: None,
            secret: None,
        })
    };
    let expected = [
        says(Content::text("look")),
        file(MediaKind::Image, "https://media.example/1", "image/jpeg"),
        file(MediaKind::File, "https://media.example/2", "text/vcard"),
    ];
    assert_eq!(acts(&sample), expected);
    let ids = |sample: &Sample| {
        let bodies = sample.receive().expect("accepted").bodies;
        let id = |body: &Body| if let Body::Conversation(input) = body { Some(input.id) } else { None };
        bodies.iter().filter_map(id).collect::<Vec<_>>()
    };
    let mut distinct = ids(&sample);
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((distinct.len(), ids(&sample)), (3, ids(&sample)), "the same on a repeat");
}

#[test]
fn stop_and_start_are_no_messages() {
    for (word, opted_out) in [("Stop", true), ("退订", true), ("start", false)] {
        assert_eq!(acts(&sms(&[("Body", word)])), [VisitorAct::Subscription { opted_out }], "{word}");
    }
}

#[test]
fn nothing_said_writes_nothing() {
    for fields in [&[][..], &[("Body", " \n")][..], &[("Body", ""), ("NumMedia", "0")][..]] {
        let accepted = sms(fields).receive().expect("accepted");
        assert_eq!((accepted.bodies.len(), accepted.notices), (0, vec!["sms-without-words"]));
    }
}

#[test]
fn pair_that_stands_twice_is_signed_once() {
    let once = sms(&[("Body", "Hi"), ("Tag", "a"), ("Tag", "b")]);
    let mut twice = once.clone();
    twice.body.extend_from_slice(b"&Tag=a");
    assert_eq!(acts(&twice), acts(&once));
}

#[test]
fn wrong_messages_are_refused() {
    let good = sms(&[("Body", "Hi")]);
    let mut altered = good.clone();
    altered.body.extend_from_slice(b"&Body=Ho");
    let mut elsewhere = good.clone();
    elsewhere.path = "/webhooks/sms/acme/other".to_owned();
    let rows = [
        ("unsigned", good.clone().without("x-twilio-signature"), 401),
        ("altered", altered, 401),
        ("no such account", elsewhere, 404),
        ("account of another provider", callback("/webhooks/sms/acme/sms%20cn", &[]), 404),
        ("not a form", good.header("content-type", "application/json"), 415),
        ("no sender", callback(PATH, &[("Body", "Hi"), ("MessageSid", "SM1")]), 400),
        ("sender without a number", callback(PATH, &[("Body", "Hi"), ("MessageSid", "SM1"), ("From", "SHOP")]), 400),
        ("no id", callback(PATH, &[("Body", "Hi"), ("From", "+12223334444")]), 400),
        ("NUL", sms(&[("Body", "a\0b")]), 400),
        ("more files than can be", sms(&[("NumMedia", "11")]), 400),
        ("file without address", sms(&[("NumMedia", "1")]), 400),
    ];
    for (label, sample, expected) in rows {
        let (status, sentence) = sample.refusal();
        assert_eq!(status, expected, "{label}: {sentence}");
    }
}
