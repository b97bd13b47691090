//! The worker's place in its consumer group. Rebalances are only noted here, because the callback runs inside `poll`:
//! the worker answers them later, with `start` and `release`. And leaving: closing a consumer revokes what it has and
//! waits for an answer, so it is given here when no worker is left to give it.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use usher_broker::Polled;

use crate::log_lines::{pass_error_on, pass_on};
use crate::partitions::numbers;

/// How long a consumer may take to close; beyond that it goes on closing behind the worker's back. librdkafka waits for
/// a broker that is away for up to a session timeout.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The consumer of a worker; closes when it is dropped.
pub(crate) struct Member(Option<BaseConsumer<Group>>);

impl Member {
    pub(crate) fn new(consumer: BaseConsumer<Group>) -> Self {
        Self(Some(consumer))
    }
}

impl Deref for Member {
    type Target = BaseConsumer<Group>;

    fn deref(&self) -> &BaseConsumer<Group> {
        self.0.as_ref().expect("the consumer is there until it is dropped")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let Some(consumer) = self.0.take() else { return };
        consumer.context().stage.store(CLOSING, Ordering::Release);
        let (closed, is_closed) = mpsc::channel();
        thread::spawn(move || {
            drop(consumer);
            // Nobody listens any more when it took too long.
            let _ = closed.send(());
        });
        if is_closed.recv_timeout(CLOSE_TIMEOUT).is_err() {
            tracing::warn!("a consumer is still closing: the broker does not answer");
        }
    }
}

/// Stages of a consumer's life.
const AT_WORK: u8 = 0;
const CLOSING: u8 = 1;
const ANSWERED: u8 = 2;

/// What the callbacks of one consumer leave for its worker.
#[derive(Default)]
pub(crate) struct Group {
    /// Rebalances that nobody has been told yet. The lock is never contended: callbacks run on the polling thread.
    rebalances: Mutex<VecDeque<Polled>>,
    stage: AtomicU8,
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

    /// Answers the first rebalance of a closing consumer, whichever it is: librdkafka then takes any answer as "all is
    /// given back". A second answer could meet a group that has already ended, and wait for ever.
    fn answer_once(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) {
        let first = self.stage.compare_exchange(CLOSING, ANSWERED, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if first && let Err(error) = consumer.incremental_unassign(list) {
            tracing::warn!(%error, "a rebalance could not be answered while leaving the group");
        }
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
        if self.stage.load(Ordering::Acquire) != AT_WORK {
            return self.answer_once(consumer, list);
        }
        let assigns = kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
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
