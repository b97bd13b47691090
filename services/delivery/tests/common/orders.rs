//! Orders, as the cores of routing write them.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{
    AccountId, Body, BotId, Class, Content, ConversationId, Delivery, DeliveryId, DeskId, Dialect, Envelope, Message,
    MessageId, Party, PhoneNumber, TenantId, VisitorId,
};

/// The bytes of an order's record.
pub(crate) fn bytes_of(delivery: &Delivery) -> Vec<u8> {
    let body = Body::Delivery(Box::new(delivery.clone()));
    usher_proto::encode(&Envelope { cause: None, traceparent: Some(TRACE.to_owned()), body })
}

/// The trace that all orders belong to.
pub(crate) const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The `n`th message of a conversation to its native channel.
pub(crate) fn message(account: &str, conversation: u128, n: u64) -> Delivery {
    let id = MessageId::derive(&[&conversation.to_be_bytes(), &n.to_be_bytes()]);
    let message = Message { id, from: Party::Tenant, content: Content::text("hello"), ext: None, via: None };
    let dialect = if account.starts_with("rbm") { Dialect::Rbm } else { Dialect::Native };
    Delivery {
        id: DeliveryId::from(id),
        tenant: TenantId::new("tenant"),
        account: AccountId::new(account),
        conversation: Some(ConversationId::from_bits(conversation)),
        session: None,
        target: DeliveryTarget::Channel { dialect, visitor: VisitorId::new("+8613500000000") },
        order: Order::Message { message, class: Class::Service, visitor: None },
        deadline: None,
    }
}

/// The same message as an SMS.
pub(crate) fn fallback(conversation: u128, n: u64) -> Delivery {
    let to = PhoneNumber::parse("+8613500000000").unwrap();
    Delivery { target: DeliveryTarget::Sms { account: AccountId::new("sms"), to }, ..message("rbm", conversation, n) }
}

/// An order to the workspace.
pub(crate) fn to_workspace(conversation: u128, n: u64) -> Delivery {
    let target = DeliveryTarget::Workspace { desk: DeskId::new("desk"), agent: None };
    let visitor = VisitorId::new("visitor");
    let order = match message("native", conversation, n).order {
        Order::Message { message, class, .. } => Order::Message { message, class, visitor: Some(visitor) },
        other => other,
    };
    Delivery { target, order, ..message("native", conversation, n) }
}

/// An order to a bot.
pub(crate) fn to_bot(bot: &str, conversation: u128) -> Delivery {
    let id = DeliveryId::derive(&[b"bot", &conversation.to_be_bytes()]);
    let order = Order::Connected { visitor: VisitorId::new("visitor"), context: None };
    Delivery { id, target: DeliveryTarget::Bot(BotId::new(bot)), order, ..message("native", conversation, 0) }
}
