//! What people look at: a desk in numbers and a session explained, from what stands on topic `events`.

use usher_domain::desk::Presence;
use usher_domain::event::{Event, Fact, PresenceReason, Subject};
use usher_domain::{AgentId, Cause, ConversationId, DeskId, GroupId, SessionId, Target, TenantId, Timestamp};
use usher_runtime::topics::TopicNames;
use usher_runtime::worker::{Stop, clock};
use usher_view::Shared;

use super::*;

const SUPERVISOR_SHA256: &str = "09b7bbea79027a7f7520e9908a117f4f18ef7aec001e8f400767051504709d2c";

fn with_supervisors() -> Arc<Accounts> {
    let hook = json!({"url": "http://localhost/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let tenant = |name: &str, key: &str, supervisors: &[&str]| {
        json!({
            "tenant": name, "api_key_sha256": [key], "supervisor_key_sha256": supervisors,
            "desks": [{"desk": format!("{name}-desk"), "workspace": hook}], "accounts": [],
        })
    };
    let tenants = [tenant("acme", ACME_SHA256, &[SUPERVISOR_SHA256]), tenant("other", OTHER_SHA256, &[])];
    Arc::new(
        Accounts::check(serde_json::from_value(json!({ "tenants": tenants })).expect("a file")).expect("consistent"),
    )
}

fn session() -> SessionId {
    SessionId { conversation: ConversationId::from_bits(7), opened_at: Timestamp::from_millis(5), opened_by: 9 }
}

/// A fact of acme's, decided a minute ago.
fn said(subject: Subject, fact: Fact) -> Envelope {
    let decided_at = Timestamp::from_millis(clock().millis() - 60_000);
    let topic = Topic::Desks.name(PREFIX);
    let cause = Cause { topic, partition: 0, offset: 0, index: 0, count: 1, decided_at, worker_epoch: 1 };
    let event = Event { tenant: TenantId::new("acme"), subject, fact };
    Envelope { cause: Some(cause), traceparent: None, body: Body::Event(event) }
}

async fn waiting() -> MemoryBroker {
    let broker = broker();
    let (desk, conversation) =
        (|| Subject::Desk(DeskId::new("acme-desk")), Subject::Conversation(session().conversation));
    let line = Target { group: Some(GroupId::new("sales")), ..Target::default() };
    let agent = || AgentId::new("li");
    let asked_at = Timestamp::default();
    let (presence, reason) = (Presence::Online, PresenceReason::Said);
    let sender = broker.sender().expect("a sender");
    for envelope in [
        said(conversation, Fact::SessionOpened { session: session(), with_bot: false }),
        said(desk(), Fact::SessionEntered { session: session(), epoch: 1, line, vip: true, asked_at, weight: 1 }),
        said(desk(), Fact::AgentPresence { agent: agent(), presence, reason }),
        said(desk(), Fact::AgentServes { agent: agent(), groups: vec![GroupId::new("sales")], capacity: 0 }),
    ] {
        sender.send(TopicNames::new(PREFIX).outgoing(&envelope)).await.expect("written");
    }
    broker
}

/// Ingest with a view, once it has read what stands there.
async fn looking() -> (Bench, Shared, Stop) {
    let broker = waiting().await;
    let (view, stop) = (Shared::default(), Stop::default());
    let ingest = Ingest::new(settings(), with_supervisors(), broker.sender().expect("a sender"));
    let bench = Bench::with(broker.clone(), ingest.with_view(view.clone())).await;
    (bench, view, stop)
}

fn get(path: &str, key: &str) -> Call {
    Call::post(path, "").method("GET").header("authorization", &format!("Bearer {key}"))
}

#[tokio::test]
async fn a_desk_and_a_session_are_shown_once_the_events_are_read() {
    let (bench, view, stop) = looking().await;
    let desk = "/v1/desks/acme-desk";
    let early = bench.send(get(desk, "acme-key")).await;
    assert_eq!(early.status, 503, "{}", early.body);
    let following = {
        let (broker, view, stop) = (bench.broker.clone(), view.clone(), stop.clone());
        std::thread::spawn(move || usher_view::follow(&broker, PREFIX, &view, &stop))
    };
    while view.look(|_| ()).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for key in ["acme-key", "acme-supervisor-key"] {
        let reply = bench.send(get(desk, key)).await;
        let told: Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!(
            (reply.status, &told["all"]["waiting"], &told["all"]["vips"]),
            (200, &json!(1), &json!(1)),
            "{told}"
        );
        assert_eq!((&told["lines"][0]["group"], &told["agents"]["online"]), (&json!("sales"), &json!(1)), "{told}");
        assert!(
            told["seen_ms"].as_i64() < told["at_ms"].as_i64().map(|at| at - 59_000),
            "as old as the last fact: {told}"
        );
        assert!(told["all"]["oldest_wait_ms"].as_u64().expect("a span") >= 60_000, "{told}");
    }
    let explain = format!("/v1/sessions/{}/explain", session());
    let told: Value = serde_json::from_str(&bench.send(get(&explain, "acme-key")).await.body).expect("JSON");
    assert_eq!((&told["story"][0]["says"], &told["waits"]["place"]), (&json!("comes in"), &json!(1)), "{told}");
    assert_eq!(told["waits"]["because"], "every agent of its line has as much as they can", "{told}");
    assert_eq!(bench.send(get(&explain, "other-key")).await.status, 404, "another tenant's session is nobody's");
    assert_eq!(bench.send(get(desk, "other-key")).await.status, 404);
    assert_eq!(bench.send(get(desk, "nobodys")).await.status, 401);
    assert_eq!(bench.send(Call::post(desk, "{}").header("authorization", "Bearer acme-key")).await.status, 405);
    stop.now();
    following.join().expect("no panic");
}

#[tokio::test]
async fn a_command_of_a_supervisor_is_in_the_log_of_its_desk() {
    let (bench, ..) = looking().await;
    let body = json!({"by": "mei", "reason": "a busy day"}).to_string();
    let drain = |key: &str| {
        Call::post("/v1/desks/acme-desk/agents/li/drain", body.clone())
            .header("authorization", &format!("Bearer {key}"))
    };
    assert_eq!(bench.send(drain("acme-key")).await.status, 403);
    assert!(bench.envelopes(Topic::Desks).is_empty());
    let reply = bench.send(drain("acme-supervisor-key")).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let envelopes = bench.envelopes(Topic::Desks);
    let [Envelope { body: Body::Desk(input), .. }] = envelopes.as_slice() else { panic!("{envelopes:?}") };
    let told: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(told, json!({"id": input.id.to_string()}));
}

#[tokio::test]
async fn without_a_view_there_is_nothing_to_look_at() {
    let bench = Bench::start().await;
    assert_eq!(bench.send(get("/v1/desks/acme-desk", "acme-key")).await.status, 404);
}
