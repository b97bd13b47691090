//! The callback: signature, window, what is not for us, each type of body.

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::content::MediaKind;
use usher_domain::conversation::VisitorAct;
use usher_domain::{AccountId, Body, Content, ConversationId, TenantId, VisitorId};

use super::*;
use crate::inbound::replays::Replays;

#[test]
fn message_is_the_visitors_of_this_account() {
    let sample = changed(|_| ());
    assert_eq!(answer(&sample), (200, json!({ "valid": true })));
    let input = sample.input();
    let (tenant, account, visitor) = (TenantId::new("acme"), AccountId::new("im"), VisitorId::new(VISITOR));
    assert_eq!((&input.tenant, input.conversation), (&tenant, ConversationId::of(&tenant, &account, &visitor)));
    let said = said(input);
    assert_eq!((said.account.account, said.visitor), (account, visitor));
    assert_eq!(said.act, says(Content::text("Hi")));
}

#[test]
fn signature_is_md5_of_call_secret_and_timestamp() {
    assert_eq!(security("acme-im#shop_1", "cb-secret", NOW.millis()), "0f8f0cdbf79dd9c26e95a018419af57f");
    let upper = changed(|body| body["security"] = json!("0f8f0cdbf79dd9c26e95a018419af57f".to_ascii_uppercase()));
    assert_eq!(answer(&upper).0, 200, "hex of either case");
    type Change = fn(&mut Value);
    let rows: [(&str, Change); 8] = [
        ("another secret", |body| body["security"] = json!(security("acme-im#shop_1", "other", NOW.millis()))),
        ("another call", |body| body["callId"] = json!("acme-im#shop_2")),
        ("another instant", |body| body["timestamp"] = json!(NOW.millis() + 1)),
        ("no signature", |body| body["security"] = json!(null)),
        ("an empty one", |body| body["security"] = json!("")),
        ("a list", |body| body["security"] = json!([])),
        ("no call", |body| body["callId"] = json!(null)),
        ("no instant", |body| body["timestamp"] = json!(null)),
    ];
    for (label, change) in rows {
        let (status, body) = answer(&changed(change));
        assert_eq!((status, &body["error"]), (401, &json!("unauthorized")), "{label}");
    }
}

#[test]
fn timestamp_counts_for_15_minutes_either_way() {
    let signed_at = |now| Sample { now, ..changed(|_| ()) };
    let window = Duration::from_secs(15 * 60);
    for good in [NOW, NOW.plus(window), NOW.minus(window)] {
        assert_eq!(answer(&signed_at(good)).0, 200);
    }
    for bad in [NOW.plus(window).plus(Duration::from_millis(1)), NOW.minus(window).minus(Duration::from_millis(1))] {
        assert_eq!(signed_at(bad).refusal().0, 401);
    }
    let text = changed(|body| body["timestamp"] = json!(NOW.millis().to_string()));
    assert_eq!(answer(&text).0, 200, "as text too");
    let far = "9999999999999999999999";
    let huge = changed(|body| {
        body["timestamp"] = json!(far);
        body["security"] = json!(
            Md5::digest(format!("acme-im#shop_1cb-secret{far}"))
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        );
    });
    assert_eq!(huge.refusal().0, 401);
}

#[test]
fn repeat_has_the_same_id_and_so_has_the_same_message_by_rest() {
    assert_eq!(changed(|_| ()).input().id, changed(|body| body["msg_id"] = json!("2")).input().id, "callId decides");
    assert_ne!(changed(|_| ()).input().id, changed(|body| body["from"] = json!("other")).input().id);
    let msg = json!({ "type": "txt", "msg": "Hi" });
    let ext = |id: &str| json!({ "weichat": { "msg_id_for_ack": id } });
    let by_callback = callback(&callback_body(&msg, &ext("a1"))).input().id;
    assert_eq!(by_callback, legacy(&legacy_body(&msg, &ext("a1"))).input().id);
    assert_ne!(by_callback, legacy(&legacy_body(&msg, &ext("a2"))).input().id);
}

