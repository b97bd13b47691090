//! What the broker in memory can be told to do wrong, each as a real one does it; and what a test may ask about its
//! logs. A fault names a worker, so that a simulation with many of them stays exact.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::MemoryBroker;
use super::log::{Headers, PartitionLog};
use crate::{BrokerError, Outgoing, Partition, Record};

/// How the next commit of a worker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitFault {
    /// With an abort.
    Abort,
    /// Without an answer; whether it stands is said here.
    Lose { applied: bool },
}

/// Faults that are still to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    commits: BTreeMap<String, VecDeque<CommitFault>>,
    pub(super) marker_delay_ms: i64,
    pub(super) sends_refused: bool,
}

impl Faults {
    /// Takes the fault of this worker's commit, if there is one.
    pub(super) fn next_commit(&mut self, worker: &str) -> Option<CommitFault> {
        self.commits.get_mut(worker)?.pop_front()
    }
}

/// Faults. Those that name a commit wait in line, one for each commit of that worker.
impl MemoryBroker {
    /// Aborts the worker's next commit.
    pub fn abort_next_commit(&self, worker: &str) {
        self.commit_fault(worker, CommitFault::Abort);
    }

    /// Loses the answer to the worker's next commit, which stands if `applied`.
    pub fn lose_next_commit(&self, worker: &str, applied: bool) {
        self.commit_fault(worker, CommitFault::Lose { applied });
    }

    fn commit_fault(&self, worker: &str, fault: CommitFault) {
        self.change(|state, _| state.faults.commits.entry(worker.to_owned()).or_default().push_back(fault));
    }

    /// Fences the worker's producer and ends its open transaction, as a second holder of its name does.
    pub fn fence(&self, worker: &str) {
        self.change(|state, now_ms| state.init_producer(worker, now_ms));
    }

    /// Opens a transaction under `name` and writes one record into it; what follows that record stays hidden until
    /// [`Self::end_held_transaction`], until somebody takes over the name, or for 10 s.
    pub fn hold_transaction(&self, name: &str, record: Outgoing) -> Result<(), BrokerError> {
        self.change(|state, now_ms| {
            let epoch = state.init_producer(name, now_ms);
            match state.begin(name, epoch, now_ms) {
                Some(id) => state.write(name, id, record, now_ms),
                None => Ok(()),
            }
        })
    }

    /// Commits or aborts what [`Self::hold_transaction`] opened.
    pub fn end_held_transaction(&self, name: &str, committed: bool) {
        self.change(|state, now_ms| state.end(name, committed, now_ms));
    }

    /// From now on a commit is acknowledged this long before its markers are written, so that the last stable offset
    /// lags behind. Zero ends it. A producer's next transaction waits for the markers of its last one: it writes them.
    pub fn delay_markers(&self, delay: Duration) {
        let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        self.change(|state, _| state.faults.marker_delay_ms = delay_ms);
    }

    /// Asks partitions back from a worker. Once it has released them, another worker gets them if there is one, else
    /// it gets them again.
    pub fn revoke(&self, group: &str, topic: &str, worker: &str, partitions: &[Partition]) -> Result<(), BrokerError> {
        let partitions = partitions.iter().copied().collect();
        self.change(|state, _| state.group(group, topic).map(|group| group.revoke(worker, &partitions)))
    }

    /// Takes all partitions from a worker without asking, as when its session timed out; it joins again by itself.
    pub fn lose(&self, group: &str, topic: &str, worker: &str) -> Result<(), BrokerError> {
        self.change(|state, _| state.group(group, topic).map(|group| group.lose(worker)))
    }

    /// Ends the session of a worker whose handle was dropped, instead of waiting for 10 s.
    pub fn expire(&self, group: &str, topic: &str, worker: &str) -> Result<(), BrokerError> {
        self.change(|state, _| state.group(group, topic).map(|group| group.expire_now(worker)))
    }

    /// Lets every sender be told that the broker is away, or ends that.
    pub fn refuse_sends(&self, refused: bool) {
        self.change(|state, _| state.faults.sends_refused = refused);
    }

    /// Compacts every partition of a topic now.
    pub fn compact(&self, topic: &str) -> Result<(), BrokerError> {
        self.change(|state, _| {
            state.topic_mut(topic)?.partitions.iter_mut().for_each(PartitionLog::compact);
            Ok(())
        })
    }
}

/// Questions about the logs.
impl MemoryBroker {
    /// The committed records of a topic, by partition and offset.
    pub fn records(&self, topic: &str) -> Result<Vec<Record>, BrokerError> {
        self.change(|state, _| {
            let partitions = &state.topic(topic)?.partitions;
            Ok(partitions.iter().flat_map(|log| log.read(0, usize::MAX).0).collect())
        })
    }

    /// The headers of a record, if there is one at this place.
    pub fn headers(&self, topic: &str, partition: Partition, offset: i64) -> Result<Option<Headers>, BrokerError> {
        self.change(|state, _| Ok(state.log(topic, partition)?.headers(offset).cloned()))
    }

    /// The last stable offset and the high watermark of a partition.
    pub fn watermarks(&self, topic: &str, partition: Partition) -> Result<(i64, i64), BrokerError> {
        self.change(|state, _| {
            let log = state.log(topic, partition)?;
            Ok((log.last_stable(), log.high_watermark()))
        })
    }

    /// How many readable records of a topic the group has not committed yet.
    pub fn lag(&self, group: &str, topic: &str) -> Result<usize, BrokerError> {
        self.change(|state, _| {
            let committed = state.group(group, topic)?.clone();
            let from = |partition| committed.committed(partition).map_or(0, |position| position.offset);
            let partitions = &state.topic(topic)?.partitions;
            Ok((0..).zip(partitions).map(|(partition, log)| log.unread(from(partition))).sum())
        })
    }
}
