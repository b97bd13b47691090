//! A core with a log in front of it: each record has the next offset and is read at the stage's instant.

use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::conversation::ConversationAct;
use usher_domain::mailbox::Release;
use usher_domain::receipt::Report;
use usher_domain::state::mailbox::{StateKey, StateValue};
use usher_domain::{
    Account, AccountId, Body, ConnectionId, ConversationId, ConversationInput, DeliveryId, DeskId, Dialect, Effects,
    Held, MailboxAct, MailboxInput, MessageId, TenantId, Timestamp, VisitorId,
};

use crate::mailbox::{Input, MailboxCore};

/// When every stage begins.
pub(super) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(super) struct Stage {
    pub(super) core: MailboxCore,
    pub(super) now: Timestamp,
    pub(super) next: i64,
    /// The state topic: every change ever made.
    pub(super) state: Vec<(StateKey, Option<StateValue>)>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self { core: MailboxCore::default(), now: START, next: 100, state: Vec::new() }
    }

    /// Time goes on by so many seconds, and a tick is read.
    pub(super) fn wait(&mut self, seconds: u64) -> Vec<Told> {
        self.now = self.now.plus(secs(seconds));
        self.step(Input::Tick)
    }

    /// A record about this visitor.
    pub(super) fn record(&mut self, visitor: &str, act: MailboxAct) -> Vec<Told> {
        let offset = self.next;
        self.next += 1;
        self.step(Input::Act { offset, input: Box::new(input(visitor, act)) })
    }

    /// Puts something in; answers with its sequence number and what was told.
    pub(super) fn put(&mut self, held: Held) -> (i64, Vec<Told>) {
        (self.next, self.record("v", MailboxAct::Put(held)))
    }

    pub(super) fn seen(&mut self, connection: u128, lease: u64) -> Vec<Told> {
        let connection = ConnectionId::from_bits(connection);
        self.record("v", MailboxAct::Seen { connection, lease: secs(lease) })
    }

    /// A poll that is answered with everything that waits.
    pub(super) fn polled(&mut self, lease: u64) -> Vec<Told> {
        let told = self.polled_in_vain(lease);
        let waiting = self.waiting();
        if let Some(&up_to) = waiting.last() {
            assert_eq!(self.record("v", MailboxAct::Told { up_to, sent: waiting }), []);
        }
        told
    }

    /// A poll whose answer does not get ready.
    pub(super) fn polled_in_vain(&mut self, lease: u64) -> Vec<Told> {
        let connection = ConnectionId::from_bits(1);
        self.record("v", MailboxAct::Polled { connection, lease: secs(lease) })
    }

    pub(super) fn closed(&mut self, connection: u128) -> Vec<Told> {
        self.record("v", MailboxAct::Closed { connection: ConnectionId::from_bits(connection) })
    }

    pub(super) fn acked(&mut self, up_to: i64) -> Vec<Told> {
        self.record("v", MailboxAct::acked_up_to(up_to))
    }

    pub(super) fn withdraw(&mut self, message: u128) -> Vec<Told> {
        let (delivery, message) = (DeliveryId::from_bits(message + 10_000), MessageId::from_bits(message));
        self.record("v", MailboxAct::Withdraw { delivery, message })
    }

    /// The numbers that wait for the visitor.
    pub(super) fn waiting(&self) -> Vec<i64> {
        self.core.waiting(conversation("v")).iter().map(|waiting| waiting.seq).collect()
    }

    /// A core built from the state topic alone.
    pub(super) fn restored(&self) -> MailboxCore {
        let mut core = MailboxCore::default();
        self.state.iter().cloned().for_each(|(key, value)| core.restore(key, value));
        core
    }

    fn step(&mut self, input: Input) -> Vec<Told> {
        let Effects { bodies, changes } = self.core.step(input, self.now);
        self.state.extend(changes);
        bodies.into_iter().map(told).collect()
    }
}

/// What the conversation was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// What became of the message with these bits.
    Receipt(MessageId, Report),
    /// The visitor left.
    Leave,
}

pub(super) fn report(message: u128, report: Report) -> Told {
    Told::Receipt(MessageId::from_bits(message), report)
}

fn told(body: Body) -> Told {
    let Body::Conversation(ConversationInput { tenant, conversation: of, act, .. }) = body else {
        panic!("a mailbox writes to nobody else")
    };
    assert_eq!((tenant.as_str(), of), ("acme", conversation("v")));
    match act {
        ConversationAct::Receipt(receipt) => {
            assert_eq!(receipt.account, Some(AccountId::new("web")), "the account that a receipt must name");
            Told::Receipt(receipt.message, receipt.report)
        }
        ConversationAct::Visitor(visitor) => {
            assert_eq!((visitor.visitor.as_str(), &visitor.account), ("v", &account()));
            Told::Leave
        }
        other => panic!("{other:?}"),
    }
}

/// A message without a deadline of its own that ends after so many seconds.
pub(super) fn message(bits: u128, seconds: u64) -> Held {
    Held {
        delivery: DeliveryId::from_bits(bits),
        message: Some(MessageId::from_bits(bits)),
        payload: Private::new(format!("{{\"n\":{bits}}}")),
        expires_at: START.plus(secs(seconds)),
        only_if_connected: false,
        release: None,
        ends_watch: false,
    }
}

/// The terms on which a visitor counts as gone.
pub(super) fn release(seconds: u64) -> Option<Release> {
    Some(Release { after: secs(seconds), account: account() })
}

pub(super) fn input(visitor: &str, act: MailboxAct) -> MailboxInput {
    let (tenant, account) = (TenantId::new("acme"), AccountId::new("web"));
    MailboxInput { tenant, account, visitor: VisitorId::new(visitor), act }
}

pub(super) fn conversation(visitor: &str) -> ConversationId {
    ConversationId::of(&TenantId::new("acme"), &AccountId::new("web"), &VisitorId::new(visitor))
}

pub(super) fn account() -> Account {
    Account {
        collected: true,
        ..Account::new(TenantId::new("acme"), AccountId::new("web"), Dialect::Huawei, DeskId::new("main"))
    }
}

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
