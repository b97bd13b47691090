//! Easemob: its REST interface, where usher's sends arrive and are brought to visitors' clients; and its callback, by which
//! usher hears what visitors write.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::book::{Book, Entry};
use crate::client::{self, Refused, Reply};
use crate::log::{Line, NotSeen};
use crate::script::Answer;
use crate::server::Server;
use crate::signature;

/// One message as a visitor's client gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImMessage(pub Value);

impl ImMessage {
    /// `type`: `txt`, `cmd`, ….
    pub fn kind(&self) -> &str {
        self.0["type"].as_str().unwrap_or_default()
    }

    /// The words of a text; empty when it is none.
    pub fn text(&self) -> &str {
        self.0["body"]["msg"].as_str().unwrap_or_default()
    }

    /// The action of a command; empty when it is none.
    pub fn action(&self) -> &str {
        self.0["body"]["action"].as_str().unwrap_or_default()
    }

    /// `ext.weichat`.
    pub fn weichat(&self) -> &Value {
        &self.0["ext"]["weichat"]
    }

    /// The session that it belongs to; empty when it names none.
    pub fn session(&self) -> &str {
        self.weichat()["service_session"]["serviceSessionId"].as_str().unwrap_or_default()
    }

    fn to(&self) -> &str {
        self.0["to"][0].as_str().unwrap_or_default()
    }
}

impl Line for ImMessage {
    fn line(&self) -> String {
        format!("{} {}“{}” to {}", self.kind(), self.action(), self.text(), self.to())
    }
}

impl Entry for ImMessage {
    /// The id by which the vendor's web client knows a repeat; an acknowledgement has none, and is known by what it
    /// acknowledges.
    fn key(&self) -> String {
        let text = |name: &str| self.weichat()[name].as_str().map(str::to_owned);
        text("msgId").or_else(|| text("ack_for_msg_id").map(|id| format!("ack {id}"))).unwrap_or_default()
    }

    fn subject(&self) -> Option<String> {
        None
    }
}

/// The vendor.
#[derive(Debug)]
pub struct Easemob {
    server: Server,
    state: Arc<Vendor>,
}

#[derive(Debug)]
struct Vendor {
    token: String,
    book: Book<ImMessage>,
}

impl Deref for Easemob {
    type Target = Book<ImMessage>;

    fn deref(&self) -> &Book<ImMessage> {
        &self.state.book
    }
}

impl Easemob {
    /// Starts the REST interface; `token` is what sends must bear.
    pub async fn start(at: SocketAddr, token: &str) -> io::Result<Self> {
        let state = Arc::new(Vendor { token: token.to_owned(), book: Book::new("Easemob") });
        let routes = Router::new().route("/{org}/{app}/messages/users", post(send)).with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// `base_url` of an account.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Waits until the visitor's client gets these words.
    pub async fn message(&self, visitor: &str, text: &str) -> Result<ImMessage, NotSeen> {
        self.to(visitor, &format!("“{text}”"), |message| message.text() == text).await
    }

    /// Waits until the visitor's client gets this command.
    pub async fn command(&self, visitor: &str, action: &str) -> Result<ImMessage, NotSeen> {
        self.to(visitor, action, |message| message.action() == action).await
    }

    /// Waits for any message to the visitor.
    pub async fn to(&self, visitor: &str, what: &str, is: impl Fn(&ImMessage) -> bool) -> Result<ImMessage, NotSeen> {
        self.wait_for(&format!("{what} for {visitor}"), |message| message.to() == visitor && is(message)).await
    }

    /// Goes away.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

async fn send(
    State(state): State<Arc<Vendor>>,
    Path((_, app)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {}", state.token)) {
        return Answer::status(401).into_response();
    }
    let message = ImMessage(body);
    let visitor = message.to().to_owned();
    match state.book.take(message).await {
        Ok(()) => {
            let id = Uuid::new_v4().as_u128() % 1_000_000_000_000_000_000;
            Json(json!({ "applicationName": app, "data": { visitor: id.to_string() } })).into_response()
        }
        Err(answer) => answer.into_response(),
    }
}

/// Easemob, as it calls the webhook of one account.
#[derive(Debug, Clone)]
pub struct EasemobCallback {
    url: String,
    secret: String,
    user: String,
    appkey: String,
}

impl EasemobCallback {
    /// Calls `/webhooks/easemob/{tenant}/{account}` of the usher at `ingest_url`, with what is said to `user` of the
    /// application `appkey`.
    pub fn new(ingest_url: &str, [tenant, account]: [&str; 2], secret: &str, [user, appkey]: [&str; 2]) -> Self {
        Self {
            url: format!("{}/webhooks/easemob/{tenant}/{account}", ingest_url.trim_end_matches('/')),
            secret: secret.to_owned(),
            user: user.to_owned(),
            appkey: appkey.to_owned(),
        }
    }

    /// The visitor's client sends one body with this `ext`.
    pub async fn says(&self, visitor: &str, body: &Value, ext: &Value) -> Result<Reply, Refused> {
        let call = format!("{}_{}", self.appkey, Uuid::new_v4());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let callback = json!({
            "callId": call, "eventType": "chat", "timestamp": u64::try_from(now).unwrap_or(u64::MAX), "chat_type": "chat",
            "from": visitor, "to": self.user, "msg_id": Uuid::new_v4().as_u128().to_string(), "appkey": self.appkey,
            "payload": { "bodies": [body], "ext": ext }, "securityVersion": "1.0.0", "host": "stand-in",
            "security": signature::of_easemob(&call, &self.secret, &now.to_string()),
        });
        client::patiently(|| client::sent(client::http().post(&self.url).json(&callback))).await?.accepted()
    }
}
