//! The receiver of Huawei's push downlink: checks who it comes from, knows a repeat by `messageCode`, answers
//! `resultCode` "0". It gives tokens itself where pushes come with OAuth.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::book::{Book, Entry};
use crate::log::{Line, NotSeen};
use crate::script::Answer;
use crate::server::Server;
use crate::signature;

const PATH: &str = "/pushMsg";
const TOKEN_PATH: &str = "/apigovernance/api/oauth/tokenByAkSk";

/// How far the instant of a signed push may be away, in milliseconds.
const SIGNED_WITHIN_MS: u128 = 300_000;

/// What a push must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushKey {
    /// A token that never changes.
    Bearer(String),
    /// A signature with an access key.
    Signed {
        /// Its name.
        access_key: String,
        /// Its secret.
        secret_key: String,
    },
    /// A token that the receiver gives for these two.
    Oauth {
        /// `x-app-key`.
        app_key: String,
        /// The secret beside it.
        app_secret: String,
    },
}

/// One `DownLinkMsg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownLinkMsg(pub Value);

impl DownLinkMsg {
    /// A field that is a text; empty when it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }
}

impl Line for DownLinkMsg {
    fn line(&self) -> String {
        let part = |name| self.field(name);
        format!("{} {} “{}” to {}", part("controlType"), part("sourceType"), part("content"), part("to"))
    }
}

impl Entry for DownLinkMsg {
    fn key(&self) -> String {
        self.field("messageCode").to_owned()
    }

    /// What an agent says may rightly be said twice, and the message carries no other id than its key.
    fn subject(&self) -> Option<String> {
        None
    }
}

/// The receiver.
#[derive(Debug)]
pub struct HuaweiPush {
    server: Server,
    state: Arc<Receiving>,
}

#[derive(Debug)]
struct Receiving {
    key: PushKey,
    /// The tokens that were given and still count, and how many were given in all.
    tokens: Mutex<(Vec<String>, u32)>,
    book: Book<DownLinkMsg>,
}

impl Deref for HuaweiPush {
    type Target = Book<DownLinkMsg>;

    fn deref(&self) -> &Book<DownLinkMsg> {
        &self.state.book
    }
}

impl HuaweiPush {
    /// Starts the receiver; `token` is what the push must bear.
    pub async fn start(at: SocketAddr, token: &str) -> io::Result<Self> {
        Self::start_with(at, PushKey::Bearer(token.to_owned())).await
    }

    /// Starts the receiver; `key` is what the push must show.
    pub async fn start_with(at: SocketAddr, key: PushKey) -> io::Result<Self> {
        let state = Arc::new(Receiving { key, tokens: Mutex::default(), book: Book::new("Huawei push") });
        let routes = Router::new().route(PATH, post(receive)).route(TOKEN_PATH, post(token));
        let routes = routes.with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// Where pushes go.
    pub fn url(&self) -> String {
        format!("{}{PATH}", self.server.url())
    }

    /// Where tokens are given.
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN_PATH}", self.server.url())
    }

    /// How many tokens were given.
    pub fn tokens_given(&self) -> u32 {
        self.state.tokens().1
    }

    /// No token that was given counts any more.
    pub fn forget_tokens(&self) {
        self.state.tokens().0.clear();
    }

    /// The address, to start at again.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Waits until the visitor reads these words in the chat.
    pub async fn message(&self, visitor: &str, text: &str) -> Result<DownLinkMsg, NotSeen> {
        let wanted = |push: &DownLinkMsg| push.field("to") == visitor && push.field("content") == text;
        self.wait_for(&format!("“{text}” for {visitor}"), wanted).await
    }

    /// Waits for a control message: its type and who it comes from (`DISCONNECT`, `AGENT`).
    pub async fn control(&self, visitor: &str, control: &str, source: &str) -> Result<DownLinkMsg, NotSeen> {
        let wanted = |push: &DownLinkMsg| {
            push.field("to") == visitor && push.field("controlType") == control && push.field("sourceType") == source
        };
        self.wait_for(&format!("{control} by {source} for {visitor}"), wanted).await
    }

    /// Goes away.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Receiving {
    fn tokens(&self) -> std::sync::MutexGuard<'_, (Vec<String>, u32)> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the headers show what they must.
    fn admits(&self, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let given = text(header::AUTHORIZATION.as_str());
        match &self.key {
            PushKey::Bearer(token) => given == format!("Bearer {token}"),
            PushKey::Oauth { app_key, .. } => {
                let token = given.strip_prefix("Bearer ").unwrap_or_default();
                text("x-app-key") == app_key && self.tokens().0.iter().any(|known| known == token)
            }
            PushKey::Signed { access_key, secret_key } => {
                let [scheme, key, instant, headers, _] = given.split('/').collect::<Vec<_>>()[..] else { return false };
                let prefix = format!("{scheme}/{key}/{instant}/{headers}");
                let signed = signature::of_huawei(secret_key, &prefix, uri, text("content-type"), body);
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                (scheme, key, headers) == ("auth-v2", access_key.as_str(), "content-type")
                    && body["timestamp"].as_u64().map(u128::from) == instant.parse().ok()
                    && instant.parse().is_ok_and(|instant| now_ms().abs_diff(instant) < SIGNED_WITHIN_MS)
                    && given == format!("{prefix}/{signed}")
            }
        }
    }
}

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

