//! Each message of the vendor's page that a visitor sends, as it stands there, by the callback and by both forms of REST.
//! Where the page has comments in it they are taken out: they are no JSON.

use serde_json::{Value, json};
use usher_domain::conversation::{Profile, VisitorAct, VisitorInput};
use usher_domain::{AgentId, Content, GroupId, PhoneNumber, Target};

use super::*;

/// What all ways in make of a sample; they must agree.
#[track_caller]
fn read(sample: &str) -> VisitorInput {
    let sample: Value = serde_json::from_str(sample).expect("JSON");
    read_value(&sample["msg"], &sample["ext"])
}

#[track_caller]
fn read_value(msg: &Value, ext: &Value) -> VisitorInput {
    let by_callback = said(callback(&callback_body(msg, ext)).input());
    let mut body = msg.clone();
    let kind = body.as_object_mut().and_then(|fields| fields.remove("type")).expect("a type");
    let kind = kind.as_str().expect("a text");
    assert_eq!(said(legacy(&legacy_body(msg, ext)).input()), by_callback);
    let by_current = said(current(&current_body(kind, &body, ext)).input());
    assert_eq!((&by_current.profile, &by_current.ext), (&by_callback.profile, &by_callback.ext));
    by_callback
}

/// The `ext` that goes along is the whole that came.
#[track_caller]
fn assert_ext_goes_along(input: &VisitorInput, sample: &str) {
    let sample: Value = serde_json::from_str(sample).expect("JSON");
    let ext: Value = serde_json::from_str(input.ext.as_ref().expect("an ext").as_str()).expect("JSON");
    assert_eq!(ext, sample["ext"]);
}

/// What a blank text with `ext.weichat` is.
fn metadata(sample: &str, ask: Option<Target>) -> VisitorAct {
    let sample: Value = serde_json::from_str(sample).expect("JSON");
    VisitorAct::Message { content: opaque("weichat", &sample["ext"]["weichat"]), ask }
}

const PROFILE: &str = r#"{
  "msg":{ "type":"txt", "msg":" " },
  "ext":{ "weichat":{ "visitor":{
        "trueName":"李明",
        "qq":"13512345678",
        "companyName":"环信",
        "userNickname":"小明",
        "description":"",
        "email":"abc@123.com"
  } } }
}"#;
const AGENT: &str = r#"{ "msg":{ "type":"txt", "msg":" " }, "ext":{ "weichat":{ "agentUsername":"xxx@xxx.com" } } }"#;
const QUEUE: &str = r#"{ "msg":{ "type":"txt", "msg":" " }, "ext":{ "weichat":{ "queueName":"售前" } } }"#;
const VIP: &str = r#"{
  "msg":{ "type":"txt", "msg":" " },
  "ext":{ "weichat":{ "visitor":{ "tags":[ "vip1", "vip2" ] } } }
}"#;
const ENQUIRY: &str = r#"{
  "msg":{ "type":"txt", "msg":" " },
  "ext":{ "weichat":{
      "ctrlType":"enquiry",
      "ctrlArgs":{
        "inviteId":1,
        "serviceSessionId":"5e7e8815-99d9-45fd-9bef-4918795a0885",
        "detail":"非常好",
        "summary":"1"
      }
  } }
}"#;
const TRACK: &str = r#"{
  "msg":{ "type":"txt", "msg":" " },
  "ext":{ "msgtype":{ "track":{
        "title":"我正在看:",
        "price":"¥: 235.00",
        "desc":"女装小香风气质蕾丝假两件短袖",
        "img_url":"https://yourdomain.com/img/a.jpg",
        "item_url":"https://yourdomain.com/item/a.html"
  } } }
}"#;
const ORDER: &str = r#"{
  "msg":{ "type":"txt", "msg":" " },
  "ext":{ "msgtype":{ "order":{
        "title":"我的订单",
        "order_title":"订单号:a110083",
        "price":"¥: 235.00",
        "desc":"女装小香风气质蕾丝假两件短袖",
        "img_url":"https://yourdomain.com/img/a.jpg",
        "item_url":"https://yourdomain.com/item/a.html"
  } } }
}"#;
const HANDOVER: &str = r#"{
  "msg":{ "type":"cmd", "action":"TransferToKf" },
  "ext":{ "weichat":{ "ctrlArgs":{ "id":"xxx", "serviceSessionId":"xxx-xxx-xxx" } } }
}"#;

