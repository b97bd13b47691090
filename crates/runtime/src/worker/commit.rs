//! From polled records to a transaction that stands, or does not: then the cores are mended before anything else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use usher_broker::{Committed, Partition, Polled, Position, Record, WorkerHandle};
use usher_domain::Timestamp;

use super::batch::Batch;
use super::core::PartitionCore;
use super::{Turn, Worker, WorkerError};
use crate::names;

/// Why cores and log differ, and whose.
#[derive(Debug)]
pub(super) struct Broken {
    /// `aborted`, `lost` or `broken`.
    how: &'static str,
    reason: String,
    /// Whose cores know too much.
    partitions: BTreeSet<Partition>,
    /// The positions that were sent, where they may stand all the same.
    sent: BTreeMap<Partition, Position>,
}

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    pub(super) fn work(&mut self, first: Vec<Record>, clock: Timestamp) -> Result<Turn, WorkerError> {
        let turn = self.transact(first, clock);
        if let Err(error) = &turn {
            // What was sent may stand although its commit ended in an error.
            let sent = std::mem::take(&mut self.sent);
            self.all_broken("broken", error.to_string(), sent);
        }
        turn
    }

    /// Every core knows what the log does not.
    fn all_broken(&mut self, how: &'static str, reason: String, sent: BTreeMap<Partition, Position>) -> Turn {
        let partitions = self.slots.keys().copied().collect();
        self.broken = Some(Broken { how, reason, partitions, sent });
        Turn::Broken
    }

    /// Steps records until the transaction is full or its time is over, adds what ended outside, then commits.
    fn transact(&mut self, first: Vec<Record>, clock: Timestamp) -> Result<Turn, WorkerError> {
        let mut batch = Batch::new(self.epoch);
        self.step_all(first, clock, &mut batch);
        while batch.records > 0 && self.backlog.is_empty() && batch.records < self.cadence.records_max {
            let left =
                self.committed_at.map_or(Duration::ZERO, |at| self.cadence.commit_after.saturating_sub(at.elapsed()));
            match self.handle.poll(self.cadence.records_max - batch.records, left)? {
                Polled::Records(records) => self.step_all(records, clock, &mut batch),
                Polled::Idle if left.is_zero() => break,
                Polled::Idle => {}
                Polled::Lost(partitions) => return Ok(self.given_away(partitions)),
                rebalance => {
                    self.pending.push_back(rebalance);
                    break;
                }
            }
        }
        self.collect(clock, &mut batch);
        if batch.is_empty() { Ok(Turn::Idle) } else { self.commit(batch) }
    }

    /// Partitions of the batch are somebody else's: nothing of it may be committed.
    fn given_away(&mut self, partitions: Vec<Partition>) -> Turn {
        self.pending.push_back(Polled::Lost(partitions));
        self.all_broken("lost", "partitions were lost in the middle of a batch".to_owned(), BTreeMap::new())
    }

    fn step_all(&mut self, records: Vec<Record>, clock: Timestamp, batch: &mut Batch) {
        // Without a state topic there is nothing to replay, and time is the worker's own.
        let own_time = self.spec.state.is_none().then_some(clock);
        let mut records = records.into_iter();
        for record in records.by_ref() {
            if let Some(slot) = self.slots.get_mut(&record.partition) {
                slot.step(&record, own_time, &self.spec.input, batch);
            }
            if batch.outputs >= self.cadence.outputs_max {
                break;
            }
        }
        self.backlog.extend(records);
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
        self.sent = offsets.iter().cloned().collect();
        let committed = self.handle.commit(&offsets)?;
        self.sent.clear();
        self.committed_at = Some(Instant::now());
        match committed {
            Committed::Done => {
                self.stands(offsets);
                metrics::histogram!(names::COMMIT_SECONDS, "worker" => self.spec.group.clone())
                    .record(began.elapsed().as_secs_f64());
                metrics::counter!(names::RECORDS, "worker" => self.spec.group.clone()).increment(records as u64);
                Ok(Turn::Committed { records })
            }
            Committed::Aborted { reason } => Ok(self.aborted(reason, &offsets)),
            Committed::Lost { reason } => {
                self.epoch += 1;
                Ok(self.all_broken("lost", reason, offsets.into_iter().collect()))
            }
        }
    }

    fn stands(&mut self, offsets: Vec<(Partition, Position)>) {
        for (partition, position) in offsets {
            if let Some(slot) = self.slots.get_mut(&partition) {
                slot.committed(position);
            }
        }
    }

    fn aborted(&mut self, reason: String, offsets: &[(Partition, Position)]) -> Turn {
        // Without a state topic a core holds records above its committed position, which come again after the seek
        // also where the transaction had nothing of its partition.
        if self.spec.state.is_none() {
            return self.all_broken("aborted", reason, BTreeMap::new());
        }
        let partitions = offsets.iter().map(|(partition, _)| *partition).collect();
        self.broken = Some(Broken { how: "aborted", reason, partitions, sent: BTreeMap::new() });
        Turn::Broken
    }

    /// Brings the cores to what the log has. On an error it is tried again by the next turn.
    pub(super) fn mend(&mut self) -> Result<Turn, WorkerError> {
        // Partitions may have been given away meanwhile; restoring them would race with their new owner.
        let polled = match self.pending.pop_front() {
            Some(pending) => pending,
            None => self.handle.poll(1, Duration::ZERO)?,
        };
        match polled {
            // What such a core holds of the outside is written before it goes: by the next turn.
            asked @ Polled::Revoking(_) if self.spec.state.is_none() => self.pending.push_front(asked),
            Polled::Revoking(partitions) => {
                let left = self.leave(&partitions);
                self.answered(left, Polled::Revoking(partitions), "partitions handed back")?;
            }
            Polled::Lost(partitions) => drop(self.lost(partitions)?),
            asked @ Polled::Assigned(_) => self.pending.push_front(asked),
            // The abort below seeks back, so a record comes again.
            Polled::Records(_) | Polled::Idle => {}
        }
        self.backlog.clear();
        self.handle.abort()?;
        let Some(broken) = self.broken.take() else { return Ok(Turn::Mended) };
        let mended = self.roll_back(&broken);
        if mended.is_err() {
            self.broken = Some(broken);
        }
        mended.map(|()| Turn::Mended)
    }

    fn roll_back(&mut self, broken: &Broken) -> Result<(), WorkerError> {
        let Broken { how, reason, .. } = broken;
        let partitions: Vec<Partition> =
            broken.partitions.iter().copied().filter(|partition| self.slots.contains_key(partition)).collect();
        tracing::warn!(worker = self.spec.name, ?partitions, how, reason, "a transaction does not stand");
        metrics::counter!(names::ROLLBACKS, "worker" => self.spec.group.clone(), "how" => *how).increment(1);
        let rebuild = match self.spec.state {
            Some(_) => partitions,
            None => self.keep_cores(partitions, &broken.sent)?,
        };
        for (partition, mut slot) in self.restore(&rebuild)? {
            // What was paused at the broker still is, until the new core is asked.
            slot.paused = self.slots.get(&partition).is_some_and(|old| old.paused);
            self.slots.insert(partition, slot);
        }
        Ok(())
    }

    /// Cores that go on by themselves do; the others come back. A lost commit may stand: then it is told as such.
    fn keep_cores(
        &mut self,
        partitions: Vec<Partition>,
        sent: &BTreeMap<Partition, Position>,
    ) -> Result<Vec<Partition>, WorkerError> {
        let mut rebuild = Vec::new();
        for (partition, found) in self.handle.committed(&partitions)? {
            let Some(slot) = self.slots.get_mut(&partition) else { continue };
            let found = found.unwrap_or_default();
            if sent.get(&partition) == Some(&found) {
                slot.committed(found);
            } else if slot.core.rolled_back() {
                slot.position = found;
            } else {
                rebuild.push(partition);
            }
        }
        Ok(rebuild)
    }
}
