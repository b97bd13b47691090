//! The three calls as rows: each sample of the vendor's page on sendAsync as it stands there, each control and media
//! type, limits, tokens.

pub(in crate::huawei) mod tokens;

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use usher_domain::content::MediaKind;
use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::{AccountId, Content, ConversationId, MessageId, Target, TenantId, VisitorId};

use super::{APPLY_TOKEN, SEND_ASYNC, SEND_SYNC, TOKEN_BY_AK_SK};
use crate::inbound::sample::{NOW, Sample, fresh};

const CHANNEL: &str = "1011577355744904195";
pub(super) const USER: &str = "session_1619573111751_user_1619573111751";

fn answer(sample: &Sample) -> (u16, Value) {
    let answer = sample.answer();
    (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

fn access_token(app: &str) -> String {
    let body = json!({"app_key": format!("app-{app}"), "app_secret": format!("app-secret-{app}")});
    let (status, body) = answer(&Sample::post(TOKEN_BY_AK_SK, body.to_string()));
    assert_eq!(status, 200);
    body["AccessToken"].as_str().expect("a token").to_owned()
}

pub(in crate::huawei) fn with_app(sample: Sample, app: &str) -> Sample {
    let bearer = format!("Bearer {}", access_token(app));
    sample.header("x-app-key", format!("app-{app}")).header("authorization", bearer)
}

fn apply(user: &str, channel: &str) -> Sample {
    let body = json!({"userId": user, "userName": "u", "channelId": channel, "locale": "zh"});
    with_app(Sample::post(APPLY_TOKEN, body.to_string()), "1")
}

pub(super) fn messaging_token(user: &str) -> String {
    let (status, body) = answer(&apply(user, CHANNEL));
    assert_eq!((status, &body["resultCode"]), (200, &json!("0")));
    body["token"].as_str().expect("a token").to_owned()
}

/// A sendAsync with all three headers, for the user that the body names.
fn send_raw(user: &str, body: impl Into<Vec<u8>>) -> Sample {
    with_app(Sample::post(SEND_ASYNC, body), "1").header("ccmessaging-token", messaging_token(user))
}

fn send(body: &Value) -> Sample {
    send_raw(USER, body.to_string())
}

/// The page's sample of a chat, changed.
fn chat(change: impl Fn(&mut Value)) -> Value {
    let mut body: Value = serde_json::from_str(CHAT).expect("JSON");
    change(&mut body);
    body
}

fn act(sample: &Sample) -> VisitorAct {
    match sample.input().act {
        ConversationAct::Visitor(input) => input.act,
        other => panic!("not a visitor's: {other:?}"),
    }
}

const CONNECT: &str = r#"{
  "content": "",
  "controlType": "CONNECT",
  "from": "session_1619573111751_user_1619573111751",
  "mediaType": "TEXT",
  "senderNickname": "user_1619573111751",
  "sourceType": "CUSTOMER",
  "timestamp": "1619573122352",
  "to": "1011577355744904195",
  "userAgent": null,
  "senderAvatar": null,
  "channel": "WEB"
}"#;
const CHAT: &str = r#"{
  "content": "Version",
  "controlType": "CHAT",
  "from": "session_1619573111751_user_1619573111751",
  "mediaType": "TEXT",
  "senderNickname": "user_1619573111751",
  "sourceType": "CUSTOMER",
  "timestamp": "1619573123199",
  "to": "1011577355744904195",
  "userAgent": null,
  "senderAvatar": null,
  "channel": "WEB"
}"#;
const TRANS2AGENT: &str = r#"{
  "content": "",
  "controlType": "TRANS2AGENT",
  "from": "session_1619573111751_user_1619573111751",
  "mediaType": "TEXT",
  "senderNickname": "user_1619573111751",
  "sourceType": "CUSTOMER",
  "timestamp": "1619573129953",
  "to": "1011577355744904195",
  "userAgent": null,
  "senderAvatar": null,
  "channel": "WEB"
}"#;
const WEBCARD: &str = r#"{
  "content": "{\"title\":\"测试title 测试title 测试title\",\"description\":\"测试描述 测试描述 测试描述 测试描述\",\"mediaFileId\":\"xxxx-xxxx-xxxx-xxxx-2e171ac78313\",\"mediaFileType\":\"img\",\"redirectUrl\":\"https://www.xxx.com\"}",
  "controlType": "CHAT",
  "from": "session_1619573111751_user_1619573111751",
  "mediaType": "WEBCARD",
  "senderNickname": "user_1619573111751",
  "sourceType": "CUSTOMER",
  "timestamp": "1619573129953",
  "to": "1011577355744904195",
  "userAgent": null,
  "senderAvatar": null,
  "channel": "WEB"
}"#;
const DISCONNECT: &str = r#"{
  "content": "",
  "controlType": "DISCONNECT",
  "from": "session_1619573842490_user_1619573842490",
  "mediaType": "TEXT",
  "senderNickname": "user_1619573842490",
  "sourceType": "CUSTOMER",
  "timestamp": "1619573854156",
  "to": "1011577355744904195",
  "userAgent": null,
  "senderAvatar": null,
  "channel": "WEB"
}"#;