/// `tokenByAkSk`, as a Huawei server answers it.
async fn token(State(state): State<Arc<Receiving>>, Json(body): Json<Value>) -> Response {
    let PushKey::Oauth { app_key, app_secret } = &state.key else { return Answer::status(404).into_response() };
    if body["app_key"] != **app_key || body["app_secret"] != **app_secret {
        let refused = json!({ "errorCode": "401", "exceptionInfo": "auth fail!" });
        return Answer::json(401, &refused).into_response();
    }
    let token = uuid::Uuid::new_v4().simple().to_string();
    let mut tokens = state.tokens();
    tokens.0.push(token.clone());
    tokens.1 += 1;
    Json(json!({ "AccessToken": token, "ApplyType": "Bearer", "Expires": "600" })).into_response()
}

async fn receive(State(state): State<Arc<Receiving>>, uri: Uri, headers: HeaderMap, bytes: Bytes) -> Response {
    if !state.admits(&uri, &headers, &bytes) {
        return Answer::status(401).into_response();
    }
    let Ok(body) = serde_json::from_slice::<Value>(&bytes) else { return Answer::status(400).into_response() };
    for message in body["messages"].as_array().into_iter().flatten() {
        if let Err(answer) = state.book.take(DownLinkMsg(message.clone())).await {
            return answer.into_response();
        }
    }
    Json(json!({ "resultCode": "0", "resultDesc": "success" })).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;
    use crate::script::Reaction;
    use crate::server::ANYWHERE;

    async fn pushed(push: &HuaweiPush, token: &str) -> (u16, String) {
        let message = json!({ "to": "a", "content": "Hi", "controlType": "CHAT", "messageCode": "1" });
        let body = json!({ "timestamp": 1, "messages": [message] });
        let sent = client::http().post(push.url()).bearer_auth(token).json(&body).send().await.expect("answered");
        (sent.status().as_u16(), sent.text().await.expect("a text"))
    }

    #[tokio::test]
    async fn a_push_is_taken_once_and_a_scripted_result_code_is_told() {
        let push = HuaweiPush::start(ANYWHERE, "token").await.expect("started");
        push.script.next(1, |_| true, Reaction::Refuse(Answer::json(200, &json!({ "resultCode": "1" }))));
        assert_eq!(pushed(&push, "token").await, (200, r#"{"resultCode":"1"}"#.to_owned()));
        for _ in 0..2 {
            assert_eq!(pushed(&push, "token").await.0, 200);
        }
        push.message("a", "Hi").await.expect("it came");
        assert_eq!((push.all().len(), push.attempts("1")), (1, 3));
        assert_eq!(pushed(&push, "wrong").await.0, 401);
    }
}
