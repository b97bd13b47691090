//! sms: delivery → what the account's provider is sent; each provider speaks in its own folder.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::Leg;
use usher_domain::{AccountId, ConversationId, Delivery, Timestamp};

use super::{aliyun, twilio};
use crate::accounts::SmsSettings;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome};

/// The first step of an attempt; `account` is the SMS account's name.
pub(crate) fn plan(
    delivery: &Delivery,
    account: &AccountId,
    settings: &SmsSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    match settings {
        SmsSettings::Aliyun(settings) => aliyun::outbound::plan(delivery, settings, now),
        SmsSettings::Twilio(settings) => twilio::outbound::plan(delivery, account, settings, now),
        SmsSettings::Smpp(_) => Err(SendOutcome::rejected("an SMSC is spoken to by SMPP, not by HTTP")),
    }
}

/// What the provider's answer means.
pub(crate) fn answered(delivery: &Delivery, settings: &SmsSettings, response: &ProviderResponse) -> SendOutcome {
    match settings {
        SmsSettings::Aliyun(_) => aliyun::outbound::answered(delivery, response),
        SmsSettings::Twilio(_) => twilio::outbound::answered(delivery, response),
        SmsSettings::Smpp(_) => SendOutcome::rejected("an SMSC is spoken to by SMPP, not by HTTP"),
    }
}

/// Orders that are no message: some never become an SMS, the others are addressed wrongly.
pub(super) fn unsent<T>(order: &Order) -> Result<T, SendOutcome> {
    Err(match order {
        Order::Notice(_) | Order::Typing | Order::Read { .. } | Order::Closed => SendOutcome::silent(),
        Order::Revoke { .. } => SendOutcome::rejected("an SMS can not be taken back"),
        _ => SendOutcome::rejected("an order for a workspace or bot was addressed to an SMS account"),
    })
}

/// Whose message goes out, and which copy of it: what a provider's report is led back by.
pub(super) fn reported_as(delivery: &Delivery) -> Result<(ConversationId, Leg), SendOutcome> {
    let conversation =
        delivery.conversation.ok_or_else(|| SendOutcome::rejected("a message without conversation can not be sent"))?;
    Ok((conversation, delivery.target.leg().ok_or_else(no_phone)?))
}

/// The number that an SMS goes to.
pub(super) fn recipient(delivery: &Delivery) -> Result<&str, SendOutcome> {
    match &delivery.target {
        DeliveryTarget::Sms { to, .. } => Ok(to.as_str()),
        DeliveryTarget::Channel { visitor, .. } => Ok(visitor.as_str()),
        DeliveryTarget::Bot(_) | DeliveryTarget::Workspace { .. } => Err(no_phone()),
    }
}

fn no_phone() -> SendOutcome {
    SendOutcome::rejected("an SMS goes to a phone only")
}
