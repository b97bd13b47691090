//! Google's side of RCS for Business: tokens, the capability check, create, revoke and agent events. A `messageId` that
//! was used before is ignored, as Google does; a revoke answers 200 for a message it knows and 404 for another, unless the
//! script says otherwise. What Google tells back is [`RbmWebhook`](crate::RbmWebhook)'s.

mod tokens;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::book::{Book, Entry};
use crate::log::{Line, NotSeen};
use crate::script::Answer;
use crate::server::Server;
use tokens::Tokens;
#[cfg(test)]
pub(crate) use tokens::key_file;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RbmCall {
    /// `agentMessages.create`.
    Create {
        /// The sender's id of the message, a UUID.
        message_id: String,
        /// To whom.
        phone: String,
        /// The words; empty when it has none.
        text: String,
        /// All that is said: `contentMessage`.
        content: Value,
        /// `messageTrafficType`.
        traffic_type: String,
        /// `ttl`, as it was written.
        ttl: String,
    },
    /// The revoke of a message.
    Revoke {
        /// Which.
        message_id: String,
        /// Whose.
        phone: String,
    },
    /// An event of the agent.
    Event {
        /// The sender's id of the event.
        event_id: String,
        /// To whom.
        phone: String,
        /// `IS_TYPING` or `READ`.
        kind: String,
        /// What was read; empty where nothing was.
        message_id: String,
    },
    /// The question what a device can do.
    Question {
        /// The sender's id of the question.
        request_id: String,
        /// Whose device.
        phone: String,
    },
}

impl RbmCall {
    /// Whether it sends these words.
    pub fn sends(&self, words: &str) -> bool {
        matches!(self, Self::Create { text, .. } if text == words)
    }

    /// The title of its card, if it has one.
    pub fn card_title(&self) -> Option<&str> {
        let Self::Create { content, .. } = self else { return None };
        content["richCard"]["standaloneCard"]["cardContent"]["title"].as_str()
    }

    /// The words on what can be tapped, on its card and below.
    pub fn labels(&self) -> Vec<String> {
        let Self::Create { content, .. } = self else { return Vec::new() };
        let card = &content["richCard"]["standaloneCard"]["cardContent"];
        let suggestions = [card, content].into_iter().filter_map(|place| place["suggestions"].as_array()).flatten();
        let label = |suggestion: &Value| {
            [&suggestion["reply"]["text"], &suggestion["action"]["text"]]
                .into_iter()
                .find_map(Value::as_str)
                .map(str::to_owned)
        };
        suggestions.filter_map(label).collect()
    }

    /// Whether it takes this message back.
    pub fn revokes(&self, message: &str) -> bool {
        matches!(self, Self::Revoke { message_id, .. } if message_id == message)
    }
}

impl Line for RbmCall {
    fn line(&self) -> String {
        match self {
            Self::Create { message_id, phone, text, traffic_type, ttl, .. } => {
                let labels: String = self.labels().iter().map(|label| format!(" [{label}]")).collect();
                format!("create {message_id} “{text}”{labels} to {phone} {traffic_type} ttl={ttl}")
            }
            Self::Revoke { message_id, phone } => format!("revoke {message_id} of {phone}"),
            Self::Event { event_id, phone, kind, .. } => format!("event {event_id} {kind} to {phone}"),
            Self::Question { request_id, phone } => format!("question {request_id} about {phone}"),
        }
    }
}

impl Entry for RbmCall {
    fn key(&self) -> String {
        match self {
            Self::Create { message_id, .. } => message_id.clone(),
            Self::Revoke { message_id, .. } => revoke_key(message_id),
            Self::Event { event_id, .. } => event_id.clone(),
            Self::Question { request_id, .. } => format!("question {request_id}"),
        }
    }

    /// The key is the message's id already; the same words under two ids may rightly be two messages.
    fn subject(&self) -> Option<String> {
        None
    }
}

fn revoke_key(message_id: &str) -> String {
    format!("revoke {message_id}")
}

/// The provider.
#[derive(Debug)]
pub struct RbmProvider {
    server: Server,
    state: Arc<Provider>,
}

#[derive(Debug)]
struct Provider {
    tokens: Tokens,
    agent_id: String,
    book: Book<RbmCall>,
}

impl Deref for RbmProvider {
    type Target = Book<RbmCall>;

    fn deref(&self) -> &Book<RbmCall> {
        &self.state.book
    }
}

