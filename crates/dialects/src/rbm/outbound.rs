//! rbm: delivery → calls of the RCS Business Messaging API (REST v1): `agentMessages.create`, its revoke by DELETE, and
//! `agentEvents` for typing and read.
//!
//! Google ignores a `messageId` that it has seen, so each retry names the same one: ours, as a UUID. A message always
//! has a `ttl`, because how long Google keeps one without is documented two ways (30 and 31 days). Notices of the queue
//! are not sent: each would be a message of its own on the visitor's phone.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::Report;
use usher_domain::{Class, Content, Delivery, Dialect, Message, PhoneNumber, Timestamp};

use crate::accounts::RbmSettings;
use crate::outbound::limits::check_text;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome, bearer, percent_encoded};

/// The longest that Google keeps a message: 15 days after submission.
const TTL_MAX: Duration = Duration::from_secs(15 * 24 * 3_600);

/// The call that carries out a delivery.
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &RbmSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let call = Call { settings, phone: phone(delivery)? };
    match &delivery.order {
        Order::Message { message, class, .. } => {
            let body = agent_message(message, *class, ttl(delivery.deadline, now))?;
            Ok(call.request("POST", &format!("agentMessages?messageId={}&", message.id.hyphenated()), Some(&body)))
        }
        Order::Revoke { message } => {
            Ok(call.request("DELETE", &format!("agentMessages/{}?", message.hyphenated()), None))
        }
        Order::Typing => Ok(call.event(delivery, &json!({ "eventType": "IS_TYPING" }))),
        Order::Read { messages } => {
            let last = messages.last().ok_or_else(SendOutcome::silent)?;
            Ok(call.event(delivery, &json!({ "eventType": "READ", "messageId": last.hyphenated() })))
        }
        Order::Notice(_) | Order::Closed => Err(SendOutcome::silent()),
        Order::Connected { .. } | Order::Assigned { .. } | Order::Left { .. } | Order::Refused { .. } => {
            Err(SendOutcome::rejected("an order for a workspace or bot was addressed to an RBM channel"))
        }
    }
}

/// Reads Google's answer.
///
/// A send: 404 is a device without RCS, 400 a feature that the device or the platform refuses; neither arrived. 409
/// (ALREADY_EXISTS) can only be our own earlier try, so the message is with Google. A revoke: 200 is no proof that the
/// message is gone and 404 none that it arrived (Google documents it two ways); both are reported, a timer decides.
pub(crate) fn answered(delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    match (&delivery.order, response.status) {
        (Order::Revoke { .. }, 200..=299) => SendOutcome::Done(vec![Report::RevokeAnswered { revoked: true }]),
        (Order::Revoke { .. }, 404) => SendOutcome::Done(vec![Report::RevokeAnswered { revoked: false }]),
        (Order::Message { .. }, 200..=299 | 409) => SendOutcome::sent(Dialect::Rbm, None),
        (Order::Message { .. }, 400) => SendOutcome::not_reachable("RBM refused the message (INVALID_ARGUMENT)"),
        (Order::Message { .. }, 404) => SendOutcome::not_reachable("RBM does not reach this number (NOT_FOUND)"),
        _ => SendOutcome::of_status(response).unwrap_or_else(SendOutcome::silent),
    }
}

/// The parts that all calls for one number share.
struct Call<'a> {
    settings: &'a RbmSettings,
    phone: &'a str,
}

impl Call<'_> {
    /// `what` is the rest of the path with its query, up to where `agentId` follows. The `+` of the number stays as it
    /// is, as Google's own clients write it.
    fn request(&self, method: &'static str, what: &str, body: Option<&Value>) -> ProviderRequest {
        let base = self.settings.base_url.trim_end_matches('/');
        let agent = percent_encoded(&self.settings.agent_id);
        let mut headers = vec![("authorization", bearer(self.settings.token.expose_secret()))];
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        ProviderRequest {
            method,
            url: format!("{base}/v1/phones/{}/{what}agentId={agent}", self.phone),
            headers,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        }
    }

    /// An event of the agent; its id follows from the delivery, so a retry is recognised.
    fn event(&self, delivery: &Delivery, body: &Value) -> ProviderRequest {
        self.request("POST", &format!("agentEvents?eventId={}&", delivery.id.hyphenated()), Some(body))
    }
}

/// The visitor's number as it may stand in a path.
fn phone(delivery: &Delivery) -> Result<&str, SendOutcome> {
    let DeliveryTarget::Channel { visitor, .. } = &delivery.target else {
        return Err(SendOutcome::rejected("RBM carries only what goes to the visitor's own channel"));
    };
    PhoneNumber::parse(visitor.as_str())
        .map(|_| visitor.as_str())
        .map_err(|_| SendOutcome::not_reachable("the visitor's name is not a phone number in E.164 form"))
}

/// What is left until the deadline, at most what Google allows, which also holds where there is no deadline.
fn ttl(deadline: Option<Timestamp>, now: Timestamp) -> Duration {
    deadline.map_or(TTL_MAX, |deadline| deadline.since(now).min(TTL_MAX))
}

/// A protobuf Duration as JSON writes it: seconds with no or three decimals, then `s`.
fn duration_text(span: Duration) -> String {
    match span.subsec_millis() {
        0 => format!("{}s", span.as_secs()),
        ms => format!("{}.{ms:03}s", span.as_secs()),
    }
}

fn agent_message(message: &Message, class: Class, ttl: Duration) -> Result<Value, SendOutcome> {
    Ok(json!({
        "contentMessage": content_message(&message.content)?,
        "messageTrafficType": traffic_type(class),
        "ttl": duration_text(ttl),
    }))
}

fn content_message(content: &Content) -> Result<Value, SendOutcome> {
    match content {
        Content::Text(text) => {
            check_text(Dialect::Rbm, text.as_str())?;
            Ok(json!({ "text": text.as_str() }))
        }
        Content::Media { location, .. } if location.as_str().starts_with("https://") => {
            Ok(json!({ "contentInfo": { "fileUrl": location.as_str() } }))
        }
        Content::Media { .. } => Err(SendOutcome::not_reachable("RBM takes files by https URL only")),
        Content::Card { .. } | Content::Menu { .. } | Content::Location { .. } | Content::Suggestion { .. } | Content::Opaque { .. } => {
            Err(SendOutcome::not_reachable("RBM carries text and files; this message is neither"))
        }
    }
}

/// MessageTrafficType of the API.
const fn traffic_type(class: Class) -> &'static str {
    match class {
        Class::Authentication => "AUTHENTICATION",
        Class::Transaction => "TRANSACTION",
        Class::Promotion => "PROMOTION",
        Class::Service => "SERVICEREQUEST",
    }
}

#[cfg(test)]
mod tests;
