//! Mailboxes inside the worker, over the broker in memory: two processes take turns with the partitions while
//! transactions abort, commits get lost and processes die. Clients follow the boards, as whoever serves them does.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, Outgoing, Partition, SenderHandle, Sent};
use usher_delivery::mailbox::{Board, Change, MailboxPartition, Subscription, Waiting, announce, spec};
use usher_domain::content::Private;
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::Report;
use usher_domain::{
    AccountId, Body, ConnectionId, ConversationInput, DeliveryId, Envelope, Held, MailboxAct, MailboxInput, MessageId,
    TenantId, Timestamp, VisitorId,
};
use usher_proto::topics::Topic;
use usher_runtime::topics;
use usher_runtime::worker::{Cadence, Turn, Worker};

const PREFIX: &str = "t";
const GROUP: &str = "t.mailbox";
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// How long a test waits for a condition before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

type MailboxWorker = Worker<MemoryWorker, MailboxPartition, Box<dyn Fn(Partition) -> MailboxPartition>>;

/// One process: its worker, and the board that its clients are served from.
struct Process {
    name: String,
    board: Board,
    worker: MailboxWorker,
}

struct World {
    broker: MemoryBroker,
    clock: VirtualClock,
}

impl World {
    fn new() -> Self {
        let (broker, clock) = MemoryBroker::under_virtual_time(START.millis());
        let all: Vec<_> = Topic::ALL.iter().map(|topic| topics::spec(*topic, PREFIX)).collect();
        broker.create_topics(&all).unwrap();
        Self { broker, clock }
    }

    fn process(&self, name: &str) -> Process {
        let spec = spec(PREFIX, name, 0);
        let (handle, board) = (self.broker.worker(&spec).unwrap(), Board::default());
        let shown = board.clone();
        let new_core: Box<dyn Fn(Partition) -> MailboxPartition> =
            Box::new(move |partition| MailboxPartition::new(partition, shown.clone()));
        let name = spec.name.clone();
        Process { name, board, worker: Worker::new(handle, spec, PREFIX, Cadence::immediate(), new_core) }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    fn turn(&self, process: &mut Process) -> Turn {
        process.worker.turn(self.now()).unwrap()
    }

    /// Turns until the process has every partition at work.
    fn take_up_all(&self, process: &mut Process) {
        let (owned, began) = (process.board.owned(), Instant::now());
        while owned.borrow().len() < 12 {
            assert!(began.elapsed() < PATIENCE, "some partitions are not taken up");
            self.turn(process);
        }
    }

    /// Appends what happens to a visitor's mailbox.
    fn send(&self, visitor: &str, act: MailboxAct) -> Sent {
        let body = Body::Mailbox(Box::new(input(visitor, act)));
        let record = names().outgoing(&Envelope { cause: None, traceparent: None, body });
        self.send_record(record)
    }

    fn send_record(&self, record: Outgoing) -> Sent {
        self.broker.sender().unwrap().send(record).now_or_never().expect("memory answers at once").unwrap()
    }

    /// What the conversations were told, by message, in order.
    fn told(&self) -> BTreeMap<MessageId, Vec<Report>> {
        let mut told = BTreeMap::<MessageId, Vec<Report>>::new();
        for record in self.broker.records(&Topic::Conversations.name(PREFIX)).unwrap() {
            let Body::Conversation(ConversationInput { act: ConversationAct::Receipt(receipt), .. }) =
                usher_proto::decode(&record.payload.unwrap()).unwrap().body
            else {
                panic!("nothing but receipts")
            };
            told.entry(receipt.message).or_default().push(receipt.report);
        }
        told
    }
}

fn names() -> topics::TopicNames {
    topics::TopicNames::new(PREFIX)
}

fn input(visitor: &str, act: MailboxAct) -> MailboxInput {
    let (tenant, account) = (TenantId::new("acme"), AccountId::new("web"));
    MailboxInput { tenant, account, visitor: VisitorId::new(visitor), act }
}

fn message(visitor: usize, n: usize) -> MessageId {
    MessageId::derive(&[&visitor.to_be_bytes(), &n.to_be_bytes()])
}

fn put(visitor: usize, n: usize) -> MailboxAct {
    let message = message(visitor, n);
    MailboxAct::Put(Held {
        delivery: DeliveryId::from(message),
        message: Some(message),
        payload: Private::new(format!("{n}")),
        expires_at: START.plus(Duration::from_secs(3_600)),
        only_if_connected: false,
        release: None,
        ends_watch: false,
    })
}

/// A visitor's client, and whoever serves it: it shows a number once, and acknowledges what it has shown.
struct Client {
    visitor: String,
    subscription: Option<Subscription>,
    last: i64,
    shown: Vec<String>,
    acknowledged: i64,
}

impl Client {
    fn new(visitor: usize) -> Self {
        Self { visitor: visitor.to_string(), subscription: None, last: -1, shown: Vec::new(), acknowledged: -1 }
    }

