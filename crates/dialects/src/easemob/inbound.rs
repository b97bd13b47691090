//! easemob: request → inputs or refusal, for Easemob's own callback and for the REST calls that its clients make.
//!
//! | path | answer |
//! | --- | --- |
//! | `/webhooks/easemob/{tenant}/{account}` | `{"valid":true}` |
//! | `/api/tenants/{tenantId}/rest/channels/{channelId}/messages` (`from`, `msg`, `ext`) | `{"status":"OK","entity":{"msg_id"}}` |
//! | `/{org}/{app}/token` | `{"access_token","expires_in","application"}` |
//! | `/{org}/{app}/messages` (`target_type`, `target`, `msg`, `from`, `ext`) | `data`: each target, `"success"` |
//! | `/{org}/{app}/messages/users` (`from`, `to`, `type`, `body`, `ext`) | `data`: each target, the id of its message |
//!
//! Refusals are `{"error","error_description"}`. Unknown fields are let through, as the vendor adds some; `null` counts as
//! absent. JSON with comments, as the vendor's page shows it, is none.

mod callback;
mod content;
mod rest;
mod rest_channel;
mod said;
#[cfg(test)]
mod tests;
mod token;
mod weichat;

use serde_json::json;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request, no_such_path, path};

const WEBHOOK: &str = "/webhooks/easemob/{tenant}/{account}";
const REST_CHANNEL: &str = "/api/tenants/{tenantId}/rest/channels/{channelId}/messages";
const TOKEN: &str = "/{org}/{app}/token";
const MESSAGES: &str = "/{org}/{app}/messages";
const MESSAGES_USERS: &str = "/{org}/{app}/messages/users";

/// Whether a path is this dialect's: its webhook's, or one of the REST shapes. Those begin with a name of the vendor's
/// choosing, so the dialects whose prefixes are fixed come first in the list, and the native API keeps `/v1/`.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/webhooks/easemob/") || (!path.starts_with("/v1/") && pattern(path).is_some())
}

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    match path::segments(path).as_slice() {
        ["webhooks", "easemob", _, _] => Some(WEBHOOK),
        ["api", "tenants", _, "rest", "channels", _, "messages"] => Some(REST_CHANNEL),
        [_, _, "token"] => Some(TOKEN),
        [_, _, "messages"] => Some(MESSAGES),
        [_, _, "messages", "users"] => Some(MESSAGES_USERS),
        _ => None,
    }
}

/// Reads one call.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let pattern = pattern(request.path).ok_or_else(no_such_path)?;
    request.must_post()?;
    if request.declares("application/json") == Some(false) {
        return Err(Condition::UnsupportedMediaType { expected: "application/json in UTF-8" });
    }
    match pattern {
        WEBHOOK => callback::receive(request, accounts),
        REST_CHANNEL => rest_channel::receive(request, accounts),
        TOKEN => token::give(request, accounts),
        MESSAGES => rest::receive(request, accounts, rest::Form::Legacy),
        _ => rest::receive(request, accounts, rest::Form::Current),
    }
}

/// Says a condition as Easemob's REST interface does.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    let body = json!({ "error": error(condition), "error_description": condition.to_string() });
    Answer::json(condition.status(), &body)
}

/// The vendor's word for a condition, where it has one.
const fn error(condition: &Condition) -> &'static str {
    match condition {
        Condition::Invalid { .. } => "illegal_argument",
        Condition::Unauthorised(_) => "unauthorized",
        Condition::Forbidden(_) => "forbidden_op",
        Condition::NotFound(_) => "service_resource_not_found",
        Condition::MethodNotAllowed { .. } => "method_not_allowed",
        Condition::TooLarge { .. } => "request_entity_too_large",
        Condition::HeadTooLarge { .. } => "request_header_fields_too_large",
        Condition::UnsupportedMediaType { .. } => "unsupported_media_type",
        Condition::TooSlow { .. } => "request_timeout",
        Condition::Unavailable { .. } => "service_unavailable",
        Condition::Internal => "internal_server_error",
    }
}
