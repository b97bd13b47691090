//! What an edge hands to a dialect, what it gets back, and the one list that says which path belongs to which dialect.

use usher_domain::{Body, Dialect, InputId, Timestamp};

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::replays::Replays;
use crate::{aliyun, easemob, huawei, native, rbm, sms};

pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod path;
pub mod replays;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod sealed;
pub(crate) mod signature;
pub mod time;

/// A request as it came, already within the size limit. Header names are lower-case.
#[derive(Clone)]
pub struct Request<'a> {
    /// `GET`, `POST`, ….
    pub method: &'a str,
    /// The path, not decoded.
    pub path: &'a str,
    /// The query without `?`, not decoded; empty when there is none.
    pub query: &'a str,
    /// Looks up a header's value by its lower-case name. A value that is no text is told as U+FFFD, never as absent.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// The edge's clock, for signatures and tokens only; decisions take time from the log.
    pub now: Timestamp,
    /// A random id, for an input that brings nothing by which a repeat could be recognised.
    pub fresh: InputId,
    /// The signed calls that this edge has heard lately.
    pub replays: &'a Replays,
}

/// What of a request says whose it is and in which shape it is answered, before its body is there.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The path, not decoded.
    pub path: &'a str,
    /// Looks up a header's value, as [`Request::header`] does.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// A random id, for refusals that have a number.
    pub fresh: InputId,
}

impl<'a> Request<'a> {
    /// Its head.
    pub fn head(&self) -> Head<'a> {
        Head { path: self.path, header: self.header, fresh: self.fresh }
    }

    /// The credentials of `Authorization: Bearer …` (RFC 6750; the scheme's case does not matter).
    pub(crate) fn bearer(&self) -> Option<&'a str> {
        let (scheme, credentials) = (self.header)("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim())
    }

    /// Whether the body is declared as `media_type`, in UTF-8 where a charset is named; `None` when nothing is declared.
    pub(crate) fn declares(&self, media_type: &str) -> Option<bool> {
        let declared = (self.header)("content-type")?;
        let mut parts = declared.split(';').map(str::trim);
        let same = parts.next().is_some_and(|declared| declared.eq_ignore_ascii_case(media_type));
        let charset =
            parts.find_map(|part| part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset")));
        Some(same && charset.is_none_or(|(_, name)| name.trim_matches('"').eq_ignore_ascii_case("utf-8")))
    }

    /// Refuses every method but POST.
    pub(crate) fn must_post(&self) -> Result<(), Condition> {
        if self.method == "POST" { Ok(()) } else { Err(Condition::MethodNotAllowed { allowed: "POST" }) }
    }
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

    /// Adds the headers that RFC 9110 wants beside the status of `condition`, the same in every dialect.
    fn with_headers_of(mut self, condition: &Condition) -> Self {
        match condition {
            Condition::Unavailable { retry_after, .. } => {
                let seconds = retry_after.as_millis().div_ceil(1000).max(1);
                self.headers.push(("retry-after", seconds.to_string()));
            }
            Condition::MethodNotAllowed { allowed } => self.headers.push(("allow", (*allowed).to_owned())),
            Condition::Unauthorised(_) => self.headers.push(("www-authenticate", "Bearer".to_owned())),
            _ => {}
        }
        self
    }
}

/// A request that was understood: what to write, and what to answer once the broker has all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Records, in order; empty when there is nothing to write (a challenge, a token).
    pub bodies: Vec<Body>,
    /// The answer after they are durable.
    pub answer: Answer,
    /// What was accepted and is worth counting all the same, each a name for metrics.
    pub notices: Vec<&'static str>,
    /// What to tell the caller beside the refusal when the broker did not acknowledge the records: some may be in the
    /// log all the same.
    pub advice: Option<&'static str>,
}

impl Accepted {
    /// One record and its answer.
    pub(crate) fn one(body: Body, answer: Answer) -> Self {
        Self { bodies: vec![body], answer, notices: Vec::new(), advice: None }
    }

    /// An answer alone.
    pub(crate) fn nothing(answer: Answer) -> Self {
        Self { bodies: Vec::new(), answer, notices: Vec::new(), advice: None }
    }