    /// Takes what has come, from whichever process has the mailbox; says `Seen` before it is shown anything.
    fn follow(&mut self, world: &World, processes: &[Process]) {
        if self.subscription.is_none() {
            let seen = MailboxAct::Seen { connection: ConnectionId::from_bits(1), lease: Duration::from_secs(60) };
            let at = world.send(&self.visitor, seen);
            let conversation = input(&self.visitor, MailboxAct::acked_up_to(0)).conversation();
            let subscribed = processes.iter().find_map(|process| process.board.subscribe(conversation, at.offset).ok());
            self.subscription = subscribed;
        }
        while let Some(change) = self.subscription.as_mut().and_then(|subscription| subscription.next().now_or_never())
        {
            match change {
                Some(Change::Snapshot(all)) => all.into_iter().for_each(|waiting| self.show(waiting)),
                Some(Change::Put(waiting)) => self.show(waiting),
                Some(Change::Gone { .. }) => {}
                None => self.subscription = None,
            }
        }
    }

    fn show(&mut self, waiting: Waiting) {
        if waiting.seq > self.last {
            self.last = waiting.seq;
            self.shown.push(waiting.payload.as_str().to_owned());
        }
    }

    fn acknowledge(&mut self, world: &World) {
        if self.last > self.acknowledged {
            self.acknowledged = self.last;
            world.send(&self.visitor, MailboxAct::acked_up_to(self.last));
        }
    }
}

#[test]
fn each_message_is_shown_once_in_order_and_delivered_once_through_kills_aborts_and_lost_commits() {
    const VISITORS: usize = 24;
    const EACH: usize = 20;
    let world = World::new();
    let mut processes = vec![world.process("a"), world.process("b")];
    let mut clients: Vec<Client> = (0..VISITORS).map(Client::new).collect();
    let began = Instant::now();
    let (mut round, mut next, mut faults) = (0usize, 0usize, 0u32);
    while world.told().len() < VISITORS * EACH || world.broker.lag(GROUP, &Topic::Mailboxes.name(PREFIX)) != Ok(0) {
        assert!(began.elapsed() < PATIENCE, "{} of {} are told", world.told().len(), VISITORS * EACH);
        round += 1;
        if next < EACH && round.is_multiple_of(3) {
            for visitor in 0..VISITORS {
                world.send(&visitor.to_string(), put(visitor, next));
            }
            next += 1;
        }
        let at = round % 2;
        if round.is_multiple_of(5) {
            faults += 1;
            let name = processes[at].name.clone();
            match faults % 4 {
                0 => world.broker.abort_next_commit(&name),
                1 => world.broker.lose_next_commit(&name, true),
                2 => world.broker.lose_next_commit(&name, false),
                // Killed; its partitions go to the other one, and it comes back.
                _ => {
                    let short = if at == 0 { "a" } else { "b" };
                    processes.remove(at);
                    world.broker.expire(GROUP, &Topic::Mailboxes.name(PREFIX), &name).unwrap();
                    for _ in 0..20 {
                        world.turn(&mut processes[0]);
                    }
                    processes.insert(at, world.process(short));
                }
            }
        }
        for process in &mut processes {
            world.turn(process);
        }
        for (n, client) in clients.iter_mut().enumerate() {
            client.follow(&world, &processes);
            if (round + n).is_multiple_of(4) {
                client.acknowledge(&world);
            }
        }
        world.clock.advance(Duration::from_millis(50));
    }
    assert!(faults > 8, "every fault happened twice: {faults}");
    let expected: Vec<String> = (0..EACH).map(|n| n.to_string()).collect();
    assert!(clients.iter().all(|client| client.shown == expected));
    assert!(world.told().values().all(|reports| *reports == [Report::Delivered]), "{:?}", world.told());
}

#[test]
fn what_nobody_came_for_is_told_once_when_its_time_is_over() {
    let world = World::new();
    let mut processes = vec![world.process("a")];
    for visitor in 0..50 {
        world.send(&visitor.to_string(), put(visitor, 0));
    }
    let began = Instant::now();
    let mut turns = 0;
    while world.told().len() < 50 {
        assert!(began.elapsed() < PATIENCE, "{} of 50 are told", world.told().len());
        turns += 1;
        if turns % 7 == 0 {
            world.broker.abort_next_commit(&processes[0].name);
        }
        if turns % 31 == 0 {
            processes = vec![world.process("a")];
        }
        world.turn(&mut processes[0]);
        world.clock.advance(Duration::from_secs(20));
    }
    for _ in 0..50 {
        world.turn(&mut processes[0]);
        world.clock.advance(Duration::from_secs(20));
    }
    assert!(world.told().values().all(|reports| *reports == [Report::TtlRevoked]), "{:?}", world.told());
}

#[test]
fn a_process_shows_only_the_mailboxes_that_it_has_and_says_where_they_are() {
    let world = World::new();
    let mut first = world.process("a");
    let conversation = input("v", MailboxAct::acked_up_to(0)).conversation();
    assert!(first.board.subscribe(conversation, 0).is_err(), "nothing is at work yet");
    let owned = first.board.owned();
    world.take_up_all(&mut first);
    let at = world.send("v", put(0, 0));
    let mut subscription = first.board.subscribe(conversation, at.offset).unwrap();
    assert_eq!(subscription.next().now_or_never(), None, "not before the record has been read");
    let began = Instant::now();
    let first_change = loop {
        assert!(began.elapsed() < PATIENCE, "the record is never read");
        world.turn(&mut first);
        if let Some(change) = subscription.next().now_or_never() {
            break change;
        }
    };
    assert!(matches!(first_change, Some(Change::Snapshot(ref all)) if all.len() == 1), "{first_change:?}");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    let sender = world.broker.sender().unwrap();
    let telling = announce(first.board.clone(), sender, PREFIX.to_owned(), "10.0.0.7:9300".to_owned());
    assert!(telling.now_or_never().is_none(), "it goes on telling");
    let owners = world.broker.records(&Topic::MailboxOwners.name(PREFIX)).unwrap();
    assert_eq!(owners.len(), 12, "each partition once");

    drop(first);
    assert_eq!(subscription.next().now_or_never(), Some(None), "its partition is gone");
    assert!(owned.borrow().is_empty());
}

#[test]
fn a_subscriber_who_reads_nothing_is_cut_off_and_begins_anew_with_what_then_waits() {
    let world = World::new();
    let mut process = world.process("a");
    world.take_up_all(&mut process);
    let conversation = input("v", MailboxAct::acked_up_to(0)).conversation();
    let mut slow = process.board.subscribe(conversation, -1).unwrap();
    let mut last = 0;
    for n in 0..600 {
        last = world.send("v", put(0, n)).offset;
        if n < 599 {
            world.send("v", MailboxAct::acked_up_to(last));
        }
    }
    let began = Instant::now();
    while world.broker.lag(GROUP, &Topic::Mailboxes.name(PREFIX)) != Ok(0) {
        assert!(began.elapsed() < PATIENCE, "not all is read");
        world.turn(&mut process);
    }
    let told = std::iter::from_fn(|| slow.next().now_or_never().expect("nothing is waited for")).count();
    assert!((1_000..1_200).contains(&told), "{told} changes were kept for it");
    let mut anew = process.board.subscribe(conversation, last).unwrap();
    let Some(Some(Change::Snapshot(waiting))) = anew.next().now_or_never() else { panic!("a snapshot at once") };
    assert_eq!(waiting.iter().map(|waiting| waiting.seq).collect::<Vec<_>>(), [last]);
}
