//! huawei: request → inputs or refusal, for the three calls that a client of Huawei Cloud AICC makes.
//!
//! | path | answer | refusal |
//! | --- | --- | --- |
//! | `/apigovernance/api/oauth/tokenByAkSk` | `{"AccessToken","ApplyType":"Bearer","Expires":"600"}` | `{"errorCode","exceptionInfo"}` |
//! | `/apiaccess/ccmessaging/applyToken` | `{"token","resultCode":"0"}` | `{"errorCode","exceptionInfo"}` |
//! | `/apiaccess/ccmessaging/sendAsync`, alias `sendSync` | `{"resultCode":"0","resultDesc"}` | `{"resultCode","resultDesc"}` |
//!
//! `resultCode` and `errorCode` of a refusal are the HTTP status as text, so never "0". Unknown fields are let through,
//! as the vendor adds some; `null` counts as absent.

mod calls;
mod content;
mod send;
#[cfg(test)]
mod tests;
mod token;

use serde_json::json;
use usher_domain::TenantId;

use crate::accounts::{AccountSettings, Accounts, HuaweiSettings};
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request, no_such_path};

use token::Token;

const TOKEN_BY_AK_SK: &str = "/apigovernance/api/oauth/tokenByAkSk";
const APPLY_TOKEN: &str = "/apiaccess/ccmessaging/applyToken";
const SEND_ASYNC: &str = "/apiaccess/ccmessaging/sendAsync";
const SEND_SYNC: &str = "/apiaccess/ccmessaging/sendSync";

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    [TOKEN_BY_AK_SK, APPLY_TOKEN, SEND_ASYNC, SEND_SYNC].into_iter().find(|known| *known == path)
}

/// Reads one call.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let pattern = pattern(request.path).ok_or_else(no_such_path)?;
    request.must_post()?;
    if request.declares("application/json") == Some(false) {
        return Err(Condition::UnsupportedMediaType { expected: "application/json in UTF-8" });
    }
    match pattern {
        TOKEN_BY_AK_SK => calls::token_by_ak_sk(request, accounts),
        APPLY_TOKEN => calls::apply_token(request, accounts),
        _ => send::receive(request, accounts),
    }
}

/// Says a condition in the shape of the call.
pub(crate) fn refuse(path: &str, condition: &Condition) -> Answer {
    let (status, sentence) = (condition.status(), condition.to_string());
    let body = match path {
        TOKEN_BY_AK_SK | APPLY_TOKEN => json!({ "errorCode": status.to_string(), "exceptionInfo": sentence }),
        _ => json!({ "resultCode": status.to_string(), "resultDesc": sentence }),
    };
    Answer::json(status, &body)
}

/// One account on one channel of an application.
#[derive(Clone, Copy)]
struct Channel<'a> {
    tenant: &'a TenantId,
    account: &'a AccountSettings,
    settings: &'a HuaweiSettings,
}

/// The channels of an application; they have one tenant, one secret and one token key.
fn channels<'a>(accounts: &'a Accounts, app_key: &str) -> Vec<Channel<'a>> {
    let channel = |(tenant, account, settings)| Channel { tenant, account, settings };
    accounts.huawei_app(app_key).map(channel).collect()
}

/// Who calls: the channels of the application whose key and access token the headers carry.
fn app_of<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<Vec<Channel<'a>>, Condition> {
    let unauthorised = |problem: &str| Condition::Unauthorised(problem.to_owned());
    let app_key = (request.header)("x-app-key").ok_or_else(|| unauthorised("x-app-key is missing"))?;
    let access = request.bearer().ok_or_else(|| unauthorised("Authorization: Bearer <AccessToken> is missing"))?;
    let channels = channels(accounts, app_key);
    let first = channels.first().ok_or_else(|| unauthorised("x-app-key and AccessToken do not fit together"))?;
    match token::open(&first.settings.token_key, access, request.now) {
        Ok(Token::Access { app_key: named }) if named == app_key => Ok(channels),
        Ok(_) | Err(token::Refused::Forged) => Err(unauthorised("x-app-key and AccessToken do not fit together")),
        Err(token::Refused::Expired) => Err(unauthorised("the AccessToken has expired: call tokenByAkSk again")),
    }
}
