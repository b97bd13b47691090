//! sms, Twilio: delivery → one call of a Twilio-style provider (`Messages.json`, API version 2010-04-01).
//!
//! The status callback's URL carries our own ids, so a report finds its message without any table of ours. The
//! idempotency header is what clients of this API send; the vendor's page of the call does not promise it, so a retry
//! after a lost answer may be a second SMS there.

use secrecy::ExposeSecret;
use serde::Deserialize;
use usher_domain::delivery::Order;
use usher_domain::{AccountId, Delivery, Dialect, Message, Timestamp};

use crate::accounts::TwilioSettings;
use crate::outbound::limits::check_text;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome, basic, form, percent_encoded};
use crate::sms::outbound::{recipient, reported_as, unsent};

/// The provider recognises a repeated request by it.
const IDEMPOTENCY_HEADER: &str = "i-twilio-idempotency-token";
/// The longest `ValidityPeriod`, and what holds without one.
const VALIDITY_SECONDS_MAX: u64 = 36_000;

/// The call that sends a message; `account` is the SMS account's name. Only messages become an SMS: a notice, typing or
/// read would cost the tenant a message each.
pub(crate) fn plan(
    delivery: &Delivery,
    account: &AccountId,
    settings: &TwilioSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let Order::Message { message, .. } = &delivery.order else { return unsent(&delivery.order) };
    let words = message.content.as_sms_text();
    let words = words.ok_or_else(|| SendOutcome::not_reachable("nothing of this message can be said in an SMS"))?;
    check_text(Dialect::Sms, words.as_str())?;
    let callback = callback_url(delivery, account, settings, message)?;
    let mut fields = vec![
        ("To", recipient(delivery)?),
        ("From", settings.from.as_str()),
        ("Body", words.as_str()),
        ("StatusCallback", callback.as_str()),
    ];
    let validity = delivery.deadline.map(|deadline| validity_seconds(deadline, now));
    fields.extend(validity.as_deref().map(|seconds| ("ValidityPeriod", seconds)));
    let base = settings.base_url.trim_end_matches('/');
    let sid = percent_encoded(&settings.account_sid);
    Ok(ProviderRequest {
        method: "POST",
        url: format!("{base}/2010-04-01/Accounts/{sid}/Messages.json"),
        headers: vec![
            ("authorization", basic(&settings.account_sid, settings.auth_token.expose_secret())),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            (IDEMPOTENCY_HEADER, delivery.id.to_string()),
        ],
        body: form(&fields).into_bytes(),
        grant: None,
    })
}

/// How long the provider may keep the message in its queue: until the deadline, at most as long as it takes (10 hours).
fn validity_seconds(deadline: Timestamp, now: Timestamp) -> String {
    deadline.since(now).as_secs().clamp(1, VALIDITY_SECONDS_MAX).to_string()
}

/// Reads the provider's answer. 400 speaks of this message or number (invalid, unsubscribed, not a mobile one): it did
/// not arrive. 404 speaks of `account_sid`: our own mistake.
pub(crate) fn answered(delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    match response.status {
        200..=299 => match &delivery.order {
            Order::Message { .. } => taken(response),
            _ => SendOutcome::silent(),
        },
        400 => SendOutcome::not_reachable(refusal(response)),
        404 => SendOutcome::rejected("the SMS provider does not know `account_sid`: correct it in the accounts file"),
        _ => SendOutcome::of_status(response).unwrap_or_else(SendOutcome::silent),
    }
}

/// Where the provider reports to: our ids are the path, `leg` says whether it is the message itself or the SMS sent
/// instead of one.
fn callback_url(
    delivery: &Delivery,
    account: &AccountId,
    settings: &TwilioSettings,
    message: &Message,
) -> Result<String, SendOutcome> {
    let (conversation, leg) = reported_as(delivery)?;
    let base = settings.callback_base_url.trim_end_matches('/');
    let tenant = percent_encoded(delivery.tenant.as_str());
    let account = percent_encoded(account.as_str());
    Ok(format!("{base}/callbacks/sms/{tenant}/{account}/{conversation}/{}/{}", message.id, leg.name()))
}

/// What a created message looks like; other fields are left alone.
#[derive(Deserialize)]
struct Created {
    sid: Option<String>,
    status: Option<String>,
}

fn taken(response: &ProviderResponse) -> SendOutcome {
    let created = serde_json::from_slice(&response.body).unwrap_or(Created { sid: None, status: None });
    match created.status.as_deref() {
        Some(status @ ("failed" | "undelivered" | "canceled")) => {
            SendOutcome::not_reachable(format!("the SMS provider took the message and says `{status}`"))
        }
        _ => SendOutcome::sent(Dialect::Sms, created.sid),
    }
}

/// The provider's error code, without its text: that may repeat the number.
fn refusal(response: &ProviderResponse) -> String {
    #[derive(Deserialize)]
    struct Refused {
        code: u32,
    }
    serde_json::from_slice::<Refused>(&response.body)
        .map_or_else(|_| "the SMS provider answered 400".to_owned(), |refused| format!("SMS error {}", refused.code))
}

#[cfg(test)]
mod tests;
