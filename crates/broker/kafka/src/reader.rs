//! A reader's handle: read_committed, every partition of a topic, outside any group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use usher_broker::{BrokerError, Partition, ReadFrom, ReaderHandle, Record};

use crate::beginning::Extent;
use crate::error::could_not;
use crate::gather::Gathering;
use crate::log_lines::Logs;
use crate::partitions::{count, extent, list_from};
use crate::settings::KafkaSettings;

/// Named because librdkafka wants a name; never joined.
const NO_GROUP: &str = "usher-reader";

/// A reader on Kafka.
pub struct KafkaReader {
    topic: String,
    consumer: BaseConsumer<Logs>,
    /// Partitions of which something is unread that stood there when the reader was made, with where that ended.
    unread: BTreeMap<Partition, i64>,
    /// Where each partition began.
    beginnings: Vec<i64>,
    gathering: Gathering,
}

impl KafkaReader {
    pub(crate) fn open(settings: &KafkaSettings, topic: &str, from: ReadFrom) -> Result<Self, BrokerError> {
        let what = format!("read topic `{topic}`");
        let consumer: BaseConsumer<Logs> =
            settings.to_the_end(NO_GROUP).create_with_context(Logs).map_err(|error| could_not(&what, &error))?;
        let mut starts = Vec::new();
        let (mut unread, mut beginnings) = (BTreeMap::new(), Vec::new());
        for partition in 0..count(&consumer, topic)? {
            // Asked for here and now: left to librdkafka the end would be asked later, and records written in between
            // would be missed. It is the last stable offset: what is still uncommitted now is read when it commits.
            let Extent { low, stable } = extent(&consumer, topic, partition)?;
            beginnings.push(low);
            match from {
                ReadFrom::Start => {
                    starts.push((partition, Offset::Beginning));
                    if low < stable {
                        unread.insert(partition, stable);
                    }
                }
                ReadFrom::End => starts.push((partition, Offset::Offset(stable))),
            }
        }
        list_from(topic, &starts).and_then(|list| consumer.assign(&list)).map_err(|error| could_not(&what, &error))?;
        Ok(Self { topic: topic.to_owned(), consumer, unread, beginnings, gathering: Gathering::default() })
    }

    /// The last offset before the end may be a marker, which is never delivered; then the end of partition says it.
    fn delivered(&mut self, record: &Record) {
        if self.unread.get(&record.partition).is_some_and(|end| record.offset + 1 >= *end) {
            self.unread.remove(&record.partition);
        }
    }

    fn told_of(&mut self, error: &KafkaError) -> Result<(), BrokerError> {
        if let KafkaError::PartitionEOF(partition) = error {
            self.unread.remove(partition);
            return Ok(());
        }
        match could_not(&format!("read topic `{}`", self.topic), error) {
            lasting @ BrokerError::Misconfigured(_) => Err(lasting),
            _ => {
                // librdkafka goes on by itself.
                tracing::warn!(%error, topic = self.topic, "a reader reports a fault and goes on");
                Ok(())
            }
        }
    }
}

impl ReaderHandle for KafkaReader {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, BrokerError> {
        let deadline = Instant::now() + wait;
        loop {
            match self.gathering.gather(&self.consumer, max, deadline, || false) {
                Ok(records) => {
                    records.iter().for_each(|record| self.delivered(record));
                    return Ok(records);
                }
                Err(error) => self.told_of(&error)?,
            }
        }
    }

    fn is_caught_up(&self) -> bool {
        self.unread.is_empty()
    }

    fn beginnings(&self) -> Vec<i64> {
        self.beginnings.clone()
    }
}
