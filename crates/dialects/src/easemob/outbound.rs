//! easemob: delivery → REST send, `POST {base_url}/{org}/{app}/messages/users`, in the account's user's name; or, on an
//! account whose visitors write by the customer service's REST channel, a signed call of the tenant's own server.
//!
//! The vendor has no idempotency key. `ext.weichat.msgId` is the delivery's id (32 hex digits), the same on every attempt:
//! a client recognises by it what came twice after a lost answer. `ext.weichat.service_session` names the session, which
//! the vendor's web client wants beside menus and at a session's end. The channel has no delivery reports: 200 is delivered.

mod callback;
mod event;
mod said;
mod token;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::Report;
use usher_domain::{Delivery, Dialect, Timestamp, VisitorId};

use crate::accounts::{EasemobSettings, RestChannel};
use crate::outbound::limits::BODY_BYTES_MAX_EASEMOB;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome, bearer};
use said::Said;

/// The send of a delivery.
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &EasemobSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let visitor = visitor(delivery)?;
    let said = named(said::of(delivery, settings)?, delivery);
    if let Some(channel) = callback_of(settings) {
        return Ok(callback::request((delivery, visitor), said, channel, settings, now));
    }
    let Said { kind, body, ext } = said;
    let bytes = body.to_string().len() + ext.to_string().len();
    if bytes > BODY_BYTES_MAX_EASEMOB {
        return Err(SendOutcome::not_reachable(format!(
            "body and ext have {bytes} bytes, easemob takes at most {BODY_BYTES_MAX_EASEMOB}: split it before sending"
        )));
    }
    let sent = json!({ "from": settings.user, "to": [visitor.as_str()], "type": kind, "body": body, "ext": ext });
    let EasemobSettings { base_url, org, app, .. } = settings;
    let token = settings.token.as_ref().map(|token| ("authorization", bearer(token.expose_secret())));
    Ok(ProviderRequest {
        method: "POST",
        url: format!("{}/{org}/{app}/messages/users", base_url.trim_end_matches('/')),
        headers: token.into_iter().chain([("content-type", "application/json".to_owned())]).collect(),
        body: sent.to_string().into_bytes(),
        grant: settings.token.is_none().then(|| token::grant(settings)),
    })
}

/// Where the account's REST channel wants replies, if it has one that does.
fn callback_of(settings: &EasemobSettings) -> Option<(&RestChannel, &str)> {
    let channel = settings.rest_channel.as_ref()?;
    Some((channel, channel.callback_url.as_deref()?))
}

/// The same with the ids by which clients know it. The vendor's web client drops what comes twice under one `msgId`, and
/// an acknowledgement must be heard each time.
fn named(said: Said, delivery: &Delivery) -> Said {
    let Said { kind, body, mut ext } = said;
    if !matches!(delivery.order, Order::Ack { .. }) {
        ext["weichat"]["msgId"] = json!(delivery.id.to_string());
    }
    if let Some(session) = delivery.session {
        ext["weichat"]["service_session"] = json!({ "serviceSessionId": session.to_string() });
    }
    Said { kind, body, ext }
}

/// Reads the vendor's answer. The path names the application, not the visitor, so 404 says that the accounts file is
/// wrong; 403 is how the vendor says that an application sends too much.
pub(crate) fn answered(delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    match response.status {
        404 | 410 => SendOutcome::rejected(format!(
            "the path answered {}: correct `base_url`, `org` and `app`, or the REST channel's `callback_url`",
            response.status
        )),
        403 => {
            let reason = "the application sends too much: the provider answered 403".to_owned();
            SendOutcome::Retry { reason, after: response.retry_after }
        }
        _ => SendOutcome::of_status(response).unwrap_or_else(|| match &delivery.order {
            Order::Message { .. } => SendOutcome::sent(Dialect::Easemob, message_id(delivery, &response.body)),
            Order::Revoke { .. } => SendOutcome::Done(vec![Report::RevokeAnswered { revoked: true }]),
            _ => SendOutcome::silent(),
        }),
    }
}

fn visitor(delivery: &Delivery) -> Result<&VisitorId, SendOutcome> {
    match &delivery.target {
        DeliveryTarget::Channel { visitor, .. } => Ok(visitor),
        _ => Err(SendOutcome::rejected("an Easemob send goes to the visitor's own channel only")),
    }
}

/// The vendor's id of the message: `data`, by the visitor's name. Its ids are numbers; nothing else is kept.
fn message_id(delivery: &Delivery, body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let id = answer["data"].get(visitor(delivery).ok()?.as_str())?.as_str()?;
    let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests;
