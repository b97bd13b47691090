//! Delivery inside the worker, over the broker in memory: receipts, offsets and the note of what is finished beyond
//! them stand together or not at all, whatever happens to transactions and processes.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::orders::{bytes_of, fallback, message, to_workspace};
use common::provider::{Answer, Provider, open};
use common::{NOW, PATIENCE};
use tokio::runtime::Runtime;
use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, Cleanup, Outgoing, SenderHandle, TopicSpec, WorkerSpec};
use usher_delivery::{DeliveryPartition, Outside, factory};
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::Report;
use usher_domain::{Body, ConversationInput, Delivery, Timestamp};
use usher_runtime::worker::{Cadence, Turn, Worker};

const ORDERS: &str = "usher.deliveries.v1";
const RECEIPTS: &str = "usher.conversations.v1";
const GROUP: &str = "usher.delivery";
const NAME: &str = "delivery-0";

type DeliveryWorker = Worker<MemoryWorker, DeliveryPartition, Box<dyn Fn(i32) -> DeliveryPartition>>;

struct World {
    runtime: Runtime,
    provider: Provider,
    outside: Outside,
    broker: MemoryBroker,
    clock: VirtualClock,
}

impl World {
    fn new(partitions: i32) -> Self {
        let (runtime, provider, outside) = open();
        let (broker, clock) = MemoryBroker::under_virtual_time(NOW.millis());
        let topic = |name: &str| TopicSpec {
            name: name.to_owned(),
            partitions,
            cleanup: Cleanup::Delete(Duration::from_secs(3_600)),
            append_time: true,
            record_bytes_max: None,
        };
        broker.create_topics(&[ORDERS, RECEIPTS, "usher.dead-letters.v1"].map(topic)).unwrap();
        Self { runtime, provider, outside, broker, clock }
    }

    fn worker(&self) -> DeliveryWorker {
        let spec = WorkerSpec { name: NAME.to_owned(), group: GROUP.to_owned(), input: ORDERS.to_owned(), state: None };
        let handle = self.broker.worker(&spec).unwrap();
        Worker::new(handle, spec, "usher", Cadence::immediate(), Box::new(factory(self.outside.clone())))
    }

