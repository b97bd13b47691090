//! What a front answers: events and acknowledgements without a WebSocket, refusals, origins, limits, peers.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;
use usher_domain::receipt::Report;

use super::client::{Events, Socket, token};
use super::instance::{Ground, Instance, conversation, until, visitor_of};

const VISITOR: &str = "visitor";

fn refusal(outcome: Result<Socket, Error>) -> StatusCode {
    match outcome {
        Err(Error::Http(answer)) => StatusCode::from_u16(answer.status().as_u16()).expect("a status"),
        Err(other) => panic!("no answer: {other}"),
        Ok(_) => panic!("a stream"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_on_behind_the_last_one_and_are_acknowledged_by_a_call() {
    let ground = Ground::new();
    let front = ground.instance("front").await;
    let token = token(&ground, VISITOR);
    let (one, two) = (ground.put(VISITOR, "one").await, ground.put(VISITOR, "two").await);
    let mut events = Events::open(&front, &token, None).await;
    let hello: Value = serde_json::from_str(&events.line("data:").await).expect("JSON");
    assert!(hello["hello"]["expires_in_ms"].as_u64().is_some_and(|left| left > 3_500_000), "{hello}");
    let first: i64 = events.line("id:").await.parse().expect("a number");
    let frame: Value = serde_json::from_str(&events.line("data:").await).expect("JSON");
    assert_eq!((&frame["seq"], &frame["message"]["text"]), (&json!(first), &json!("one")));
    let second: i64 = events.line("id:").await.parse().expect("a number");
    assert_eq!(events.line(":").await, "beat", "also when there is nothing to say");
    drop(events);

    let mut events = Events::open(&front, &token, Some(first)).await;
    assert_eq!(events.line("id:").await, second.to_string(), "the first is not asked for again");
    let url = format!("http://{}/v1/stream/ack", front.address);
    let answer = Client::new().post(url).bearer_auth(&token).json(&json!({ "ack": second })).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::NO_CONTENT);
    until(|| ground.reports().len() == 2, "both receipts").await;
    assert_eq!(ground.reports(), [(one, Report::Delivered), (two, Report::Delivered)]);
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_json_with_their_status() {
    let ground = Ground::new();
    let front = ground.instance("front").await;
    let token = token(&ground, VISITOR);
    let rows = [
        (Method::GET, "/v1/stream", "", 401, "unauthorised"),
        (Method::GET, "/v1/stream", "token=forged.token", 401, "unauthorised"),
        (Method::POST, "/v1/stream", "", 405, "method-not-allowed"),
        (Method::GET, "/v1/stream", "after=x&token={token}", 400, "invalid"),
        (Method::GET, "/v1/else", "", 404, "not-found"),
        (Method::POST, "/v1/stream/ack", "token={token}", 400, "invalid"),
    ];
    for (method, path, query, status, code) in rows {
        let url = format!("http://{}{path}?{}", front.address, query.replace("{token}", &token));
        let answer = Client::new().request(method, url).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{path}?{query}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(body["error"]["code"], code, "{path}?{query}");
    }
    let url = format!("http://{}/v1/stream/ack", front.address);
    let answer = Client::new().post(url).bearer_auth(&token).body(vec![b' '; 2_000]).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refusal(Socket::try_open(&front, "forged.token", None).await), StatusCode::UNAUTHORIZED);
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frame_that_acknowledges_nothing_ends_the_stream() {
    let ground = Ground::new();
    let front = ground.instance("front").await;
    let token = token(&ground, VISITOR);
    for wrong in [r#"{"ack":"1"}"#.to_owned(), "x".to_owned(), " ".repeat(2_000)] {
        let mut socket = Socket::open(&front, &token).await;
        socket.say(&wrong).await;
        assert!(matches!(socket.end().await, Some(1008) | None), "{} bytes", wrong.len());
    }
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_are_kept_out() {
    let mut ground = Ground::new();
    ground.settings.origins = vec!["https://www.acme.example".to_owned()];
    let front = ground.instance("front").await;
    let token = token(&ground, VISITOR);
    let other = Socket::try_open(&front, &token, Some("https://evil.example")).await;
    assert_eq!(refusal(other), StatusCode::UNAUTHORIZED);
    assert!(Socket::try_open(&front, &token, Some("https://www.acme.example")).await.is_ok());
    for (origin, allowed) in [("https://www.acme.example", true), ("https://evil.example", false)] {
        let url = format!("http://{}/v1/stream", front.address);
        let asked = Client::new().request(Method::OPTIONS, url).header("origin", origin);
        let asked = asked.header("access-control-request-method", "GET");
        let answer = asked.header("access-control-request-headers", "authorization").send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers().contains_key("access-control-allow-origin"), allowed, "{origin}");
    }
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_streams_than_allowed_until_one_ends() {
    let mut ground = Ground::new();
    ground.settings.connections_max = 1;
    let front = ground.instance("front").await;
    let token = token(&ground, VISITOR);
    let first = Socket::open(&front, &token).await;
    assert_eq!(refusal(Socket::try_open(&front, &token, None).await), StatusCode::SERVICE_UNAVAILABLE);
    drop(first);
    let mut opened = false;
    while !opened {
        opened = Socket::try_open(&front, &token, None).await.is_ok();
    }
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_served_whom_the_log_does_not_know() {
    let ground = Ground::new();
    let front = ground.instance("front").await;
    let token = token(&ground, VISITOR);
    ground.broker.refuse_sends(true);
    assert_eq!(refusal(Socket::try_open(&front, &token, None).await), StatusCode::SERVICE_UNAVAILABLE);
    ground.broker.refuse_sends(false);
    Socket::open(&front, &token).await;
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_are_told_only_what_is_here_and_only_with_the_secret() {
    let ground = Ground::new();
    let (one, other) = (ground.instance("one").await, ground.instance("other").await);
    let visitor = visitor_of(&one, &other).await;
    let status = async |instance: &Instance, secret: &str| {
        let url = format!("http://{}/peer/mailboxes/{}?since=0&after=-1", instance.peer, conversation(&visitor));
        Client::new().get(url).bearer_auth(secret).send().await.expect("an answer").status()
    };
    let secret = "0123456789abcdef0123456789abcdef";
    assert_eq!(status(&one, secret).await, StatusCode::OK);
    assert_eq!(status(&other, secret).await, StatusCode::MISDIRECTED_REQUEST);
    for wrong in ["", "0123456789abcdef0123456789abcdeF", "0123456789abcdef"] {
        assert_eq!(status(&one, wrong).await, StatusCode::UNAUTHORIZED);
    }
    one.stop().await;
    other.stop().await;
}
