//! Everything that the broker in memory holds, behind its one lock: topics, groups and producers. Each call is told the
//! time; nothing here waits.

use std::collections::BTreeMap;

use super::faults::Faults;
use super::group::Group;
use super::log::{PartitionLog, TransactionId};
use super::transaction::Producer;
use crate::{
    BrokerError, Cleanup, Outgoing, PRODUCED_BYTES_MAX, Partition, RECORD_BYTES_MAX, Sent, TopicSpec, partition_of,
};

/// After this time without its handle a member leaves the group (`session.timeout.ms`).
pub(super) const SESSION_TIMEOUT_MS: i64 = 10_000;

/// A topic.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) spec: TopicSpec,
    pub(super) partitions: Vec<PartitionLog>,
    /// Where the next record without key and partition goes.
    turn: Partition,
}

/// The whole.
#[derive(Debug, Default)]
pub(super) struct State {
    topics: BTreeMap<String, Topic>,
    /// By group and topic: a group reads one topic.
    pub(super) groups: BTreeMap<(String, String), Group>,
    /// By `transactional.id`, which is the worker's name.
    pub(super) producers: BTreeMap<String, Producer>,
    pub(super) faults: Faults,
    /// The last number given to a transaction or a handle.
    last_id: u64,
}

impl State {
    /// A number that was not used before.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Does what became due: late markers, transactions and members that timed out.
    pub(super) fn settle(&mut self, now_ms: i64) {
        self.settle_transactions(now_ms);
        for group in self.groups.values_mut() {
            group.expire(now_ms.saturating_sub(SESSION_TIMEOUT_MS));
        }
    }

    /// Whether time alone may change something.
    pub(super) fn awaits_time(&self) -> bool {
        self.producers.values().any(Producer::awaits_time) || self.groups.values().any(Group::awaits_somebody)
    }

    /// A topic by its name.
    pub(super) fn topic(&self, name: &str) -> Result<&Topic, BrokerError> {
        self.topics.get(name).ok_or_else(|| missing(name))
    }

    /// A topic by its name, to be changed.
    pub(super) fn topic_mut(&mut self, name: &str) -> Result<&mut Topic, BrokerError> {
        self.topics.get_mut(name).ok_or_else(|| missing(name))
    }

    /// A partition.
    pub(super) fn log(&self, topic: &str, partition: Partition) -> Result<&PartitionLog, BrokerError> {
        let found = usize::try_from(partition).ok().and_then(|index| self.topics.get(topic)?.partitions.get(index));
        found.ok_or_else(|| missing_partition(topic, partition))
    }

    /// A partition, to be changed.
    pub(super) fn log_mut(&mut self, topic: &str, partition: Partition) -> Result<&mut PartitionLog, BrokerError> {
        let index = usize::try_from(partition).ok();
        let found = index.and_then(|index| self.topics.get_mut(topic)?.partitions.get_mut(index));
        found.ok_or_else(|| missing_partition(topic, partition))
    }

    /// The group of this name on this topic.
    pub(super) fn group(&mut self, name: &str, topic: &str) -> Result<&mut Group, BrokerError> {
        let partitions = self.topic(topic)?.spec.partitions;
        Ok(self.groups.entry((name.to_owned(), topic.to_owned())).or_insert_with(|| Group::new(partitions)))
    }

    /// Creates a topic if it is missing.
    pub(super) fn create(&mut self, spec: &TopicSpec) -> Result<(), BrokerError> {
        let count = usize::try_from(spec.partitions).unwrap_or(0);
        if count == 0 {
            let text =
                format!("topic `{}` can not have {} partitions: give it at least one", spec.name, spec.partitions);
            return Err(BrokerError::Misconfigured(text));
        }
        self.topics.entry(spec.name.clone()).or_insert_with(|| Topic {
            spec: spec.clone(),
            partitions: vec![PartitionLog::default(); count],
            turn: 0,
        });
        Ok(())
    }

    /// Deletes a topic with what groups noted about it. One that is not there is no error.
    pub(super) fn delete(&mut self, name: &str) {
        self.topics.remove(name);
        self.groups.retain(|(_, topic), _| topic != name);
    }

    /// All topics.
    pub(super) fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.values()
    }

    /// Appends a record to the partition that it names, or that its key names, or to the next one.
    pub(super) fn append(
        &mut self,
        record: Outgoing,
        transaction: Option<TransactionId>,
        now_ms: i64,
    ) -> Result<Sent, BrokerError> {
        let name = record.topic.clone();
        let topic = self.topic_mut(&name)?;
        if record.key.is_none() && topic.spec.cleanup == Cleanup::Compact {
            let text = format!("topic `{name}` is compacted: give each record a key");
            return Err(BrokerError::Misconfigured(text));
        }
        if let Some(text) = topic.too_large(&record) {
            return Err(BrokerError::Misconfigured(text));
        }
        let partition = record.partition.unwrap_or_else(|| topic.partition_for(record.key.as_deref()));
        let offset = self.log_mut(&name, partition)?.append(partition, now_ms, record, transaction);
        Ok(Sent { partition, offset })
    }
}

impl Topic {
    /// Why a record is too large for this topic, if it is.
    pub(super) fn too_large(&self, record: &Outgoing) -> Option<String> {
        let bytes = record.bytes();
        let limit = self.spec.record_bytes_max.unwrap_or(RECORD_BYTES_MAX).min(PRODUCED_BYTES_MAX);
        (bytes > usize::try_from(limit).unwrap_or(usize::MAX)).then(|| {
            format!("a record of {bytes} bytes is too large for topic `{}`, which takes {limit}", self.spec.name)
        })
    }

    /// As `murmur2_random` does, but in turn where that one draws.
    fn partition_for(&mut self, key: Option<&[u8]>) -> Partition {
        if let Some(key) = key {
            return partition_of(key, self.spec.partitions);
        }
        self.turn = (self.turn + 1) % self.spec.partitions;
        self.turn
    }
}

fn missing(topic: &str) -> BrokerError {
    BrokerError::Misconfigured(format!("topic `{topic}` does not exist: create it first"))
}

fn missing_partition(topic: &str, partition: Partition) -> BrokerError {
    BrokerError::Misconfigured(format!("there is no partition {partition} of topic `{topic}`"))
}
