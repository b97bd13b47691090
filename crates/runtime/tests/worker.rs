//! The worker against the in-memory broker, with a core that counts: what stands is exactly what was consumed, once,
//! whatever happens to its transactions.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, Cleanup, Outgoing, Record, SenderHandle, TopicSpec, WorkerSpec};
use usher_domain::envelope::DeadLetter;
use usher_domain::{Body, Timestamp};
use usher_runtime::worker::{Cadence, PartitionCore, Step, Turn, Undecodable, Worker, WorkerError};

const PREFIX: &str = "t";
const INPUT: &str = "t.conversations.v1";
const STATE: &str = "t.conversations-state.v1";
const OUTPUT: &str = "t.dead-letters.v1";

/// Counts how often each key came, and says so in one output a record. `alarm` makes a deadline ten seconds later;
/// `poison` can not be decoded.
#[derive(Default)]
struct Counter {
    counts: BTreeMap<Vec<u8>, u64>,
    alarm: Option<Timestamp>,
}

impl PartitionCore for Counter {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Undecodable> {
        let count = value.and_then(|value| std::str::from_utf8(value).ok()).and_then(|text| text.parse().ok());
        self.counts.insert(key.to_vec(), count.ok_or_else(|| Undecodable("not a count".to_owned()))?);
        Ok(())
    }

    fn step(&mut self, record: &Record, now: Timestamp) -> Result<Step, Undecodable> {
        if self.alarm.is_some_and(|at| at <= now) {
            self.alarm = None;
            return Ok(Step { bodies: vec![output(b"alarm", 0)], ..Step::default() });
        }
        let Some(key) = record.key.clone() else { return Ok(Step::default()) };
        match record.payload.as_deref() {
            Some(b"poison") => return Err(Undecodable("poison".to_owned())),
            Some(b"alarm") => self.alarm = Some(now.plus(Duration::from_secs(10))),
            _ => {}
        }
        let count = self.counts.entry(key.clone()).or_default();
        *count += 1;
        let (bodies, state) = (vec![output(&key, *count)], vec![(key, Some(count.to_string().into_bytes()))]);
        Ok(Step { bodies, state, traceparent: None })
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.alarm
    }
}

fn output(key: &[u8], count: u64) -> Body {
    Body::DeadLetter(DeadLetter {
        source: "counter".to_owned(),
        position: None,
        key: key.to_vec(),
        payload: count.to_string().into_bytes(),
        reason: String::new(),
    })
}

type CountingWorker = Worker<MemoryWorker, Counter, fn(i32) -> Counter>;

struct World {
    broker: MemoryBroker,
    clock: VirtualClock,
}

impl World {
    fn new() -> Self {
        let clock = VirtualClock::at(1_000);
        let broker = MemoryBroker::new(clock.as_clock());
        let topic = |name: &str, compact: bool| TopicSpec {
            name: name.to_owned(),
            partitions: 2,
            cleanup: if compact { Cleanup::Compact } else { Cleanup::Delete(Duration::from_secs(3600)) },
            append_time: true,
        };
        broker.create_topics(&[topic(INPUT, false), topic(STATE, true), topic(OUTPUT, false)]).expect("new topics");
        Self { broker, clock }
    }

    fn spec(name: &str) -> WorkerSpec {
        WorkerSpec {
            name: name.to_owned(),
            group: "counters".to_owned(),
            input: INPUT.to_owned(),
            state: Some(STATE.to_owned()),
        }
    }

    fn worker(&self, name: &str) -> CountingWorker {
        let handle = self.broker.worker(&Self::spec(name)).expect("a worker");
        Worker::new(handle, Self::spec(name), PREFIX, Cadence::immediate(), |_| Counter::default())
    }

    fn send(&self, key: &str, payload: &str) {
        let record = Outgoing {
            topic: INPUT.to_owned(),
            key: Some(key.as_bytes().to_vec()),
            payload: Some(payload.as_bytes().to_vec()),
            ..Outgoing::default()
        };
        let sender = self.broker.sender().expect("a sender");
        let sent =
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(sender.send(record));
        sent.expect("memory takes it");
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    /// Turns until nothing happens any more.
    fn settle(&self, worker: &mut CountingWorker) {
        for _ in 0..200 {
            match worker.turn(self.now()).expect("no error") {
                Turn::Idle if self.broker.lag("counters", INPUT) == Ok(0) => return,
                // A rebalance may wait for a session to end by the clock.
                Turn::Idle => self.clock.advance(Duration::from_secs(1)),
                _ => {}
            }
        }
        panic!("the worker does not come to rest");
    }

    /// What stands on the output topic: (key, count), in order.
    fn outputs(&self) -> Vec<(String, String)> {
        let records = self.broker.records(OUTPUT).expect("the topic is there");
        let letters =
            records.iter().filter_map(|record| match usher_proto::decode(record.payload.as_deref()?).ok()?.body {
                Body::DeadLetter(letter) => Some(letter),
                _ => None,
            });
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        letters
            .map(|letter| {
                (text(letter.key), if letter.reason.is_empty() { text(letter.payload) } else { letter.reason })
            })
            .collect()
    }

    fn sorted_outputs(&self) -> Vec<(String, String)> {
        let mut outputs = self.outputs();
        outputs.sort();
        outputs
    }
}

fn counted(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, count)| ((*key).to_owned(), (*count).to_owned())).collect()
}

