//! The receiver of Huawei's push downlink (`pushMsg` with OAuth): checks the bearer token, knows a repeat by
//! `messageCode`, answers `resultCode` "0".

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::book::{Book, Entry};
use crate::log::{Line, NotSeen};
use crate::script::Answer;
use crate::server::Server;

const PATH: &str = "/pushMsg";

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
    token: String,
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
        let state = Arc::new(Receiving { token: token.to_owned(), book: Book::new("Huawei push") });
        let routes = Router::new().route(PATH, post(receive)).with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// Where pushes go.
    pub fn url(&self) -> String {
        format!("{}{PATH}", self.server.url())
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

async fn receive(State(state): State<Arc<Receiving>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let bearer = format!("Bearer {}", state.token);
    if headers.get(header::AUTHORIZATION).is_none_or(|given| given.as_bytes() != bearer.as_bytes()) {
        return Answer::status(401).into_response();
    }
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
