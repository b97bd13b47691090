//! Commands of supervisors and looks, as they become inputs or refusals.

use usher_domain::conversation::ConversationAct;
use usher_domain::desk::DeskAct;
use usher_domain::supervision::{MovedQueue, SupervisionOrder, SupervisorClose, Warrant};
use usher_domain::{AgentId, Body, DeskId, GroupId, InputId, PlacementId, SessionId, Target, TenantId};

use crate::inbound::replays::Replays;
use crate::inbound::sample::{ACME_KEY, ACME_SUPERVISOR_KEY, Sample, accounts};
use crate::look::{self, Look};

const SESSION: &str = "00000000000080008000000000000007.5.0000000000000009";

fn call(path: &str, body: &str) -> Sample {
    let body = format!(r#"{{"by":"mei","reason":"a busy day"{body}}}"#);
    let path = format!("/v1/desks/acme-desk{path}");
    Sample::post(path, body).header("authorization", format!("Bearer {ACME_SUPERVISOR_KEY}"))
}

fn order(sample: &Sample) -> SupervisionOrder {
    let body = sample.receive().expect("accepted").bodies.remove(0);
    let Body::Desk(input) = body else { panic!("no input of a desk: {body:?}") };
    assert_eq!((input.tenant, input.desk), (TenantId::new("acme"), DeskId::new("acme-desk")));
    let DeskAct::Supervision(said) = input.act else { panic!("no command: {:?}", input.act) };
    assert_eq!(said.warrant, Warrant { by: "mei".to_owned(), why: "a busy day".into() });
    said.order
}

fn session() -> SessionId {
    SESSION.parse().expect("a session")
}

#[test]
fn every_command_becomes_an_order_of_its_desk() {
    let agent = || AgentId::new("li");
    let group = |name: &str| Target { group: Some(GroupId::new(name)), ..Target::default() };
    let placement = Some(PlacementId { epoch: 3, turn: 2 });
    let rows = [
        (
            call(&format!("/sessions/{SESSION}/assign"), r#","agent":"li","placement":"3.2""#),
            SupervisionOrder::Assign { session: session(), agent: agent(), placement },
        ),
        (
            call(&format!("/sessions/{SESSION}/requeue"), r#","placement":"3.2""#),
            SupervisionOrder::Requeue { session: session(), placement },
        ),
        (call("/agents/li/drain", ""), SupervisionOrder::Drain { agent: agent(), drains: true }),
        (call("/agents/li/undrain", ""), SupervisionOrder::Drain { agent: agent(), drains: false }),
        (
            call("/move", r#","from":{"group":"a"},"to":{"group":"b"}"#),
            SupervisionOrder::Move { from: MovedQueue::Group(GroupId::new("a")), to: group("b") },
        ),
        (
            call("/move", r#","from":{},"to":{"agent":"li"}"#),
            SupervisionOrder::Move {
                from: MovedQueue::Default,
                to: Target { agent: Some(agent()), ..Target::default() },
            },
        ),
        (call("/move", r#","to":{}"#), SupervisionOrder::Move { from: MovedQueue::All, to: Target::default() }),
    ];
    for (sample, expected) in rows {
        assert_eq!(order(&sample), expected, "{}", sample.path);
    }
}

#[test]
fn a_close_goes_to_the_conversation() {
    let input = call(&format!("/sessions/{SESSION}/close"), "").input();
    assert_eq!(input.conversation, session().conversation);
    let warrant = Warrant { by: "mei".to_owned(), why: "a busy day".into() };
    let close = SupervisorClose { warrant, desk: DeskId::new("acme-desk"), session: session() };
    assert_eq!(input.act, ConversationAct::SupervisorClose(Box::new(close)));
}

#[test]
fn the_same_key_again_is_the_same_command() {
    let id = |sample: Sample| -> InputId {
        match sample.header("idempotency-key", "k").receive().expect("accepted").bodies.remove(0) {
            Body::Desk(input) => input.id,
            other => panic!("no input of a desk: {other:?}"),
        }
    };
    assert_eq!(id(call("/agents/li/drain", "")), id(call("/agents/li/drain", "")));
    assert_ne!(id(call("/agents/li/drain", "")), id(call("/agents/wang/drain", "")));
}

#[test]
fn only_a_supervisors_key_overrules_and_it_does_nothing_else() {
    let drain = call("/agents/li/drain", "");
    let (status, said) = drain.clone().header("authorization", format!("Bearer {ACME_KEY}")).refusal();
    assert_eq!((status, said.contains("supervisor_key_sha256")), (403, true), "{said}");
    assert_eq!(drain.clone().header("authorization", "Bearer nobodys").refusal().0, 401);
    assert_eq!(drain.without("authorization").refusal().0, 401);
    let ask = Sample::post("/v1/asks", r#"{"account":"web","visitor":"v"}"#);
    assert_eq!(ask.header("authorization", format!("Bearer {ACME_SUPERVISOR_KEY}")).refusal().0, 401);
}

#[test]
fn what_is_wrong_is_named() {
    let key = |path: &str, body: &str| {
        let path = format!("/v1/desks/{path}");
        Sample::post(path, body).header("authorization", format!("Bearer {ACME_SUPERVISOR_KEY}"))
    };
    let agent = "acme-desk/agents/li/drain";
    for (sample, status, said) in [
        (key(agent, r#"{"reason":"x"}"#), 400, "by: is missing"),
        (key(agent, r#"{"by":"mei"}"#), 400, "reason: is missing"),
        (key(agent, r#"{"by":"mei","reason":""}"#), 400, "reason: must be 1 to 512 bytes"),
        (key(agent, r#"{"by":"mei","reason":"a\u001b[2J"}"#), 400, "reason: must not contain control characters"),
        (key(agent, r#"{"by":"mei","reason":"a\nb"}"#), 400, "reason: must not contain control characters"),
        (key("others-desk/agents/li/drain", r#"{"by":"mei","reason":"x"}"#), 404, "desk: there is no such desk"),
        (call("/sessions/x/requeue", ""), 400, "session: must be a session id"),
        (call(&format!("/sessions/{SESSION}/assign"), ""), 400, "agent: is missing"),
        (call(&format!("/sessions/{SESSION}/requeue"), ""), 400, "placement: is missing"),
        (call("/move", ""), 400, "to: is missing"),
        (call("/move", r#","to":{"group":"a","agent":"li"}"#), 400, "to.agent: stands beside a group"),
        (call("/move", r#","to":{"grp":"a"}"#), 400, "to.grp: is unknown"),
    ] {
        let refusal = sample.refusal();
        assert_eq!(refusal.0, status, "{}", sample.path);
        assert!(refusal.1.starts_with(said), "{}: {}", sample.path, refusal.1);
    }
}

fn look(path: &str, query: &str, key: &str) -> Result<Look, u16> {
    let mut sample = Sample::post(path, "").header("authorization", format!("Bearer {key}"));
    (sample.method, sample.query) = ("GET", query.to_owned());
    let looked = sample.with(&Replays::default(), |request| look::receive(request, &accounts()));
    looked.map_err(|condition| condition.status())
}

#[test]
fn desks_and_sessions_are_looked_at_with_either_key() {
    let tenant = TenantId::new("acme");
    let desk =
        |minutes, within_s| Look::Desk { tenant: tenant.clone(), desk: DeskId::new("acme-desk"), minutes, within_s };
    for key in [ACME_KEY, ACME_SUPERVISOR_KEY] {
        assert_eq!(look("/v1/desks/acme-desk", "", key), Ok(desk(15, 20)));
        assert_eq!(look("/v1/desks/acme-desk", "minutes=60&within_s=0", key), Ok(desk(60, 0)));
        let story = Look::Session { tenant: tenant.clone(), session: session() };
        assert_eq!(look(&format!("/v1/sessions/{SESSION}/explain"), "", key), Ok(story));
    }
    assert_eq!(look("/v1/desks/acme-desk", "", "nobodys"), Err(401));
    assert_eq!(look("/v1/desks/others-desk", "", ACME_KEY), Err(404));
    assert_eq!(look("/v1/desks/acme-desk", "minutes=61", ACME_KEY), Err(400));
    assert_eq!(look("/v1/desks/acme-desk", "within_s=-1", ACME_KEY), Err(400));
    assert_eq!(look("/v1/sessions/x/explain", "", ACME_KEY), Err(400));
}

#[test]
fn a_look_is_no_post() {
    let post = Sample::post("/v1/desks/acme-desk", "{}").header("authorization", format!("Bearer {ACME_KEY}"));
    let looked = post.with(&Replays::default(), |request| look::receive(request, &accounts()));
    assert_eq!(looked.map_err(|condition| condition.status()), Err(405));
}
