//! An Easemob visitor, from the callback through the conversation core to what the workspace is told and what the channel is
//! sent.

use md5::{Digest, Md5};
use serde_json::{Value, json};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Request, receive};
use usher_dialects::outbound::{Next, plan};
use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::desk::{DeskAct, DeskInput};
use usher_domain::event::Fact;
use usher_domain::place::Want;
use usher_domain::{
    AgentId, Body, Content, ConversationInput, Delivery, Demand, DeskId, GroupId, InputId, Place, Placement,
    PlacementId, Target, Timestamp,
};
use usher_routing_core::conversation::{ConversationCore, Input};

const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);

fn accounts() -> Accounts {
    let file = json!({ "tenants": [{
        "tenant": "acme",
        "desks": [{ "desk": "acme-desk", "workspace": {
            "url": "http://localhost/workspace", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        }}],
        "bots": [{ "bot": "helper", "webhook": {
            "url": "http://localhost/bot", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        }}],
        "accounts": [{ "account": "im", "desk": "acme-desk", "bot": "helper", "channel": {
            "dialect": "easemob", "org": "acme-im", "app": "shop", "user": "kefu", "client_id": "client",
            "client_secret": "secret", "token_key": "0123456789abcdef0123456789abcdef", "callback_secret": "callback",
            "base_url": "http://localhost", "token": "token",
        }}],
    }] });
    let file: AccountsFile = serde_json::from_value(file).expect("an accounts file");
    Accounts::check(file).expect("consistent")
}

/// What the edge makes of a callback.
fn heard(call: &str, msg: &Value, ext: &Value) -> ConversationInput {
    let signed = format!("{call}callback{}", NOW.millis());
    let security: String = Md5::digest(signed).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "callId": call, "eventType": "chat", "timestamp": NOW.millis(), "chat_type": "chat", "from": "xiaoming",
        "to": "kefu", "payload": { "bodies": [msg], "ext": ext }, "security": security,
    });
    let body = body.to_string();
    let request = Request {
        method: "POST",
        path: "/webhooks/easemob/acme/im",
        query: "",
        header: &|_| None,
        body: body.as_bytes(),
        now: NOW,
        fresh: InputId::from_bits(7),
        replays: &Replays::default(),
    };
    match receive(&request, &accounts()).expect("accepted").bodies.remove(0) {
        Body::Conversation(input) => input,
        other => panic!("no input of a conversation: {other:?}"),
    }
}

fn step(core: &mut ConversationCore, input: ConversationInput) -> Vec<Body> {
    core.step(Input::Act(input), NOW).bodies
}

fn deliveries(bodies: &[Body]) -> Vec<&Delivery> {
    bodies
        .iter()
        .filter_map(|body| if let Body::Delivery(delivery) = body { Some(&**delivery) } else { None })
        .collect()
}

/// The demands among these effects.
fn demands(bodies: &[Body]) -> Vec<&Demand> {
    let demand = |body| match body {
        &Body::Desk(DeskInput { act: DeskAct::Demand(ref demand), .. }) => Some(demand),
        _ => None,
    };
    bodies.iter().filter_map(demand).collect()
}

/// Whom they want, and whether for a VIP.
fn wanted(bodies: &[Body]) -> Vec<(Target, bool)> {
    let want = |demand: &&Demand| match &demand.want {
        Want::Agent(wish) => Some((wish.target.clone(), wish.vip)),
        Want::Nobody | Want::SetAside => None,
    };
    demands(bodies).iter().filter_map(want).collect()
}

