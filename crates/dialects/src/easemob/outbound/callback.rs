//! What goes to the tenant's own server instead of IM, on an account with a REST channel's callback address: a signed
//! `POST` of the message as the vendor's page shows it, `msg` and `ext`. That the vendor sends this layout is not
//! confirmed; its page only says that replies are forwarded to this address.

use serde_json::json;
use usher_domain::{Delivery, Timestamp, VisitorId};

use super::said::Said;
use crate::accounts::{EasemobSettings, RestChannel};
use crate::easemob::hmac;
use crate::outbound::{ProviderRequest, path_and_query};

/// How long a call's signature counts, in milliseconds: for one attempt and a slow clock.
const EXPIRES_MS: i64 = 10 * 60 * 1_000;

/// The call that brings a message.
pub(super) fn request(
    (delivery, visitor): (&Delivery, &VisitorId),
    said: Said,
    (channel, url): (&RestChannel, &str),
    settings: &EasemobSettings,
    now: Timestamp,
) -> ProviderRequest {
    let Said { kind, body: mut msg, ext } = said;
    msg["type"] = json!(kind);
    let sent = json!({
        "msg_id": delivery.id.to_string(), "from": settings.user, "to": visitor.as_str(), "msg": msg, "ext": ext,
        "timestamp": now.millis(),
    });
    let body = sent.to_string().into_bytes();
    let expires = (now.millis() + EXPIRES_MS).to_string();
    let signature = hmac::sign(&channel.client_secret, "POST", &path_and_query(url).0, &expires, &body);
    ProviderRequest {
        method: "POST",
        url: url.to_owned(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("x-auth-expires", expires),
            ("authorization", format!("hmac {}:{signature}", channel.client_id)),
        ],
        body,
        grant: None,
    }
}
