//! Mailboxes: what waits until a visitor's own client collects it. One record of topic `mailboxes` is one thing that
//! happens to one mailbox; the offset of a record that puts something in is that thing's sequence number.

use std::time::Duration;

use crate::account::Account;
use crate::content::Private;
use crate::ids::{AccountId, ConnectionId, ConversationId, DeliveryId, MessageId, TenantId, VisitorId};
use crate::time::Timestamp;

/// One input of one mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailboxInput {
    /// Whose tenant.
    pub tenant: TenantId,
    /// On which account.
    pub account: AccountId,
    /// Whose mailbox.
    pub visitor: VisitorId,
    /// What happens to it.
    pub act: MailboxAct,
}

impl MailboxInput {
    /// The conversation that the mailbox is of. It follows from the other fields, so nobody can name another's.
    pub fn conversation(&self) -> ConversationId {
        ConversationId::of(&self.tenant, &self.account, &self.visitor)
    }
}

/// What happens to a mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailboxAct {
    /// Delivery puts something in.
    Put(Held),
    /// Delivery takes a message back.
    Withdraw {
        /// The order to do so.
        delivery: DeliveryId,
        /// Which message.
        message: MessageId,
    },
    /// A client is there, and may be shown what waits, until this span after the record's own instant. Whoever serves it
    /// says so before it shows anything, again before the span is over, and shows nothing after it.
    Seen {
        /// The client's connection.
        connection: ConnectionId,
        /// For how long; at most [`LEASE_MAX`] counts.
        lease: Duration,
    },
    /// A client without a connection asks, and is told everything below this record. It would not come again without
    /// having been answered: what it was [`MailboxAct::Told`] before is acknowledged by it.
    Polled {
        /// Stands for it; polls of one instance are one connection.
        connection: ConnectionId,
        /// For how long it counts as there.
        lease: Duration,
    },
    /// The answer to a poll is ready and goes out now. A poll that could not be answered says nothing of the kind, so what
    /// waits is told to the next one.
    Told {
        /// The last one in it.
        up_to: i64,
        /// All that are in it; none, as older records say it: everything that waits up to the last one.
        sent: Vec<i64>,
    },
    /// A client's connection is gone.
    Closed {
        /// Which.
        connection: ConnectionId,
    },
    /// The client has shown everything that it was sent, up to a sequence number.
    Acked {
        /// The last one that it has shown.
        up_to: i64,
        /// What it was sent up to there, as far as no earlier record says so; none: that is not known, and everything that
        /// waits up to there counts.
        sent: Vec<i64>,
        /// Beside `sent`: everything that waits up to here counts too, because the client came and said that it had it.
        after: Option<i64>,
    },
}

impl MailboxAct {
    /// The client has shown everything up to there; what it was sent is not known.
    pub const fn acked_up_to(up_to: i64) -> Self {
        Self::Acked { up_to, sent: Vec::new(), after: None }
    }
}

/// How long a client counts as there without being heard of again: who is killed with a client at hand says nothing.
pub const LEASE_MAX: Duration = Duration::from_secs(60);

/// Something that waits for a visitor's client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The order that brought it: a repeat of what is held is the same thing.
    pub delivery: DeliveryId,
    /// The message that it is; of a message the conversation hears what became. Notices and typing have none.
    pub message: Option<MessageId>,
    /// JSON as the dialect's client gets it, on one line.
    pub payload: Private,
    /// When it ends, collected or not: a message's deadline, or [`HELD_WITHOUT_DEADLINE`] after now, or soon.
    pub expires_at: Timestamp,
    /// It is for a client that is there now; if none is, a message is not reachable at once and other things are dropped.
    pub only_if_connected: bool,
    /// Begins a watch for a visitor whose clients do not come any more, or goes on with it.
    pub release: Option<Release>,
    /// It says that the session is over: nobody needs to be watched for any more.
    pub ends_watch: bool,
}

/// How long a message without a deadline waits.
pub const HELD_WITHOUT_DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// The visitor counts as gone when no client was there for a while (Huawei's poll releases such a session).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Release {
    /// How long nobody must have been there.
    pub after: Duration,
    /// The stamp of the account, for the visitor's leave.
    pub account: Account,
}

/// Who has a partition of topic `mailboxes` at work: topic `mailbox-owners`, the last one of a partition counts. Said
/// when the partition is taken up and again and again after it, so that a late word of a former owner does not stay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailboxOwner {
    /// The partition.
    pub partition: i32,
    /// Where its process answers its peers: `host:port`.
    pub address: String,
}
