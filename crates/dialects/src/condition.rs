//! What can be wrong with a request, and the one table from condition to HTTP status. Each dialect says it in its own
//! shape; none has a table of its own.

use std::time::Duration;

/// Why a request is refused. The texts are for people: they name the field or the fix, and carry no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Condition {
    /// Unreadable, or a field is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field, as the dialect calls it; `body` for the whole.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// No credentials, wrong ones, or expired ones.
    #[error("{0}")]
    Unauthorised(String),
    /// The credentials are good, and not for this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing for this tenant. Another tenant's things look the same.
    #[error("{0}")]
    NotFound(String),
    /// The path takes another method.
    #[error("this path takes {allowed}")]
    MethodNotAllowed {
        /// The one it takes.
        allowed: &'static str,
    },
    /// The body is larger than it may be.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What it may be.
        limit_bytes: usize,
    },
    /// Request line and headers are larger than they may be together.
    #[error("the request line and the headers are larger than {limit_bytes} bytes: send less in the query")]
    HeadTooLarge {
        /// What they may be.
        limit_bytes: usize,
    },
    /// The body is of a kind that this path does not read.
    #[error("the body must be {expected}")]
    UnsupportedMediaType {
        /// What it reads.
        expected: &'static str,
    },
    /// The body did not come in the time that it may take.
    #[error("the body did not come within {limit_ms} ms")]
    TooSlow {
        /// What it may take.
        limit_ms: u64,
    },
    /// The broker is away, or too much is under way: the same request may succeed later.
    #[error("not accepted now, try again: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// Our own fault.
    #[error("internal error")]
    Internal,
}

impl Condition {
    /// A field that is wrong.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), problem: problem.into() }
    }

    /// The HTTP status: the only table of it. Three come from the HTTP server instead, before any path is known and so
    /// in no dialect's shape: 400 for what is no HTTP, 414 and 431 for a head of twice the size that one may have.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => 400,
            Self::Unauthorised(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::TooSlow { .. } => 408,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedMediaType { .. } => 415,
            Self::HeadTooLarge { .. } => 431,
            Self::Internal => 500,
            Self::Unavailable { .. } => 503,
        }
    }

    /// Its name in answers and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::Unauthorised(_) => "unauthorised",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not-found",
            Self::MethodNotAllowed { .. } => "method-not-allowed",
            Self::TooSlow { .. } => "too-slow",
            Self::TooLarge { .. } => "too-large",
            Self::UnsupportedMediaType { .. } => "unsupported-media-type",
            Self::HeadTooLarge { .. } => "head-too-large",
            Self::Internal => "internal",
            Self::Unavailable { .. } => "unavailable",
        }
    }
}