#[test]
fn samples_of_the_page_are_read_and_answered_as_there() {
    let card = Content::Card {
        title: "测试title 测试title 测试title".into(),
        description: "测试描述 测试描述 测试描述 测试描述".into(),
        media: Some("xxxx-xxxx-xxxx-xxxx-2e171ac78313".into()),
        media_format: Some("img".to_owned()),
        link: Some("https://www.xxx.com".into()),
        choices: Vec::new(),
    };
    let says = |content| VisitorAct::Message { content, ask: None };
    let rows = [
        ("connect", CONNECT, VisitorAct::Connect { context: None }),
        ("chat with the bot", CHAT, says(Content::text("Version"))),
        ("to a human", TRANS2AGENT, VisitorAct::Ask { target: Target::default() }),
        ("web card", WEBCARD, says(card)),
        ("disconnect", DISCONNECT, VisitorAct::Leave),
    ];
    for (label, sample, expected) in rows {
        let user = serde_json::from_str::<Value>(sample).expect("JSON")["from"].as_str().expect("from").to_owned();
        let request = send_raw(&user, sample);
        let input = request.input();
        let visitor = VisitorId::new(user.as_str());
        assert_eq!(input.conversation, ConversationId::of(&TenantId::new("acme"), &AccountId::new("aicc"), &visitor));
        let ConversationAct::Visitor(said) = input.act else { panic!("{label}") };
        assert_eq!(said.act, expected, "{label}");
        let nickname = said.profile.nickname.expect("a nickname");
        assert!(nickname.as_str().starts_with("user_"), "{label}");
        assert_eq!(said.account.default_group.expect("stamped").as_str(), "售前");
        let page = json!({"resultCode": "0", "resultDesc": "send sendMessageForOpenApiAsync success."});
        assert_eq!(answer(&request), (200, page), "{label}");
        assert_eq!(request.receive().expect("accepted").notices, ["huawei-long-from"], "{label}");
    }
}

#[test]
fn media_types_become_their_content() {
    let media = |kind, location: &str, format: &str| Content::Media {
        kind,
        location: location.into(),
        format: format.to_owned(),
        name: None,
        bytes: None,
        secret: None,
    };
    let rows = [
        ("IMAGE", "a/b.c,jpg", media(MediaKind::Image, "a/b.c", "jpg")),
        ("FILE_IMAGE", "key,png", media(MediaKind::Image, "key", "png")),
        ("AUDIO", "key,mp3", media(MediaKind::Audio, "key", "mp3")),
        ("VIDEO", "key,mp4", media(MediaKind::Video, "key", "mp4")),
        ("FILE_VIDEO", "key,mp4", media(MediaKind::Video, "key", "mp4")),
        ("FILE", "a,b,c,txt", media(MediaKind::File, "a,b,c", "txt")),
        ("LOCATION", "key,txt", Content::Opaque { kind: "LOCATION".to_owned(), raw: "key,txt".into() }),
        ("TEXT", "key,txt", Content::text("key,txt")),
    ];
    for (media_type, content, expected) in rows {
        let body = chat(|body| {
            body["mediaType"] = json!(media_type);
            body["content"] = json!(content);
        });
        assert_eq!(act(&send(&body)), VisitorAct::Message { content: expected, ask: None }, "{media_type}");
    }
}

