//! What waits to be collected: orders of a channel whose clients come for what is theirs. How long each kind waits is
//! said here, once for all such channels.

use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::delivery::{Notice, Order};
use usher_domain::mailbox::HELD_WITHOUT_DEADLINE;
use usher_domain::{Delivery, Held, MailboxAct, Timestamp};

/// How long a notice waits, and the end of a session: somebody who comes later asks anew.
pub const NOTICE_HELD: Duration = Duration::from_secs(10 * 60);
/// How long "is writing" is true; it waits for nobody who is not there.
pub const TYPING_HELD: Duration = Duration::from_secs(10);

/// What is put in for an order that the dialect has written as `payload`: JSON on one line. `now` is delivery's clock. The
/// caller adds what only it knows: [`Held::release`], [`Held::only_if_connected`] where the sender asked for it.
pub fn held(delivery: &Delivery, now: Timestamp, payload: impl Into<Private>) -> Held {
    let (message, span) = match &delivery.order {
        Order::Message { message, .. } => (Some(message.id), HELD_WITHOUT_DEADLINE),
        Order::Typing => (None, TYPING_HELD),
        _ => (None, NOTICE_HELD),
    };
    Held {
        delivery: delivery.id,
        message,
        payload: payload.into(),
        expires_at: delivery.deadline.unwrap_or_else(|| now.plus(span)),
        only_if_connected: matches!(delivery.order, Order::Typing),
        release: None,
        ends_watch: matches!(delivery.order, Order::Closed | Order::Notice(Notice::Closed { .. })),
    }
}

/// What takes a message back, when that is the order.
pub fn withdrawn(delivery: &Delivery) -> Option<MailboxAct> {
    match delivery.order {
        Order::Revoke { message } => Some(MailboxAct::Withdraw { delivery: delivery.id, message }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::rows::{NOW, message, message_id, to_channel};
    use usher_domain::{Content, Dialect};

    fn held_for(order: Order) -> Held {
        held(&to_channel("cec", Dialect::Huawei, order), NOW, "{}")
    }

    #[test]
    fn a_message_waits_until_its_deadline_or_for_a_day() {
        let mut delivery = to_channel("cec", Dialect::Huawei, message(Content::text("Hi")));
        let deadline = NOW.plus(Duration::from_secs(60));
        delivery.deadline = Some(deadline);
        assert_eq!(held(&delivery, NOW, "{}").expires_at, deadline);
        delivery.deadline = None;
        let held = held(&delivery, NOW, "{}");
        assert_eq!((held.message, held.expires_at), (Some(message_id()), NOW.plus(HELD_WITHOUT_DEADLINE)));
    }

    #[test]
    fn typing_waits_for_nobody_and_a_notice_not_for_long() {
        let typing = held_for(Order::Typing);
        assert!(typing.only_if_connected && typing.expires_at == NOW.plus(TYPING_HELD));
        let notice = held_for(Order::Notice(Notice::Transferred { target: usher_domain::Target::default() }));
        assert_eq!((notice.message, notice.expires_at), (None, NOW.plus(NOTICE_HELD)));
    }

    #[test]
    fn a_revoke_withdraws_its_message() {
        let revoke = to_channel("cec", Dialect::Huawei, Order::Revoke { message: message_id() });
        let expected = MailboxAct::Withdraw { delivery: revoke.id, message: message_id() };
        assert_eq!(withdrawn(&revoke), Some(expected));
        assert_eq!(withdrawn(&to_channel("cec", Dialect::Huawei, Order::Typing)), None);
    }
}