impl RbmProvider {
    /// Starts the provider; calls must bear a token of its own and name `agent_id`.
    pub async fn start(at: SocketAddr, agent_id: &str) -> io::Result<Self> {
        let (tokens, agent_id) = (Tokens::default(), agent_id.to_owned());
        let state = Arc::new(Provider { tokens, agent_id, book: Book::new("RBM provider") });
        let routes = Router::new()
            .route("/token", post(token))
            .route("/v1/phones/{phone}/capabilities", get(question))
            .route("/v1/phones/{phone}/agentMessages", post(create))
            .route("/v1/phones/{phone}/agentMessages/{message}", delete(revoke))
            .route("/v1/phones/{phone}/agentEvents", post(event))
            .with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// The base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Google's key file of the service account that gets tokens here.
    pub fn key_file(&self) -> String {
        tokens::key_file(&format!("{}/token", self.url()))
    }

    /// How many tokens were given.
    pub fn tokens_given(&self) -> u64 {
        self.state.tokens.given()
    }

    /// Takes no token any more that was given so far.
    pub fn call_tokens_back(&self) {
        self.state.tokens.call_back();
    }

    /// The address, to start at again.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Waits for the message with these words and answers with its id.
    pub async fn message(&self, words: &str) -> Result<String, NotSeen> {
        let id_of = |call: &RbmCall| match call {
            RbmCall::Create { message_id, text, .. } if text == words => Some(message_id.clone()),
            _ => None,
        };
        self.wait_until(&format!("the message “{words}”"), |calls| calls.iter().find_map(id_of)).await
    }

    /// Waits for the revoke of a message.
    pub async fn revoke(&self, message_id: &str) -> Result<RbmCall, NotSeen> {
        self.wait_for(&format!("the revoke of {message_id}"), |call| call.revokes(message_id)).await
    }

    /// Goes away.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// The query of every call; what it does not know it leaves alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    agent_id: Option<String>,
    message_id: Option<String>,
    event_id: Option<String>,
    request_id: Option<String>,
}

impl Provider {
    /// 401 and 400 as Google says them.
    fn refusal(&self, headers: &HeaderMap, parameters: &Parameters) -> Option<Answer> {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !self.tokens.admit(given) {
            return Some(error(401, "UNAUTHENTICATED"));
        }
        (parameters.agent_id.as_ref() != Some(&self.agent_id)).then(|| error(400, "INVALID_ARGUMENT"))
    }
}

fn error(status: u16, name: &str) -> Answer {
    Answer::json(status, &json!({ "error": { "code": status, "status": name } }))
}

async fn create(
    State(provider): State<Arc<Provider>>,
    Path(phone): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = provider.refusal(&headers, &parameters) {
        return refusal.into_response();
    }
    let message_id = parameters.message_id.unwrap_or_default();
    if uuid::Uuid::try_parse(&message_id).is_err() || !phone.starts_with('+') {
        return error(400, "INVALID_ARGUMENT").into_response();
    }
    let field = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = format!("phones/{phone}/agentMessages/{message_id}");
    let call = RbmCall::Create {
        message_id,
        phone,
        text: field(&body["contentMessage"]["text"]),
        content: body["contentMessage"].clone(),
        traffic_type: field(&body["messageTrafficType"]),
        ttl: field(&body["ttl"]),
    };
    answered(provider.book.take(call).await, json!({ "name": name }))
}

async fn revoke(
    State(provider): State<Arc<Provider>>,
    Path((phone, message_id)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = provider.refusal(&headers, &parameters) {
        return refusal.into_response();
    }
    let known = provider.book.took(&message_id);
    match provider.book.take(RbmCall::Revoke { message_id, phone }).await {
        Ok(()) if !known => error(404, "NOT_FOUND").into_response(),
        taken => answered(taken, json!({})),
    }
}

async fn event(
    State(provider): State<Arc<Provider>>,
    Path(phone): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = provider.refusal(&headers, &parameters) {
        return refusal.into_response();
    }
    let event_id = parameters.event_id.unwrap_or_default();
    let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let call = RbmCall::Event { event_id, phone, kind: field("eventType"), message_id: field("messageId") };
    answered(provider.book.take(call).await, json!({}))
}

/// Every device can do everything, unless the script says otherwise.
async fn question(
    State(provider): State<Arc<Provider>>,
    Path(phone): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = provider.refusal(&headers, &parameters) {
        return refusal.into_response();
    }
    let request_id = parameters.request_id.unwrap_or_default();
    let features =
        ["RICHCARD_STANDALONE", "ACTION_OPEN_URL", "ACTION_DIAL", "ACTION_VIEW_LOCATION", "ACTION_SHARE_LOCATION"];
    answered(provider.book.take(RbmCall::Question { request_id, phone }).await, json!({ "features": features }))
}

/// A token call (RFC 6749).
async fn token(State(provider): State<Arc<Provider>>, body: Bytes) -> Response {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(&body).collect();
    let field = |name: &str| fields.get(name).map(AsRef::as_ref).unwrap_or_default();
    match provider.tokens.give(field("grant_type"), field("assertion")) {
        Ok(token) => Json(token).into_response(),
        Err(error) => Answer::json(400, &json!({ "error": error })).into_response(),
    }
}

fn answered(taken: Result<(), Answer>, usual: Value) -> Response {
    taken.map_or_else(IntoResponse::into_response, |()| Json(usual).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;
    use crate::script::Reaction;
    use crate::server::ANYWHERE;

    const ID: &str = "0e0a2f4c-3f43-8d3e-9a53-5b0d0f6f3a11";

    /// A token as a service account gets it; here nobody asks for one by HTTP.
    fn token(provider: &RbmProvider) -> String {
        if provider.tokens_given() == 0 {
            provider.state.tokens.give_unasked();
        }
        format!("stand-in-{}", provider.tokens_given())
    }

    async fn created(provider: &RbmProvider, agent: &str, words: &str) -> u16 {
        let url = format!("{}/v1/phones/+8613512345678/agentMessages?messageId={ID}&agentId={agent}", provider.url());
        let body = json!({ "contentMessage": { "text": words }, "ttl": "60s" });
        let sent = client::http().post(url).bearer_auth(token(provider)).json(&body).send().await;
        sent.expect("answered").status().as_u16()
    }

    async fn revoked(provider: &RbmProvider, id: &str) -> u16 {
        let url = format!("{}/v1/phones/+8613512345678/agentMessages/{id}?agentId=agent", provider.url());
        client::http().delete(url).bearer_auth(token(provider)).send().await.expect("answered").status().as_u16()
    }

    #[tokio::test]
    async fn a_message_is_taken_once_and_revoked_if_it_is_known() {
        let provider = RbmProvider::start(ANYWHERE, "agent").await.expect("started");
        assert_eq!(revoked(&provider, ID).await, 404, "not sent yet");
        provider.script.next(1, |call: &RbmCall| call.sends("Hi"), Reaction::Refuse(Answer::status(500)));
        assert_eq!(created(&provider, "agent", "Hi").await, 500);
        for _ in 0..2 {
            assert_eq!(created(&provider, "agent", "Hi").await, 200);
        }
        assert_eq!(provider.message("Hi").await.as_deref(), Ok(ID));
        assert_eq!((provider.attempts(ID), provider.count(|call| call.sends("Hi"))), (3, 1));
        assert_eq!(revoked(&provider, ID).await, 200);
        assert_eq!(created(&provider, "stranger", "Hi").await, 400, "another agent");
    }

    #[tokio::test]
    async fn a_token_that_was_called_back_or_made_up_is_not_taken() {
        let provider = RbmProvider::start(ANYWHERE, "agent").await.expect("started");
        assert_eq!(created(&provider, "agent", "Hi").await, 200);
        provider.call_tokens_back();
        assert_eq!(created(&provider, "agent", "Hi").await, 401);
        provider.state.tokens.give_unasked();
        assert_eq!(created(&provider, "agent", "Hi").await, 200);
        let body = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", "a.b.c")];
        let asked = client::http().post(format!("{}/token", provider.url())).form(&body).send().await;
        assert_eq!(asked.expect("answered").status().as_u16(), 400, "signed by nobody");
        assert!(provider.key_file().contains("BEGIN PRIVATE KEY"));
    }

    #[tokio::test]
    async fn a_scripted_answer_to_a_revoke_is_given_each_time() {
        let provider = RbmProvider::start(ANYWHERE, "agent").await.expect("started");
        created(&provider, "agent", "Hi").await;
        provider.script.always(|call: &RbmCall| call.revokes(ID), Reaction::TakeBut(Answer::status(404)));
        assert_eq!(revoked(&provider, ID).await, 404);
        provider.revoke(ID).await.expect("it came");
    }
}
