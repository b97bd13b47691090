//! The worker's place in its consumer group. Rebalances are only noted here, because the callback runs inside `poll`:
//! the worker answers them later, with `start` and `release`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use usher_broker::Polled;

use crate::log_lines::{pass_error_on, pass_on};
use crate::partitions::numbers;

/// The consumer of a worker.
pub(crate) type GroupConsumer = BaseConsumer<Group>;

/// What the callbacks of one consumer leave for its worker.
#[derive(Default)]
pub(crate) struct Group {
    /// Rebalances that nobody has been told yet. The lock is never contended: callbacks run on the polling thread.
    rebalances: Mutex<VecDeque<Polled>>,
    /// Set before the consumer is dropped, when nobody is left to answer.
    closing: AtomicBool,
}

impl Group {
    /// The oldest rebalance that was not told yet.
    pub(crate) fn next_rebalance(&self) -> Option<Polled> {
        self.rebalances().pop_front()
    }

    /// Whether a rebalance waits to be told.
    pub(crate) fn has_rebalance(&self) -> bool {
        !self.rebalances().is_empty()
    }

    /// From now on rebalances are answered in the callback: closing a consumer revokes what it has and would wait for
    /// ever for an answer.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    fn rebalances(&self) -> MutexGuard<'_, VecDeque<Polled>> {
        self.rebalances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Group {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        pass_on(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        pass_error_on(&error, reason);
    }
}

impl ConsumerContext for Group {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, kind: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assigns = kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            let answer = if assigns { consumer.incremental_assign(list) } else { consumer.incremental_unassign(list) };
            if let Err(error) = answer {
                tracing::warn!(%error, "a rebalance while leaving the group could not be answered");
            }
            return;
        }
        let partitions = numbers(list);
        // Only here does librdkafka say whether the partitions are already somebody else's.
        let rebalance = match (assigns, consumer.assignment_lost()) {
            (true, _) => Polled::Assigned(partitions),
            (false, true) => Polled::Lost(partitions),
            (false, false) => Polled::Revoking(partitions),
        };
        self.rebalances().push_back(rebalance);
    }
}
