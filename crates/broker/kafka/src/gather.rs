//! Taking records from a consumer: up to so many, waiting only for the first. An error behind records waits for the
//! next call, so that the records before it are delivered.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use usher_broker::Record;

use crate::partitions::record;

/// What one consumer's gathering leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    postponed: Option<KafkaError>,
}

impl Gathering {
    /// An error that the next call tells first.
    pub(crate) fn postpone(&mut self, error: KafkaError) {
        self.postponed = Some(error);
    }

    /// Records until `max`, until none is there at once, or until `interrupted`; the first is waited for until
    /// `deadline`. An error comes alone; the caller judges it and, where the consumer goes on, calls again.
    pub(crate) fn gather<C: ConsumerContext>(
        &mut self,
        consumer: &BaseConsumer<C>,
        max: usize,
        deadline: Instant,
        interrupted: impl Fn() -> bool,
    ) -> Result<Vec<Record>, KafkaError> {
        if let Some(error) = self.postponed.take() {
            return Err(error);
        }
        let mut records = Vec::new();
        while records.len() < max && !interrupted() {
            let left = match records.is_empty() {
                true => deadline.saturating_duration_since(Instant::now()),
                false => Duration::ZERO,
            };
            match consumer.poll(left) {
                Some(Ok(message)) => records.push(record(&message)),
                Some(Err(error)) if records.is_empty() => return Err(error),
                Some(Err(error)) => {
                    self.postpone(error);
                    break;
                }
                // After a rebalance, too, rdkafka returns nothing.
                None if left.is_zero() => break,
                None => {}
            }
        }
        Ok(records)
    }
}
