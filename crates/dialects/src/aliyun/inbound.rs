//! aliyun: request → inputs or refusal, for `SendMessageChatText` as Alibaba Cloud's own clients call it.
//!
//! Everything is at `/`, by GET or POST, parameters in the query or a form body. The answer is `{"RequestId"}`; refusals
//! are `{"Code","Message","RequestId"}` with 4xx or 5xx, because clients take a 200 with `Code` for success and show
//! nothing of a body that is no JSON (W6).

mod parameters;
mod refusal;
mod send;
mod signature;
#[cfg(test)]
mod tests;

use serde_json::json;
use usher_domain::InputId;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Head, Request, no_such_path};
use parameters::Parameters;
use refusal::{MISSING, Refusal};
use signature::Kind;

const ROOT: &str = "/";
const ACTION: &str = "SendMessageChatText";
const VERSION: &str = "2020-11-09";

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
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    pattern(request.path).ok_or_else(no_such_path)?;
    if !["GET", "POST"].contains(&request.method) {
        return Err(Condition::MethodNotAllowed { allowed: "GET, POST" });
    }
    let parameters = Parameters::read(request)?;
    let kind = must_be_served(request, &parameters)?;
    let claim = signature::check(request, &parameters, accounts, kind)?;
    send::receive(&parameters, &claim, kind, accounts)
}

/// Refuses other actions and versions. Newer clients name both in headers and sign there; older ones do so in parameters,
/// and name the action in a header beside it that nothing signs.
fn must_be_served(request: &Request<'_>, parameters: &Parameters) -> Result<Kind, Condition> {
    let is_older = (request.header)("authorization").is_none() && parameters.value("Signature")?.is_some();
    let (kind, action, version) = if is_older {
        (Kind::Parameter, parameters.value("Action")?, parameters.value("Version")?)
    } else {
        (Kind::Header, (request.header)("x-acs-action"), (request.header)("x-acs-version"))
    };
    if action.ok_or_else(|| Condition::invalid("Action", MISSING))? != ACTION {
        return Err(Refusal::NoSuchAction.told());
    }
    if version.ok_or_else(|| Condition::invalid("Version", MISSING))? != VERSION {
        return Err(Refusal::NoSuchVersion.told());
    }
    Ok(kind)
}

/// Says a condition as Alibaba Cloud's interfaces do.
pub(crate) fn refuse(head: &Head<'_>, condition: &Condition) -> Answer {
    let body = json!({
        "Code": refusal::code(condition),
        "Message": condition.to_string(),
        "RequestId": request_id(head.fresh),
    });
    Answer::json(condition.status(), &body)
}

/// The number of a call as the vendor prints one. Where a message was taken it is the message's, so that both sides can
/// name it.
fn request_id(id: InputId) -> String {
    id.hyphenated().to_ascii_uppercase()
}