#[test]
fn outputs_state_and_offsets_stand_together_and_survive_a_restart() {
    let world = World::new();
    world.send("a", "x");
    world.send("a", "x");
    let mut worker = world.worker("w0");
    world.settle(&mut worker);
    drop(worker);
    world.send("a", "x");
    let mut again = world.worker("w0");
    world.settle(&mut again);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2"), ("a", "3")]));
}

#[test]
fn an_aborted_transaction_is_done_again_from_the_state_that_stands() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    world.broker.abort_next_commit("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2")]));
}

#[test]
fn a_lost_commit_counts_once_whether_it_stands_or_not() {
    for applied in [true, false] {
        let world = World::new();
        let mut worker = world.worker("w0");
        world.send("a", "x");
        world.settle(&mut worker);
        world.broker.lose_next_commit("w0", applied);
        world.send("a", "x");
        world.send("a", "x");
        world.settle(&mut worker);
        assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2"), ("a", "3")]), "applied: {applied}");
    }
}

#[test]
fn poison_goes_to_the_dead_letters_and_the_partition_goes_on() {
    let world = World::new();
    world.send("a", "x");
    world.send("a", "poison");
    world.send("a", "x");
    let mut worker = world.worker("w0");
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "poison"), ("a", "2")]));
}

#[test]
fn a_due_deadline_makes_a_tick_and_fires_when_it_is_read() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "alarm");
    world.settle(&mut worker);
    world.clock.advance(Duration::from_millis(9_999));
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1")]));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(worker.turn(world.now()), Ok(Turn::Idle), "the tick is only appended");
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("alarm", "0")]));
}

#[test]
fn a_worker_of_another_name_takes_over_and_ends_the_dead_ones_transaction() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    drop(worker);
    let partition = usher_broker::partition_of(b"a", 2);
    let open = Outgoing {
        topic: STATE.to_owned(),
        partition: Some(partition),
        key: Some(b"a".to_vec()),
        payload: Some(b"9".to_vec()),
        ..Outgoing::default()
    };
    world.broker.hold_transaction("w0", open).expect("a transaction stays open");
    world.send("a", "x");
    let mut other = world.worker("w1");
    world.settle(&mut other);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2")]));
}

#[test]
fn state_that_does_not_agree_with_the_offsets_refuses_to_start() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    drop(worker);
    // The same group on an empty state topic, as after a deleted one.
    let empty = TopicSpec { name: "empty".to_owned(), partitions: 2, cleanup: Cleanup::Compact, append_time: false };
    world.broker.create_topics(&[empty]).expect("a new topic");
    let spec = WorkerSpec { state: Some("empty".to_owned()), ..World::spec("w0") };
    let handle = world.broker.worker(&spec).expect("a worker");
    let mut worker: CountingWorker = Worker::new(handle, spec, PREFIX, Cadence::immediate(), |_| Counter::default());
    let refused = (0..100).find_map(|_| {
        world.clock.advance(Duration::from_secs(1));
        worker.turn(world.now()).err()
    });
    match refused {
        Some(error @ WorkerError::StateDisagrees { .. }) => {
            assert!(error.to_string().contains("the group stands at offset 1, the state is empty"), "{error}");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn two_workers_share_the_partitions_and_count_everything_once() {
    let world = World::new();
    let (mut one, mut two) = (world.worker("w0"), world.worker("w1"));
    for round in 0..40 {
        world.send(&format!("k{}", round % 5), "x");
        one.turn(world.now()).expect("no error");
        two.turn(world.now()).expect("no error");
    }
    for _ in 0..200 {
        one.turn(world.now()).expect("no error");
        two.turn(world.now()).expect("no error");
    }
    assert_eq!(one.partitions().count() + two.partitions().count(), 2);
    let expected: Vec<(String, String)> =
        (0..5).flat_map(|key| (1..=8).map(move |count| (format!("k{key}"), count.to_string()))).collect();
    assert_eq!(world.sorted_outputs(), expected);
}

/// What may happen to a worker between two turns.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Send(u8),
    Turn,
    Abort,
    LoseApplied,
    LoseNotApplied,
    Lost,
    Kill,
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        4 => (0u8..4).prop_map(Trouble::Send),
        4 => Just(Trouble::Turn),
        1 => Just(Trouble::Abort),
        1 => Just(Trouble::LoseApplied),
        1 => Just(Trouble::LoseNotApplied),
        1 => Just(Trouble::Lost),
        1 => Just(Trouble::Kill),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_to_its_transactions_each_record_counts_once(troubles in prop::collection::vec(trouble(), 1..60)) {
        let world = World::new();
        let mut worker = world.worker("w0");
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for trouble in troubles {
            match trouble {
                Trouble::Send(key) => {
                    world.send(&key.to_string(), "x");
                    *sent.entry(key.to_string()).or_default() += 1;
                }
                Trouble::Turn => { worker.turn(world.now()).expect("no error"); }
                Trouble::Abort => world.broker.abort_next_commit("w0"),
                Trouble::LoseApplied => world.broker.lose_next_commit("w0", true),
                Trouble::LoseNotApplied => world.broker.lose_next_commit("w0", false),
                Trouble::Lost => { let _ = world.broker.lose("counters", INPUT, "w0"); }
                Trouble::Kill => worker = world.worker("w0"),
            }
        }
        world.settle(&mut worker);
        let mut expected: Vec<(String, String)> = sent
            .iter()
            .flat_map(|(key, count)| (1..=*count).map(move |nth| (key.clone(), nth.to_string())))
            .collect();
        expected.sort();
        prop_assert_eq!(world.sorted_outputs(), expected);
    }
}
