//! A provider that answers as it is told, and the accounts that point to it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::runtime::Runtime;
use usher_delivery::Outside;
use usher_dialects::accounts::{Accounts, AccountsFile};

/// One answer of the provider.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Status(u16),
    WithHeader(u16, &'static str, String),
    Body(Vec<u8>),
    /// Another one, but not before this long.
    Late(Duration, Box<Answer>),
    /// None, for as long as the test lasts.
    Never,
}

/// The path of a request, and what it said.
type Said = (String, Vec<u8>);

/// What the provider has been asked, by path and idempotency key, and what it will answer (200 when told nothing).
#[derive(Clone, Default)]
pub(crate) struct Provider {
    pub(crate) asked: Arc<Mutex<Vec<(String, String)>>>,
    /// What each request on a path bore as `authorization`.
    bearers: Arc<Mutex<Vec<(String, String)>>>,
    bodies: Arc<Mutex<Vec<Said>>>,
    script: Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>,
}

impl Provider {
    /// The next answers on this path.
    pub(crate) fn will(&self, path: &str, answers: &[Answer]) {
        self.script.lock().unwrap().entry(path.to_owned()).or_default().extend(answers.iter().cloned());
    }

    /// The keys asked for on this path so far.
    pub(crate) fn keys(&self, path: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(asked, _)| asked.starts_with(path)).map(|(_, key)| key.clone()).collect()
    }

    /// What the requests on this path bore as `authorization`, in the order they came.
    pub(crate) fn bearers(&self, path: &str) -> Vec<String> {
        let bearers = self.bearers.lock().unwrap();
        bearers.iter().filter(|(asked, _)| asked == path).map(|(_, bearer)| bearer.clone()).collect()
    }

    /// What the requests on this path said, in the order they came.
    pub(crate) fn bodies(&self, path: &str) -> Vec<Vec<u8>> {
        let bodies = self.bodies.lock().unwrap();
        bodies.iter().filter(|(asked, _)| asked == path).map(|(_, body)| body.clone()).collect()
    }

    fn next_answer(&self, path: &str) -> Answer {
        let mut script = self.script.lock().unwrap();
        script.get_mut(path).and_then(VecDeque::pop_front).unwrap_or(Answer::Status(200))
    }
}

async fn answer(State(provider): State<Provider>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let key = request.headers().get("webhook-id").map_or("", |id| id.to_str().unwrap()).to_owned();
    provider.asked.lock().unwrap().push((path.clone(), key));
    let bearer = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
    provider.bearers.lock().unwrap().push((path.clone(), bearer));
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
    provider.bodies.lock().unwrap().push((path.clone(), body.to_vec()));
    let mut answer = provider.next_answer(&path);
    while let Answer::Late(after, then) = answer {
        tokio::time::sleep(after).await;
        answer = *then;
    }
    match answer {
        Answer::Late(..) => unreachable!("waited for"),
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::WithHeader(status, name, value) => {
            (StatusCode::from_u16(status).unwrap(), [(name, value)]).into_response()
        }
        Answer::Body(body) => body.into_response(),
        Answer::Never => std::future::pending().await,
    }
}

/// A runtime, a provider on it, and what delivery needs to call it.
pub(crate) fn open() -> (Runtime, Provider, Outside) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let provider = Provider::default();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(provider.clone());
    runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
    let outside = Outside {
        tokens: usher_delivery::Tokens::default(),
        account_states: usher_delivery::AccountStates::default(),
        smpp: usher_delivery::smpp::Sessions::default(),
        client: usher_runtime::http::client().unwrap(),
        accounts: Arc::new(accounts(&url)),
        runtime: runtime.handle().clone(),
        topic: "usher.deliveries.v1".to_owned(),
    };
    (runtime, provider, outside)
}

/// Accounts whose endpoints are all at `url`; those of tenant account `refused` are where nobody listens.
fn accounts(url: &str) -> Accounts {
    let webhook =
        |path: &str| json!({ "url": format!("{url}{path}"), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let native = |name: &str, webhook: serde_json::Value| json!({ "account": name, "desk": "desk", "channel": { "dialect": "native", "webhook": webhook } });
    let nowhere =
        json!({ "url": format!("http://{}/", closed_address()), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let rbm = json!({ "account": "rbm", "desk": "desk", "channel": {
        "dialect": "rbm", "agent_id": "agent", "client_token": "token", "base_url": url, "token": "token" } });
    let key_file = json!({
        "client_email": "usher@acme.example", "token_uri": format!("{url}/token"),
        "private_key": include_str!("../../../../crates/dialects/src/rbm/sample_key.pem"),
    });
    let rbm_of = |name: &str, asks: bool| {
        json!({ "account": name, "desk": "desk", "channel": {
            "dialect": "rbm", "agent_id": "agent", "client_token": "token", "base_url": url,
            "service_account": key_file.to_string(), "check_capabilities": asks } })
    };
    let sms = json!({ "account": "sms", "desk": "desk", "channel": {
        "dialect": "sms", "provider": "twilio",
        "base_url": url, "account_sid": "AC1", "auth_token": "token", "from": "+15005550006",
        "callback_base_url": "https://usher.example" } });
    let polled = json!({ "account": "polled", "desk": "desk", "channel": {
        "dialect": "huawei", "channel_id": "1", "app_key": "key", "app_secret": "secret",
        "token_key": "0123456789abcdef0123456789abcdef" } });
    let tenant = json!({
        "tenant": "tenant",
        "desks": [{ "desk": "desk", "workspace": webhook("/workspace") }],
        "bots": [{ "bot": "bot", "webhook": webhook("/bot") }],
        "accounts": [native("native", webhook("/native")), native("nowhere", nowhere), rbm, rbm_of("rbm-oauth", false), rbm_of("rbm-asking", true), sms, polled],
    });
    let file: AccountsFile = serde_json::from_value(json!({ "tenants": [tenant] })).unwrap();
    Accounts::check(file).unwrap()
}

/// An address where nobody listens: it was free a moment ago.
fn closed_address() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
