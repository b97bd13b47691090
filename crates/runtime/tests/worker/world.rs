//! The counting core and the topics around it.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, Cleanup, Outgoing, Record, SenderHandle, TopicSpec, WorkerSpec};
use usher_domain::envelope::DeadLetter;
use usher_domain::{Body, Timestamp};
use usher_runtime::worker::{Cadence, PartitionCore, Step, Turn, Undecodable, Worker};

pub(crate) const PREFIX: &str = "t";
pub(crate) const INPUT: &str = "t.conversations.v1";
pub(crate) const STATE: &str = "t.conversations-state.v1";
pub(crate) const OUTPUT: &str = "t.dead-letters.v1";

/// Counts how often each key came, and says so in one output a record. `alarm` makes a deadline ten seconds later;
/// `poison` can not be decoded.
#[derive(Default)]
pub(crate) struct Counter {
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

pub(crate) fn output(key: &[u8], count: u64) -> Body {
    Body::DeadLetter(DeadLetter {
        source: "counter".to_owned(),
        position: None,
        key: key.to_vec(),
        payload: count.to_string().into_bytes(),
        reason: String::new(),
    })
}

pub(crate) type CountingWorker = Worker<MemoryWorker, Counter, fn(i32) -> Counter>;

pub(crate) struct World {
    pub(crate) broker: MemoryBroker,
    pub(crate) clock: VirtualClock,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = VirtualClock::at(1_000);
        let broker = MemoryBroker::new(clock.as_clock());
        let topic = |name: &str, compact: bool| TopicSpec {
            name: name.to_owned(),
            partitions: 2,
            cleanup: if compact { Cleanup::Compact } else { Cleanup::Delete(Duration::from_secs(3600)) },
            append_time: true,
            record_bytes_max: None,
        };
        broker.create_topics(&[topic(INPUT, false), topic(STATE, true), topic(OUTPUT, false)]).expect("new topics");
        Self { broker, clock }
    }

    pub(crate) fn spec(name: &str) -> WorkerSpec {
        WorkerSpec {
            name: name.to_owned(),
            group: "counters".to_owned(),
            input: INPUT.to_owned(),
            state: Some(STATE.to_owned()),
        }
    }

    pub(crate) fn worker(&self, name: &str) -> CountingWorker {
        let handle = self.broker.worker(&Self::spec(name)).expect("a worker");
        Worker::new(handle, Self::spec(name), PREFIX, Cadence::immediate(), |_| Counter::default())
    }

    pub(crate) fn send(&self, key: &str, payload: &str) {
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

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now_ms())
    }

    /// Turns until nothing happens any more.
    pub(crate) fn settle(&self, worker: &mut CountingWorker) {
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
    pub(crate) fn outputs(&self) -> Vec<(String, String)> {
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

    pub(crate) fn sorted_outputs(&self) -> Vec<(String, String)> {
        let mut outputs = self.outputs();
        outputs.sort();
        outputs
    }
}

pub(crate) fn counted(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, count)| ((*key).to_owned(), (*count).to_owned())).collect()
}