#[test]
fn cards_need_one_of_link_and_media() {
    let card = |text: &str| {
        send(&chat(|body| {
            body["mediaType"] = json!("WEBCARD");
            body["content"] = json!(text);
        }))
    };
    let link = card(r#"{"title":null,"redirectUrl":"https://x","mediaFileId":""}"#);
    assert!(matches!(
        act(&link),
        VisitorAct::Message { content: Content::Card { media: None, media_format: None, .. }, .. }
    ));
    let media = card(r#"{"mediaFileId":"m"}"#);
    let VisitorAct::Message { content: Content::Card { media_format, link, .. }, .. } = act(&media) else {
        panic!("no card")
    };
    assert_eq!((media_format.as_deref(), link), (Some("jpg"), None));
    for (label, text) in
        [("neither", r#"{"title":"t"}"#), ("no JSON", "card"), ("a list", "[]"), ("deep", &"[".repeat(100))]
    {
        let (status, sentence) = card(text).refusal();
        assert!(status == 400 && sentence.starts_with("content"), "{label}: {sentence}");
    }
}

#[test]
fn control_types_without_words_are_read() {
    let control = |control: &str, content: Value| {
        chat(|body| {
            body["controlType"] = json!(control);
            body["content"] = content.clone();
        })
    };
    assert_eq!(act(&send(&control("INPUT", json!("ignored")))), VisitorAct::Typing);
    for ignored in [json!(null), json!(7), json!({"a": [1]}), json!([]), json!(true)] {
        assert_eq!(act(&send(&control("INPUT", ignored.clone()))), VisitorAct::Typing, "{ignored}");
    }
    let ids: [MessageId; 2] = [MessageId::from_bits(1), MessageId::from_bits(2)];
    let read = control("READ", json!(format!("{},{}", ids[0], ids[1])));
    assert_eq!(act(&send(&read)), VisitorAct::Read { messages: ids.to_vec() });
    let mut connect = control("CONNECT", json!(null));
    connect["transData"] = json!("{\"order\":1}");
    assert_eq!(act(&send(&connect)), VisitorAct::Connect { context: Some("{\"order\":1}".into()) });
}

#[test]
fn ids_that_are_not_ours_are_left_out_of_a_read() {
    let [first, second]: [MessageId; 2] = [MessageId::from_bits(1), MessageId::from_bits(2)];
    let read = |content: String| {
        send(&chat(|body| {
            body["controlType"] = json!("READ");
            body["content"] = json!(content);
        }))
    };
    let long = vec!["theirs"; 200].join(",");
    for content in [
        format!("{first},theirs,{second}"),
        format!("{first},,{second},"),
        format!(" ,{first} , {second}"),
        format!("{long},{first},{second}"),
        format!("{first}-3,{second},theirs-2,{first},{first}-2"),
    ] {
        let sample = read(content.clone());
        assert_eq!(act(&sample), VisitorAct::Read { messages: vec![first, second] }, "{content}");
        let notices = sample.receive().expect("accepted").notices;
        assert_eq!(notices, ["huawei-foreign-read", "huawei-long-from"], "{content}");
    }
    assert_eq!(read(format!("{first},{second}")).receive().expect("accepted").notices, ["huawei-long-from"]);
    let codes = |count: u128| {
        let of_two_parts = (0..count).map(MessageId::from_bits).flat_map(|id| [id.to_string(), format!("{id}-2")]);
        of_two_parts.collect::<Vec<_>>().join(",")
    };
    let VisitorAct::Read { messages } = act(&read(codes(100))) else { panic!("no READ") };
    assert_eq!(messages.len(), 100, "each once");
    let many = codes(101);
    for content in ["theirs".to_owned(), ",".to_owned(), " ".to_owned(), many] {
        let (status, sentence) = read(content.clone()).refusal();
        assert!(status == 400 && sentence.starts_with("content: "), "{content}: {sentence}");
    }
}

#[test]
fn a_nickname_that_is_too_long_is_left_out() {
    let named = |bytes: usize| send(&chat(|body| body["senderNickname"] = json!("x".repeat(bytes))));
    let nickname = |sample: &Sample| match sample.input().act {
        ConversationAct::Visitor(input) => input.profile.nickname,
        other => panic!("not a visitor's: {other:?}"),
    };
    assert!(nickname(&named(256)).is_some());
    assert_eq!(nickname(&named(257)), None);
    let notices = named(257).receive().expect("accepted").notices;
    assert_eq!(notices, ["huawei-long-nickname", "huawei-long-from"]);
}

#[test]
fn wrong_fields_are_named() {
    let set = |name: &'static str, value: Value| chat(move |body| body[name] = value.clone());
    let control = |control: &'static str, content: Value| {
        chat(move |body| {
            body["controlType"] = json!(control);
            body["content"] = content.clone();
        })
    };
    let media = |content: &'static str| {
        chat(move |body| {
            body["mediaType"] = json!("IMAGE");
            body["content"] = json!(content);
        })
    };
    let rows = [
        ("no channel", set("channel", json!(null)), "channel"),
        ("no control type", set("controlType", json!(null)), "controlType"),
        ("unknown control type", set("controlType", json!("SHOUT")), "controlType"),
        ("no media type", set("mediaType", json!(null)), "mediaType"),
        ("media type is a number", set("mediaType", json!(1)), "mediaType"),
        ("from an agent", set("sourceType", json!("AGENT")), "sourceType"),
        ("no source type", set("sourceType", json!(null)), "sourceType"),
        ("no content in a chat", set("content", json!(null)), "content"),
        ("empty content in a chat", set("content", json!("")), "content"),
        ("NUL", set("content", json!("a\u{0}")), "content"),
        ("1,025 characters", set("content", json!("字".repeat(1_025))), "content"),
        ("media without type", media("key"), "content"),
        ("media without key", media(",jpg"), "content"),
        ("READ of nothing", control("READ", json!("")), "content"),
        ("READ without content", control("READ", json!(null)), "content"),
        ("READ of a foreign id", control("READ", json!("a,b")), "content"),
        ("message id too long", set("messageId", json!("x".repeat(33))), "messageId"),
        ("message id with comma", set("messageId", json!("a,b")), "messageId"),
        ("timestamp is a list", set("timestamp", json!([])), "timestamp"),
        ("avatar too long", set("senderAvatar", json!("x".repeat(1_025))), "senderAvatar"),
        ("no from", set("from", json!(null)), "from"),
        ("from too long", set("from", json!("x".repeat(65))), "from"),
        ("from is a number", set("from", json!(1)), "from"),
    ];
    for (label, body, field) in rows {
        let (status, sentence) = send(&body).refusal();
        assert_eq!(status, 400, "{label}: {sentence}");
        assert!(sentence.starts_with(&format!("{field}: ")), "{label}: {sentence}");
    }
    let mut connect = control("CONNECT", json!(null));
    connect["transData"] = json!("{");
    assert!(send(&connect).refusal().1.starts_with("transData: "));
    let longest = set("content", json!("字".repeat(1_024)));
    assert_eq!(answer(&send(&longest)).0, 200);
}

#[test]
fn a_picture_of_the_visitor_and_the_pages_own_id_are_kept() {
    let said = |body: &Value| match send(body).input().act {
        ConversationAct::Visitor(input) => (input.profile.avatar, input.named),
        other => panic!("not a visitor's: {other:?}"),
    };
    let full = chat(|body| {
        body["senderAvatar"] = json!("https://acme.example/me.png");
        body["messageId"] = json!("page-1");
    });
    assert_eq!(said(&full), (Some("https://acme.example/me.png".into()), Some("page-1".into())));
    assert_eq!(said(&chat(|_| ())), (None, None));
    assert_eq!(said(&chat(|body| body["senderAvatar"] = json!(""))), (None, None));
}
