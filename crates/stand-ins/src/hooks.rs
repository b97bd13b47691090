//! A receiver of signed webhooks: what workspace, bot and native channel have in common. It refuses what is not signed
//! with its secret (401), and knows a repeat by `webhook-id`.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;

use crate::book::{Book, Entry};
use crate::log::Line;
use crate::script::Answer;
use crate::server::Server;
use crate::signature;

/// The path of every receiver.
const PATH: &str = "/webhook";

/// How far a timestamp may be off, in seconds, as verifiers of Standard Webhooks have it.
const TOLERANCE_SECONDS: u64 = 300;

/// One webhook as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// `webhook-id`: the same on every attempt.
    pub id: String,
    /// The body.
    pub body: Value,
}

impl Hook {
    /// A field that is a text; empty when it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// `type`.
    pub fn kind(&self) -> &str {
        self.field("type")
    }

    /// `session`.
    pub fn session(&self) -> &str {
        self.field("session")
    }

    /// `visitor`.
    pub fn visitor(&self) -> &str {
        self.field("visitor")
    }

    /// `agent`; empty when it is for nobody in particular.
    pub fn agent(&self) -> &str {
        self.field("agent")
    }

    /// The words of a `message`; empty when it is none.
    pub fn text(&self) -> &str {
        self.body["message"]["content"]["text"].as_str().unwrap_or_default()
    }

    /// The SMS account by which a `message` came; empty when it came by the conversation's own channel.
    pub fn via(&self) -> &str {
        self.body["message"]["via"].as_str().unwrap_or_default()
    }

    /// The id of a `message`; empty when it is none.
    pub fn message_id(&self) -> &str {
        self.body["message"]["id"].as_str().unwrap_or_default()
    }

    /// The kind of a message's author: `visitor`, `agent`, `bot`, `tenant`, `system`; empty when it is no message.
    pub fn author(&self) -> &str {
        self.body["message"]["from"]["kind"].as_str().unwrap_or_default()
    }
}

impl Line for Hook {
    fn line(&self) -> String {
        let named = |name: &str| match self.field(name) {
            "" => String::new(),
            value => format!(" {name}={value}"),
        };
        let said = if self.text().is_empty() { String::new() } else { format!(" “{}”", self.text()) };
        let notice = self.body["notice"]["kind"].as_str().map(|kind| format!(" {kind}")).unwrap_or_default();
        let fields: String = ["visitor", "agent", "session", "placement", "reason"].into_iter().map(named).collect();
        format!("{}{notice}{said}{fields}", self.kind())
    }
}

impl Entry for Hook {
    fn key(&self) -> String {
        self.id.clone()
    }

    /// A message comes once, an assignment under its placement once. Other kinds may rightly come again.
    fn subject(&self) -> Option<String> {
        match self.kind() {
            "message" => Some(format!("message {}", self.message_id())),
            "session.assigned" => Some(format!("session {} assigned at {}", self.session(), self.field("placement"))),
            _ => None,
        }
    }
}

/// The receiver.
#[derive(Debug)]
pub struct HookReceiver {
    server: Server,
    state: Arc<Receiving>,
}

#[derive(Debug)]
struct Receiving {
    secret: String,
    book: Book<Hook>,
    forged: AtomicUsize,
}

impl Deref for HookReceiver {
    type Target = Book<Hook>;

    fn deref(&self) -> &Book<Hook> {
        &self.state.book
    }
}

