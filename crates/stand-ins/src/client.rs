//! The HTTP client of all clients here, and how an answer reads.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long usher may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a call is repeated.
const PATIENCE: Duration = Duration::from_secs(60);

/// One client for all: connections are kept.
pub(crate) fn http() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // The process may have a provider already; either is good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().timeout(ANSWER_WITHIN).build().unwrap_or_default()
    })
}

/// A client for an answer that does not end by itself.
pub(crate) fn streaming() -> reqwest::Client {
    // The other one sees to the process's cryptography.
    http();
    reqwest::Client::builder().connect_timeout(ANSWER_WITHIN).build().unwrap_or_default()
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The body: JSON, or a text where it is none.
    pub body: Value,
}

impl Reply {
    /// A field that is a text; empty when it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// The reply itself when its status is 2xx.
    pub fn accepted(self) -> Result<Self, Refused> {
        match self.status {
            200..=299 => Ok(self),
            _ => Err(Refused::Status { status: self.status, body: self.body.to_string() }),
        }
    }
}

/// Repeats a call as the vendors do for as long as usher says 503, at most for a minute. What is repeated must carry its
/// own key: the first try may stand in the log all the same.
pub(crate) async fn patiently<F>(call: impl Fn() -> F) -> Result<Reply, Refused>
where
    F: Future<Output = Result<Reply, Refused>>,
{
    let until = Instant::now() + PATIENCE;
    loop {
        let reply = call().await?;
        match reply.retry_after {
            Some(seconds) if reply.status == 503 && Instant::now() < until => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            _ => return Ok(reply),
        }
    }
}

/// A call that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There was no answer.
    #[error("usher did not answer: {0}")]
    NoAnswer(#[source] reqwest::Error),
    /// It was refused.
    #[error("usher answered {status}: {body}")]
    Status {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: String,
    },
}

/// Sends, and reads the answer whatever its status is.
pub(crate) async fn sent(request: reqwest::RequestBuilder) -> Result<Reply, Refused> {
    sent_for(request, "").await.map(|(reply, _)| reply)
}

/// Sends, and reads the answer as it is when its status is 2xx.
pub(crate) async fn bytes(request: reqwest::RequestBuilder) -> Result<Vec<u8>, Refused> {
    let no_answer = |error: reqwest::Error| Refused::NoAnswer(error.without_url());
    let response = request.send().await.map_err(no_answer)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(no_answer)?;
    if !status.is_success() {
        let body = String::from_utf8_lossy(&bytes).into_owned();
        return Err(Refused::Status { status: status.as_u16(), body });
    }
    Ok(bytes.to_vec())
}

/// The same, with the value of a header of the answer.
pub(crate) async fn sent_for(
    request: reqwest::RequestBuilder,
    header: &str,
) -> Result<(Reply, Option<String>), Refused> {
    let no_answer = |error: reqwest::Error| Refused::NoAnswer(error.without_url());
    let response = request.send().await.map_err(no_answer)?;
    let status = response.status().as_u16();
    let text_of = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
    let (retry_after, found) = (text_of("retry-after").and_then(|value| value.parse().ok()), text_of(header));
    let text = response.text().await.map_err(no_answer)?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok((Reply { status, retry_after, body }, found))
}
