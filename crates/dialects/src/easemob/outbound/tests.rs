//! Rows: orders to sends, answers to outcomes.

use serde_json::{Value, json};
use usher_domain::content::{Choice, ChoiceAction, MediaKind};
use usher_domain::delivery::{Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{AgentId, BotId, Class, Content, Delivery, Dialect, GroupId, Message, Party, Target};

use crate::outbound::SendOutcome;
use crate::outbound::rows::*;

/// A delivery by the account whose tenant shows its agents.
fn to_easemob(order: Order) -> Delivery {
    to_channel("im", Dialect::Easemob, order)
}

/// A delivery by the account whose tenant does not.
fn to_silent(order: Order) -> Delivery {
    to_channel("im silent", Dialect::Easemob, order)
}

fn from(from: Party) -> Order {
    let message = Message { id: message_id(), from, content: Content::text("Hi"), ext: Some("{}".into()), via: None };
    Order::Message { message, class: Class::Service, visitor: None }
}

fn opaque(kind: &str, raw: &Value) -> Order {
    message(Content::Opaque { kind: kind.to_owned(), raw: raw.to_string().into() })
}

/// `type`, `body` and `ext` of what is sent, the id taken out of `ext`.
fn sent(delivery: &Delivery) -> (String, Value, Value) {
    let mut body = json_of(&requested(delivery));
    let weichat = body["ext"]["weichat"].as_object_mut().expect("weichat is an object");
    assert_eq!(weichat.remove("msgId"), Some(json!(delivery.id.to_string())));
    let session = delivery.session.map(|session| json!({ "serviceSessionId": session.to_string() }));
    assert_eq!(
        weichat.remove("service_session"),
        session,
        "the vendor's web client reads it beside menus and at the end"
    );
    (body["type"].as_str().expect("a text").to_owned(), body["body"].clone(), body["ext"].clone())
}

/// What stands in `ext.weichat` of every message of Li.
fn li_shown() -> Value {
    json!({ "userNickname": "Li", "avatar": "https://acme.example/li.png" })
}

#[test]
fn message_of_an_agent_is_one_rest_send() {
    let delivery = to_easemob(message(Content::text("Hi")));
    let request = requested(&delivery);
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://a1.example/acme-org/shop/messages/users"));
    assert_eq!(headers_of(&request)["authorization"], "Bearer im-token");
    let expected = json!({
        "from": "kefu", "to": [PHONE], "type": "txt", "body": { "msg": "Hi" },
        "ext": { "weichat": {
            "agent": li_shown(), "msgId": delivery.id.to_string(),
            "service_session": { "serviceSessionId": delivery.session.map(|session| session.to_string()) },
        } },
    });
    assert_eq!(json_of(&request), expected);
}

#[test]
fn agents_are_shown_only_where_the_tenant_wants_it() {
    let ext = |delivery: &Delivery| sent(delivery).2;
    assert_eq!(ext(&to_easemob(message(Content::text("Hi")))), json!({ "weichat": { "agent": li_shown() } }));
    assert_eq!(ext(&to_silent(message(Content::text("Hi")))), json!({ "weichat": { "agent": null } }));
    for other in [Party::Bot(BotId::new("helper")), Party::Tenant, Party::System] {
        assert_eq!(ext(&to_easemob(from(other))), json!({ "weichat": {} }), "nobody's card but an agent's");
    }
    let assigned = Order::Notice(Notice::Assigned { agent: li() });
    assert!(!requested(&to_silent(assigned)).body.windows(2).any(|pair| pair == b"Li"), "no name by the event either");
}

#[test]
fn each_content_has_its_type() {
    let media = |kind| Content::Media {
        kind,
        location: "https://a1.example/f/1".into(),
        format: String::new(),
        name: Some("a.jpg".into()),
        bytes: None,
        secret: Some("s".into()),
    };
    let file = json!({ "url": "https://a1.example/f/1", "filename": "a.jpg", "secret": "s" });
    let card = Content::Card {
        title: "Shoes".into(),
        description: "Red".into(),
        media: None,
        media_format: None,
        link: Some("https://acme.example/7".into()),
        choices: Vec::new(),
    };
    let rows = [
        (Content::text("Hi"), "txt", json!({ "msg": "Hi" })),
        (media(MediaKind::Image), "img", file.clone()),
        (media(MediaKind::Audio), "audio", file.clone()),
        (media(MediaKind::Video), "video", file.clone()),
        (media(MediaKind::File), "file", file),
        (
            Content::Location {
                latitude: "39.966".into(),
                longitude: "116.322".into(),
                address: Some("西城区".into()),
            },
            "loc",
            json!({ "lat": "39.966", "lng": "116.322", "addr": "西城区" }),
        ),
        (card, "txt", json!({ "msg": "Shoes\nRed\nhttps://acme.example/7" })),
        (Content::Suggestion { postback: "p".into(), text: Some("Yes".into()) }, "txt", json!({ "msg": "Yes" })),
    ];
    for (content, kind, body) in rows {
        let found = sent(&to_easemob(message(content.clone())));
        assert_eq!((found.0.as_str(), &found.1), (kind, &body), "{content:?}");
    }
}

#[test]
fn both_menus_go_out_as_the_page_shows_them() {
    let configured = json!({
        "items": [{ "id": "xxx", "name": "1.列表内容" }, { "id": "xxx", "name": "2.列表内容" }], "title": "列表的标题",
    });
    let similar = json!({ "title": "列表的标题", "list": ["1.列表内容...", "2.列表内容..."] });
    let guide = json!({ "mode": "transferManualGuide", "title": "列表的标题", "items": [] });
    for menu in [configured, similar, guide] {
        let (kind, body, ext) = sent(&to_easemob(opaque("choice", &menu)));
        assert_eq!(
            (kind.as_str(), &body, &ext["msgtype"]),
            ("txt", &json!({ "msg": " " }), &json!({ "choice": menu }))
        );
    }
}

#[test]
fn menu_is_a_list_of_words_or_items_with_ids() {
    let choice =
        |postback: &str, label: &str, action| Choice { postback: postback.into(), label: label.into(), action };
    let link = ChoiceAction::OpenLink("https://acme.example".into());
    let rows = [
        (vec![choice("a", "a", None), choice("b", "b", None)], json!({ "title": "t", "list": ["a", "b"] })),
        (
            vec![choice("1", "a", None), choice("2", "b", Some(link))],
            json!({ "title": "t", "items": [{ "id": "1", "name": "a" }, { "id": "2", "name": "b: https://acme.example" }] }),
        ),
    ];
    for (choices, menu) in rows {
        let (kind, body, ext) = sent(&to_easemob(message(Content::Menu { title: "t".into(), choices })));
        assert_eq!(
            (kind.as_str(), &body, &ext["msgtype"]),
            ("txt", &json!({ "msg": " " }), &json!({ "choice": menu }))
        );
    }
}

#[test]
fn invitation_to_a_survey_goes_out_as_the_page_shows_it() {
    let args = json!({
        "inviteId": 1, "serviceSessionId": "5e7e8815-99d9-45fd-9bef-4918795a0885", "detail": null, "summary": null,
    });
    let (kind, body, ext) = sent(&to_easemob(opaque("inviteEnquiry", &args)));
    assert_eq!((kind.as_str(), &body), ("txt", &json!({ "msg": " " })));
    let expected = json!({ "agent": li_shown(), "ctrlType": "inviteEnquiry", "ctrlArgs": args });
    assert_eq!(ext, json!({ "weichat": expected }));
}

#[test]
fn button_that_hands_over_is_labelled_for_page_and_client() {
    for spelling in ["lable", "label"] {
        let args = json!({ "id": "xxx", "serviceSessionId": "xxx-xxx-xxx", spelling: "转人工客服" });
        let ext = sent(&to_easemob(opaque("TransferToKfHint", &args))).2;
        let expected = json!({
            "id": "xxx", "serviceSessionId": "xxx-xxx-xxx", "lable": "转人工客服", "label": "转人工客服",
        });
        assert_eq!(ext["weichat"]["ctrlType"], "TransferToKfHint");
        assert_eq!(ext["weichat"]["ctrlArgs"], expected);
    }
}

#[test]
fn each_notice_is_its_session_event() {
    let session = to_easemob(Order::Closed).session.map(|id| id.to_string());
    let linked = json!({
        "userId": "li", "sessionId": session, "agentUserNiceName": "Li", "avatar": "https://acme.example/li.png",
    });
    let name = |word: &str| format!("ServiceSession{word}Event");
    let rows = [
        (
            Notice::Queued { position: 3, wait: None },
            name("Created"),
            name("Created"),
            json!({ "sessionId": session, "visitorUserWaitingNumber": 3 }),
        ),
        (Notice::Assigned { agent: li() }, name("Opened"), name("Opened"), linked),
        (
            Notice::Transferred {
                target: Target { agent: Some(AgentId::new("wang")), group: None, ..Target::default() },
            },
            name("Transfered"),
            "transfer".to_owned(),
            json!({ "userId": "wang" }),
        ),
        (
            Notice::Transferred {
                target: Target { agent: None, group: Some(GroupId::new("售后")), ..Target::default() },
            },
            name("TransferedToAgentQueue"),
            name("TransferedToAgentQueue"),
            json!({ "queueName": "售后" }),
        ),
        (Notice::Refused { reason: None, text: String::new() }, name("Aborted"), name("Aborted"), Value::Null),
        (Notice::Closed { by_agent: true }, name("Closed"), name("Closed"), Value::Null),
    ];
    for (notice, name, action, about) in rows {
        let (kind, body, ext) = sent(&to_easemob(Order::Notice(notice.clone())));
        assert_eq!((kind.as_str(), body), ("cmd", json!({ "action": action })), "{notice:?}");
        assert_eq!(ext["weichat"]["event"], json!({ "eventName": name, "eventObj": about }), "{notice:?}");
    }
    let reminder = Order::Notice(Notice::Reminder { text: String::new() });
    assert_eq!(ended(&to_easemob(reminder)), SendOutcome::silent(), "said in a message");
    let closed = sent(&to_easemob(Order::Closed)).2;
    assert_eq!(closed["weichat"]["event"]["eventName"], "ServiceSessionClosedEvent");
}

#[test]
fn message_is_taken_back_by_the_id_that_the_client_knows_it_by() {
    let delivery = to_easemob(Order::Revoke { message: message_id() });
    let (kind, body, ext) = sent(&delivery);
    assert_eq!((kind.as_str(), body), ("cmd", json!({ "action": "KEFU_MESSAGE_RECALL" })));
    assert_eq!(ext, json!({ "weichat": { "recall_msg_id": message_id().to_string() } }));
    let said = Delivery { id: message_id().into(), ..to_easemob(message(Content::text("Hi"))) };
    assert_eq!(json_of(&requested(&said))["ext"]["weichat"]["msgId"], message_id().to_string());
    let answered = SendOutcome::Done(vec![Report::RevokeAnswered { revoked: true }]);
    assert_eq!(outcome_of(&delivery, 200, "{}"), answered);
}

#[test]
fn acknowledgement_names_what_the_client_sent_and_has_no_id_of_its_own() {
    let body = json_of(&requested(&Delivery { session: None, ..to_easemob(Order::Ack { key: "a1".into() }) }));
    assert_eq!(body["body"], json!({ "action": "KF-ACK" }));
    assert_eq!(
        body["ext"],
        json!({ "weichat": { "ack_for_msg_id": "a1" } }),
        "the client drops an id that it has seen"
    );
}

#[test]
fn survey_is_asked_for_by_itself_with_the_session_that_it_is_about() {
    let delivery = to_easemob(Order::Notice(Notice::Invitation));
    let (kind, body, ext) = sent(&delivery);
    assert_eq!((kind.as_str(), body), ("txt", json!({ "msg": " " })));
    let args = json!({
        "inviteId": 7, "serviceSessionId": delivery.session.map(|session| session.to_string()),
        "detail": null, "summary": null,
    });
    assert_eq!(ext, json!({ "weichat": { "ctrlType": "inviteEnquiry", "ctrlArgs": args } }));
}

#[test]
fn what_the_channel_does_not_carry_ends_before_the_send() {
    assert_eq!(ended(&to_easemob(Order::Typing)), SendOutcome::silent());
    assert_eq!(
        ended(&to_easemob(Order::Read { messages: vec![message_id()], named: Vec::new() })),
        SendOutcome::silent()
    );
    let rows = [
        message(Content::text(" ")),
        message(Content::Suggestion { postback: "p".into(), text: None }),
        opaque("hologram", &json!({})),
        opaque("choice", &json!([])),
        message(Content::Opaque { kind: "choice".to_owned(), raw: "{ // no".into() }),
    ];
    for order in rows {
        assert!(matches!(ended(&to_easemob(order.clone())), SendOutcome::NotReachable { .. }), "{order:?}");
    }
}

#[test]
fn body_and_ext_of_just_5_kb_go_and_one_more_byte_is_refused() {
    let text = |bytes: usize| to_silent(message(Content::text("x".repeat(bytes))));
    let body = json_of(&requested(&text(1)));
    let around = body["body"].to_string().len() + body["ext"].to_string().len() - 1;
    requested(&text(5_120 - around));
    let SendOutcome::NotReachable { reason } = ended(&text(5_121 - around)) else { panic!("5,121 bytes went out") };
    assert!(reason.contains("5121 bytes"), "{reason}");
}

#[test]
fn each_answer_has_its_outcome() {
    let delivery = to_easemob(message(Content::text("Hi")));
    let sent = |provider_id: Option<&str>| {
        SendOutcome::Done(vec![Report::Sent { provider_id: provider_id.map(str::to_owned) }, Report::Delivered])
    };
    let answer = |id: Value| json!({ "data": { PHONE: id } }).to_string();
    assert_eq!(outcome_of(&delivery, 200, &answer(json!("1029457500870543736"))), sent(Some("1029457500870543736")));
    for body in [answer(json!(7)), answer(json!("a b")), "{}".to_owned(), "[]".to_owned(), String::new()] {
        assert_eq!(outcome_of(&delivery, 200, &body), sent(None), "{body}");
    }
    let notice = to_easemob(Order::Notice(Notice::Transferred { target: Target::default() }));
    assert_eq!(outcome_of(&notice, 200, &answer(json!("1"))), SendOutcome::silent());
    for status in [400, 401, 404, 410, 413] {
        assert!(matches!(outcome_of(&delivery, status, "{}"), SendOutcome::Rejected { .. }), "{status}");
    }
    for status in [403, 408, 429, 500, 503] {
        assert!(matches!(outcome_of(&delivery, status, "{}"), SendOutcome::Retry { .. }), "{status}");
    }
}

#[test]
fn account_with_a_callback_address_is_told_there_and_signed() {
    let delivery = to_channel("im rest", Dialect::Easemob, message(Content::text("Hi")));
    let request = requested(&delivery);
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://acme.example/replies?via=usher"));
    let headers = headers_of(&request);
    let expires = headers["x-auth-expires"];
    assert_eq!(expires, (NOW.millis() + 600_000).to_string());
    let secret = "channel-secret".into();
    let signature = crate::easemob::hmac::sign(&secret, "POST", "/replies", expires, &request.body);
    assert_eq!(headers["authorization"], format!("hmac channel-client:{signature}"));
    let body = json_of(&request);
    assert_eq!(body["msg"], json!({ "type": "txt", "msg": "Hi" }));
    assert_eq!((&body["from"], &body["to"]), (&json!("kefu-3"), &json!(PHONE)));
    assert_eq!((&body["msg_id"], &body["ext"]["weichat"]["agent"]), (&json!(delivery.id.to_string()), &li_shown()));
    assert_eq!(outcome_of(&delivery, 200, ""), SendOutcome::sent(Dialect::Easemob, None));
    assert!(matches!(outcome_of(&delivery, 404, ""), SendOutcome::Rejected { .. }));
}

#[test]
fn a_token_is_fetched_by_the_applications_client_where_none_is_given() {
    let given = requested(&to_easemob(message(Content::text("Hi"))));
    assert!(given.grant.is_none() && headers_of(&given)["authorization"] == "Bearer im-token");
    let request = requested(&to_silent(message(Content::text("Hi"))));
    assert!(!headers_of(&request).contains_key("authorization"));
    let call = request.grant.expect("a grant").request(NOW).expect("a token call");
    assert_eq!((call.method, call.url.as_str()), ("POST", "https://a1.example/acme-org/shop/token"));
    let expected = json!({ "grant_type": "client_credentials", "client_id": "id", "client_secret": "s" });
    assert_eq!(json_of(&call), expected);
}
