//! Reading a state partition from its start to its high watermark, as a restore needs it.
//!
//! A read_committed "end" is the last stable offset: it may lie before a transaction that a commit has acknowledged and
//! whose markers are still being written. So the high watermark is asked of a read_uncommitted client, and reading
//! begins only when the last stable offset has passed it; then the first end of partition is the end.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use usher_broker::{BrokerError, Partition, Record, StateRead};

use crate::drain::drain_consumer;
use crate::error::could_not;
use crate::log_lines::Logs;
use crate::partitions::{count, list_from, record, watermarks};
use crate::settings::KafkaSettings;

/// How long an open transaction below the high watermark is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long reading may stand still before the broker counts as away.
const STANDSTILL: Duration = Duration::from_secs(30);

/// The clients that read one state topic.
pub(crate) struct StateTopic {
    topic: String,
    /// Answers with high watermarks.
    all: BaseConsumer<Logs>,
    /// Answers with last stable offsets, and reads.
    stable: BaseConsumer<Logs>,
}

impl StateTopic {
    pub(crate) fn connect(settings: &KafkaSettings, group: &str, topic: &str) -> Result<Self, BrokerError> {
        let what = format!("make the readers of state topic `{topic}`");
        let all = settings.read_uncommitted(group).create_with_context(Logs).map_err(|e| could_not(&what, &e))?;
        let stable = settings.to_the_end(group).create_with_context(Logs).map_err(|e| could_not(&what, &e))?;
        Ok(Self { topic: topic.to_owned(), all, stable })
    }

    /// Takes in what waits at both clients: between two restores nobody polls them.
    pub(crate) fn drain(&self) {
        drain_consumer(&self.all);
        drain_consumer(&self.stable);
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> i32 {
        crate::native::waiting(&self.all) + crate::native::waiting(&self.stable)
    }

    /// How many partitions the state topic has.
    pub(crate) fn partitions(&self) -> Result<i32, BrokerError> {
        count(&self.all, &self.topic)
    }

    /// Calls `each` for every committed record, in order.
    pub(crate) fn read(&self, partition: Partition, each: &mut dyn FnMut(Record)) -> Result<StateRead, BrokerError> {
        self.drain();
        let (low, high) = self.watermarks(&self.all, partition)?;
        let read = if self.is_stable_up_to(high, partition)? { StateRead::Complete } else { StateRead::Blocked };
        if low < high {
            self.read_to_end(partition, each)?;
        }
        Ok(read)
    }

    fn is_stable_up_to(&self, high: i64, partition: Partition) -> Result<bool, BrokerError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, stable) = self.watermarks(&self.stable, partition)?;
            if stable >= high {
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn read_to_end(&self, partition: Partition, each: &mut dyn FnMut(Record)) -> Result<(), BrokerError> {
        let what = format!("read partition {partition} of state topic `{}`", self.topic);
        let from_start = list_from(&self.topic, &[(partition, Offset::Beginning)]);
        from_start.and_then(|list| self.stable.assign(&list)).map_err(|error| could_not(&what, &error))?;
        let read = self.deliver(&what, each);
        let left = self.stable.unassign().map_err(|error| could_not(&what, &error));
        read.and(left)
    }

    fn deliver(&self, what: &str, each: &mut dyn FnMut(Record)) -> Result<(), BrokerError> {
        let mut last_news = Instant::now();
        loop {
            match self.stable.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    each(record(&message));
                    last_news = Instant::now();
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                // librdkafka goes on by itself; a broker that stays away shows as a standstill.
                Some(Err(error)) => tracing::debug!(%error, "{what}"),
                None => {}
            }
            if last_news.elapsed() > STANDSTILL {
                return Err(BrokerError::Unavailable(format!("could not {what}: no answer for 30 s")));
            }
        }
    }

    fn watermarks(&self, client: &BaseConsumer<Logs>, partition: Partition) -> Result<(i64, i64), BrokerError> {
        watermarks(client, &self.topic, partition).map_err(|error| {
            could_not(&format!("ask for the end of partition {partition} of `{}`", self.topic), &error)
        })
    }
}
