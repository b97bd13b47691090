//! Both cores, the logs before them, delivery between them as far as it matters here, and one visitor with a client.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use usher_delivery_core::mailbox::{self, MailboxCore};
use usher_domain::content::Private;
use usher_domain::conversation::{ConversationAct, PushInput};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Fact, Outcome};
use usher_domain::message::{Fallback, Unknown};
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{
    Account, AccountId, Body, Class, ConnectionId, Content, ConversationId, ConversationInput, Delivery, DeskId,
    Dialect, Held, InputId, MailboxAct, MailboxInput, MessageId, PhoneNumber, Receipt, TenantId, Terms, Timestamp,
    VisitorId,
};
use usher_routing_core::conversation::{self, ConversationCore};

/// How long a client is there without being heard of again.
const LEASE: Duration = Duration::from_secs(60);
/// How long a message that was called back may still turn out to have been delivered.
pub(crate) const REVOKE_GRACE: Duration = Duration::from_secs(30);

/// A log: what stands in it, with its append time; `None` is a tick.
type Log<T> = VecDeque<(Timestamp, Option<T>)>;

#[derive(Default)]
pub(crate) struct World {
    conversations: ConversationCore,
    mailboxes: MailboxCore,
    to_conversations: Log<ConversationInput>,
    to_mailboxes: Log<MailboxInput>,
    /// The lane of the visitor's channel.
    orders: VecDeque<Delivery>,
    pub(crate) now: Timestamp,
    next_offset: i64,
    inputs: u64,
    /// Until when whoever serves the client may show it something; 0: it has no client.
    served_until: Timestamp,
    /// The client follows the mailbox once the record at this offset, which says that it came, has been read.
    follows_from: i64,
    /// What the client has shown, by sequence number.
    shown: BTreeSet<i64>,
    /// What of it was sent over its present connection and is not acknowledged.
    sent: BTreeSet<i64>,
    /// What the client said that it had when it came.
    after: Option<i64>,
    /// Which message has which sequence number.
    seqs: BTreeMap<i64, MessageId>,
    /// What became of messages.
    pub(crate) outcomes: BTreeMap<MessageId, Vec<Outcome>>,
    pub(crate) sms: BTreeMap<MessageId, usize>,
    pub(crate) pushed: Vec<(MessageId, Class, Timestamp)>,
    /// When an acknowledgement of a message was first appended.
    pub(crate) acknowledged: BTreeMap<MessageId, Timestamp>,
    /// When a message was acknowledged over the connection by which it came.
    pub(crate) answered: BTreeMap<MessageId, Timestamp>,
}

impl World {
    pub(crate) fn was_shown(&self, message: MessageId) -> bool {
        self.shown.iter().any(|seq| self.seqs.get(seq) == Some(&message))
    }

    /// The tenant's server pushes a message with a deadline.
    pub(crate) fn push(&mut self, class: Class, seconds: u64) {
        self.inputs += 1;
        let id = InputId::from_bits(u128::from(self.inputs));
        let ttl = Duration::from_secs(seconds);
        let terms = Terms {
            class,
            ttl: Some(ttl),
            fallback: Some(Fallback {
                account: AccountId::new("sms"),
                to: Some(PhoneNumber::parse("+8613512345678").unwrap()),
                ttl: Duration::from_secs(600),
            }),
            unknown: if class == Class::Promotion { Unknown::Silence } else { Unknown::Sms },
            grace: Duration::from_secs(10),
            revoke_grace: REVOKE_GRACE,
        };
        let push = PushInput {
            account: account(),
            visitor: visitor(),
            content: Content::text("Hi"),
            ext: None,
            terms,
            archive: false,
        };
        self.pushed.push((id.into(), class, self.now.plus(ttl)));
        self.tell_conversation(id, ConversationAct::Push(Box::new(push)));
    }

    /// The client comes, or is heard of again.
    pub(crate) fn seen(&mut self) {
        if self.served_until <= self.now {
            self.follows_from = self.offset();
            self.after = self.shown.last().copied();
            self.sent.clear();
        }
        self.served_until = self.now.plus(LEASE);
        let connection = ConnectionId::from_bits(1);
        self.tell_mailbox(MailboxAct::Seen { connection, lease: LEASE });
    }

    /// The client goes. Nobody shows it anything any more.
    pub(crate) fn closed(&mut self, says_so: bool) {
        self.served_until = Timestamp::default();
        if says_so {
            self.tell_mailbox(MailboxAct::Closed { connection: ConnectionId::from_bits(1) });
        }
    }

    /// The client acknowledges everything that it has shown; its front says what it was sent.
    pub(crate) fn acknowledge(&mut self) {
        let Some(&up_to) = self.shown.last() else { return };
        for seq in &self.shown {
            self.acknowledged.entry(self.seqs[seq]).or_insert(self.now);
        }
        let sent: Vec<i64> = std::mem::take(&mut self.sent).into_iter().collect();
        for seq in &sent {
            self.answered.insert(self.seqs[seq], self.now);
        }
        self.tell_mailbox(MailboxAct::Acked { up_to, sent, after: self.after });
    }

