//! One worker: one thread, one topic, one group, one core a partition. A [`Worker::turn`] is one round of
//! poll → begin → step each record → records, changed state, offsets → commit, and returns, so that a simulator can
//! drive many workers in one thread under virtual time; [`run`] calls it for ever.
//!
//! Nothing is shared and nothing is locked. What a core decides is not this file's business; that it becomes durable
//! together with its state and its offset is.

mod at_work;
mod batch;
mod commit;
mod core;
mod pace;
mod pure;
mod rebalance;
mod restore;
mod retrace;
mod run;
mod slot;
mod ticks;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use usher_broker::{BrokerError, Partition, Polled, Position, Record, WorkerHandle, WorkerSpec};
use usher_domain::Timestamp;

pub use self::at_work::AtWork;
pub use self::core::{Finished, PartitionCore, Step, Undecodable};
pub use pure::PurePartition;
pub use retrace::Retrace;
pub use run::{Stop, clock, run};

use crate::topics::TopicNames;
use commit::Broken;
use slot::Slot;

/// How often a worker commits and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// After a commit, the next transaction takes what comes for this long before it commits: committing back to back
    /// would run into librdkafka's fixed 20 ms wait while the last markers are written. A record that comes later than
    /// that waits for nothing.
    pub commit_after: Duration,
    /// Or this many records.
    pub records_max: usize,
    /// Or this many outputs and changes of state, whatever the number of records: a transaction must end well inside
    /// its timeout also when a million deadlines fire at once.
    pub outputs_max: usize,
    /// How long a poll waits when nothing is under way.
    pub idle_wait: Duration,
    /// How long a poll waits while outside calls are under way.
    pub busy_wait: Duration,
}

impl Default for Cadence {
    fn default() -> Self {
        Self::BOUNDS
    }
}

impl Cadence {
    /// The usual one.
    const BOUNDS: Self = Self {
        commit_after: Duration::from_millis(5),
        records_max: 2_500,
        outputs_max: 20_000,
        idle_wait: Duration::from_millis(100),
        busy_wait: Duration::from_millis(3),
    };

    /// For simulators: a turn takes what is there and never waits.
    pub const fn immediate() -> Self {
        Self { commit_after: Duration::ZERO, idle_wait: Duration::ZERO, busy_wait: Duration::ZERO, ..Self::BOUNDS }
    }
}

/// Why a worker stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    /// The broker says so.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// State and committed offsets do not belong together.
    #[error(
        "partition {partition} of {topic}: {problem}. Decide which is right: to replay from the beginning, delete the \
         state topic's records and the group's offsets; to keep the state, reset the group's offset to what the state \
         says"
    )]
    StateDisagrees {
        /// The input topic.
        topic: String,
        /// The partition.
        partition: Partition,
        /// What does not agree.
        problem: String,
    },
    /// A state record can not be read.
    #[error("partition {partition} of {topic}: the state can not be read: {problem}")]
    StateUnreadable {
        /// The state topic.
        topic: String,
        /// The partition.
        partition: Partition,
        /// What is wrong.
        problem: String,
    },
}

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// There was nothing to do.
    Idle,
    /// Partitions came or went.
    Rebalanced,
    /// All partitions are gone: the group has given them to others, or gives them anew.
    Lost,
    /// A transaction was committed.
    Committed {
        /// Input records in it.
        records: usize,
    },
    /// A transaction was not: the next turn mends the cores.
    Broken,
    /// Cores stand again as the log has them.
    Mended,
}

/// One worker over one broker handle. `F` makes the core of a partition.
pub struct Worker<H, C, F> {
    handle: H,
    spec: WorkerSpec,
    topics: TopicNames,
    cadence: Cadence,
    new_core: F,
    slots: BTreeMap<Partition, Slot<C>>,
    epoch: u64,
    /// Rebalances that are not answered yet: they came while records were gathered, or their answer failed.
    pending: VecDeque<Polled>,
    /// An assignment could not be answered: the handle is polled before the next try, because a later rebalance may
    /// have overtaken it.
    poll_first: bool,
    /// Records that were polled and did not fit into the last transaction.
    backlog: Vec<Record>,
    /// When the last commit ended.
    committed_at: Option<Instant>,
    /// The positions of the commit that is under way.
    sent: BTreeMap<Partition, Position>,
    /// Cores know what the log does not: the last transaction does not stand.
    broken: Option<Broken>,
    /// Nothing new begins.
    winding_down: bool,
}

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    /// A worker that has no partition yet.
    pub fn new(handle: H, spec: WorkerSpec, prefix: &str, cadence: Cadence, new_core: F) -> Self {
        let topics = TopicNames::new(prefix);
        Self {
            handle,
            spec,
            topics,
            cadence,
            new_core,
            slots: BTreeMap::new(),
            epoch: 0,
            pending: VecDeque::new(),
            poll_first: false,
            backlog: Vec::new(),
            committed_at: None,
            sent: BTreeMap::new(),
            broken: None,
            winding_down: false,
        }
    }

    /// One round. `clock` is the worker's own clock: it decides only when to append a tick, and is `now` for a worker
    /// without a state topic.
    pub fn turn(&mut self, clock: Timestamp) -> Result<Turn, WorkerError> {
        if self.broken.is_some() {
            return self.mend();
        }
        let turn = match self.next_polled(clock)? {
            Polled::Idle => self.work(Vec::new(), clock)?,
            Polled::Records(records) => self.work(records, clock)?,
            Polled::Assigned(partitions) => self.assigned(partitions)?,
            Polled::Revoking(partitions) => self.revoking(partitions, clock)?,
            Polled::Lost(partitions) => self.lost(partitions)?,
        };
        self.pause_full()?;
        self.append_ticks(clock)?;
        Ok(turn)
    }

    fn next_polled(&mut self, clock: Timestamp) -> Result<Polled, WorkerError> {
        if !std::mem::take(&mut self.poll_first)
            && let Some(pending) = self.pending.pop_front()
        {
            return Ok(pending);
        }
        if !self.backlog.is_empty() {
            return Ok(Polled::Records(std::mem::take(&mut self.backlog)));
        }
        Ok(self.handle.poll(self.cadence.records_max, self.wait(clock))?)
    }

    /// The partitions in work.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> {
        self.slots.keys().copied()
    }

    /// The core of a partition, for tests and views.
    pub fn core(&self, partition: Partition) -> Option<&C> {
        self.slots.get(&partition).map(|slot| &slot.core)
    }

    /// Stops taking records and lets outside calls that are under way end, for at most `within`; what they led to is
    /// committed. What is not over by then will be begun again, under the same key, by whoever comes next. Nothing is
    /// committed of a transaction that does not stand.
    pub fn wind_down(&mut self, within: Duration, mut clock: impl FnMut() -> Timestamp) -> Result<(), WorkerError> {
        let until = Instant::now() + within;
        self.winding_down = true;
        self.slots.values_mut().for_each(|slot| slot.core.wind_down());
        while (self.is_busy() || self.broken.is_some()) && Instant::now() < until {
            match self.turn(clock()) {
                // A passing fault is no reason to throw away what providers are about to answer.
                Err(WorkerError::Broker(BrokerError::Unavailable(reason))) => {
                    tracing::warn!(reason, "the broker is not reachable while stopping");
                    std::thread::sleep(self.cadence.idle_wait);
                }
                turn => drop(turn?),
            }
        }
        if self.broken.is_none() {
            // What ended in the last turn after it had collected.
            self.work(Vec::new(), clock())?;
        }
        Ok(())
    }

    fn is_busy(&self) -> bool {
        self.slots.values().any(|slot| slot.core.is_busy())
    }
}