fn agent(name: &'static str) -> Target {
    Target { agent: Some(AgentId::new(name)), group: None, ..Target::default() }
}

#[test]
fn profile_is_read_and_goes_along_whole() {
    let input = read(PROFILE);
    let expected = Profile {
        nickname: Some("小明".into()),
        true_name: Some("李明".into()),
        qq: Some("13512345678".into()),
        company: Some("环信".into()),
        email: Some("abc@123.com".into()),
        ..Profile::default()
    };
    assert_eq!(input.profile, expected, "an empty description is none");
    assert_eq!(input.act, metadata(PROFILE, None), "a blank text is routed, not shown as text");
    assert_ext_goes_along(&input, PROFILE);
}

#[test]
fn agent_username_asks_for_that_agent() {
    let input = read(AGENT);
    assert_eq!(input.act, metadata(AGENT, Some(agent("xxx@xxx.com"))));
    assert_ext_goes_along(&input, AGENT);
}

#[test]
fn queue_name_asks_for_that_group() {
    let input = read(QUEUE);
    assert_eq!(
        input.act,
        metadata(QUEUE, Some(Target { agent: None, group: Some(GroupId::new("售前")), ..Target::default() }))
    );
}

#[test]
fn agent_and_queue_are_told_together_so_that_the_agent_wins() {
    let weichat = json!({ "agentUsername": "xxx@xxx.com", "queueName": "售前" });
    let input = read_value(&json!({ "type": "txt", "msg": "Hi" }), &json!({ "weichat": weichat }));
    let target =
        Target { agent: Some(AgentId::new("xxx@xxx.com")), group: Some(GroupId::new("售前")), ..Target::default() };
    assert_eq!(input.act, VisitorAct::Message { content: Content::text("Hi"), ask: Some(target) });
}

#[test]
fn tags_make_a_vip() {
    let input = read(VIP);
    assert_eq!(input.profile.tags, vec!["vip1".into(), "vip2".into()]);
    assert_eq!(input.act, metadata(VIP, None));
}

#[test]
fn enquiry_is_a_surveys_answer() {
    assert_eq!(read(ENQUIRY).act, VisitorAct::Survey { session: None, score: "1".to_owned(), detail: "非常好".into() });
    let answer = |session: &str, summary: Value| {
        let args = json!({ "inviteId": "", "serviceSessionId": session, "detail": null, "summary": summary });
        let ext = json!({ "weichat": { "ctrlType": "enquiry", "ctrlArgs": args } });
        read_value(&json!({ "type": "txt", "msg": " " }), &ext).act
    };
    for (summary, score) in
        [(json!("5"), "5"), (json!(3), "3"), (json!("6"), "6"), (json!(null), ""), (json!("-"), "-")]
    {
        let (score, detail) = (score.to_owned(), "".into());
        assert_eq!(answer("", summary), VisitorAct::Survey { session: None, score, detail });
    }
    let ours = "00000000000000000000000000000007.5.0000000000000009";
    let VisitorAct::Survey { session, .. } = answer(ours, json!("5")) else { panic!("no answer") };
    assert_eq!(session.map(|session| session.to_string()).as_deref(), Some(ours));
}

#[test]
fn track_and_order_keep_their_name_and_fields() {
    for (sample, kind) in [(TRACK, "track"), (ORDER, "order")] {
        let value: Value = serde_json::from_str(sample).expect("JSON");
        assert_eq!(read(sample).act, says(opaque(kind, &value["ext"]["msgtype"][kind])));
    }
}

#[test]
fn item_of_a_menu_is_a_suggestion_that_was_taken() {
    let pick = |msg: &str, choice: Value| {
        read_value(&json!({ "type": "txt", "msg": msg }), &json!({ "msgtype": { "choice": choice } })).act
    };
    let taken = |postback: &str, text: Option<&str>| {
        says(Content::Suggestion { postback: postback.into(), text: text.map(Into::into) })
    };
    assert_eq!(pick("1.列表内容", json!({ "menuid": "xxx" })), taken("xxx", Some("1.列表内容")));
    assert_eq!(pick(" ", json!({ "id": 7 })), taken("7", None));
    let menu = json!({ "title": "列表的标题", "list": ["1.列表内容..."] });
    assert_eq!(pick(" ", menu.clone()), says(opaque("choice", &menu)), "a menu that comes back whole");
    assert_eq!(pick("1.列表内容...", menu), says(Content::text("1.列表内容...")));
}

