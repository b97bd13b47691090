//! What an edge hands to a dialect, and what it gets back.

use usher_domain::{Body, Timestamp};

/// A request as it came, already within the size limit. Header names are lower-case.
#[derive(Clone)]
pub struct Request<'a> {
    /// `GET`, `POST`, ….
    pub method: &'a str,
    /// The path, not decoded.
    pub path: &'a str,
    /// The query without `?`, not decoded; empty when there is none.
    pub query: &'a str,
    /// Looks up a header's value by its lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// The edge's clock, for signatures and tokens only; decisions take time from the log.
    pub now: Timestamp,
}

/// What an edge answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names (lower-case) and values, without content-type.
    pub headers: Vec<(&'static str, String)>,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: "application/json",
            body: serde_json::to_vec(value).unwrap_or_default(),
        }
    }

    /// A plain text answer.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), content_type: "text/plain; charset=utf-8", body: text.into().into_bytes() }
    }
}

/// A request that was understood: what to write, and what to answer once the broker has all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Records, in order; empty when there is nothing to write (a challenge, a token).
    pub bodies: Vec<Body>,
    /// The answer after they are durable.
    pub answer: Answer,
}
