//! aliyun: delivery → what the customer's client collects from its stream: `{"type","text","sessionId","aiAgentId",
//! "messageId"}`. Nothing is sent; it waits until the client says that it has shown it, or until its deadline.
//!
//! The vendor's clients know messages of one string and nothing else, so typing, notices and reads are not for them. What
//! is no text goes out as the words of it; of a file its address.

use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{Content, Delivery, Dialect, Held, MailboxAct, Message, Timestamp};

use crate::outbound::limits::check_text;
use crate::outbound::{Next, ProviderResponse, SendOutcome, held, withdrawn};

/// The type of a message whose sender named none: an agent's, or one by the native API.
const USUAL_TYPE: &str = "custom";

/// The first step of one attempt.
pub(crate) fn plan(delivery: &Delivery, now: Timestamp) -> Next {
    hold(delivery, now).map_or_else(Next::Done, |act| Next::Hold(Box::new(act)))
}

fn hold(delivery: &Delivery, now: Timestamp) -> Result<MailboxAct, SendOutcome> {
    if !matches!(delivery.target, DeliveryTarget::Channel { .. }) {
        return Err(SendOutcome::rejected("a stream is the visitor's own channel only"));
    }
    if let Some(withdrawn) = withdrawn(delivery) {
        return Ok(withdrawn);
    }
    let Order::Message { message, .. } = &delivery.order else { return Err(SendOutcome::silent()) };
    let beside = beside(message);
    let payload = json!({
        "type": beside["type"].as_str().unwrap_or(USUAL_TYPE),
        "text": text(&message.content)?,
        "sessionId": beside["sessionId"],
        "aiAgentId": beside["aiAgentId"],
        "messageId": message.id.to_string(),
    });
    let only_if_connected = beside["mode"] == "online";
    Ok(MailboxAct::Put(Held { only_if_connected, ..held(delivery, now, payload.to_string()) }))
}

/// What `SendMessageChatText` said beside the text; null for a message that came by another way.
fn beside(message: &Message) -> Value {
    let ext = message.ext.as_ref().and_then(|ext| serde_json::from_str::<Value>(ext.as_str()).ok());
    ext.map(|mut ext| ext["aliyun"].take()).unwrap_or_default()
}

fn text(content: &Content) -> Result<String, SendOutcome> {
    let said = match content {
        Content::Media { location, .. } => Some(location.clone()),
        other => other.as_sms_text(),
    };
    let said = said.ok_or_else(|| SendOutcome::not_reachable("this kind of content can not go out by aliyun"))?;
    check_text(Dialect::Aliyun, said.as_str())?;
    Ok(said.as_str().to_owned())
}

/// Nothing is sent, so no answer can come.
pub(crate) fn answered(_: &Delivery, _: &ProviderResponse) -> SendOutcome {
    SendOutcome::rejected("an answer came although nothing is sent to clients of aliyun")
}

#[cfg(test)]
mod tests;