    /// Delivery carries out the next order of the lane.
    pub(crate) fn deliver(&mut self) -> bool {
        let Some(delivery) = self.orders.pop_front() else { return false };
        match &delivery.order {
            Order::Revoke { message } => {
                self.tell_mailbox(MailboxAct::Withdraw { delivery: delivery.id, message: *message });
            }
            Order::Message { message, .. } if delivery.deadline.unwrap() <= self.now.plus(Duration::from_secs(1)) => {
                self.receipt(message.id, Report::Expired { attempts: Attempts::None });
            }
            Order::Message { message, .. } => {
                self.receipt(message.id, Report::Sent { provider_id: None });
                self.seqs.insert(self.offset(), message.id);
                self.tell_mailbox(MailboxAct::Put(Held {
                    delivery: delivery.id,
                    message: Some(message.id),
                    payload: Private::new("{}"),
                    expires_at: delivery.deadline.unwrap(),
                    only_if_connected: false,
                    release: None,
                    ends_watch: false,
                }));
            }
            other => panic!("{other:?}"),
        }
        true
    }

    /// The mailbox core reads its next record.
    pub(crate) fn mailboxes_read(&mut self) -> bool {
        if self.to_mailboxes.is_empty() && self.mailboxes.next_wakeup().is_some_and(|at| at <= self.now) {
            self.to_mailboxes.push_back((self.now, None));
        }
        let Some((at, input)) = self.to_mailboxes.pop_front() else { return false };
        let offset = self.next_offset;
        self.next_offset += 1;
        let input = input.map_or(mailbox::Input::Tick, |input| mailbox::Input::Act { offset, input: Box::new(input) });
        for body in self.mailboxes.step(input, at).bodies {
            let Body::Conversation(input) = body else { panic!("{body:?}") };
            self.to_conversations.push_back((self.now, Some(input)));
        }
        self.show();
        true
    }

    /// The conversation core reads its next record.
    pub(crate) fn conversations_read(&mut self) -> bool {
        if self.to_conversations.is_empty() && self.conversations.next_wakeup().is_some_and(|at| at <= self.now) {
            self.to_conversations.push_back((self.now, None));
        }
        let Some((at, input)) = self.to_conversations.pop_front() else { return false };
        let input = input.map_or(conversation::Input::Tick, conversation::Input::Act);
        for body in self.conversations.step(input, at).bodies {
            self.follow(body);
        }
        true
    }

    /// Everything that is under way comes.
    pub(crate) fn drain(&mut self) {
        while self.conversations_read() || self.deliver() || self.mailboxes_read() {}
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    /// Whoever serves the client shows what waits, as long as the client counts as there.
    fn show(&mut self) {
        if self.next_offset > self.follows_from && self.served_until > self.now {
            let waiting = self.mailboxes.waiting(of()).into_iter().map(|waiting| waiting.seq);
            let is_new = |seq: &i64| Some(*seq) > self.after && !self.shown.contains(seq);
            let new: Vec<i64> = waiting.filter(is_new).collect();
            self.sent.extend(&new);
            self.shown.extend(new);
        }
    }

    /// The offset of the next record for the mailbox.
    fn offset(&self) -> i64 {
        self.next_offset + i64::try_from(self.to_mailboxes.len()).unwrap()
    }

    fn follow(&mut self, body: Body) {
        match body {
            Body::Delivery(delivery) => match &delivery.target {
                DeliveryTarget::Channel { .. } => self.orders.push_back(*delivery),
                DeliveryTarget::Sms { .. } => {
                    let Order::Message { message, .. } = &delivery.order else { panic!("{delivery:?}") };
                    *self.sms.entry(message.id).or_default() += 1;
                }
                other => panic!("{other:?}"),
            },
            Body::Event(event) => {
                if let Fact::MessageOutcome { message, outcome, .. } = event.fact {
                    self.outcomes.entry(message).or_default().push(outcome);
                }
            }
            // That an SMS to this phone belongs here, which nobody answers in this world.
            Body::Conversation(_) | Body::Transcript(_) => {}
            other => panic!("{other:?}"),
        }
    }

    fn receipt(&mut self, message: MessageId, report: Report) {
        self.inputs += 1;
        let id = InputId::derive(&[b"receipt", &self.inputs.to_be_bytes()]);
        let account = Some(AccountId::new("web"));
        let receipt = Receipt { message, leg: Leg::Channel, account, report, reported_at: None };
        self.tell_conversation(id, ConversationAct::Receipt(receipt));
    }

    fn tell_conversation(&mut self, id: InputId, act: ConversationAct) {
        let input = ConversationInput { tenant: TenantId::new("acme"), id, conversation: of(), act };
        self.to_conversations.push_back((self.now, Some(input)));
    }

    fn tell_mailbox(&mut self, act: MailboxAct) {
        let (tenant, account) = (TenantId::new("acme"), AccountId::new("web"));
        self.to_mailboxes.push_back((self.now, Some(MailboxInput { tenant, account, visitor: visitor(), act })));
    }
}

fn visitor() -> VisitorId {
    VisitorId::new("v")
}

fn of() -> ConversationId {
    ConversationId::of(&TenantId::new("acme"), &AccountId::new("web"), &visitor())
}

fn account() -> Account {
    Account {
        collected: true,
        ..Account::new(TenantId::new("acme"), AccountId::new("web"), Dialect::Huawei, DeskId::new("main"))
    }
}
