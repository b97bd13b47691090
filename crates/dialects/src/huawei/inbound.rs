//! huawei: request → inputs or refusal, for the calls that a client of Huawei Cloud AICC makes.
//!
//! | path | answer | refusal |
//! | --- | --- | --- |
//! | `/apigovernance/api/oauth/tokenByAkSk` | `{"AccessToken","ApplyType":"Bearer","Expires":"600"}` | `{"errorCode","exceptionInfo"}` |
//! | `/apiaccess/ccmessaging/applyToken` | `{"token","resultCode":"0"}` | `{"errorCode","exceptionInfo"}` |
//! | `/apiaccess/ccmessaging/sendAsync`, alias `sendSync` | `{"resultCode":"0","resultDesc"}` | `{"resultCode","resultDesc"}` |
//! | `/apiaccess/ccmessaging/uploadFileStream` | `{"returnCode":"0","objectKey"}` | `{"returnCode","returnDesc"}` |
//! | `/apiaccess/ccmessaging/downloadFileStream` | `{"resultCode":"0","fileStream"}` | `{"resultCode","resultDesc"}` |
//!
//! `resultCode` and `errorCode` of a refusal are the HTTP status as text, so never "0". Unknown fields are let through,
//! as the vendor adds some; `null` counts as absent.

mod calls;
mod content;
pub(crate) mod files;
mod send;
pub(super) mod session;
#[cfg(test)]
pub(super) mod tests;
mod token;

use serde_json::json;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request, no_such_path};

const TOKEN_BY_AK_SK: &str = "/apigovernance/api/oauth/tokenByAkSk";
const APPLY_TOKEN: &str = "/apiaccess/ccmessaging/applyToken";
const SEND_ASYNC: &str = "/apiaccess/ccmessaging/sendAsync";
const SEND_SYNC: &str = "/apiaccess/ccmessaging/sendSync";

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    let mut calls = [TOKEN_BY_AK_SK, APPLY_TOKEN, SEND_ASYNC, SEND_SYNC].into_iter();
    calls.find(|known| *known == path).or_else(|| files::pattern(path))
}

/// Reads one call; those about files are read by [`files`].
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let pattern = pattern(request.path).ok_or_else(no_such_path)?;
    request.must_post()?;
    must_be_json(request)?;
    match pattern {
        TOKEN_BY_AK_SK => calls::token_by_ak_sk(request, accounts),
        APPLY_TOKEN => calls::apply_token(request, accounts),
        SEND_ASYNC | SEND_SYNC => send::receive(request, accounts),
        _ => Err(no_such_path()),
    }
}

fn must_be_json(request: &Request<'_>) -> Result<(), Condition> {
    match request.declares("application/json") {
        Some(false) => Err(Condition::UnsupportedMediaType { expected: "application/json in UTF-8" }),
        _ => Ok(()),
    }
}

/// Says a condition in the shape of the call.
pub(crate) fn refuse(path: &str, condition: &Condition) -> Answer {
    let (status, sentence) = (condition.status(), condition.to_string());
    let body = match path {
        files::UPLOAD => return files::refuse_upload(condition),
        TOKEN_BY_AK_SK | APPLY_TOKEN => json!({ "errorCode": status.to_string(), "exceptionInfo": sentence }),
        _ => json!({ "resultCode": status.to_string(), "resultDesc": sentence }),
    };
    Answer::json(status, &body)
}