#[test]
fn what_is_not_said_to_this_account_is_answered_and_counted() {
    type Change = fn(&mut Value);
    let rows: [(Change, &str); 4] = [
        (|body| body["eventType"] = json!("chat_offline"), "easemob-other-event"),
        (|body| body["chat_type"] = json!("groupchat"), "easemob-other-event"),
        (|body| body["to"] = json!("somebody"), "easemob-other-user"),
        (
            |body| {
                body["from"] = json!("kefu");
                body["to"] = json!(VISITOR);
            },
            "easemob-other-user",
        ),
    ];
    for (change, notice) in rows {
        let accepted = changed(change).receive().expect("accepted");
        assert_eq!((accepted.bodies.len(), accepted.notices.as_slice()), (0, &[notice][..]));
        assert_eq!(accepted.answer.status, 200);
    }
}

#[test]
fn each_type_of_body_has_its_content() {
    let url = "https://a1.easemob.com/acme-im/shop/chatfiles/5dd6";
    let media = |kind, bytes, secret: Option<&str>| Content::Media {
        kind,
        location: url.into(),
        format: String::new(),
        name: Some("a.jpg".into()),
        bytes,
        secret: secret.map(Into::into),
    };
    let custom = json!({ "type": "custom", "customEvent": "gift", "customExts": { "name": "flower" } });
    let rows = [
        (json!({ "type": "txt", "msg": "Hi\n" }), Content::text("Hi\n")),
        (
            json!({ "type": "img", "url": url, "filename": "a.jpg", "secret": "s", "file_length": 128,
                    "size": { "width": 480, "height": 720 } }),
            media(MediaKind::Image, Some(128), Some("s")),
        ),
        (
            json!({ "type": "audio", "url": url, "filename": "a.jpg", "length": 10 }),
            media(MediaKind::Audio, None, None),
        ),
        (
            json!({ "type": "video", "url": url, "filename": "a.jpg", "thumb": url, "length": 0, "file_length": 5 }),
            media(MediaKind::Video, Some(5), None),
        ),
        (json!({ "type": "file", "url": url, "filename": "a.jpg" }), media(MediaKind::File, None, None)),
        (
            json!({ "type": "loc", "lat": 39.938_881, "lng": "116.340_836".replace('_', ""), "addr": "西城区" }),
            Content::Location {
                latitude: "39.938881".into(),
                longitude: "116.340836".into(),
                address: Some("西城区".into()),
            },
        ),
        (custom.clone(), opaque("custom", &custom)),
        (json!({ "type": "cmd", "action": "run1" }), Content::Opaque { kind: "cmd".to_owned(), raw: "run1".into() }),
    ];
    for (body, expected) in rows {
        let sample = callback(&callback_body(&body, &json!(null)));
        assert_eq!(said(sample.input()).act, says(expected), "{body}");
    }
    let typing = callback(&callback_body(&json!({ "type": "cmd", "action": "TypingBegin" }), &json!({})));
    assert_eq!(said(typing.input()).act, VisitorAct::Typing);
}

#[test]
fn several_bodies_are_several_messages() {
    for ext in [json!({}), json!({ "weichat": { "msg_id_for_ack": "a1" } })] {
        let sample = changed(|body| {
            body["payload"]["bodies"] = json!([{ "type": "txt", "msg": "one" }, { "type": "txt", "msg": "two" }]);
            body["payload"]["ext"] = ext.clone();
        });
        let bodies = sample.receive().expect("accepted").bodies;
        let [Body::Conversation(one), Body::Conversation(two)] = bodies.as_slice() else { panic!("{bodies:?}") };
        assert_ne!(one.id, two.id, "{ext}");
    }
}

#[test]
fn odd_ext_costs_no_words() {
    for ext in [json!("text"), json!({ "weichat": 7 }), json!({ "weichat": { "visitor": { "tags": "vip" } } })] {
        let sample = callback(&callback_body(&json!({ "type": "txt", "msg": "Hi" }), &ext));
        let accepted = sample.receive().expect("accepted");
        assert_eq!(accepted.notices, ["easemob-odd-ext"], "{ext}");
        let said = said(sample.input());
        assert_eq!(said.act, says(Content::text("Hi")));
        assert_eq!(said.ext, Some(ext.to_string().into()), "it goes along unread");
    }
}

