//! A visitor on Huawei from request to request: what the edge reads goes through the conversation core, and what the core
//! orders goes out again.

use serde_json::{Value, json};
use usher_dialects::accounts::{Accounts, AccountsFile, Wish};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Accepted, Request, receive};
use usher_dialects::outbound::{Next, plan};
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Fact, Status};
use usher_domain::mailbox::MailboxAct;
use usher_domain::{
    AccountId, AgentCard, AgentId, Body, Content, ConversationInput, Delivery, DeskId, InputId, MessageId, Place,
    Placement, PlacementId, TenantId, Timestamp,
};
use usher_routing_core::conversation::{ConversationCore, Input};

const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);
const USER: &str = "session_1619573111751_user_1619573111751";

/// Nothing is pushed: the page polls.
fn accounts() -> Accounts {
    accounts_with(|_| ())
}

/// The same, and the tenant's server is pushed to.
fn pushing() -> Accounts {
    accounts_with(|channel| {
        channel["push_url"] = json!("https://cec.example/pushMsg");
        channel["push_auth"] = json!({ "kind": "bearer", "token": "push-token" });
    })
}

fn accounts_with(change: impl Fn(&mut Value)) -> Accounts {
    let hook = |path: &str| json!({ "url": format!("http://localhost/{path}"), "secret": "whsec_c2VjcmV0" });
    let mut file = json!({ "tenants": [{
        "tenant": "acme",
        "desks": [{ "desk": "acme-desk", "workspace": hook("workspace") }],
        "bots": [{ "bot": "helper", "webhook": hook("bot") }],
        "accounts": [{ "account": "aicc", "desk": "acme-desk", "bot": "helper", "channel": {
            "dialect": "huawei", "channel_id": "1011577355744904195", "app_key": "app", "app_secret": "app-secret",
            "token_key": "0123456789abcdef0123456789abcdef",
        } }],
    }] });
    change(&mut file["tenants"][0]["accounts"][0]["channel"]);
    let file: AccountsFile = serde_json::from_value(file).expect("an accounts file");
    Accounts::check(file).expect("consistent")
}

/// What the edge makes of a call.
fn call(name: &str, headers: &[(&str, String)], body: &Value) -> Accepted {
    let header = |name: &str| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
    let body = body.to_string();
    let request = Request {
        method: "POST",
        path: name,
        query: "",
        header: &header,
        body: body.as_bytes(),
        now: NOW,
        fresh: InputId::from_bits(7),
        replays: &Replays::default(),
    };
    receive(&request, &accounts()).expect("accepted")
}

fn told(accepted: &Accepted, field: &str) -> String {
    let body: Value = serde_json::from_slice(&accepted.answer.body).expect("JSON");
    body[field].as_str().expect("a text").to_owned()
}

/// One `sendAsync` of the page's samples, changed, through the core: what the core orders.
fn said(core: &mut ConversationCore, change: impl Fn(&mut Value)) -> Vec<Delivery> {
    orders(made_of(core, change))
}

/// One `sendAsync` of the page's samples, changed, through the core: all that the core makes of it.
fn made_of(core: &mut ConversationCore, change: impl Fn(&mut Value)) -> Vec<Body> {
    let credentials = json!({ "app_key": "app", "app_secret": "app-secret" });
    let access = call("/apigovernance/api/oauth/tokenByAkSk", &[], &credentials);
    let mut headers =
        vec![("x-app-key", "app".to_owned()), ("authorization", format!("Bearer {}", told(&access, "AccessToken")))];
    let user = json!({ "userId": USER, "userName": "u", "channelId": "1011577355744904195", "locale": "zh" });
    let token = call("/apiaccess/ccmessaging/applyToken", &headers, &user);
    headers.push(("ccmessaging-token", told(&token, "token")));
    let mut body = json!({
        "content": "", "controlType": "CHAT", "from": USER, "mediaType": "TEXT", "senderNickname": "user_1",
        "sourceType": "CUSTOMER", "timestamp": "1619573122352", "to": "1011577355744904195", "userAgent": null,
        "senderAvatar": null, "channel": "WEB",
    });
    change(&mut body);
    let mut bodies = call("/apiaccess/ccmessaging/sendAsync", &headers, &body).bodies;
    let Body::Conversation(input) = bodies.remove(0) else { panic!("no input of a conversation") };
    core.step(Input::Act(input), NOW).bodies
}

fn orders(bodies: Vec<Body>) -> Vec<Delivery> {
    bodies
        .into_iter()
        .filter_map(|body| if let Body::Delivery(delivery) = body { Some(*delivery) } else { None })
        .collect()
}

