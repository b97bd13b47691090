//! A Twilio-style SMS provider: takes `Messages.json`, answers 201 with a `sid`, and reports by signed callback when it
//! is told to. A repeat under the same idempotency key gets the answer of the first.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::book::{Book, Entry};
use crate::client::{self, Refused, Reply};
use crate::log::{Line, NotSeen};
use crate::script::Answer;
use crate::server::Server;
use crate::signature;

/// One SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    /// The provider's id of it.
    pub sid: String,
    /// To whom.
    pub to: String,
    /// From whom.
    pub from: String,
    /// The words.
    pub body: String,
    /// Where its state is to be reported; empty: nowhere.
    pub status_callback: String,
    /// The idempotency key; empty when the caller gave none.
    pub key: String,
}

impl Line for Sms {
    fn line(&self) -> String {
        format!("SMS {} to {} “{}”", self.sid, self.to, self.body)
    }
}

impl Entry for Sms {
    /// Without a key each request is an SMS of its own.
    fn key(&self) -> String {
        if self.key.is_empty() { self.sid.clone() } else { self.key.clone() }
    }

    /// The callback names the message: one message must not become two SMS.
    fn subject(&self) -> Option<String> {
        (!self.status_callback.is_empty()).then(|| format!("the SMS that reports to {}", self.status_callback))
    }
}

/// The provider.
#[derive(Debug)]
pub struct SmsProvider {
    server: Server,
    state: Arc<Provider>,
}

#[derive(Debug)]
struct Provider {
    account_sid: String,
    auth_token: String,
    book: Book<Sms>,
}

impl Deref for SmsProvider {
    type Target = Book<Sms>;

    fn deref(&self) -> &Book<Sms> {
        &self.state.book
    }
}

impl SmsProvider {
    /// Starts the provider with one customer.
    pub async fn start(at: SocketAddr, account_sid: &str, auth_token: &str) -> io::Result<Self> {
        let (account_sid, auth_token) = (account_sid.to_owned(), auth_token.to_owned());
        let state = Arc::new(Provider { account_sid, auth_token, book: Book::new("SMS provider") });
        let routes = Router::new()
            .route("/2010-04-01/Accounts/{account}/Messages.json", post(create))
            .with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// The base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The address, to start at again.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Waits for an SMS with these words.
    pub async fn sms(&self, words: &str) -> Result<Sms, NotSeen> {
        self.wait_for(&format!("an SMS “{words}”"), |sms| sms.body == words).await
    }

    /// Reports the state of an SMS to its callback: `sent`, `delivered`, `undelivered`, `failed`.
    pub async fn report(&self, sms: &Sms, status: &str) -> Result<Reply, Refused> {
        let fields = [
            ("AccountSid", self.state.account_sid.as_str()),
            ("From", sms.from.as_str()),
            ("MessageSid", sms.sid.as_str()),
            ("MessageStatus", status),
            ("To", sms.to.as_str()),
        ];
        let signature = signature::of_twilio(&self.state.auth_token, &sms.status_callback, &fields);
        let request =
            || client::http().post(&sms.status_callback).header("x-twilio-signature", &signature).form(&fields);
        client::patiently(|| client::sent(request())).await?.accepted()
    }

    /// A phone writes to the customer's number: the provider calls the webhook that is set there.
    pub async fn incoming(&self, webhook: &str, from: &str, words: &str) -> Result<Reply, Refused> {
        let sid = sid_of("");
        let fields = [
            ("AccountSid", self.state.account_sid.as_str()),
            ("Body", words),
            ("From", from),
            ("MessageSid", sid.as_str()),
            ("NumMedia", "0"),
            ("To", "acme"),
        ];
        let signature = signature::of_twilio(&self.state.auth_token, webhook, &fields);
        let request = || client::http().post(webhook).header("x-twilio-signature", &signature).form(&fields);
        client::patiently(|| client::sent(request())).await?.accepted()
    }

    /// Goes away.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

async fn create(
    State(provider): State<Arc<Provider>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let credentials = STANDARD.encode(format!("{}:{}", provider.account_sid, provider.auth_token));
    if header(header::AUTHORIZATION.as_str()) != format!("Basic {credentials}") {
        return Answer::json(401, &json!({ "code": 20003, "status": 401 })).into_response();
    }
    if account != provider.account_sid {
        return Answer::json(404, &json!({ "code": 20404, "status": 404 })).into_response();
    }
    let sms = sms_of(&body, header("i-twilio-idempotency-token"));
    if sms.to.is_empty() || sms.body.is_empty() {
        return Answer::json(400, &json!({ "code": 21604, "status": 400 })).into_response();
    }
    let answer = json!({ "sid": sms.sid, "status": "queued", "to": sms.to, "from": sms.from });
    match provider.book.take(sms).await {
        Ok(()) => (StatusCode::CREATED, Json(answer)).into_response(),
        Err(answer) => answer.into_response(),
    }
}

/// The form of `Messages.json`.
fn sms_of(form: &[u8], key: &str) -> Sms {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(form).into_owned().collect();
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    Sms {
        sid: sid_of(key),
        to: field("To"),
        from: field("From"),
        body: field("Body"),
        status_callback: field("StatusCallback"),
        key: key.to_owned(),
    }
}

/// `SM` and 32 hex digits; the same for the same key, so that a repeat is answered as the first was.
fn sid_of(key: &str) -> String {
    if key.is_empty() {
        return format!("SM{}", uuid::Uuid::new_v4().simple());
    }
    format!("SM{}", &signature::sha256_hex(key)[..32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ANYWHERE;

    async fn sent(provider: &SmsProvider, token: &str, key: &str) -> Reply {
        let request = client::http()
            .post(format!("{}/2010-04-01/Accounts/AC1/Messages.json", provider.url()))
            .basic_auth("AC1", Some(token))
            .header("i-twilio-idempotency-token", key)
            .form(&[("To", "+8613512345678"), ("From", "acme"), ("Body", "a & b"), ("StatusCallback", "http://x/1")]);
        client::sent(request).await.expect("answered")
    }

    #[tokio::test]
    async fn a_repeat_under_one_key_is_one_sms_with_one_sid() {
        let provider = SmsProvider::start(ANYWHERE, "AC1", "token").await.expect("started");
        let first = sent(&provider, "token", "k").await;
        assert_eq!((first.status, sent(&provider, "token", "k").await), (201, first));
        provider.sms("a & b").await.expect("it came");
        assert_eq!((provider.all().len(), provider.attempts("k")), (1, 2));
        assert_eq!(sent(&provider, "wrong", "k").await.status, 401);
    }

    #[tokio::test]
    async fn a_second_sms_for_one_message_is_told() {
        let provider = SmsProvider::start(ANYWHERE, "AC1", "token").await.expect("started");
        sent(&provider, "token", "k").await;
        sent(&provider, "token", "other").await;
        let told = provider.second_effects();
        assert_eq!(told, ["the SMS provider got the SMS that reports to http://x/1 under 2 keys"]);
    }
}
