//! A visitor on Huawei from request to request: what the edge reads goes through the conversation core, and what the core
//! orders goes out again.

use serde_json::{Value, json};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Accepted, Request, receive};
use usher_dialects::outbound::{Next, plan};
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::mailbox::MailboxAct;
use usher_domain::{
    AccountId, AgentCard, AgentId, Body, ConversationInput, Delivery, DeskId, InputId, Place, Placement, PlacementId,
    TenantId, Timestamp,
};
use usher_routing_core::conversation::{ConversationCore, Input};

const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);
const USER: &str = "session_1619573111751_user_1619573111751";

fn accounts() -> Accounts {
    let hook = |path: &str| json!({ "url": format!("http://localhost/{path}"), "secret": "whsec_c2VjcmV0" });
    let file = json!({ "tenants": [{
        "tenant": "acme",
        "desks": [{ "desk": "acme-desk", "workspace": hook("workspace") }],
        "bots": [{ "bot": "helper", "webhook": hook("bot") }],
        "accounts": [{ "account": "aicc", "desk": "acme-desk", "bot": "helper", "channel": {
            "dialect": "huawei", "channel_id": "1011577355744904195", "app_key": "app", "app_secret": "app-secret",
            "token_key": "0123456789abcdef0123456789abcdef",
        } }],
    }] });
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
    orders(core, input)
}

fn orders(core: &mut ConversationCore, input: ConversationInput) -> Vec<Delivery> {
    let ordered = core.step(Input::Act(input), NOW).bodies.into_iter();
    ordered.filter_map(|body| if let Body::Delivery(delivery) = body { Some(*delivery) } else { None }).collect()
}

/// Something else happens in the conversation of these deliveries: what the core orders.
fn happens(core: &mut ConversationCore, deliveries: &[Delivery], id: u64, act: ConversationAct) -> Vec<Delivery> {
    let conversation = deliveries[0].conversation.expect("a conversation");
    let tenant = TenantId::new("acme");
    orders(core, ConversationInput { tenant, id: InputId::derive(&[b"test", &id.to_be_bytes()]), conversation, act })
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
    let session = hello[0].session.expect("a session");
    let agent = AgentCard { id: AgentId::new("li"), name: "Li".to_owned(), avatar: String::new() };
    let (li, version, place) = (agent.id.clone(), PlacementId { epoch: 1, turn: 1 }, Place::Assigned(agent));
    let placement = Placement { desk: DeskId::new("acme-desk"), session, version, place };
    let assigned = happens(&mut core, &hello, 1, ConversationAct::Placement(placement));
    let hook = &hooks(&assigned, false)[0];
    assert_eq!(hook["profile"]["avatar"], "https://acme.example/me.png", "{hook} after {asks:?}");

    let tenant = TenantId::new("acme");
    let accounts = accounts();
    let account = accounts.account(&tenant, &AccountId::new("aicc")).expect("there").stamp(&tenant);
    let reads = AgentInput { account, session, agent: li, act: AgentAct::Read { messages: vec![id] } };
    let told = happens(&mut core, &hello, 2, ConversationAct::Agent(Box::new(reads)));
    let [told] = told.as_slice() else { panic!("one order: {told:?}") };
    let Next::Hold(act) = plan(told, &accounts, NOW) else { panic!("nothing waits for the page") };
    let MailboxAct::Put(held) = *act else { panic!("nothing is put in") };
    let told: Value = serde_json::from_str(held.payload.as_str()).expect("JSON");
    assert_eq!((&told["controlType"], &told["content"]), (&json!("READ"), &json!("page-7")));
}
