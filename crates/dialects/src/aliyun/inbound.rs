//! aliyun: request → inputs or refusal, for `SendMessageChatText` as Alibaba Cloud's own clients call it.
//!
//! Everything is at `/`. Refusals are `{"Code","Message","RequestId"}` with 4xx or 5xx; clients take a 200 with `Code` for
//! success (W6).

use serde_json::json;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request, no_such_path};

const ROOT: &str = "/";

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    (path == ROOT).then_some(ROOT)
}

/// Reads one call.
pub(crate) fn receive(_request: &Request<'_>, _accounts: &Accounts) -> Result<Accepted, Condition> {
    Err(no_such_path())
}

/// Says a condition as Alibaba Cloud's interfaces do.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    Answer::json(condition.status(), &json!({ "Code": condition.name(), "Message": condition.to_string() }))
}
