//! rbm: delivery → calls of the RCS Business Messaging API (REST v1): `agentMessages.create`, its revoke by DELETE,
//! `agentEvents` for typing and read, and the question what a device can do.
//!
//! Google ignores a `messageId` that it has seen, so each retry names the same one: ours, as a UUID. A message always
//! has a `ttl`, because how long Google keeps one without is documented two ways (30 and 31 days). Notices of the queue
//! are not sent: each would be a message of its own on the visitor's phone.

mod content;
mod device;
mod suggestion;
mod token;

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::content::Private;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::Report;
use usher_domain::{Class, Delivery, DeliveryId, Dialect, PhoneNumber, Timestamp};

use crate::accounts::RbmSettings;
use crate::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, bearer, percent_encoded};
use device::Device;
pub(crate) use token::is_signing_key;

/// The longest that Google keeps a message: 15 days after submission.
const TTL_MAX: Duration = Duration::from_secs(15 * 24 * 3_600);

/// The first call of a delivery.
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &RbmSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let call = Call { settings, phone: phone(delivery)? };
    match &delivery.order {
        Order::Message { .. } => {
            let create = call.create(delivery, &Device::able(), now)?;
            Ok(if settings.check_capabilities { call.question(delivery) } else { create })
        }
        Order::Revoke { message } => {
            Ok(call.request("DELETE", &format!("agentMessages/{}?", message.hyphenated()), None))
        }
        Order::Typing => Ok(call.event(delivery.id, &json!({ "eventType": "IS_TYPING" }))),
        Order::Read { named, .. } => call.read(delivery, named, 0).ok_or_else(SendOutcome::silent),
        Order::Notice(_) | Order::Closed => Err(SendOutcome::silent()),
        Order::Connected { .. }
        | Order::Assigned { .. }
        | Order::Offered(_)
        | Order::OfferWithdrawn { .. }
        | Order::MessageLeft { .. }
        | Order::Consulted { .. }
        | Order::ConsultEnded { .. }
        | Order::Whisper { .. }
        | Order::Left { .. }
        | Order::Profile(_)
        | Order::Survey { .. }
        | Order::Ack { .. }
        | Order::Refused { .. } => {
            Err(SendOutcome::rejected("an order for a workspace or bot was addressed to an RBM channel"))
        }
    }
}

/// Reads Google's answer to call number `step`.
///
/// A send: 404 is a device without RCS, 400 a feature that the device or the platform refuses; neither arrived. 409
/// (ALREADY_EXISTS) can only be our own earlier try, so the message is with Google. A revoke: 200 is no proof that the
/// message is gone and 404 none that it arrived (Google documents it two ways); both are reported, a timer decides.
pub(crate) fn answered(
    delivery: &Delivery,
    settings: &RbmSettings,
    now: Timestamp,
    step: usize,
    response: &ProviderResponse,
) -> Next {
    match (&delivery.order, response.status) {
        (Order::Message { .. }, _) if settings.check_capabilities && step == 1 => next(
            device::answered(response)
                .and_then(|device| Call { settings, phone: phone(delivery)? }.create(delivery, &device, now)),
        ),
        (Order::Read { named, .. }, 200..=299) if step < named.len() => {
            let more = phone(delivery).map(|phone| Call { settings, phone }.read(delivery, named, step));
            next(more.and_then(|more| more.ok_or_else(SendOutcome::silent)))
        }
        (order, status) => Next::Done(ended(order, status, response)),
    }
}

fn next(planned: Result<ProviderRequest, SendOutcome>) -> Next {
    planned.map_or_else(Next::Done, Next::Request)
}

fn ended(order: &Order, status: u16, response: &ProviderResponse) -> SendOutcome {
    match (order, status) {
        (Order::Revoke { .. }, 200..=299) => SendOutcome::Done(vec![Report::RevokeAnswered { revoked: true }]),
        (Order::Revoke { .. }, 404) => SendOutcome::Done(vec![Report::RevokeAnswered { revoked: false }]),
        (Order::Message { .. }, 200..=299 | 409) => SendOutcome::sent(Dialect::Rbm, None),
        (Order::Message { .. }, 400) => SendOutcome::never_reached("RBM refused the message (INVALID_ARGUMENT)"),
        (Order::Message { .. }, 404) => SendOutcome::never_reached("RBM does not reach this number (NOT_FOUND)"),
        _ => SendOutcome::of_status(response).unwrap_or_else(SendOutcome::silent),
    }
}

/// The parts that all calls for one number share.
struct Call<'a> {
    settings: &'a RbmSettings,
    phone: &'a str,
}

impl Call<'_> {
    /// The send of a message to a device that can do as much.
    fn create(&self, delivery: &Delivery, device: &Device, now: Timestamp) -> Result<ProviderRequest, SendOutcome> {
        let Order::Message { message, class, .. } = &delivery.order else {
            return Err(SendOutcome::rejected("only a message is sent as one"));
        };
        let body = json!({
            "contentMessage": content::of(&message.content, device, &self.settings.labels)?,
            "messageTrafficType": traffic_type(*class),
            "ttl": duration_text(ttl(delivery.deadline, now)),
        });
        Ok(self.request("POST", &format!("agentMessages?messageId={}&", message.id.hyphenated()), Some(&body)))
    }

    /// The question what the device can do; answered from the network, so it has an id of its own.
    fn question(&self, delivery: &Delivery) -> ProviderRequest {
        self.request("GET", &format!("capabilities?requestId={}&", delivery.id.hyphenated()), None)
    }

    /// The event that message number `at`, by Google's own name, was read; if there is such a message. Each has its own id,
    /// which follows from the delivery, so that a retry is recognised.
    fn read(&self, delivery: &Delivery, named: &[Private], at: usize) -> Option<ProviderRequest> {
        let message = named.get(at)?;
        let id = DeliveryId::derive(&[&delivery.id.bits().to_be_bytes(), message.as_str().as_bytes()]);
        Some(self.event(id, &json!({ "eventType": "READ", "messageId": message.as_str() })))
    }

    /// An event of the agent.
    fn event(&self, id: DeliveryId, body: &Value) -> ProviderRequest {
        self.request("POST", &format!("agentEvents?eventId={}&", id.hyphenated()), Some(body))
    }

    /// `what` is the rest of the path with its query, up to where `agentId` follows. The `+` of the number stays as it
    /// is, as Google's own clients write it.
    fn request(&self, method: &'static str, what: &str, body: Option<&Value>) -> ProviderRequest {
        let base = self.settings.base_url.trim_end_matches('/');
        let agent = percent_encoded(&self.settings.agent_id);
        let token = self.settings.token.as_ref().map(|token| ("authorization", bearer(token.expose_secret())));
        let kind = body.map(|_| ("content-type", "application/json".to_owned()));
        ProviderRequest {
            method,
            url: format!("{base}/v1/phones/{}/{what}agentId={agent}", self.phone),
            headers: token.into_iter().chain(kind).collect(),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            grant: self.settings.service_account.as_ref().map(token::grant),
        }
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
