//! Three workers copy a topic while everything that can go wrong does: each record is copied once, in order.

use std::time::Duration;

use proptest::prelude::*;
use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, BrokerError, Partition, SenderHandle, WorkerHandle};

use super::worker::{broker, copy, record, spec, texts};

const PARTITIONS: i32 = 3;
const WORKERS: usize = 3;

#[derive(Clone, Debug)]
enum Act {
    Feed(Partition),
    Work(usize),
    /// A worker dies with a record in an open transaction.
    Kill(usize),
    Abort(usize),
    Lose(usize, bool),
    Fence(usize),
    Revoke(usize, Partition),
    TakeAway(usize),
    DelayMarkers(u64),
    Hold(Partition),
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..WORKERS;
    prop_oneof![
        6 => (0..PARTITIONS).prop_map(Act::Feed),
        12 => who.clone().prop_map(Act::Work),
        1 => who.clone().prop_map(Act::Kill),
        1 => who.clone().prop_map(Act::Abort),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, applied)| Act::Lose(who, applied)),
        1 => who.clone().prop_map(Act::Fence),
        1 => (who.clone(), 0..PARTITIONS).prop_map(|(who, partition)| Act::Revoke(who, partition)),
        1 => who.prop_map(Act::TakeAway),
        1 => (0..500u64).prop_map(Act::DelayMarkers),
        1 => (0..PARTITIONS).prop_map(Act::Hold),
        2 => (0..15_000u64).prop_map(Act::Pass),
    ]
}

struct World {
    broker: MemoryBroker,
    clock: VirtualClock,
    workers: Vec<Option<MemoryWorker>>,
    fed: Vec<Vec<String>>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
        let (broker, clock) = broker(PARTITIONS);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fed = vec![Vec::new(); PARTITIONS as usize];
        Self { broker, clock, workers: (0..WORKERS).map(|_| None).collect(), fed, runtime }
    }

    fn act(&mut self, act: &Act) {
        let name = |who: usize| format!("worker-{who}");
        match *act {
            Act::Feed(partition) => self.feed(partition),
            Act::Work(who) => self.work(who),
            Act::Kill(who) => {
                if let Some(mut worker) = self.workers[who].take() {
                    worker.begin().unwrap();
                    worker.produce(record("out", 0, "never")).unwrap();
                }
            }
            Act::Abort(who) => self.broker.abort_next_commit(&name(who)),
            Act::Lose(who, applied) => self.broker.lose_next_commit(&name(who), applied),
            Act::Fence(who) => self.broker.fence(&name(who)),
            Act::Revoke(who, partition) => self.broker.revoke("group", "in", &name(who), &[partition]).unwrap(),
            Act::TakeAway(who) => self.broker.lose("group", "in", &name(who)).unwrap(),
            Act::DelayMarkers(ms) => self.broker.delay_markers(Duration::from_millis(ms)),
            Act::Hold(partition) => self.broker.hold_transaction("stranger", record("out", partition, "held")).unwrap(),
            Act::Pass(ms) => self.clock.advance(Duration::from_millis(ms)),
        }
    }

    fn feed(&mut self, partition: Partition) {
        let fed = &mut self.fed[partition as usize];
        fed.push(format!("{partition}-{}", fed.len()));
        let sender = self.broker.sender().unwrap();
        self.runtime.block_on(sender.send(record("in", partition, fed.last().unwrap()))).unwrap();
    }

    /// One round of a worker; one that is not there is started.
    fn work(&mut self, who: usize) {
        let worker =
            self.workers[who].get_or_insert_with(|| self.broker.worker(&spec(&format!("worker-{who}"))).unwrap());
        match copy(worker) {
            Ok(_) => {}
            // Fenced twice in a row: its process stops and is started again.
            Err(BrokerError::Fenced { .. }) => self.workers[who] = None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Lets everybody work, without any new fault, until nothing is left.
    fn drain(&mut self) {
        for _ in 0..100 {
            (0..WORKERS).for_each(|who| self.work(who));
            self.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(self.broker.lag("group", "in").unwrap(), 0, "everything is read in the end");
    }

    fn copied(&self) -> Vec<Vec<String>> {
        let records = self.broker.records("out").unwrap();
        let of = |partition| records.iter().filter(|record| record.partition == partition).cloned().collect::<Vec<_>>();
        (0..PARTITIONS).map(|partition| texts(&of(partition))).collect()
    }
}

proptest! {
    #[test]
    fn each_record_is_copied_once_and_in_order(acts in prop::collection::vec(act(), 0..120)) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        world.drain();
        prop_assert_eq!(world.copied(), world.fed);
    }
}
