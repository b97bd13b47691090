//! The steps of a worker once more, without a worker: the same core, the same `now`, the same dead letters, the same
//! causes. It reads no state, writes nothing and asks no clock, so whoever has the records has the answers.

use usher_broker::Record;
use usher_domain::{Envelope, Timestamp};

use super::batch::envelopes;
use super::core::PartitionCore;
use super::slot::dead_letter;

/// One partition that is stepped again.
#[derive(Debug)]
pub struct Retrace<C> {
    topic: String,
    core: C,
    now: Timestamp,
}

impl<C: PartitionCore> Retrace<C> {
    /// A partition of `topic` of which nothing was read.
    pub fn new(topic: &str, core: C) -> Self {
        Self { topic: topic.to_owned(), core, now: Timestamp::default() }
    }

    /// What a worker writes for this record, in order. `worker_epoch` is the one thing that records do not decide: how
    /// often the worker had been started.
    pub fn step(&mut self, record: &Record, worker_epoch: u64) -> impl Iterator<Item = Envelope> + use<C> {
        self.now = self.now.max(Timestamp::from_millis(record.timestamp_ms));
        let step = self
            .core
            .step(record, self.now)
            .unwrap_or_else(|undecodable| dead_letter(record, &self.topic, undecodable));
        envelopes((&self.topic, record.partition, record.offset), self.now, step, worker_epoch)
    }
}
