//! huawei: delivery → the downlink of Huawei Cloud AICC. An account with `push_url` pushes: one POST with one message to
//! the tenant's server. Without one the message waits until the visitor's page polls for it.
//!
//! A receiver recognises a repeat by `messageCode` (`code.rs` next to this), the same on every attempt. It says success of
//! a push by `resultCode` "0" alone, whatever the HTTP status is. The channel has no delivery reports: that "0" is
//! delivered.

mod auth;
mod down_link;
mod parts;

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::mailbox::Release;
use usher_domain::{Delivery, Dialect, Held, MailboxAct, Timestamp, VisitorId};

use super::code;
use crate::accounts::{AccountSettings, HuaweiSettings, PushAuth};
use crate::outbound::limits::POLL_CHARS_MAX_HUAWEI;
use crate::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, held, withdrawn};
use auth::Shown;
use down_link::DownLink;

/// The first step of a delivery.
pub(crate) fn plan(delivery: &Delivery, account: &AccountSettings, settings: &HuaweiSettings, now: Timestamp) -> Next {
    let planned = visitor(delivery, settings).and_then(|visitor| match (&settings.push_url, &settings.push_auth) {
        (Some(url), Some(auth)) => {
            let message =
                DownLink::of(&delivery.order, settings)?.message(code::of(delivery, 0), visitor, settings, now);
            Ok(Next::Request(push(url, auth, &message, now)))
        }
        _ => hold(delivery, account, settings, visitor, now).map(|act| Next::Hold(Box::new(act))),
    });
    planned.unwrap_or_else(Next::Done)
}

/// What waits for a poll. Somebody in a session who does not poll any more has left, so each thing begins or continues a
/// watch. What is too long for one `content` is a list of its parts: one thing all the same, so it is told in one answer,
/// in order, and acknowledged whole.
fn hold(
    delivery: &Delivery,
    account: &AccountSettings,
    settings: &HuaweiSettings,
    visitor: &VisitorId,
    now: Timestamp,
) -> Result<MailboxAct, SendOutcome> {
    if let Some(withdrawn) = withdrawn(delivery) {
        return Ok(withdrawn);
    }
    let parts = DownLink::of(&delivery.order, settings)?.parts(POLL_CHARS_MAX_HUAWEI)?;
    let message = |(at, part): (u32, DownLink)| part.message(code::of(delivery, at), visitor, settings, now);
    let mut messages: Vec<Value> = (0..).zip(parts).map(message).collect();
    let payload = if messages.len() == 1 { messages.remove(0) } else { Value::Array(messages) };
    let release = delivery.session.map(|_| Release {
        after: Duration::from_millis(settings.release_after_ms),
        account: account.stamp(&delivery.tenant),
    });
    Ok(MailboxAct::Put(Held { release, ..held(delivery, now, payload.to_string()) }))
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
fn push(url: &str, auth: &PushAuth, message: &Value, now: Timestamp) -> ProviderRequest {
    let body = json!({ "timestamp": now.millis(), "messages": [message] }).to_string().into_bytes();
    let Shown { headers, grant } = auth::shown(auth, url, &body, now);
    ProviderRequest { method: "POST", url: url.to_owned(), headers, body, grant }
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
pub(super) mod tests;
