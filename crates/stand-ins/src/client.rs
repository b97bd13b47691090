//! The HTTP client of all clients here, and how an answer reads.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

/// How long usher may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// One client for all: connections are kept.
pub(crate) fn http() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // The process may have a provider already; either is good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().timeout(ANSWER_WITHIN).build().unwrap_or_default()
    })
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
    let no_answer = |error: reqwest::Error| Refused::NoAnswer(error.without_url());
    let response = request.send().await.map_err(no_answer)?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let text = response.text().await.map_err(no_answer)?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Reply { status, retry_after, body })
}
