//! A reader's handle: read_committed, every partition of a topic, outside any group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use usher_broker::{BrokerError, Partition, ReadFrom, ReaderHandle, Record};

use crate::error::could_not;
use crate::log_lines::Logs;
use crate::partitions::{count, list_from, record};
use crate::settings::{CALL_TIMEOUT, KafkaSettings};

/// Named because librdkafka wants a name; never joined.
const NO_GROUP: &str = "usher-reader";

/// A reader on Kafka.
pub struct KafkaReader {
    topic: String,
    consumer: BaseConsumer<Logs>,
    /// Partitions of which something is unread that stood there when the reader was made, with where that ended.
    unread: BTreeMap<Partition, i64>,
    /// An error that came behind records, told by the next poll.
    postponed: Option<BrokerError>,
}

impl KafkaReader {
    pub(crate) fn open(settings: &KafkaSettings, topic: &str, from: ReadFrom) -> Result<Self, BrokerError> {
        let what = format!("read topic `{topic}`");
        let consumer: BaseConsumer<Logs> =
            settings.to_the_end(NO_GROUP).create_with_context(Logs).map_err(|error| could_not(&what, &error))?;
        let mut starts = Vec::new();
        let mut unread = BTreeMap::new();
        for partition in 0..count(&consumer, topic)? {
            let (first, end) = ends(&consumer, topic, partition)?;
            match from {
                ReadFrom::Start => {
                    starts.push((partition, Offset::Beginning));
                    if first < end {
                        unread.insert(partition, end);
                    }
                }
                ReadFrom::End => starts.push((partition, Offset::Offset(end))),
            }
        }
        list_from(topic, &starts).and_then(|list| consumer.assign(&list)).map_err(|error| could_not(&what, &error))?;
        Ok(Self { topic: topic.to_owned(), consumer, unread, postponed: None })
    }

    /// The last offset before the end may be a marker, which is never delivered; then the end of partition says it.
    fn delivered(&mut self, record: &Record) {
        if self.unread.get(&record.partition).is_some_and(|end| record.offset + 1 >= *end) {
            self.unread.remove(&record.partition);
        }
    }
}

/// The end is asked for here and now: left to librdkafka it would be asked later, and records written in between would
/// be missed. It is the last stable offset, so what is still uncommitted now is read when it commits.
fn ends(consumer: &BaseConsumer<Logs>, topic: &str, partition: Partition) -> Result<(i64, i64), BrokerError> {
    consumer
        .fetch_watermarks(topic, partition, CALL_TIMEOUT)
        .map_err(|error| could_not(&format!("ask for the end of partition {partition} of `{topic}`"), &error))
}

impl ReaderHandle for KafkaReader {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, BrokerError> {
        if let Some(error) = self.postponed.take() {
            return Err(error);
        }
        let deadline = Instant::now() + wait;
        let mut records = Vec::new();
        while records.len() < max {
            let left = match records.is_empty() {
                true => deadline.saturating_duration_since(Instant::now()),
                false => Duration::ZERO,
            };
            match self.consumer.poll(left) {
                Some(Ok(message)) => {
                    let record = record(&message);
                    drop(message);
                    self.delivered(&record);
                    records.push(record);
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.unread.remove(&partition);
                }
                Some(Err(error)) => match could_not(&format!("read topic `{}`", self.topic), &error) {
                    lasting @ BrokerError::Misconfigured(_) if records.is_empty() => return Err(lasting),
                    lasting @ BrokerError::Misconfigured(_) => {
                        self.postponed = Some(lasting);
                        break;
                    }
                    // librdkafka goes on by itself.
                    _ => tracing::warn!(%error, topic = self.topic, "a reader reports a fault and goes on"),
                },
                None if left.is_zero() => break,
                None => {}
            }
        }
        Ok(records)
    }

    fn is_caught_up(&self) -> bool {
        self.unread.is_empty()
    }
}