/// Something else happens in the conversation of these deliveries: what the core orders.
fn happens(core: &mut ConversationCore, deliveries: &[Delivery], id: u64, act: ConversationAct) -> Vec<Delivery> {
    let conversation = deliveries[0].conversation.expect("a conversation");
    let tenant = TenantId::new("acme");
    let input = ConversationInput { tenant, id: InputId::derive(&[b"test", &id.to_be_bytes()]), conversation, act };
    orders(core.step(Input::Act(input), NOW).bodies)
}

/// The webhook bodies among these deliveries that go to the bot (`true`) or to the workspace.
fn hooks(deliveries: &[Delivery], to_bot: bool) -> Vec<Value> {
    let wanted = deliveries.iter().filter(|delivery| match delivery.target {
        DeliveryTarget::Bot(_) => to_bot,
        DeliveryTarget::Workspace { .. } => !to_bot,
        _ => false,
    });
    wanted
        .map(|delivery| match plan(delivery, &accounts(), NOW) {
            Next::Request(request) => serde_json::from_slice(&request.body).expect("JSON"),
            other => panic!("nothing goes out: {other:?}"),
        })
        .collect()
}

/// The session of these deliveries gets an agent.
fn assigned_to_li(core: &mut ConversationCore, deliveries: &[Delivery]) -> Vec<Delivery> {
    let agent = AgentCard { id: AgentId::new("li"), name: "Li".to_owned(), avatar: String::new() };
    let (version, place) = (PlacementId { epoch: 1, turn: 1 }, Place::assigned(agent));
    let session = deliveries[0].session.expect("a session");
    let placement = Placement { desk: DeskId::new("acme-desk"), session, version, place, withdrawn: None };
    happens(core, deliveries, 1, ConversationAct::Placement(placement))
}

/// The agent does something in the session of these deliveries.
fn li_does(core: &mut ConversationCore, deliveries: &[Delivery], id: u64, act: AgentAct) -> Vec<Delivery> {
    let (tenant, accounts) = (TenantId::new("acme"), accounts());
    let account = accounts.account(&tenant, &AccountId::new("aicc")).expect("there").stamp(&tenant);
    let session = deliveries[0].session.expect("a session");
    let input = AgentInput { account, session, agent: AgentId::new("li"), act };
    happens(core, deliveries, id, ConversationAct::Agent(Box::new(input)))
}

/// The messages that the page is shown of a delivery, pushed or polled for.
fn shown_of(delivery: &Delivery, accounts: &Accounts) -> Vec<Value> {
    let body = match plan(delivery, accounts, NOW) {
        Next::Request(request) => serde_json::from_slice::<Value>(&request.body).expect("JSON")["messages"].take(),
        Next::Hold(act) => match *act {
            MailboxAct::Put(held) => serde_json::from_str(held.payload.as_str()).expect("JSON"),
            other => panic!("nothing is put in: {other:?}"),
        },
        other => panic!("nothing is shown: {other:?}"),
    };
    if let Value::Array(messages) = body { messages } else { vec![body] }
}

/// What becomes of an agent's text, of which message, when the page reports codes of it as READ.
fn read_by(text: &str, accounts: &Accounts, codes: impl Fn(&[String]) -> String) -> (MessageId, Vec<Status>) {
    let mut core = ConversationCore::new();
    said(&mut core, |body| body["controlType"] = json!("TRANS2AGENT"));
    let hello = said(&mut core, |body| body["content"] = json!("Hello?"));
    assigned_to_li(&mut core, &hello);
    let account = accounts.account(&TenantId::new("acme"), &AccountId::new("aicc")).expect("there");
    let send = AgentAct::Send { content: Content::text(text), terms: account.terms(&Wish::default()) };
    let sent = li_does(&mut core, &hello, 2, send);
    let Some(Order::Message { message, .. }) = sent.first().map(|sent| &sent.order) else { panic!("{sent:?}") };
    let shown = shown_of(&sent[0], accounts);
    let code = |shown: &Value| shown["messageCode"].as_str().expect("a code").to_owned();
    let content = codes(&shown.iter().map(code).collect::<Vec<_>>());
    let made = made_of(&mut core, |body| {
        body["controlType"] = json!("READ");
        body["content"] = json!(content);
    });
    let status = |body: &Body| match body {
        Body::Event(event) => match &event.fact {
            Fact::MessageStatus { message: of, status, .. } if *of == message.id => Some(*status),
            _ => None,
        },
        _ => None,
    };
    (message.id, made.iter().filter_map(status).collect())
}

#[test]
fn a_message_is_read_when_the_page_reports_its_code() {
    for accounts in [accounts(), pushing()] {
        let (message, became) = read_by("Hi", &accounts, |codes| codes.join(","));
        assert_eq!(became, [Status::Read], "{message:?}");
    }
}

