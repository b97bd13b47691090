#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use usher_dialects::accounts::Accounts;

/// The account `sms` of `tenant`, at an SMSC, with some more settings.
pub(super) fn accounts(more: Value) -> Accounts {
    let mut channel = json!({
        "dialect": "sms", "provider": "smpp", "host": "smsc", "system_id": "acme", "password": "secret",
        "from": "+4915112345678",
    });
    channel.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let webhook = json!({ "url": "http://localhost/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let file = json!({ "tenants": [{
        "tenant": "tenant",
        "desks": [{ "desk": "desk", "workspace": webhook }],
        "accounts": [{ "account": "sms", "desk": "desk", "channel": channel }],
    }] });
    Accounts::check(serde_json::from_value(file).unwrap()).unwrap()
}
