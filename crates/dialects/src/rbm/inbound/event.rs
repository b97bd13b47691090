//! Which event it is, whose, and by which key its repeat is recognised.

use usher_domain::content::Private;
use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::receipt::{Leg, Report};
use usher_domain::{ConversationId, ConversationInput, MessageId, Receipt, VisitorId};

use super::{Webhook, user};
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, id};
use crate::inbound::time;

/// Reads an event of the user or of the platform, or a message of the user.
pub(super) fn read(webhook: &Webhook<'_>, fields: &Fields<'_>) -> Result<ConversationInput, Condition> {
    let visitor = visitor(fields)?;
    let (kind, act) = match fields.filled_text("eventType")? {
        None => ("message", user::message(fields)?),
        Some("DELIVERED") => ("DELIVERED", receipt(webhook, fields, Report::Delivered)?),
        Some("READ") => ("READ", receipt(webhook, fields, Report::Read)?),
        Some("TTL_EXPIRATION_REVOKED") => ("TTL_EXPIRATION_REVOKED", receipt(webhook, fields, Report::TtlRevoked)?),
        Some("TTL_EXPIRATION_REVOKE_FAILED") => {
            ("TTL_EXPIRATION_REVOKE_FAILED", receipt(webhook, fields, Report::TtlRevokeFailed)?)
        }
        Some("IS_TYPING") => ("IS_TYPING", Act::Visitor(VisitorAct::Typing)),
        Some("UNSUBSCRIBE") => ("UNSUBSCRIBE", Act::Visitor(VisitorAct::Subscription { opted_out: true })),
        Some("SUBSCRIBE") => ("SUBSCRIBE", Act::Visitor(VisitorAct::Subscription { opted_out: false })),
        Some(_) => return Err(fields.wrong("eventType", "is none that this version knows")),
    };
    let repeat = repeat_key(fields, kind)?;
    let is_message = kind == "message";
    let named = if is_message { fields.filled_text("messageId")?.map(Private::from) } else { None };
    let ext = if is_message { user::beside(fields) } else { None };
    let account = webhook.account.clone();
    let conversation = ConversationId::of(&account.tenant, &account.account, &visitor);
    let tenant = account.tenant.clone();
    let act = match act {
        Act::Receipt(receipt) => ConversationAct::Receipt(receipt),
        Act::Visitor(act) => ConversationAct::Visitor(Box::new(VisitorInput {
            account,
            visitor,
            profile: Profile::default(),
            ext,
            ack: None,
            named,
            act,
        })),
    };
    Ok(ConversationInput { tenant, id: webhook.input_id(conversation, repeat, kind), conversation, act })
}

/// Whose doing an event is.
pub(super) enum Act {
    /// A report on a message of ours.
    Receipt(Receipt),
    /// Something the user does.
    Visitor(VisitorAct),
}

/// The user: `senderPhoneNumber` in their own events, `phoneNumber` in the platform's; both at once is nobody's form.
fn visitor(fields: &Fields<'_>) -> Result<VisitorId, Condition> {
    match (fields.text("senderPhoneNumber")?, fields.text("phoneNumber")?) {
        (Some(_), Some(_)) => Err(fields.wrong("phoneNumber", "stands beside senderPhoneNumber; only one may")),
        (Some(number), None) => limits::phone("senderPhoneNumber", number),
        (None, Some(number)) => limits::phone("phoneNumber", number),
        (None, None) => Err(fields.wrong("senderPhoneNumber", "is missing")),
    }
    .map(|number| VisitorId::new(number.as_str()))
}

/// `messageId` for a message of the user, `eventId` for events; the vendor's own sample of a message has only the latter.
fn repeat_key<'a>(fields: &Fields<'a>, kind: &str) -> Result<Option<&'a str>, Condition> {
    let name = if kind == "message" && fields.value("messageId").is_some() { "messageId" } else { "eventId" };
    fields.filled_text(name)?.map(|text| id(name, text)).transpose()
}

/// A report on a message of ours. An id that usher never gives out is refused, so the letter is kept and seen.
fn receipt(webhook: &Webhook<'_>, fields: &Fields<'_>, report: Report) -> Result<Act, Condition> {
    let text = fields.needed_text("messageId")?;
    let parsed: Option<MessageId> = text.parse().ok();
    let ours = parsed.filter(|id| MessageId::from_bits(id.bits()) == *id);
    let message = ours.ok_or_else(|| fields.wrong("messageId", "is none of ours"))?;
    let reported_at = fields.text("sendTime")?.and_then(time::rfc3339);
    let account = Some(webhook.account.account.clone());
    Ok(Act::Receipt(Receipt { message, leg: Leg::Channel, account, report, reported_at }))
}