    /// Adds something worth counting.
    pub(crate) fn noting(mut self, notice: &'static str) -> Self {
        self.notices.push(notice);
        self
    }
}

/// Where a request leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who reads it, and in whose shape it is answered.
    pub dialect: Dialect,
    /// The pattern of the path, for logs and metrics: paths themselves name visitors and are never logged.
    pub pattern: &'static str,
}

/// The one list of dialects: by prefix, so that also a wrong path is refused in its dialect's shape, and by the header
/// that every call of Aliyun's clients has.
pub fn place(head: &Head<'_>) -> Place {
    let path = head.path;
    let (dialect, pattern) = if aliyun::inbound::owns(head) {
        (Dialect::Aliyun, aliyun::inbound::pattern(path))
    } else if path.starts_with("/apiaccess/") || path.starts_with("/apigovernance/") {
        (Dialect::Huawei, huawei::inbound::pattern(path))
    } else if path.starts_with("/webhooks/rbm/") {
        (Dialect::Rbm, rbm::inbound::pattern(path))
    } else if path.starts_with("/callbacks/sms/") || path.starts_with("/webhooks/sms/") {
        (Dialect::Sms, sms::inbound::pattern(path))
    } else if easemob::inbound::owns(path) {
        (Dialect::Easemob, easemob::inbound::pattern(path))
    } else {
        (Dialect::Native, native::inbound::pattern(path))
    };
    Place { dialect, pattern: pattern.unwrap_or("unknown") }
}

/// Largest body of Google's webhook: it repeats for seven days what is refused, and base64 makes a payload larger.
const RBM_BODY_BYTES_MAX: usize = 512 * 1024;

/// Largest body of Easemob's callback: it blocks a rule whose calls fail, and JSON may write a character in six bytes.
const EASEMOB_BODY_BYTES_MAX: usize = 256 * 1024;

/// Largest body of an SMS provider's call: Alibaba Cloud sends reports in batches and does not say how many.
const SMS_BODY_BYTES_MAX: usize = 256 * 1024;

/// The largest body that a request may have, in bytes; `usual` is what holds where nothing speaks for more.
pub fn body_bytes_max(head: &Head<'_>, usual: usize) -> usize {
    match place(head).dialect {
        Dialect::Rbm => usual.max(RBM_BODY_BYTES_MAX),
        Dialect::Easemob => usual.max(EASEMOB_BODY_BYTES_MAX),
        Dialect::Sms => usual.max(SMS_BODY_BYTES_MAX),
        Dialect::Native | Dialect::Huawei | Dialect::Aliyun => usual,
    }
}

/// Reads a request: what to write and answer, or why not.
///
/// # Errors
/// The condition to be said with [`refuse`].
pub fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    match place(&request.head()).dialect {
        Dialect::Native => native::inbound::receive(request, accounts),
        Dialect::Huawei => huawei::inbound::receive(request, accounts),
        Dialect::Rbm => rbm::inbound::receive(request, accounts),
        Dialect::Sms => sms::inbound::receive(request, accounts),
        Dialect::Easemob => easemob::inbound::receive(request, accounts),
        Dialect::Aliyun => aliyun::inbound::receive(request, accounts),
    }
}

/// Says a condition in the shape of the dialect that the request belongs to.
pub fn refuse(head: &Head<'_>, condition: &Condition) -> Answer {
    let answer = match place(head).dialect {
        Dialect::Native => native::inbound::refuse(condition),
        Dialect::Huawei => huawei::inbound::refuse(head.path, condition),
        Dialect::Rbm => rbm::inbound::refuse(condition),
        Dialect::Sms => sms::inbound::refuse(head.path, condition),
        Dialect::Easemob => easemob::inbound::refuse(condition),
        Dialect::Aliyun => aliyun::inbound::refuse(head, condition),
    };
    answer.with_headers_of(condition)
}

/// What a path without a meaning is told.
pub(crate) fn no_such_path() -> Condition {
    Condition::NotFound("there is no such path".to_owned())
}

/// What is told of an account that is unknown, or another tenant's, or of another dialect: always the same words.
pub(crate) fn no_such_account() -> Condition {
    Condition::NotFound("account: there is no such account".to_owned())
}
