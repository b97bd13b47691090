//! A visitor's client: a token as ingest gives it, a WebSocket, a stream of events.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{self, Request};
use usher_domain::InputId;
use usher_runtime::worker::clock;

use super::instance::{API_KEY, Ground, Instance, PATIENCE};

/// What ingest answers to a call that writes nothing.
pub(crate) fn asked(ground: &Ground, path: &str, headers: &[(&str, &str)], body: &Value) -> Value {
    let header = |name: &str| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let body = body.to_string();
    let request = Request {
        method: "POST",
        path,
        query: "",
        header: &header,
        body: body.as_bytes(),
        now: clock(),
        fresh: InputId::from_bits(1),
        replays: &Replays::default(),
    };
    let accepted = inbound::receive(&request, &ground.accounts).expect("it is taken");
    serde_json::from_slice(&accepted.answer.body).expect("JSON")
}

/// The token that ingest gives to the tenant's server.
pub(crate) fn token(ground: &Ground, visitor: &str) -> String {
    let authorization = format!("Bearer {API_KEY}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let answer = asked(ground, "/v1/stream-tokens", &headers, &json!({ "account": "ice", "visitor": visitor }));
    answer["token"].as_str().expect("a token").to_owned()
}

/// A WebSocket that has heard hello.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(instance: &Instance, token: &str) -> Self {
        let mut socket = Self::try_open(instance, token, None).await.expect("a stream");
        let hello = socket.frame().await;
        assert_eq!(hello["hello"]["heartbeat_ms"], 200, "{hello}");
        socket
    }

    /// Connects as a browser does, from a page of this origin.
    pub(crate) async fn try_open(instance: &Instance, token: &str, origin: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{}/v1/stream", instance.address).into_client_request().expect("a request");
        let protocols = format!("usher.v1, token.{token}").parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().expect("a header"));
        }
        let (socket, answer) = connect_async(request).await?;
        assert_eq!(answer.headers()["sec-websocket-protocol"], "usher.v1");
        Ok(Self(socket))
    }

    /// The next frame that is no heartbeat.
    pub(crate) async fn frame(&mut self) -> Value {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await.expect("a frame in time");
            match next.expect("the stream goes on").expect("the stream stands") {
                Message::Text(text) if text.as_str() == "{}" => {}
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) => {}
                other => panic!("no frame: {other:?}"),
            }
        }
    }

    /// The text of the next message, and its sequence number.
    pub(crate) async fn message(&mut self) -> (String, i64) {
        let frame = self.frame().await;
        (frame["message"]["text"].as_str().expect("a text").to_owned(), frame["seq"].as_i64().expect("a number"))
    }

    pub(crate) async fn acknowledge(&mut self, seq: i64) {
        self.say(&json!({ "ack": seq }).to_string()).await;
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("said");
    }

    /// How the stream ends.
    pub(crate) async fn end(&mut self) -> Option<u16> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("an end in time") {
                Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => return Some(code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}

/// A stream of events, line by line.
pub(crate) struct Events {
    answer: reqwest::Response,
    rest: VecDeque<u8>,
}

impl Events {
    pub(crate) async fn open(instance: &Instance, token: &str, last: Option<i64>) -> Self {
        let mut request = reqwest::Client::new().get(format!("http://{}/v1/stream", instance.address));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let answer = request.bearer_auth(token).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, rest: VecDeque::new() }
    }

    /// The next line that begins so, without its beginning.
    pub(crate) async fn line(&mut self, beginning: &str) -> String {
        loop {
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                let line = String::from_utf8(line).expect("UTF-8");
                if let Some(said) = line.trim_end().strip_prefix(beginning) {
                    return said.trim_start().to_owned();
                }
            }
            let chunk = timeout(PATIENCE, self.answer.chunk()).await.expect("a line in time");
            self.rest.extend(chunk.expect("the stream stands").expect("the stream goes on"));
        }
    }
}
