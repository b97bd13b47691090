//! huawei: delivery → `pushMsg`, the push downlink with OAuth of Huawei Cloud AICC: one POST with one message to the
//! tenant's `push_url`.
//!
//! The receiver recognises a repeat by `messageCode` (the delivery's id, 32 hex digits), the same on every attempt. It
//! says success by `resultCode` "0" alone, whatever the HTTP status is. The channel has no delivery reports: that "0"
//! is delivered.

mod down_link;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{Delivery, Dialect, Timestamp};

use crate::accounts::HuaweiSettings;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome, bearer};
use down_link::DownLink;

/// The push of a delivery.
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &HuaweiSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let DeliveryTarget::Channel { visitor, .. } = &delivery.target else {
        return Err(SendOutcome::rejected("a Huawei push goes to the visitor's own channel only"));
    };
    if visitor.as_str().len() > settings.from_max {
        let longest = settings.from_max;
        return Err(SendOutcome::not_reachable(format!("the visitor's id is longer than from_max, {longest} bytes")));
    }
    let DownLink { control, media, content, source, sender } = down_link::of(&delivery.order, &settings.notices)?;
    let (nickname, avatar) = sender.unwrap_or_default();
    let body = json!({
        "timestamp": now.millis(),
        "messages": [{
            "channel": settings.channel,
            "from": settings.channel_id,
            "to": visitor.as_str(),
            "controlType": control,
            "mediaType": media,
            "content": content,
            "senderNickname": nickname,
            "senderAvatar": avatar,
            "sourceType": source,
            "timestamp": now.millis(),
            "messageCode": delivery.id.to_string(),
            "isOfflineStatus": false,
        }],
    });
    Ok(ProviderRequest {
        method: "POST",
        url: settings.push_url.clone(),
        headers: vec![
            ("authorization", bearer(settings.push_token.expose_secret())),
            ("content-type", "application/json".to_owned()),
        ],
        body: body.to_string().into_bytes(),
    })
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
