//! A broker whose readers see one topic otherwise than it was written: one record changed, or its beginning gone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use usher_broker::memory::{MemoryBroker, MemoryReader, MemorySender, MemoryWorker};
use usher_broker::{Broker, BrokerError, ReadFrom, ReaderHandle, Record, TopicSpec, WorkerSpec};
use usher_domain::Envelope;

type Change = fn(&mut Envelope) -> bool;

#[derive(Clone)]
pub(super) struct Tampered {
    broker: MemoryBroker,
    topic: String,
    /// Every partition begins here.
    begins: i64,
    change: Change,
    changed: Arc<AtomicBool>,
    /// Every reader sees the same record changed.
    place: Arc<Mutex<Option<(i32, i64)>>>,
}

pub(super) struct TamperedReader {
    reader: MemoryReader,
    of: Option<Tampered>,
}

impl Tampered {
    /// Changes the first record of the topic of which `change` says that it did.
    pub(super) fn new(broker: MemoryBroker, topic: String, change: Change) -> Self {
        Self { broker, topic, begins: 0, change, changed: Arc::default(), place: Arc::default() }
    }

    /// Takes all before this offset from every partition of the topic.
    pub(super) fn cut(broker: MemoryBroker, topic: String, begins: i64) -> Self {
        Self { begins, ..Self::new(broker, topic, |_| false) }
    }

    pub(super) fn has_changed(&self) -> bool {
        self.changed.load(Ordering::SeqCst)
    }

    fn tamper(&self, record: &mut Record) {
        let mut place = self.place.lock().expect("no test has panicked with it");
        let here = (record.partition, record.offset);
        let decoded = record.payload.as_deref().and_then(|payload| usher_proto::decode(payload).ok());
        let Some(mut envelope) = decoded.filter(|_| place.is_none_or(|place| place == here)) else { return };
        if (self.change)(&mut envelope) {
            *place = Some(here);
            self.changed.store(true, Ordering::SeqCst);
            record.payload = Some(usher_proto::encode(&envelope));
        }
    }
}

impl ReaderHandle for TamperedReader {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, BrokerError> {
        let mut records = self.reader.poll(max, wait)?;
        if let Some(tampered) = &self.of {
            records.retain(|record| record.offset >= tampered.begins);
            records.iter_mut().for_each(|record| tampered.tamper(record));
        }
        Ok(records)
    }

    fn is_caught_up(&self) -> bool {
        self.reader.is_caught_up()
    }

    fn beginnings(&self) -> Vec<i64> {
        let begins = self.of.as_ref().map_or(0, |tampered| tampered.begins);
        self.reader.beginnings().iter().map(|_| begins).collect()
    }
}

impl Broker for Tampered {
    type Worker = MemoryWorker;
    type Sender = MemorySender;
    type Reader = TamperedReader;

    fn worker(&self, _: &WorkerSpec) -> Result<MemoryWorker, BrokerError> {
        panic!("a replay is no worker")
    }

    fn sender(&self) -> Result<MemorySender, BrokerError> {
        panic!("a replay sends nothing")
    }

    fn reader(&self, topic: &str, from: ReadFrom) -> Result<TamperedReader, BrokerError> {
        let reader = self.broker.reader(topic, from)?;
        Ok(TamperedReader { reader, of: (topic == self.topic).then(|| self.clone()) })
    }

    fn create_topics(&self, _: &[TopicSpec]) -> Result<(), BrokerError> {
        panic!("a replay makes no topics")
    }

    fn describe_topics(&self, _: &str) -> Result<Vec<TopicSpec>, BrokerError> {
        panic!("a replay asks for no topics")
    }

    fn delete_topics(&self, _: &[String]) -> Result<(), BrokerError> {
        panic!("a replay deletes nothing")
    }
}
