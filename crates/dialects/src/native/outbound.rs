//! native: delivery → signed webhook (Standard Webhooks, <https://www.standardwebhooks.com>), to a native channel, a
//! workspace and a bot alike; what the body says is [`body`]'s.
//!
//! `webhook-id` is the delivery's id, the same on every attempt: receivers recognise a repeat by it.
//! `webhook-timestamp` is the attempt's, because verifiers refuse timestamps older than five minutes.

mod body;
mod profile;
mod signature;

pub(crate) use signature::is_signing_secret;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::Report;
use usher_domain::{Delivery, Dialect, Timestamp};

use crate::accounts::WebhookSettings;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome};

/// The webhook of a delivery.
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &WebhookSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    if matches!(delivery.order, Order::Ack { .. }) {
        return Err(SendOutcome::rejected("a native channel's client is answered by the call itself"));
    }
    let id = delivery.id.to_string();
    let seconds = (now.millis() / 1_000).to_string();
    let body = body::of(delivery).to_string().into_bytes();
    let signature = signature::sign(&settings.secret, &id, &seconds, &body)
        .map_err(|wrong| SendOutcome::rejected(wrong.to_string()))?;
    Ok(ProviderRequest {
        method: "POST",
        url: settings.url.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", seconds),
            ("webhook-signature", signature),
        ],
        body,
        grant: None,
    })
}

/// Reads the receiver's answer. A webhook has one URL for all visitors, so 404 says that the URL in the accounts file is
/// wrong, not that somebody can not be reached: people are needed. 410 is the receiver's own word that it is gone.
pub(crate) fn answered(delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    if response.status == 404 {
        return SendOutcome::rejected("the webhook's URL answered 404: correct `url` in the accounts file");
    }
    SendOutcome::of_status(response).unwrap_or_else(|| match (&delivery.order, &delivery.target) {
        (Order::Message { .. }, DeliveryTarget::Channel { .. }) => SendOutcome::sent(Dialect::Native, None),
        (Order::Revoke { .. }, _) => SendOutcome::Done(vec![Report::RevokeAnswered { revoked: true }]),
        _ => SendOutcome::silent(),
    })
}

#[cfg(test)]
mod tests;
