//! Inputs and owners of mailboxes.

use proptest::option::of;
use proptest::prelude::*;
use usher_domain::mailbox::Release;
use usher_domain::{ConnectionId, Held, MailboxAct, MailboxInput, MailboxOwner};

use super::base::{account_id, delivery_id, id_text, message_id, private, span, tenant, timestamp, visitor};
use super::conversation::account;

/// Any input of a mailbox.
pub fn mailbox_input() -> BoxedStrategy<MailboxInput> {
    let act = prop_oneof![
        held().prop_map(MailboxAct::Put),
        (delivery_id(), message_id()).prop_map(|(delivery, message)| MailboxAct::Withdraw { delivery, message }),
        (connection_id(), span()).prop_map(|(connection, lease)| MailboxAct::Seen { connection, lease }),
        (connection_id(), span()).prop_map(|(connection, lease)| MailboxAct::Polled { connection, lease }),
        any::<(i64, Vec<i64>)>().prop_map(|(up_to, sent)| MailboxAct::Told { up_to, sent }),
        connection_id().prop_map(|connection| MailboxAct::Closed { connection }),
        any::<(i64, Vec<i64>, Option<i64>)>().prop_map(|(up_to, sent, after)| MailboxAct::Acked { up_to, sent, after }),
    ];
    (tenant(), account_id(), visitor(), act)
        .prop_map(|(tenant, account, visitor, act)| MailboxInput { tenant, account, visitor, act })
        .boxed()
}

pub(super) fn owner() -> BoxedStrategy<MailboxOwner> {
    (any::<i32>(), id_text()).prop_map(|(partition, address)| MailboxOwner { partition, address }).boxed()
}

fn connection_id() -> impl Strategy<Value = ConnectionId> {
    any::<u128>().prop_map(ConnectionId::from_bits)
}

fn held() -> BoxedStrategy<Held> {
    let release = (span(), account()).prop_map(|(after, account)| Release { after, account });
    (delivery_id(), of(message_id()), private(), timestamp(), any::<(bool, bool)>(), of(release))
        .prop_map(|(delivery, message, payload, expires_at, (only_if_connected, ends_watch), release)| Held {
            delivery,
            message,
            payload,
            expires_at,
            only_if_connected,
            release,
            ends_watch,
        })
        .boxed()
}
