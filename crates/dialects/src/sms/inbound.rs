//! sms: what providers call us with → inputs; each provider's calls are read in its own folder.

use super::twilio;
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request};

/// The pattern of a path below `/callbacks/sms`.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    twilio::inbound::pattern(path)
}

/// Reads a provider's call.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    twilio::inbound::receive(request, accounts)
}

/// Plain words: providers show them in their logs.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    twilio::inbound::refuse(condition)
}
