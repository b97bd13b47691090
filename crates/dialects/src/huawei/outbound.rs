//! huawei: delivery → the downlink of Huawei Cloud AICC. An account with `push_url` pushes: one POST with one message to
//! the tenant's server.
//!
//! The receiver recognises a repeat by `messageCode` (the delivery's id, 32 hex digits), the same on every attempt. It
//! says success by `resultCode` "0" alone, whatever the HTTP status is. The channel has no delivery reports: that "0"
//! is delivered.

mod auth;
mod down_link;

use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{Delivery, Dialect, Timestamp, VisitorId};

use crate::accounts::{HuaweiSettings, PushAuth};
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome};
use down_link::DownLink;

/// The first step of a delivery.
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &HuaweiSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let visitor = visitor(delivery, settings)?;
    let link = DownLink::of(&delivery.order, settings)?;
    let message = link.message(delivery, visitor, settings, now);
    match (&settings.push_url, &settings.push_auth) {
        (Some(url), Some(auth)) => push(url, auth, &message, now),
        _ => Err(SendOutcome::rejected("the account has no `push_url`, and nothing waits for a poll yet")),
    }
}

fn visitor<'a>(delivery: &'a Delivery, settings: &HuaweiSettings) -> Result<&'a VisitorId, SendOutcome> {
    let DeliveryTarget::Channel { visitor, .. } = &delivery.target else {
        return Err(SendOutcome::rejected("the downlink goes to the visitor's own channel only"));
    };
    if visitor.as_str().len() > settings.from_max {
        let longest = settings.from_max;
        return Err(SendOutcome::not_reachable(format!("the visitor's id is longer than from_max, {longest} bytes")));
    }
    Ok(visitor)
}

/// One message, pushed.
fn push(url: &str, auth: &PushAuth, message: &Value, now: Timestamp) -> Result<ProviderRequest, SendOutcome> {
    let body = json!({ "timestamp": now.millis(), "messages": [message] }).to_string().into_bytes();
    let headers = auth::headers(auth, url, &body, now)?;
    Ok(ProviderRequest { method: "POST", url: url.to_owned(), headers, body })
}

/// Reads the receiver's answer. A 2xx without `resultCode` "0" is a failed push by the vendor's page, and nothing says
/// that it is for ever: it is tried again.
pub(crate) fn answered(delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    if let Some(outcome) = SendOutcome::of_status(response) {
        return match outcome {
            SendOutcome::NotReachable { .. } => {
                SendOutcome::rejected(format!("`push_url` answered {}: correct it", response.status))
            }
            other => other,
        };
    }
    if !is_success(&response.body) {
        let reason = "the push was answered without resultCode \"0\"".to_owned();
        return SendOutcome::Retry { reason, after: response.retry_after };
    }
    match &delivery.order {
        Order::Message { .. } => SendOutcome::sent(Dialect::Huawei, None),
        _ => SendOutcome::silent(),
    }
}

/// Whether the body says `resultCode` "0"; as a number too, because the vendor's types are loose in both directions.
fn is_success(body: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    match &answer["resultCode"] {
        Value::String(code) => code == "0",
        Value::Number(code) => code.as_u64() == Some(0),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
