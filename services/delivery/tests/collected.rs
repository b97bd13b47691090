//! Orders of a channel whose clients collect: they go to the mailbox, in the transaction of their receipt.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::NOW;
use common::orders::message;
use common::stage::Stage;
use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::Report;
use usher_domain::{Body, Delivery, Dialect, MailboxAct, MessageId, VisitorId};

fn polled(order: Delivery) -> Delivery {
    let target = DeliveryTarget::Channel { dialect: Dialect::Huawei, visitor: VisitorId::new("wx-1") };
    Delivery { target, ..order }
}

#[test]
fn a_collected_message_is_sent_and_put_in_by_one_transaction() {
    let mut stage = Stage::new();
    let mut delivery = polled(message("polled", 1, 0));
    delivery.deadline = Some(NOW.plus(std::time::Duration::from_secs(60)));
    let offset = stage.order(&delivery);
    let bodies = stage.ended(offset);
    let [Body::Conversation(told), Body::Mailbox(input)] = bodies.as_slice() else { panic!("{bodies:?}") };
    let ConversationAct::Receipt(receipt) = &told.act else { panic!("{told:?}") };
    assert_eq!(receipt.report, Report::Sent { provider_id: None }, "only the mailbox knows whether it arrives");
    assert_eq!((input.tenant.as_str(), input.account.as_str(), input.visitor.as_str()), ("tenant", "polled", "wx-1"));
    let MailboxAct::Put(held) = &input.act else { panic!("{input:?}") };
    assert_eq!((held.delivery, Some(held.expires_at)), (delivery.id, delivery.deadline));
    assert_eq!(held.message.map(MessageId::bits), Some(delivery.id.bits()));
}

#[test]
fn a_revoke_of_a_collected_message_is_answered_by_the_mailbox_alone() {
    let mut stage = Stage::new();
    let message_id = MessageId::from_bits(7);
    let order = Order::Revoke { message: message_id };
    let offset = stage.order(&Delivery { order, ..polled(message("polled", 1, 0)) });
    let bodies = stage.ended(offset);
    let [Body::Mailbox(input)] = bodies.as_slice() else { panic!("{bodies:?}") };
    assert!(matches!(input.act, MailboxAct::Withdraw { message, .. } if message == message_id), "{input:?}");
}