#[test]
fn blank_text_asks_for_its_queue_as_a_vip_and_is_no_text() {
    let ext = json!({ "weichat": { "queueName": "售前", "visitor": { "tags": ["vip1"] } } });
    let mut core = ConversationCore::new();
    let bodies = step(&mut core, heard("1", &json!({ "type": "txt", "msg": " " }), &ext));
    let target = Target { agent: None, group: Some(GroupId::new("售前")), ..Target::default() };
    assert_eq!(wanted(&bodies), [(target, true)]);
    let told: Vec<_> = deliveries(&bodies)
        .into_iter()
        .filter_map(|delivery| match (&delivery.target, &delivery.order) {
            (DeliveryTarget::Workspace { .. }, Order::Message { message, .. }) => Some(message.clone()),
            _ => None,
        })
        .collect();
    let [message] = told.as_slice() else { panic!("one message to the workspace: {told:?}") };
    assert!(matches!(&message.content, Content::Opaque { kind, .. } if kind == "weichat"), "{message:?}");
    assert_eq!(message.ext, Some(ext.to_string().into()));
}

#[test]
fn agent_wins_over_the_queue_that_stands_beside() {
    let ext = json!({ "weichat": { "queueName": "售前", "agentUsername": "li@acme.example" } });
    let mut core = ConversationCore::new();
    let bodies = step(&mut core, heard("1", &json!({ "type": "txt", "msg": "Hi" }), &ext));
    let agents: Vec<_> = wanted(&bodies).into_iter().map(|(target, vip)| (target.agent, vip)).collect();
    assert_eq!(agents, [(Some(AgentId::new("li@acme.example")), false)]);
}

#[test]
fn button_tapped_twice_hands_over_once() {
    let tap = |call: &str| {
        let ext = json!({ "weichat": { "ctrlArgs": { "id": "xxx", "serviceSessionId": "xxx-xxx-xxx" } } });
        heard(call, &json!({ "type": "cmd", "action": "TransferToKf" }), &ext)
    };
    let mut core = ConversationCore::new();
    let greeted = step(&mut core, heard("1", &json!({ "type": "txt", "msg": "Hi" }), &json!({})));
    assert!(wanted(&greeted).is_empty(), "the bot has it");
    assert_eq!(wanted(&step(&mut core, tap("2"))), [(Target::default(), false)]);
    let again = step(&mut core, tap("3"));
    assert!(
        matches!(&again[..], [Body::Event(event)] if matches!(event.fact, Fact::InputRepeated { .. })),
        "{again:?}"
    );
}

#[test]
fn same_callback_twice_is_one_message() {
    let hi = || heard("1", &json!({ "type": "txt", "msg": "Hi" }), &json!({}));
    let mut core = ConversationCore::new();
    assert!(!deliveries(&step(&mut core, hi())).is_empty());
    assert!(deliveries(&step(&mut core, hi())).is_empty());
}

#[test]
fn what_the_core_orders_for_the_visitor_goes_out_by_rest() {
    let ext = json!({ "weichat": { "queueName": "售前" } });
    let mut core = ConversationCore::new();
    let opened = step(&mut core, heard("1", &json!({ "type": "txt", "msg": "Hi" }), &ext));
    let [demand] = demands(&opened)[..] else { panic!("one demand: {opened:?}") };
    let placement = Placement {
        desk: DeskId::new("acme-desk"),
        session: demand.session,
        version: PlacementId { epoch: demand.epoch, turn: 1 },
        place: Place::waiting(2),
        withdrawn: None,
    };
    let ConversationInput { tenant, conversation, .. } = heard("1", &json!({ "type": "txt", "msg": "Hi" }), &ext);
    let act = ConversationAct::Placement(placement);
    let placed = step(&mut core, ConversationInput { tenant, id: InputId::from_bits(8), conversation, act });
    let [notice] = deliveries(&placed)[..] else { panic!("one notice: {placed:?}") };
    let Next::Request(request) = plan(notice, &accounts(), NOW) else { panic!("nothing goes out") };
    assert_eq!(request.url, "http://localhost/acme-im/shop/messages/users");
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(body["to"], json!(["xiaoming"]));
    assert_eq!(body["ext"]["weichat"]["event"]["eventName"], "ServiceSessionCreatedEvent");
}
