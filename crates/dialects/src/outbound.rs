//! What delivery hands to a dialect, and what it gets back: requests to a provider, one after the other, until it is
//! done with an outcome.

use std::time::Duration;

use usher_domain::receipt::Report;

/// One HTTP request to a provider. Header values and URL may hold credentials and personal data: `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRequest {
    /// `POST`, `DELETE`, ….
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// Header names (lower-case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for ProviderRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProviderRequest({}, {} bytes)", self.method, self.body.len())
    }
}

/// A provider's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderResponse {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, when it was there and readable.
    pub retry_after: Option<Duration>,
    /// The body, at most 64 KiB of it.
    pub body: Vec<u8>,
}

/// What to do next for a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send this and come back with the answer.
    Request(ProviderRequest),
    /// It is over for this attempt.
    Done(SendOutcome),
}

/// How an attempt ended: a closed list; each value says whether to try again and what the message's receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Done. Receipts to write: none for a notice, `Sent` for a message, `Delivered` too where the channel will not
    /// report by itself.
    Done(Vec<Report>),
    /// The recipient can not be reached on this channel, or the provider refuses for good: no retry.
    NotReachable {
        /// A word for people, without personal data.
        reason: String,
    },
    /// Our own configuration or format is wrong (401, 400): no retry, people are needed.
    Rejected {
        /// A word for people, without personal data.
        reason: String,
    },
    /// Worth another try, not before `after` where the provider says so.
    Retry {
        /// A word for people, without personal data.
        reason: String,
        /// The provider's own `Retry-After`.
        after: Option<Duration>,
    },
}

impl SendOutcome {
    /// How statuses end that no dialect reads differently: mapped once for all channels.
    pub fn of_status(response: &ProviderResponse) -> Option<Self> {
        let reason = format!("the provider answered {}", response.status);
        match response.status {
            200..=299 => None,
            408 | 425 | 429 | 500..=599 => Some(Self::Retry { reason, after: response.retry_after }),
            404 | 410 => Some(Self::NotReachable { reason }),
            _ => Some(Self::Rejected { reason }),
        }
    }
}
