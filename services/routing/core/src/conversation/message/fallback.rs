//! The SMS sent instead of a message: to which number, with which words, and when there can be none.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Outcome, OutcomeReason};
use usher_domain::state::conversation::{Instead, OpenMessage};
use usher_domain::{Content, Delivery, DeliveryId, Message, MessageId, Party, PhoneNumber};

use super::Saying;
use crate::conversation::linked;
use crate::conversation::out::Out;

/// What an SMS would need, looked up while everything is at hand; `None` when fallback is off.
pub(super) fn prepare(saying: &Saying<'_>) -> Option<Instead> {
    let fallback = saying.terms.fallback.as_ref()?;
    let named_by_phone = || {
        let is_number = saying.account.dialect.names_are_phone_numbers();
        is_number.then(|| PhoneNumber::parse(saying.visitor.as_str()).ok()).flatten()
    };
    Some(Instead {
        account: fallback.account.clone(),
        to: fallback.to.clone().or_else(named_by_phone).or_else(|| saying.phone.cloned()),
        text: saying.content.as_sms_text(),
        ttl: fallback.ttl,
        origin: Some(saying.account.clone()),
    })
}

/// Orders the SMS, or says how the message ends without one, and why.
pub(super) fn send(
    message: &OpenMessage,
    id: MessageId,
    opted_out: bool,
    out: &mut Out<'_>,
) -> Result<(), (Outcome, OutcomeReason)> {
    if opted_out {
        return Err((Outcome::Suppressed, OutcomeReason::OptedOut));
    }
    let instead = message.instead.as_ref().ok_or((Outcome::Suppressed, OutcomeReason::FallbackOff))?;
    let to = instead.to.clone().ok_or((Outcome::Failed, OutcomeReason::NoNumber))?;
    let text = instead.text.clone().ok_or((Outcome::Failed, OutcomeReason::NoText))?;
    let sms = Message { id, from: Party::System, content: Content::Text(text), ext: None, via: None };
    out.deliver_as(Delivery {
        // From the message alone: whatever made it fall back, it is the same SMS.
        id: DeliveryId::derive(&[&id.bits().to_be_bytes(), b"sms"]),
        tenant: message.tenant.clone(),
        account: message.account.clone(),
        conversation: Some(out.conversation),
        session: message.session,
        target: DeliveryTarget::Sms { account: instead.account.clone(), to: to.clone() },
        order: Order::Message { message: sms, class: message.class, visitor: None },
        deadline: Some(out.now.plus(instead.ttl)),
    });
    linked::tell(message, id, instead, &to, out);
    Ok(())
}