#[test]
fn signed_but_unreadable_is_a_dead_letter_and_200() {
    type Change = fn(&mut Value);
    let rows: [(&str, Change); 8] = [
        ("payload", |body| body["payload"] = json!(null)),
        ("payload.bodies", |body| body["payload"]["bodies"] = json!([])),
        ("payload.bodies[0]", |body| body["payload"]["bodies"] = json!(["x"])),
        ("payload.bodies[0].type", |body| body["payload"]["bodies"] = json!([{ "msg": "Hi" }])),
        ("payload.bodies[0].msg", |body| body["payload"]["bodies"][0]["msg"] = json!("a\0")),
        ("payload.bodies[0].url", |body| body["payload"]["bodies"][0] = json!({ "type": "img" })),
        ("from", |body| body["from"] = json!(7)),
        ("appkey", |body| body["appkey"] = json!("acme-im#other")),
    ];
    for (field, change) in rows {
        let sample = changed(change);
        let accepted = sample.receive().expect("answered");
        assert_eq!(accepted.notices, ["easemob-dead-letter"], "{field}");
        let [Body::DeadLetter(letter)] = accepted.bodies.as_slice() else { panic!("{field}: {:?}", accepted.bodies) };
        assert!(letter.reason.starts_with(&format!("{field}: ")), "{}", letter.reason);
        assert_eq!((letter.payload.as_slice(), answer(&sample).0), (sample.body.as_slice(), 200));
    }
}

#[test]
fn account_of_another_tenant_or_dialect_looks_like_none() {
    let at = |path: &str| Sample { path: path.to_owned(), ..changed(|_| ()) };
    let unknown = at("/webhooks/easemob/acme/nobody").refusal();
    assert_eq!(unknown.0, 404);
    for path in ["/webhooks/easemob/acme/web", "/webhooks/easemob/nobody/im"] {
        assert_eq!(at(path).refusal(), unknown);
    }
    assert_eq!(answer(&at("/webhooks/easemob/acme")).1["error"], "service_resource_not_found");
}

#[test]
fn call_id_of_another_message_is_refused_and_a_repeat_is_not() {
    let replays = Replays::default();
    let status = |sample: &Sample| sample.receive_after(&replays).map_err(|condition| condition.status());
    let first = changed(|_| ());
    assert!(status(&first).is_ok());
    assert!(status(&first).is_ok(), "the vendor tries once more");
    let by_another_host = changed(|body| body["host"] = json!("msync@2"));
    assert_eq!(status(&by_another_host).map(|accepted| accepted.bodies.len()), Ok(1));
    type Change = fn(&mut Value);
    let others: [(&str, Change); 3] = [
        ("another visitor", |body| body["from"] = json!("somebody")),
        ("other words", |body| body["payload"]["bodies"][0]["msg"] = json!("Ho")),
        ("another wish", |body| body["payload"]["ext"] = json!({ "weichat": { "queueName": "vip" } })),
    ];
    for (label, change) in others {
        assert_eq!(status(&changed(change)), Err(401), "{label}");
    }
    let offline = changed(|body| body["eventType"] = json!("chat_offline"));
    assert!(status(&offline).is_ok(), "what is not served is answered as ever");
}

#[test]
fn one_signature_is_not_for_many_dead_letters() {
    let replays = Replays::default();
    let status = |sample: &Sample| sample.receive_after(&replays).map_err(|condition| condition.status());
    let unreadable = |word: &str| changed(|body| body["payload"] = json!(word));
    assert!(status(&unreadable("one")).is_ok());
    assert!(status(&unreadable("one")).is_ok(), "the vendor tries once more");
    assert_eq!(status(&unreadable("two")).err(), Some(401));
    let deep = format!("{{\"payload\":{},", "[".repeat(200) + &"]".repeat(200));
    let deep = Sample {
        body: String::from_utf8(changed(|_| ()).body).expect("UTF-8").replacen('{', &deep, 1).into(),
        ..changed(|_| ())
    };
    assert_eq!(status(&deep).err(), Some(401), "however broken");
    assert_eq!(status(&changed(|_| ())).err(), Some(401));
}
