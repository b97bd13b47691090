//! Orders for the tests of the lanes.

#![allow(dead_code, reason = "each test file uses its part")]

use usher_delivery_core::{FinishedBeyond, Lanes, Limits};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{
    AccountId, AgentId, BotId, Class, Content, ConversationId, Delivery, DeliveryId, DeskId, Dialect, Message,
    MessageId, Party, PhoneNumber, TenantId, Timestamp, VisitorId,
};

/// The instant at which most tests begin.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// An instant `ms` after [`NOW`].
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + ms)
}

/// Lanes that begin at offset 0, as the first start ever.
pub(crate) fn lanes() -> Lanes {
    Lanes::resume(0, &FinishedBeyond::default(), Limits::default())
}

/// A message of `conversation` to its channel, the `n`th.
pub(crate) fn message(conversation: u128, n: u64, dialect: Dialect) -> Delivery {
    let id = MessageId::derive(&[&conversation.to_be_bytes(), &n.to_be_bytes()]);
    let message = Message { id, from: Party::Tenant, content: Content::text("hello"), ext: None, via: None };
    let target = DeliveryTarget::Channel { dialect, visitor: VisitorId::new("visitor") };
    order(conversation, DeliveryId::from(id), target, Order::Message { message, class: Class::Service, visitor: None })
}

/// The same message as the SMS sent instead.
pub(crate) fn fallback(conversation: u128, n: u64) -> Delivery {
    let to = PhoneNumber::parse("+8613500000000").unwrap();
    let target = DeliveryTarget::Sms { account: AccountId::new("sms"), to };
    let mut delivery = Delivery { target, ..message(conversation, n, Dialect::Rbm) };
    delivery.id = DeliveryId::derive(&[b"sms", &delivery.id.bits().to_be_bytes()]);
    delivery
}

/// The revoke of the `n`th message.
pub(crate) fn revoke(conversation: u128, n: u64) -> Delivery {
    let sent = message(conversation, n, Dialect::Rbm);
    let Order::Message { message, .. } = &sent.order else { unreachable!("made above") };
    let id = DeliveryId::derive(&[b"revoke", &message.id.bits().to_be_bytes()]);
    Delivery { id, order: Order::Revoke { message: message.id }, ..sent.clone() }
}

/// An order to the workspace, for one agent.
pub(crate) fn to_workspace(conversation: u128, n: u64, agent: &str) -> Delivery {
    let id = DeliveryId::derive(&[b"workspace", &conversation.to_be_bytes(), &n.to_be_bytes()]);
    let target = DeliveryTarget::Workspace { desk: DeskId::new("desk"), agent: Some(AgentId::new(agent)) };
    order(conversation, id, target, Order::Closed)
}

/// An order to the bot.
pub(crate) fn to_bot(conversation: u128, n: u64) -> Delivery {
    let id = DeliveryId::derive(&[b"bot", &conversation.to_be_bytes(), &n.to_be_bytes()]);
    order(conversation, id, DeliveryTarget::Bot(BotId::new("bot")), Order::Closed)
}

fn order(conversation: u128, id: DeliveryId, target: DeliveryTarget, order: Order) -> Delivery {
    Delivery {
        id,
        tenant: TenantId::new("tenant"),
        account: AccountId::new("account"),
        conversation: Some(ConversationId::from_bits(conversation)),
        session: None,
        target,
        order,
        deadline: None,
    }
}
