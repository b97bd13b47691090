//! Three workers copy a topic while everything that can go wrong does: each record is copied once, in order.

use std::time::Duration;

use proptest::prelude::*;
use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, BrokerError, Partition, Polled, Position, SenderHandle, WorkerHandle};

use super::worker::{begin_copy, broker, poll, record, spec, texts};

const PARTITIONS: i32 = 3;
const WORKERS: usize = 3;

#[derive(Clone, Debug)]
enum Act {
    Feed(Partition),
    Work(usize),
    /// A worker reads and begins to copy; what else happens comes before its commit.
    Begin(usize),
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
        4 => who.clone().prop_map(Act::Begin),
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

/// A worker, with the offsets of the copy that it has begun.
struct Copier {
    worker: MemoryWorker,
    begun: Option<Vec<(Partition, Position)>>,
}

impl Copier {
    fn begin(&mut self) -> Result<(), BrokerError> {
        if self.begun.is_some() {
            return Ok(());
        }
        match poll(&mut self.worker)? {
            Polled::Records(records) => self.begun = Some(begin_copy(&mut self.worker, &records)),
            Polled::Revoking(partitions) | Polled::Lost(partitions) => self.worker.release(&partitions)?,
            Polled::Idle | Polled::Assigned(_) => {}
        }
        Ok(())
    }

    /// Ends the copy that is begun, or one that it begins now.
    fn work(&mut self) -> Result<(), BrokerError> {
        self.begin()?;
        // However it ended, the handle is where it has to go on.
        self.begun.take().map_or(Ok(()), |offsets| self.worker.commit(&offsets).map(drop))
    }
}

struct World {
    broker: MemoryBroker,
    clock: VirtualClock,
    workers: Vec<Option<Copier>>,
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
            Act::Work(who) => self.run(who, Copier::work),
            Act::Begin(who) => self.run(who, Copier::begin),
            Act::Kill(who) => self.kill(who),
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

    /// One act of a worker; one that is not there is started.
    fn run(&mut self, who: usize, act: fn(&mut Copier) -> Result<(), BrokerError>) {
        let copier = self.workers[who].get_or_insert_with(|| {
            let worker = self.broker.worker(&spec(&format!("worker-{who}"))).unwrap();
            Copier { worker, begun: None }
        });
        match act(copier) {
            Ok(()) => {}
            // Fenced twice in a row: its process stops and is started again.
            Err(BrokerError::Fenced { .. }) => self.workers[who] = None,
            Err(error) => panic!("{error}"),
        }
    }

    fn kill(&mut self, who: usize) {
        let Some(Copier { mut worker, begun }) = self.workers[who].take() else { return };
        if begun.is_none() {
            worker.begin().unwrap();
        }
        worker.produce(record("out", 0, "never")).unwrap();
    }

    /// Lets everybody work, without any new fault, until nothing is left.
    fn drain(&mut self) {
        for _ in 0..100 {
            (0..WORKERS).for_each(|who| self.run(who, Copier::work));
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
