//! What callers can not use up: bodies, heads and connections end by size and by time, and so does a stop.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use usher_broker::Broker;
use usher_broker::memory::MemorySender;

use super::http::Call;
use super::{Bench, accounts, broker, message, settings};
use crate::Ingest;

#[tokio::test]
async fn too_large_bodies_are_413_declared_or_not() {
    let bench = Bench::start().await;
    let large = "x".repeat(64 * 1024 + 1);
    let declared = Call::post("/v1/messages", large.clone()).header("authorization", "Bearer acme-key");
    let reply = bench.send(declared).await;
    assert_eq!(reply.status, 413, "{}", reply.body);
    let reply = bench.send(Call::post("/apiaccess/ccmessaging/sendAsync", large).chunked()).await;
    let body: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!((reply.status, &body["resultCode"]), (413, &json!("413")));
    assert_eq!(bench.count(), 0);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let broker = broker();
    let sender: MemorySender = broker.sender().expect("a sender");
    let ingest = Ingest::new(settings(), accounts(), sender).with_body_deadline(Duration::from_millis(20));
    let bench = Bench::with(broker, ingest).await;
    let reply = bench.send(message().announcing(10_000)).await;
    assert_eq!(reply.status, 408, "{}", reply.body);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_whole_ends_its_connection() {
    let bench = Bench::start().await;
    for head in ["", "P", "POST /v1/messages HTTP/1.1\r\nhost: usher\r\n"] {
        let mut stream = half_sent(&bench, head).await;
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(120), stream.read_to_end(&mut rest)).await;
        ended.unwrap_or_else(|_| panic!("still open after {head:?}")).expect("closed in order");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_431() {
    let bench = Bench::start().await;
    let large = |bytes: usize| message().header("x-large", &"x".repeat(bytes));
    let reply = bench.send(large(40 * 1024)).await;
    assert_eq!(reply.status, 431);
    assert!(reply.body.contains("head-too-large"), "in the dialect's shape: {}", reply.body);
    assert_eq!(bench.send(large(70 * 1024)).await.status, 431);
}

#[tokio::test]
async fn aliyuns_clients_are_refused_in_their_shape_by_every_layer() {
    let bench = Bench::start().await;
    let call = |target: &str| {
        let named = Call::post(target, "").header("x-acs-action", "SendMessageChatText");
        named.header("x-acs-version", "2020-11-09")
    };
    let rows = [
        ("no signature", call("/?Text=a"), 401, "IncompleteSignature"),
        ("wrong path", call("/prefix/"), 404, "NotFound"),
        ("wrong method", call("/").method("DELETE"), 405, "UnsupportedHTTPMethod"),
        ("large body", Call::post("/", "x".repeat(64 * 1024 + 1)), 413, "RequestEntityTooLarge"),
        ("long target", call(&format!("/?Text={}", "%E5".repeat(12_000))), 431, "RequestHeaderTooLarge"),
    ];
    for (label, call, status, code) in rows {
        let reply = bench.send(call).await;
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{label}: {}", reply.body));
        assert_eq!((reply.status, &body["Code"]), (status, &json!(code)), "{label}");
        assert_eq!(body["RequestId"].as_str().map(str::len), Some(36), "{label}");
    }
    let few = crate::Settings { requests_max: 0, ..settings() };
    let ingest = Ingest::new(few, accounts(), broker().sender().expect("a sender"));
    let reply = Bench::with(broker(), ingest).await.send(call("/")).await;
    assert!(reply.body.contains("\"Code\":\"ServiceUnavailable\""), "{}", reply.body);
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_callers_that_say_nothing() {
    let mut bench = Bench::start().await;
    let mut open = Vec::new();
    for sent in ["", "POST /v1/messages HTTP/1.1\r\nhost: usher\r\n", "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n"] {
        open.push(half_sent(&bench, sent).await);
    }
    assert_eq!(bench.send(message()).await.status, 202, "the others are accepted by now");
    bench.stop.take().expect("not stopped yet").send(()).expect("still serving");
    let stopped = tokio::time::timeout(Duration::from_secs(10), &mut bench.served).await;
    stopped.expect("within its budget").expect("no panic");
}

async fn half_sent(bench: &Bench, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(bench.address).await.expect("ingest listens");
    stream.write_all(bytes.as_bytes()).await.expect("taken");
    stream
}

#[tokio::test]
async fn a_webhook_of_google_may_be_larger_than_other_bodies() {
    let bench = Bench::start().await;
    let unsigned = |bytes: usize| Call::post("/webhooks/rbm/acme/rcs", "x".repeat(bytes));
    let reply = bench.send(unsigned(512 * 1024)).await;
    assert_eq!(reply.status, 401, "read whole, then refused: {}", reply.body);
    assert_eq!(bench.send(unsigned(512 * 1024 + 1)).await.status, 413);
    assert_eq!(bench.send(Call::post("/v1/messages", "x".repeat(64 * 1024 + 1))).await.status, 413);
}