#[test]
fn a_message_in_parts_is_read_when_the_page_reports_the_code_of_any_of_them() {
    let long = "界".repeat(1_001);
    for part in 0..3 {
        let (message, became) = read_by(&long, &accounts(), |codes| codes[part].clone());
        assert_eq!(became, [Status::Read], "part {part} of {message:?}");
    }
    let (message, became) = read_by(&long, &accounts(), |codes| codes.join(","));
    assert_eq!(became, [Status::Read], "once of {message:?}");
}

#[test]
fn trans_data_of_a_connect_reaches_the_bots_webhook() {
    let mut core = ConversationCore::new();
    let connected = said(&mut core, |body| {
        body["controlType"] = json!("CONNECT");
        body["transData"] = json!(r#"{"page":"cart","items":[1,2]}"#);
    });
    let hooks = hooks(&connected, true);
    let [hook] = hooks.as_slice() else { panic!("one webhook: {hooks:?}") };
    assert_eq!((&hook["type"], &hook["visitor"]), (&json!("session.connected"), &json!(USER)));
    assert_eq!(hook["context"], r#"{"page":"cart","items":[1,2]}"#, "as the page wrote it");
}

#[test]
fn a_card_and_a_file_of_a_visitor_reach_bot_and_workspace_whole() {
    let mut core = ConversationCore::new();
    let card = r#"{"title":"T","description":"D","mediaFileId":"m","mediaFileType":"img","redirectUrl":"https://x"}"#;
    let shown = said(&mut core, |body| {
        body["mediaType"] = json!("WEBCARD");
        body["content"] = json!(card);
    });
    for to_bot in [true, false] {
        let hooks = hooks(&shown, to_bot);
        let content = &hooks.first().unwrap_or_else(|| panic!("bot: {to_bot}: {shown:?}"))["message"]["content"];
        assert_eq!((&content["kind"], &content["title"]), (&json!("card"), &json!("T")));
        assert_eq!((&content["media"], &content["link"]), (&json!("m"), &json!("https://x")));
    }
    let shown = said(&mut core, |body| {
        body["mediaType"] = json!("FILE_IMAGE");
        body["content"] = json!("20778-00000000000000000000000000004499.jpg,jpg");
        body["timestamp"] = json!("1619573122353");
    });
    let hooks = hooks(&shown, true);
    let content = &hooks.first().expect("a message")["message"]["content"];
    assert_eq!((&content["kind"], &content["format"]), (&json!("image"), &json!("jpg")));
    assert_eq!(content["location"], "20778-00000000000000000000000000004499.jpg");
}

#[test]
fn the_words_before_a_human_came_go_to_the_bot_and_then_to_the_queue() {
    let mut core = ConversationCore::new();
    said(&mut core, |body| body["content"] = json!("Version"));
    let asked = said(&mut core, |body| {
        body["controlType"] = json!("TRANS2AGENT");
        body["timestamp"] = json!("1619573129953");
    });
    assert!(hooks(&asked, true).iter().all(|hook| hook["type"] != "message"), "{asked:?}");
    let later = said(&mut core, |body| {
        body["content"] = json!("Hello?");
        body["timestamp"] = json!("1619573129954");
    });
    assert_eq!(hooks(&later, true), Vec::<Value>::new(), "the bot is out of it");
    assert_eq!(hooks(&later, false)[0]["message"]["content"]["text"], "Hello?");
}

#[test]
fn what_an_agent_has_read_is_named_to_the_page_as_it_named_it_and_the_agent_sees_its_picture() {
    let mut core = ConversationCore::new();
    let asks = said(&mut core, |body| {
        body["controlType"] = json!("TRANS2AGENT");
        body["senderAvatar"] = json!("https://acme.example/me.png");
        body["timestamp"] = json!("1");
    });
    let hello = said(&mut core, |body| {
        body["content"] = json!("Hello?");
        body["messageId"] = json!("page-7");
    });
    let shown = hooks(&hello, false);
    let id = shown[0]["message"]["id"].as_str().expect("an id").parse().expect("a message's id");
    let assigned = assigned_to_li(&mut core, &hello);
    let hook = &hooks(&assigned, false)[0];
    assert_eq!(hook["profile"]["avatar"], "https://acme.example/me.png", "{hook} after {asks:?}");

    let told = li_does(&mut core, &hello, 2, AgentAct::Read { messages: vec![id] });
    let [told] = told.as_slice() else { panic!("one order: {told:?}") };
    let told = shown_of(told, &accounts()).remove(0);
    assert_eq!((&told["controlType"], &told["content"]), (&json!("READ"), &json!("page-7")));
}