    fn order(&self, delivery: &Delivery) {
        let key = delivery.conversation.map(|conversation| conversation.to_string().into_bytes());
        let payload = Some(bytes_of(delivery));
        let record = Outgoing { topic: ORDERS.to_owned(), key, payload, ..Outgoing::default() };
        self.runtime.block_on(self.broker.sender().unwrap().send(record)).unwrap();
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    /// One turn; where nothing happened the calls get a moment, and time goes on.
    fn turn(&self, worker: &mut DeliveryWorker) -> Turn {
        let turn = worker.turn(self.now()).unwrap();
        if turn == Turn::Idle {
            std::thread::sleep(Duration::from_millis(1));
            self.clock.advance(Duration::from_millis(20));
        }
        turn
    }

    fn until(&self, worker: &mut DeliveryWorker, what: &str, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !condition(self) {
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
            self.turn(worker);
        }
    }

    /// The receipts that stand.
    fn receipts(&self) -> Vec<ConversationInput> {
        let input = |payload: Vec<u8>| match usher_proto::decode(&payload).unwrap().body {
            Body::Conversation(input) => input,
            other => panic!("not a receipt: {other:?}"),
        };
        let records = self.broker.records(RECEIPTS).unwrap();
        records.into_iter().map(|record| input(record.payload.unwrap())).collect()
    }
}

fn report(input: &ConversationInput) -> &Report {
    match &input.act {
        ConversationAct::Receipt(receipt) => &receipt.report,
        other => panic!("not a receipt: {other:?}"),
    }
}

#[test]
fn each_order_is_reported_once_through_kills_aborts_and_lost_commits() {
    const CONVERSATIONS: u64 = 25;
    const EACH: u64 = 16;
    let world = World::new(2);
    // One answer in nine asks for another try; two in a row are rare, five never happen.
    let answers: Vec<Answer> = (0..900).map(|n| Answer::Status(if n % 9 == 4 { 503 } else { 200 })).collect();
    world.provider.will("/native", &answers);
    let orders: Vec<Delivery> = (0..EACH)
        .flat_map(|n| (0..CONVERSATIONS).map(move |conversation| message("native", u128::from(conversation), n)))
        .collect();
    orders.iter().for_each(|delivery| world.order(delivery));
    let mut worker = world.worker();
    let began = Instant::now();
    let mut commits = 0u32;
    while world.receipts().len() < 2 * orders.len() || world.broker.lag(GROUP, ORDERS) != Ok(0) {
        assert!(began.elapsed() < PATIENCE, "{} receipts of {} orders", world.receipts().len(), orders.len());
        if matches!(world.turn(&mut worker), Turn::Committed { .. }) {
            commits += 1;
            match commits % 12 {
                3 => world.broker.abort_next_commit(NAME),
                6 => world.broker.lose_next_commit(NAME, true),
                9 => world.broker.lose_next_commit(NAME, false),
                0 => {
                    drop(worker);
                    worker = world.worker();
                }
                _ => {}
            }
        }
    }
    assert!(commits > 12, "every fault happened: {commits} commits");
    check_receipts(&world, &orders);
    check_order(&world, &orders);
}

/// Two receipts each, none twice.
fn check_receipts(world: &World, orders: &[Delivery]) {
    let receipts = world.receipts();
    let ids: BTreeSet<_> = receipts.iter().map(|input| input.id).collect();
    assert_eq!((ids.len(), receipts.len()), (2 * orders.len(), 2 * orders.len()));
    assert!(receipts.iter().all(|input| matches!(report(input), Report::Sent { .. } | Report::Delivered)));
}

/// Every order reached the provider, in the order of its lane (repeats aside).
fn check_order(world: &World, orders: &[Delivery]) {
    let mut first_seen = BTreeMap::new();
    for (n, key) in world.provider.keys("/native").into_iter().enumerate() {
        first_seen.entry(key).or_insert(n);
    }
    let mut last = BTreeMap::new();
    for delivery in orders {
        let seen = first_seen[&delivery.id.to_string()];
        let before = last.insert(delivery.conversation, seen);
        assert!(before.is_none_or(|before| before < seen), "an order overtook another one of its lane");
    }
}

#[test]
fn a_message_that_its_404_turned_into_an_sms_is_not_sent_again_after_a_kill() {
    let world = World::new(2);
    let path = "/v1/phones/+8613500000000/agentMessages";
    world.provider.will(path, &[Answer::Status(404)]);
    world.provider.will("/workspace", &[Answer::Never]);
    // Both of one conversation, so in one partition: the first one holds the committed offset.
    world.order(&to_workspace(1, 0));
    world.order(&message("rbm", 1, 1));
    let mut worker = world.worker();
    world.until(&mut worker, "the 404 is told", |world| !world.receipts().is_empty());
    assert_ne!(world.broker.lag(GROUP, ORDERS), Ok(0));
    drop(worker);
    let mut worker = world.worker();
    world.until(&mut worker, "the first one is done", |world| world.broker.lag(GROUP, ORDERS) == Ok(0));
    assert_eq!(world.provider.keys("/workspace").len(), 2, "nobody knows what became of the first call");
    assert_eq!(world.provider.keys(path).len(), 1);
    assert!(matches!(world.receipts()[..], [ref told] if matches!(report(told), Report::NotReachable { .. })));
}

#[test]
fn a_thousand_orders_behind_a_stuck_one_stay_inside_the_window() {
    let world = World::new(1);
    world.provider.will("/workspace", &[Answer::Never]);
    world.order(&to_workspace(0, 0));
    let orders: Vec<Delivery> = (0..1_000).map(|n| message("native", u128::from(n % 40), n)).collect();
    orders.iter().for_each(|delivery| world.order(delivery));
    let mut worker = world.worker();
    world.until(&mut worker, "the window is used up", |world| world.receipts().len() == 2 * 255);
    // The rest waits for the first one, whose call is given up when the worker is killed.
    for _ in 0..20 {
        world.turn(&mut worker);
    }
    assert_eq!(world.provider.keys("/native").len(), 255);
    drop(worker);
    let mut worker = world.worker();
    world.until(&mut worker, "all are done", |world| world.receipts().len() == 2 * orders.len());
    assert_eq!(world.provider.keys("/native").len(), orders.len(), "none of them twice");
}

#[test]
fn an_aborted_transaction_does_not_send_an_sms_twice() {
    let path = "/2010-04-01/Accounts/AC1/Messages.json";
    for how in [Fault::Abort, Fault::Lose { stands: false }, Fault::Lose { stands: true }] {
        let world = World::new(1);
        let mut worker = world.worker();
        world.order(&fallback(7, 1));
        world.until(&mut worker, "the provider is asked", |world| !world.provider.keys(path).is_empty());
        match how {
            Fault::Abort => world.broker.abort_next_commit(NAME),
            Fault::Lose { stands } => world.broker.lose_next_commit(NAME, stands),
        }
        world.until(&mut worker, "it is told", |world| world.broker.lag(GROUP, ORDERS) == Ok(0));
        for _ in 0..20 {
            world.turn(&mut worker);
        }
        assert_eq!((world.provider.keys(path).len(), world.receipts().len()), (1, 1), "{how:?}");
    }
}

#[derive(Debug)]
enum Fault {
    Abort,
    /// The answer to a commit is lost; whether the transaction stands all the same.
    Lose {
        stands: bool,
    },
}
