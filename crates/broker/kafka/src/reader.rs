//! A reader's handle: read_committed, every partition of a topic, outside any group.

use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use usher_broker::{BrokerError, ReadFrom, ReaderHandle, Record};

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
    /// An error that came behind records, told by the next poll.
    postponed: Option<BrokerError>,
}

impl KafkaReader {
    pub(crate) fn open(settings: &KafkaSettings, topic: &str, from: ReadFrom) -> Result<Self, BrokerError> {
        let what = format!("read topic `{topic}`");
        let consumer: BaseConsumer<Logs> =
            settings.read_committed(NO_GROUP).create_with_context(Logs).map_err(|error| could_not(&what, &error))?;
        let mut starts = Vec::new();
        for partition in 0..count(&consumer, topic)? {
            starts.push((partition, start(&consumer, topic, partition, from)?));
        }
        list_from(topic, &starts).and_then(|list| consumer.assign(&list)).map_err(|error| could_not(&what, &error))?;
        Ok(Self { topic: topic.to_owned(), consumer, postponed: None })
    }
}

/// The end is asked for here and now: left to librdkafka it would be asked later, and records written in between would
/// be missed. It is the last stable offset, so what is still uncommitted now is read when it commits.
fn start(consumer: &BaseConsumer<Logs>, topic: &str, partition: i32, from: ReadFrom) -> Result<Offset, BrokerError> {
    match from {
        ReadFrom::Start => Ok(Offset::Beginning),
        ReadFrom::End => consumer
            .fetch_watermarks(topic, partition, CALL_TIMEOUT)
            .map(|(_, end)| Offset::Offset(end))
            .map_err(|error| could_not(&format!("ask for the end of partition {partition} of `{topic}`"), &error)),
    }
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
                Some(Ok(message)) => records.push(record(&message)),
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
}
