//! One worker: one thread, one topic, one group, one core a partition. A [`Worker::turn`] is one round of
//! poll → begin → step each record → records, changed state, offsets → commit, and returns, so that a simulator can
//! drive many workers in one thread under virtual time; [`run`] calls it for ever.
//!
//! Nothing is shared and nothing is locked. What a core decides is not this file's business; that it becomes durable
//! together with its state and its offset is.

mod batch;
mod core;
mod restore;
mod run;
mod slot;
mod ticks;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use usher_broker::{BrokerError, Committed, Partition, Polled, Record, WorkerHandle, WorkerSpec};
use usher_domain::Timestamp;

pub use self::core::{Finished, PartitionCore, Step, Undecodable};
pub use run::{Stop, clock, run};

use crate::names;
use crate::topics::TopicNames;
use batch::Batch;
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
    /// How long a poll waits when nothing is under way.
    pub idle_wait: Duration,
    /// How long a poll waits while outside calls are under way.
    pub busy_wait: Duration,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            commit_after: Duration::from_millis(5),
            records_max: 2_500,
            idle_wait: Duration::from_millis(100),
            busy_wait: Duration::from_millis(3),
        }
    }
}

impl Cadence {
    /// For simulators: a turn takes what is there and never waits.
    pub const fn immediate() -> Self {
        Self { commit_after: Duration::ZERO, records_max: 2_500, idle_wait: Duration::ZERO, busy_wait: Duration::ZERO }
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
    /// A transaction was committed.
    Committed {
        /// Input records in it.
        records: usize,
    },
    /// A transaction was not; its partitions are rebuilt.
    RolledBack,
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
    /// A rebalance that came while records were gathered: it is told after their commit.
    pending: Option<Polled>,
    /// When the last commit ended.
    committed_at: Option<Instant>,
    /// A turn ended in an error after records had been stepped: the cores know what the log does not.
    broken: bool,
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
            pending: None,
            committed_at: None,
            broken: false,
        }
    }

    /// One round. `clock` is the worker's own clock: it decides only when to append a tick, and is `now` for a worker
    /// without a state topic.
    pub fn turn(&mut self, clock: Timestamp) -> Result<Turn, WorkerError> {
        if self.broken {
            return self.mend();
        }
        let polled = match self.pending.take() {
            Some(polled) => polled,
            None => self.handle.poll(self.cadence.records_max, self.wait(clock))?,
        };
        let turn = match polled {
            Polled::Idle => self.work(Vec::new(), clock)?,
            Polled::Records(records) => self.work(records, clock)?,
            Polled::Assigned(partitions) => self.assigned(partitions)?,
            Polled::Revoking(partitions) => self.revoking(&partitions)?,
            Polled::Lost(partitions) => self.lost(&partitions)?,
        };
        self.pause_full()?;
        self.append_ticks(clock)?;
        Ok(turn)
    }

    /// The partitions in work.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> {
        self.slots.keys().copied()
    }

    /// The core of a partition, for tests and views.
    pub fn core(&self, partition: Partition) -> Option<&C> {
        self.slots.get(&partition).map(|slot| &slot.core)
    }

    /// Nothing of the last transaction may stay in the cores: what it was is asked of the log again.
    fn mend(&mut self) -> Result<Turn, WorkerError> {
        self.handle.abort()?;
        let partitions: Vec<Partition> = self.slots.keys().copied().collect();
        let turn = self.roll_back(&partitions, "broken", "the broker could not be reached")?;
        self.broken = false;
        Ok(turn)
    }

    /// On an error the assignment is kept for the next turn: it is told only once.
    fn assigned(&mut self, partitions: Vec<Partition>) -> Result<Turn, WorkerError> {
        match self.take_into_work(&partitions) {
            Ok(()) => {
                tracing::info!(worker = self.spec.name, ?partitions, "partitions taken into work");
                Ok(Turn::Rebalanced)
            }
            Err(error) => {
                self.pending = Some(Polled::Assigned(partitions));
                Err(error)
            }
        }
    }

    fn take_into_work(&mut self, partitions: &[Partition]) -> Result<(), WorkerError> {
        let slots = self.restore(partitions)?;
        let starts: Vec<(Partition, i64)> = slots.iter().map(|(partition, slot)| (*partition, slot.next)).collect();
        self.handle.start(&starts)?;
        self.slots.extend(slots);
        Ok(())
    }

    /// Every turn ends with a commit, so there is nothing left to do for a partition that goes.
    fn revoking(&mut self, partitions: &[Partition]) -> Result<Turn, WorkerError> {
        self.drop_slots(partitions);
        self.handle.release(partitions)?;
        tracing::info!(worker = self.spec.name, ?partitions, "partitions handed back");
        Ok(Turn::Rebalanced)
    }

    fn lost(&mut self, partitions: &[Partition]) -> Result<Turn, WorkerError> {
        self.handle.abort()?;
        self.drop_slots(partitions);
        self.handle.release(partitions)?;
        tracing::warn!(worker = self.spec.name, ?partitions, "partitions lost: another worker has them");
        Ok(Turn::Rebalanced)
    }

    /// Stops taking records and lets outside calls that are under way end, for at most `within`; what they led to is
    /// committed. What is not over by then will be begun again, under the same key, by whoever comes next.
    pub fn wind_down(&mut self, within: Duration, mut clock: impl FnMut() -> Timestamp) -> Result<(), WorkerError> {
        let until = Instant::now() + within;
        self.slots.values_mut().for_each(|slot| slot.core.wind_down());
        self.pause_full()?;
        while self.slots.values().any(|slot| slot.core.is_busy()) && Instant::now() < until {
            self.turn(clock())?;
        }
        // What ended in the last turn after it had collected.
        self.work(Vec::new(), clock())?;
        Ok(())
    }

    fn drop_slots(&mut self, partitions: &[Partition]) {
        self.slots.retain(|partition, _| !partitions.contains(partition));
    }

    fn work(&mut self, first: Vec<Record>, clock: Timestamp) -> Result<Turn, WorkerError> {
        let turn = self.transact(first, clock);
        self.broken = turn.is_err();
        turn
    }

    /// Steps records until the transaction is full or its time is over, adds what ended outside, then commits.
    fn transact(&mut self, first: Vec<Record>, clock: Timestamp) -> Result<Turn, WorkerError> {
        let mut batch = Batch::new(self.epoch);
        self.step_all(first, clock, &mut batch);
        while batch.records > 0 && batch.records < self.cadence.records_max {
            let left =
                self.committed_at.map_or(Duration::ZERO, |at| self.cadence.commit_after.saturating_sub(at.elapsed()));
            match self.handle.poll(self.cadence.records_max - batch.records, left)? {
                Polled::Records(records) => self.step_all(records, clock, &mut batch),
                Polled::Idle if left.is_zero() => break,
                Polled::Idle => {}
                rebalance => {
                    self.pending = Some(rebalance);
                    break;
                }
            }
        }
        self.collect(clock, &mut batch);
        if batch.is_empty() { Ok(Turn::Idle) } else { self.commit(batch) }
    }

    fn step_all(&mut self, records: Vec<Record>, clock: Timestamp, batch: &mut Batch) {
        // Without a state topic there is nothing to replay, and time is the worker's own.
        let own_time = self.spec.state.is_none().then_some(clock);
        for record in records {
            if let Some(slot) = self.slots.get_mut(&record.partition) {
                slot.step(&record, own_time, &self.spec.input, batch);
            }
        }
    }

    fn collect(&mut self, clock: Timestamp, batch: &mut Batch) {
        for (partition, slot) in &mut self.slots {
            for finished in slot.core.collect(clock) {
                batch.add(*partition, finished.offset, clock, finished.step);
            }
            if slot.has_moved() {
                batch.touch(*partition);
            }
        }
    }

    fn commit(&mut self, batch: Batch) -> Result<Turn, WorkerError> {
        let records = batch.records;
        let began = Instant::now();
        self.handle.begin()?;
        let offsets = self.write(batch)?;
        let committed = self.handle.commit(&offsets)?;
        self.committed_at = Some(Instant::now());
        match committed {
            Committed::Done => {
                for (partition, position) in &offsets {
                    if let Some(slot) = self.slots.get_mut(partition) {
                        slot.committed(position.clone());
                    }
                }
                metrics::histogram!(names::COMMIT_SECONDS, "worker" => self.spec.group.clone())
                    .record(began.elapsed().as_secs_f64());
                metrics::counter!(names::RECORDS, "worker" => self.spec.group.clone()).increment(records as u64);
                Ok(Turn::Committed { records })
            }
            Committed::Aborted { reason } => {
                // Without a state topic a core holds records above its committed position, which come again after
                // the seek also where the transaction had nothing of its partition.
                let all = self.spec.state.is_none();
                let concerned = |partition: &Partition| all || offsets.iter().any(|(touched, _)| touched == partition);
                let partitions: Vec<Partition> = self.slots.keys().copied().filter(concerned).collect();
                self.roll_back(&partitions, "aborted", &reason)
            }
            Committed::Lost { reason } => {
                let partitions: Vec<Partition> = self.slots.keys().copied().collect();
                self.epoch += 1;
                self.roll_back(&partitions, "lost", &reason)
            }
        }
    }

    /// The handle has sought back to the committed offsets; the cores follow by being built anew.
    fn roll_back(&mut self, partitions: &[Partition], how: &'static str, reason: &str) -> Result<Turn, WorkerError> {
        tracing::warn!(worker = self.spec.name, ?partitions, how, reason, "a transaction does not stand: rebuilding");
        metrics::counter!(names::ROLLBACKS, "worker" => self.spec.group.clone(), "how" => how).increment(1);
        for (partition, mut slot) in self.restore(partitions)? {
            // What was paused at the broker still is, until the new core is asked.
            slot.paused = self.slots.get(&partition).is_some_and(|old| old.paused);
            self.slots.insert(partition, slot);
        }
        Ok(Turn::RolledBack)
    }

    fn pause_full(&mut self) -> Result<(), WorkerError> {
        let mut pause = Vec::new();
        let mut resume = Vec::new();
        for (partition, slot) in &mut self.slots {
            if slot.core.is_full() != slot.paused {
                slot.paused = !slot.paused;
                if slot.paused { &mut pause } else { &mut resume }.push(*partition);
            }
        }
        if !pause.is_empty() {
            self.handle.pause(&pause)?;
        }
        if !resume.is_empty() {
            self.handle.resume(&resume)?;
        }
        Ok(())
    }

    fn wait(&self, clock: Timestamp) -> Duration {
        if self.slots.values().any(|slot| slot.core.is_busy()) {
            return self.cadence.busy_wait;
        }
        // Where a tick is under way, its coming back ends the poll.
        let quiet = self.slots.values().filter(|slot| slot.ticked_at.is_none());
        let until_wakeup = quiet.filter_map(|slot| slot.core.next_wakeup()).min();
        until_wakeup.map_or(self.cadence.idle_wait, |at| at.since(clock).min(self.cadence.idle_wait))
    }
}
