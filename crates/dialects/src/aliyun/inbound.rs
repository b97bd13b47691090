//! aliyun: request → inputs or refusal, for `SendMessageChatText` as Alibaba Cloud's own clients call it.
//!
//! Everything is at `/`. Refusals are `{"Code","Message","RequestId"}` with 4xx or 5xx; clients take a 200 with `Code` for
//! success (W6).

use serde_json::json;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Head, Request, no_such_path};

const ROOT: &str = "/";

/// Whether a request is this dialect's: it is at the root, or it names an action as Alibaba Cloud's clients do, wherever a
/// wrong endpoint has brought it (W4).
pub(crate) fn owns(head: &Head<'_>) -> bool {
    head.path == ROOT || (head.header)("x-acs-action").is_some()
}

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    (path == ROOT).then_some(ROOT)
}

/// Reads one call.
pub(crate) fn receive(_request: &Request<'_>, _accounts: &Accounts) -> Result<Accepted, Condition> {
    Err(no_such_path())
}

/// Says a condition as Alibaba Cloud's interfaces do.
pub(crate) fn refuse(_head: &Head<'_>, condition: &Condition) -> Answer {
    Answer::json(condition.status(), &json!({ "Code": condition.name(), "Message": condition.to_string() }))
}