impl HookReceiver {
    /// Starts a receiver with this name, which verifies with `secret`.
    pub async fn start(name: &'static str, at: SocketAddr, secret: &str) -> io::Result<Self> {
        let state =
            Arc::new(Receiving { secret: secret.to_owned(), book: Book::new(name), forged: AtomicUsize::new(0) });
        let routes = Router::new().route(PATH, post(receive)).with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// Where webhooks go.
    pub fn url(&self) -> String {
        format!("{}{PATH}", self.server.url())
    }

    /// The address, to start at again.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// How many requests were not signed as they should be.
    pub fn forged(&self) -> usize {
        self.state.forged.load(Ordering::Relaxed)
    }

    /// Goes away, as a receiver that is down.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

async fn receive(State(state): State<Arc<Receiving>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(id) = verified(&state.secret, &headers, &body) else {
        state.forged.fetch_add(1, Ordering::Relaxed);
        return Answer::status(401).into_response();
    };
    let Ok(body) = serde_json::from_slice(&body) else { return Answer::status(400).into_response() };
    match state.book.take(Hook { id, body }).await {
        Ok(()) => Answer::status(204).into_response(),
        Err(answer) => answer.into_response(),
    }
}

/// The `webhook-id`, when id, time and body are signed with our secret and the time is near ours.
fn verified(secret: &str, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (id, seconds) = (header("webhook-id")?, header("webhook-timestamp")?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let near = seconds.parse::<u64>().ok()?.abs_diff(now) <= TOLERANCE_SECONDS;
    let expected = signature::of_webhook(secret, id, seconds, body)?;
    let signed = header("webhook-signature")?.split(' ').any(|given| given == expected);
    (near && signed).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;
    use crate::script::Reaction;
    use crate::server::ANYWHERE;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn now_seconds() -> String {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().to_string()
    }

    async fn posted(receiver: &HookReceiver, secret: &str, id: &str, seconds: &str, body: &str) -> u16 {
        let signature = signature::of_webhook(secret, id, seconds, body.as_bytes()).expect("the secret is base64");
        let request = client::http().post(receiver.url()).header("webhook-id", id).header("webhook-timestamp", seconds);
        let request = request.header("webhook-signature", format!("v1,AAAA {signature}")).body(body.to_owned());
        request.send().await.expect("answered").status().as_u16()
    }

    #[tokio::test]
    async fn a_signed_webhook_is_taken_once_however_often_it_comes() {
        let receiver = HookReceiver::start("workspace", ANYWHERE, SECRET).await.expect("started");
        let body = r#"{"type":"message","message":{"id":"1","content":{"text":"Hi"}}}"#;
        for _ in 0..2 {
            assert_eq!(posted(&receiver, SECRET, "a", &now_seconds(), body).await, 204);
        }
        let hook = receiver.wait_for("the message", |hook| hook.text() == "Hi").await.expect("it came");
        assert_eq!((hook.kind(), hook.message_id()), ("message", "1"));
        assert_eq!((receiver.all().len(), receiver.attempts("a")), (1, 2));
    }

    #[tokio::test]
    async fn forged_and_stale_webhooks_are_refused_and_counted() {
        let receiver = HookReceiver::start("bot", ANYWHERE, SECRET).await.expect("started");
        assert_eq!(posted(&receiver, "whsec_c2VjcmV0", "a", &now_seconds(), "{}").await, 401);
        assert_eq!(posted(&receiver, SECRET, "a", "1614265330", "{}").await, 401, "a time long ago");
        let milliseconds = format!("{}000", now_seconds());
        assert_eq!(posted(&receiver, SECRET, "a", &milliseconds, "{}").await, 401, "milliseconds are not seconds");
        assert_eq!((receiver.forged(), receiver.all().len()), (3, 0));
    }

    #[tokio::test]
    async fn a_receiver_that_went_away_can_come_back_at_its_address() {
        let receiver = HookReceiver::start("workspace", ANYWHERE, SECRET).await.expect("started");
        receiver.script.always(|_| true, Reaction::Refuse(Answer::status(503)));
        assert_eq!(posted(&receiver, SECRET, "a", &now_seconds(), "{}").await, 503);
        let at = receiver.address();
        receiver.stop().await;
        let again = HookReceiver::start("workspace", at, SECRET).await.expect("started again");
        assert_eq!(posted(&again, SECRET, "a", &now_seconds(), "{}").await, 204);
    }
}