#[test]
fn tap_on_the_button_asks_once_per_session_and_id() {
    assert_eq!(read(HANDOVER).act, VisitorAct::Ask { target: Target::default() });
    let id = |change: fn(&mut Value)| {
        let mut sample: Value = serde_json::from_str(HANDOVER).expect("JSON");
        change(&mut sample["ext"]["weichat"]["ctrlArgs"]);
        let mut body = callback_body(&sample["msg"], &sample["ext"]);
        let by_rest = legacy(&legacy_body(&sample["msg"], &sample["ext"])).input().id;
        body["callId"] = json!(by_rest.to_string());
        body["security"] = json!(security(&by_rest.to_string(), "cb-secret", NOW.millis()));
        assert_eq!(callback(&body).input().id, by_rest, "whatever way it comes, under whatever callId");
        by_rest
    };
    let first = id(|_| ());
    assert_eq!(first, id(|_| ()));
    assert_ne!(first, id(|args| args["id"] = json!("yyy")));
    assert_ne!(first, id(|args| args["serviceSessionId"] = json!("yyy")));
}

#[test]
fn phone_is_read_where_it_is_a_number_or_the_account_knows_its_prefix() {
    let phone = |number: Value| {
        let ext = json!({ "weichat": { "visitor": { "phone": number } } });
        read_value(&json!({ "type": "txt", "msg": "Hi" }), &ext).profile.phone
    };
    let known = PhoneNumber::parse("+8613512345678").ok();
    for number in [json!("+8613512345678"), json!("13512345678"), json!(13_512_345_678_u64)] {
        assert_eq!(phone(number), known);
    }
    for number in [json!("call me"), json!(""), json!(null)] {
        assert_eq!(phone(number), None);
    }
}

#[test]
fn what_is_unknown_in_ext_goes_along_and_is_no_text_by_itself() {
    let ext = json!({ "campaign": { "id": 7 }, "weichat": { "originType": "webim", "visitor": { "shoe": 43 } } });
    let input = read_value(&json!({ "type": "txt", "msg": "Hi" }), &ext);
    assert_eq!(input.act, says(Content::text("Hi")));
    let along: Value = serde_json::from_str(input.ext.as_ref().expect("an ext").as_str()).expect("JSON");
    assert_eq!(along, ext);
    let alone = json!({ "campaign": 7 });
    assert_eq!(read_value(&json!({ "type": "txt", "msg": " " }), &alone).act, says(opaque("ext", &alone)));
    assert_eq!(read_value(&json!({ "type": "txt", "msg": "Hi" }), &json!({})).ext, None);
}

#[test]
fn choice_of_a_guide_to_people_asks_for_the_group_that_it_names() {
    let chosen = |choice: Value| {
        let ext = json!({ "msgtype": { "mode": "transferManualGuide", "choice": choice } });
        let input = read_value(&json!({ "type": "txt", "msg": "售后" }), &ext);
        let VisitorAct::Message { content, ask } = input.act else { panic!("no message") };
        assert_eq!(content, Content::Suggestion { postback: "7".into(), text: Some("售后".into()) });
        ask
    };
    let service = Target { agent: None, group: Some(GroupId::new("service")), ..Target::default() };
    assert_eq!(chosen(json!({ "menuid": "7", "queueId": "service", "queueType": "txt" })), Some(service));
    for unnamed in [json!("undefined"), json!(null), json!(7)] {
        assert_eq!(chosen(json!({ "menuid": "7", "queueId": unnamed })), Some(Target::default()));
    }
}

#[test]
fn name_for_an_acknowledgement_goes_along() {
    let read = |ext: Value| read_value(&json!({ "type": "txt", "msg": "Hi" }), &ext).ack;
    assert_eq!(read(json!({ "weichat": { "msg_id_for_ack": "a1" } })), Some("a1".into()));
    assert_eq!(read(json!({})), None);
}
