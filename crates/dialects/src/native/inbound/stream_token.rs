//! A token for a visitor's page: `POST /v1/stream-tokens`. Whoever has it may collect what waits for that visitor.

use serde_json::json;
use usher_domain::Timestamp;

use super::Caller;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, limits};
use crate::pull;

/// Reads the request; nothing is written, because a token is signed and not stored.
pub(super) fn receive(caller: &Caller<'_>, now: Timestamp) -> Result<Accepted, Condition> {
    let fields = &caller.fields;
    fields.only(&["account", "visitor"])?;
    let settings = caller.account()?;
    let visitor = limits::visitor("visitor", fields.needed_text("visitor")?, &settings.channel)?;
    let not_there = || fields.wrong("account", "must be one whose visitors collect by a stream: an aliyun account");
    let token = pull::seal_token(caller.tenant, settings, &visitor, now).ok_or_else(not_there)?;
    let expires_in_ms = u64::try_from(pull::TOKEN_LIFE.as_millis()).unwrap_or(u64::MAX);
    Ok(Accepted::nothing(Answer::json(200, &json!({ "token": token, "expires_in_ms": expires_in_ms }))))
}
