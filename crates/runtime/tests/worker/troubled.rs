//! A handle that fails where a real one does: the broker goes away in a commit, another worker commits in between.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use usher_broker::memory::MemoryWorker;
use usher_broker::{
    Broker, BrokerError, Committed, Outgoing, Partition, Polled, Position, Record, StateRead, WorkerHandle,
};
use usher_runtime::worker::{Cadence, Turn, Worker};

use crate::world::{Counter, PREFIX, World, counted};

type Hook = Rc<RefCell<Option<Box<dyn FnMut()>>>>;

/// The memory broker's handle, with its faults set from outside.
struct Troubled {
    inner: MemoryWorker,
    /// The next `begin` fails: the broker is away.
    away: Rc<Cell<bool>>,
    /// Called once, after the committed offsets were asked.
    after_committed: Hook,
    appended: Rc<Cell<u32>>,
}

impl WorkerHandle for Troubled {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, BrokerError> {
        self.inner.poll(max, wait)
    }

    fn start(&mut self, starts: &[(Partition, i64)]) -> Result<(), BrokerError> {
        self.inner.start(starts)
    }

    fn release(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        self.inner.release(partitions)
    }

    fn pause(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        self.inner.pause(partitions)
    }

    fn resume(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        self.inner.resume(partitions)
    }

    fn begin(&mut self) -> Result<(), BrokerError> {
        if self.away.take() {
            return Err(BrokerError::Unavailable("away".to_owned()));
        }
        self.inner.begin()
    }

    fn produce(&mut self, record: Outgoing) -> Result<(), BrokerError> {
        self.inner.produce(record)
    }

    fn commit(&mut self, offsets: &[(Partition, Position)]) -> Result<Committed, BrokerError> {
        self.inner.commit(offsets)
    }

    fn abort(&mut self) -> Result<(), BrokerError> {
        self.inner.abort()
    }

    fn append(&mut self, partition: Partition, payload: Vec<u8>) -> Result<(), BrokerError> {
        self.appended.set(self.appended.get() + 1);
        self.inner.append(partition, payload)
    }

    fn committed(&mut self, partitions: &[Partition]) -> Result<Vec<(Partition, Option<Position>)>, BrokerError> {
        let found = self.inner.committed(partitions);
        if let Some(mut hook) = self.after_committed.borrow_mut().take() {
            hook();
        }
        found
    }

    fn read_state(&mut self, partition: Partition, each: &mut dyn FnMut(Record)) -> Result<StateRead, BrokerError> {
        self.inner.read_state(partition, each)
    }

    fn end_transaction_of(&mut self, name: &str) -> Result<(), BrokerError> {
        self.inner.end_transaction_of(name)
    }
}

struct Bench {
    worker: Worker<Troubled, Counter, fn(i32) -> Counter>,
    away: Rc<Cell<bool>>,
    after_committed: Hook,
    appended: Rc<Cell<u32>>,
}

fn bench(world: &World, name: &str, cadence: Cadence) -> Bench {
    let (away, after_committed, appended) = (Rc::default(), Hook::default(), Rc::default());
    let handle = Troubled {
        inner: world.broker.worker(&World::spec(name)).expect("a worker"),
        away: Rc::clone(&away),
        after_committed: Rc::clone(&after_committed),
        appended: Rc::clone(&appended),
    };
    let new_core: fn(i32) -> Counter = |_| Counter::default();
    let worker = Worker::new(handle, World::spec(name), PREFIX, cadence, new_core);
    Bench { worker, away, after_committed, appended }
}

impl Bench {
    fn turns(&mut self, world: &World, count: usize) {
        for _ in 0..count {
            self.worker.turn(world.now()).expect("no error");
        }
    }
}

#[test]
fn a_stop_after_a_failed_commit_loses_nothing() {
    let world = World::new();
    let mut first = bench(&world, "w0", Cadence::immediate());
    first.turns(&world, 3);
    world.send("a", "x");
    first.away.set(true);
    let failed = (0..5).find_map(|_| first.worker.turn(world.now()).err());
    assert!(failed.is_some(), "the broker was away");
    let now = world.now();
    first.worker.wind_down(Duration::from_secs(1), || now).expect("a stop");
    drop(first);
    world.settle(&mut world.worker("w0"));
    assert_eq!(world.outputs(), counted(&[("a", "1")]));
}

#[test]
fn a_broker_that_was_away_in_a_commit_costs_nothing() {
    let world = World::new();
    let mut bench = bench(&world, "w0", Cadence::immediate());
    bench.turns(&world, 3);
    world.send("a", "x");
    world.send("a", "x");
    bench.away.set(true);
    let failed = (0..5).find_map(|_| bench.worker.turn(world.now()).err());
    assert!(failed.is_some(), "the broker was away");
    bench.turns(&world, 10);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2")]));
}

#[test]
fn a_former_worker_that_restores_while_its_successor_commits_does_not_call_the_state_broken() {
    let world = World::new();
    let mut zombie = bench(&world, "w0", Cadence::immediate());
    world.send("a", "x");
    zombie.turns(&world, 6);
    world.broker.abort_next_commit("w0");
    world.send("a", "x");
    let broker = world.broker.clone();
    let written = RefCell::new(0);
    // Somebody else commits state and offset of the partition between the two questions, once.
    *zombie.after_committed.borrow_mut() = Some(Box::new(move || {
        *written.borrow_mut() += 1;
        let _ = broker.expire("counters", crate::world::INPUT, "w0");
    }));
    let results: Vec<_> = (0..40)
        .map(|_| {
            world.clock.advance(Duration::from_secs(1));
            zombie.worker.turn(world.now())
        })
        .collect();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[test]
fn a_clock_ahead_of_the_logs_sends_one_tick_a_second() {
    let world = World::new();
    let mut bench = bench(&world, "w0", Cadence::immediate());
    bench.turns(&world, 3);
    world.send("a", "alarm");
    bench.turns(&world, 3);
    let ahead = world.now().plus(Duration::from_secs(60));
    for _ in 0..100 {
        bench.worker.turn(ahead).expect("no error");
    }
    assert_eq!(bench.appended.get(), 1);
    bench.worker.turn(ahead.plus(Duration::from_secs(1))).expect("no error");
    assert_eq!(bench.appended.get(), 2);
}

#[test]
fn a_transaction_ends_at_its_number_of_outputs_and_the_rest_follows() {
    let world = World::new();
    for _ in 0..10 {
        world.send("a", "x");
    }
    // Each record makes one output and one change of state.
    let mut bench = bench(&world, "w0", Cadence { outputs_max: 6, ..Cadence::immediate() });
    let turns: Vec<Turn> = (0..12).map(|_| bench.worker.turn(world.now()).expect("no error")).collect();
    let sizes: Vec<usize> = turns
        .iter()
        .filter_map(|turn| match turn {
            Turn::Committed { records } => Some(*records),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [3, 3, 3, 1]);
    assert_eq!(world.outputs().len(), 10);
}
