//! Ingest over real sockets and the in-memory broker: what is in the log when an answer is out, and what a caller is
//! told when something is wrong.

mod files;
mod http;
mod limits;
mod looks;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use usher_broker::memory::MemoryBroker;
use usher_broker::{Broker, Outgoing, SendError, SenderHandle, Sent};
use usher_dialects::accounts::Accounts;
use usher_domain::{Body, Envelope};
use usher_proto::topics::Topic;
use usher_runtime::topics::spec;

use super::{Ingest, Settings, produce, router, serve};
use http::{Call, Reply};

const PREFIX: &str = "t";

/// Ingest on a port of its own, with the broker behind it.
struct Bench {
    address: std::net::SocketAddr,
    broker: MemoryBroker,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

fn accounts() -> Arc<Accounts> {
    let hook = json!({"url": "http://localhost/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let tenant = |name: &str, key_sha256: &str| {
        json!({
            "tenant": name,
            "api_key_sha256": [key_sha256],
            "desks": [{"desk": format!("{name}-desk"), "workspace": hook}],
            "accounts": [
                {"account": format!("{name}-web"), "desk": format!("{name}-desk"), "channel": {"dialect": "native", "webhook": hook}},
                {"account": "rcs", "desk": format!("{name}-desk"), "channel": {"dialect": "rbm", "agent_id": "a", "client_token": "c", "base_url": "http://localhost", "token": "t"}},
                {"account": "aicc", "desk": format!("{name}-desk"), "channel": {
                    "dialect": "huawei", "channel_id": "1", "app_key": if name == "acme" { "app" } else { "other-app" },
                    "app_secret": "app-secret", "token_key": "0123456789abcdef0123456789abcdef",
                }},
                {"account": "im", "desk": format!("{name}-desk"), "channel": {
                    "dialect": "easemob", "org": format!("{name}-im"), "app": "shop", "user": "kefu", "client_id": "c",
                    "client_secret": name, "token_key": "0123456789abcdef0123456789abcdef", "callback_secret": "cb",
                    "base_url": "http://localhost", "token": "t",
                }},
            ],
        })
    };
    // SHA-256 of "acme-key" and of "other-key".
    let file = json!({"tenants": [tenant("acme", ACME_SHA256), tenant("other", OTHER_SHA256)]});
    Arc::new(Accounts::check(serde_json::from_value(file).expect("a file")).expect("consistent"))
}

const ACME_SHA256: &str = "afacab3575137afa4e00d9cbcafcb14c9ae25f779d964eb0ea5b2c4eb5dfd163";
const OTHER_SHA256: &str = "580843d03d2216ff1a275d0991bad66e4d1af871171d929e9de604b7959f9bca";

fn broker() -> MemoryBroker {
    let broker = MemoryBroker::system();
    let topics: Vec<_> = Topic::ALL.iter().map(|topic| spec(*topic, PREFIX)).collect();
    broker.create_topics(&topics).expect("topics");
    broker
}

fn settings() -> Settings {
    Settings { prefix: PREFIX.to_owned(), ..Settings::default() }
}

impl Bench {
    async fn start() -> Self {
        let broker = broker();
        let sender = broker.sender().expect("a sender");
        Self::with(broker, Ingest::new(settings(), accounts(), sender)).await
    }

    async fn with<S: SenderHandle>(broker: MemoryBroker, ingest: Ingest<S>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let served = tokio::spawn(serve(listener, router(ingest), 16, shutdown));
        Self { address, broker, stop: Some(stop), served }
    }

    async fn send(&self, call: Call) -> Reply {
        call.send(self.address).await
    }

    fn envelopes(&self, topic: Topic) -> Vec<Envelope> {
        let records = self.broker.records(&topic.name(PREFIX)).expect("a topic");
        let decode = |bytes: Vec<u8>| usher_proto::decode(&bytes).expect("an envelope");
        records.into_iter().filter_map(|record| record.payload).map(decode).collect()
    }

    fn count(&self) -> usize {
        Topic::ALL.iter().map(|topic| self.envelopes(*topic).len()).sum()
    }
}

fn message() -> Call {
    let body = json!({"account": "acme-web", "visitor": "d", "text": "hi"});
    Call::post("/v1/messages", body.to_string()).header("authorization", "Bearer acme-key")
}

#[tokio::test]
async fn accepted_means_the_record_is_in_the_log() {
    let bench = Bench::start().await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let reply = bench.send(message().header("traceparent", parent)).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let envelopes = bench.envelopes(Topic::Conversations);
    let [envelope] = envelopes.as_slice() else { panic!("{} records", envelopes.len()) };
    assert_eq!(envelope.traceparent.as_deref(), Some(parent));
    let Body::Conversation(input) = &envelope.body else { panic!("no conversation input") };
    let told: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(told, json!({"id": input.id.to_string(), "conversation": input.conversation.to_string()}));
    let records = bench.broker.records(&Topic::Conversations.name(PREFIX)).expect("a topic");
    assert_eq!(records[0].key.as_deref(), Some(input.conversation.to_string().as_bytes()));
}

#[tokio::test]
async fn easemob_client_gets_a_token_and_is_heard_with_it() {
    let bench = Bench::start().await;
    let asked = json!({"grant_type": "client_credentials", "client_id": "c", "client_secret": "acme"});
    let told = bench.send(Call::post("/acme-im/shop/token", asked.to_string())).await;
    let told: Value = serde_json::from_str(&told.body).expect("JSON");
    let bearer = format!("Bearer {}", told["access_token"].as_str().expect("a token"));
    let said = json!({"from": "xiaoming", "to": ["kefu"], "type": "txt", "body": {"msg": "hi"}}).to_string();
    let call = |path: &str| Call::post(path, said.clone()).header("authorization", &bearer);
    assert_eq!(bench.send(call("/other-im/shop/messages/users")).await.status, 401, "of another application");
    assert_eq!(bench.count(), 0);
    let reply = bench.send(call("/acme-im/shop/messages/users")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!((bench.envelopes(Topic::Conversations).len(), bench.count()), (1, 1));
}

#[tokio::test]
async fn signature_of_one_callback_is_no_signature_of_another_message() {
    use md5::{Digest, Md5};
    let bench = Bench::start().await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let security: String = Md5::digest(format!("c1cb{now}")).iter().map(|byte| format!("{byte:02x}")).collect();
    let callback = |from: &str| {
        let body = json!({
            "callId": "c1", "eventType": "chat", "timestamp": now.to_string(), "chat_type": "chat", "from": from,
            "to": "kefu", "payload": {"bodies": [{"type": "txt", "msg": "hi"}]}, "security": security,
        });
        Call::post("/webhooks/easemob/acme/im", body.to_string())
    };
    assert_eq!(bench.send(callback("xiaoming")).await.status, 200);
    assert_eq!(bench.send(callback("somebody")).await.status, 401, "heard before, with another message under it");
    assert_eq!(bench.send(callback("xiaoming")).await.status, 200, "the vendor tries once more");
    assert_eq!(bench.count(), 2);
}

#[tokio::test]
async fn presence_goes_to_the_topic_of_desks() {
    let bench = Bench::start().await;
    let call = Call::post("/v1/desks/acme-desk/agents/li/presence", r#"{"presence":"online"}"#);
    assert_eq!(bench.send(call.header("authorization", "Bearer acme-key")).await.status, 202);
    assert_eq!((bench.envelopes(Topic::Desks).len(), bench.count()), (1, 1));
}

#[tokio::test]
async fn broker_away_is_503_with_retry_after_and_recovers() {
    let bench = Bench::start().await;
    bench.broker.refuse_sends(true);
    let reply = bench.send(message()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "{}", reply.body);
    assert!(reply.body.contains("send an Idempotency-Key to make a repeat safe"), "{}", reply.body);
    let reply = bench.send(message().header("idempotency-key", "k")).await;
    assert!(reply.status == 503 && !reply.body.contains("Idempotency-Key"), "{}", reply.body);
    assert_eq!(bench.count(), 0);
    bench.broker.refuse_sends(false);
    assert_eq!(bench.send(message()).await.status, 202);
    assert_eq!(bench.count(), 1);
}

/// A sender whose broker never answers; it tells when something waits.
#[derive(Clone, Default)]
struct Silent {
    waiting: Arc<Notify>,
}

impl SenderHandle for Silent {
    fn send(&self, _: Outgoing) -> impl Future<Output = Result<Sent, SendError>> + Send {
        self.waiting.notify_one();
        std::future::pending()
    }
}

#[tokio::test]
async fn silent_broker_is_503_with_retry_after() {
    let bench = Bench::with(broker(), Ingest::new(settings(), accounts(), Silent::default())).await;
    let reply = bench.send(message()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
}

#[tokio::test(start_paused = true)]
async fn silent_broker_is_given_up_within_a_second() {
    let ingest = Ingest::new(settings(), accounts(), Silent::default());
    let started = tokio::time::Instant::now();
    let condition = produce::write(&ingest, vec![Body::Tick], None).await.expect_err("not acknowledged");
    assert_eq!(condition.status(), 503);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn too_many_under_way_are_refused_at_once() {
    let few = Settings { requests_max: 1, ..settings() };
    let silent = Silent::default();
    let bench = Bench::with(broker(), Ingest::new(few, accounts(), silent.clone())).await;
    let first = tokio::spawn(message().send(bench.address));
    silent.waiting.notified().await;
    let second = bench.send(message()).await;
    assert_eq!((second.status, second.header("retry-after")), (503, Some("1")));
    assert!(second.body.contains("too many requests"), "{}", second.body);
    assert!(first.await.expect("a reply").body.contains("the broker is away"));
}

/// A sender with a fault of ours.
#[derive(Clone)]
struct Panicking;

impl SenderHandle for Panicking {
    async fn send(&self, _: Outgoing) -> Result<Sent, SendError> {
        panic!("our own fault")
    }
}

#[tokio::test]
async fn a_panic_is_500_in_the_dialects_shape_and_ends_one_request() {
    let bench = Bench::with(broker(), Ingest::new(settings(), accounts(), Panicking)).await;
    for _ in 0..2 {
        let reply = bench.send(message()).await;
        let body: Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!((reply.status, &body["error"]["code"]), (500, &json!("internal")));
    }
}

#[tokio::test]
async fn refusals_write_nothing_and_have_the_shape_of_the_path() {
    let bench = Bench::start().await;
    let other = json!({"account": "other-web", "visitor": "d", "text": "hi"}).to_string();
    let signed_by_nobody = Call::post("/webhooks/rbm/acme/rcs", r#"{"message":{"data":"e30="}}"#);
    let rows = [
        ("no key", message().without("authorization"), 401, "\"error\""),
        (
            "account of another tenant",
            Call::post("/v1/messages", other).header("authorization", "Bearer acme-key"),
            404,
            "\"error\"",
        ),
        ("unknown path", Call::post("/nothing", "{}"), 404, "\"error\""),
        ("other method", message().method("PUT"), 405, "\"error\""),
        ("not JSON", message().header("content-type", "text/plain"), 415, "\"error\""),
        ("unsigned webhook", signed_by_nobody, 401, "X-Goog-Signature"),
        ("huawei without headers", Call::post("/apiaccess/ccmessaging/sendAsync", "{}"), 401, "\"resultCode\""),
        ("huawei token", Call::post("/apiaccess/ccmessaging/applyToken", "{}"), 401, "\"errorCode\""),
        ("easemob without a token", Call::post("/acme-im/shop/messages", "{}"), 401, "\"error_description\""),
        ("easemob unsigned", Call::post("/webhooks/easemob/acme/im", "{}"), 401, "\"error_description\""),
        ("callback of nobody", Call::post("/callbacks/sms/acme/x/y/z/sms", ""), 404, "there is no such account"),
    ];
    for (label, call, status, shape) in rows {
        let reply = bench.send(call).await;
        assert_eq!(reply.status, status, "{label}: {}", reply.body);
        assert!(reply.body.contains(shape), "{label}: {}", reply.body);
    }
    assert_eq!(bench.send(message().method("PUT")).await.header("allow"), Some("POST"));
    assert_eq!(bench.count(), 0);
}

#[tokio::test]
async fn the_same_idempotency_key_makes_the_same_input_id() {
    let bench = Bench::start().await;
    let first = bench.send(message().header("idempotency-key", "k")).await;
    let second = bench.send(message().header("idempotency-key", "k")).await;
    let third = bench.send(message()).await;
    assert_eq!(first.body, second.body);
    assert_ne!(first.body, third.body);
    assert_eq!(bench.count(), 3, "routing drops the repeat, not ingest");
}

#[tokio::test]
async fn challenge_is_answered_and_writes_nothing() {
    let bench = Bench::start().await;
    let reply = bench.send(Call::post("/webhooks/rbm/acme/rcs", r#"{"clientToken":"c","secret":"s"}"#)).await;
    assert_eq!((reply.status, reply.body.as_str(), bench.count()), (200, "s", 0));
}

#[tokio::test]
async fn shutdown_ends_the_service_and_frees_the_port() {
    let mut bench = Bench::start().await;
    assert_eq!(bench.send(message()).await.status, 202);
    bench.stop.take().expect("not stopped yet").send(()).expect("still serving");
    (&mut bench.served).await.expect("no panic");
    assert!(TcpListener::bind(bench.address).await.is_ok());
}
