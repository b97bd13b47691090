//! sms: what providers call us with → inputs; each provider's calls are read in its own folder.

use super::{aliyun, twilio};
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request};

/// The pattern of a path below `/callbacks/sms` or `/webhooks/sms`.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    twilio::inbound::pattern(path).or_else(|| aliyun::inbound::pattern(path))
}

/// Reads a provider's call.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    if aliyun::inbound::pattern(request.path).is_some() {
        aliyun::inbound::receive(request, accounts)
    } else {
        twilio::inbound::receive(request, accounts)
    }
}

/// Says a condition in the provider's own form.
pub(crate) fn refuse(path: &str, condition: &Condition) -> Answer {
    if aliyun::inbound::pattern(path).is_some() {
        aliyun::inbound::refuse(condition)
    } else {
        twilio::inbound::refuse(condition)
    }
}
