//! Partitions that come and go. A rebalance whose answer fails is kept: it is told only once, and the broker waits for
//! the answer.

use std::time::{Duration, Instant};

use usher_broker::{Partition, Polled, WorkerHandle};
use usher_domain::Timestamp;

use super::core::PartitionCore;
use super::{Turn, Worker, WorkerError};

/// How long outside calls of a partition that goes may take to end. The group waits meanwhile.
const CALLS_END_WITHIN: Duration = Duration::from_secs(5);

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    pub(super) fn assigned(&mut self, partitions: Vec<Partition>) -> Result<Turn, WorkerError> {
        if self.winding_down {
            return Ok(Turn::Idle);
        }
        let taken = self.take_into_work(&partitions);
        self.answered(taken, Polled::Assigned(partitions), "partitions taken into work")
    }

    fn take_into_work(&mut self, partitions: &[Partition]) -> Result<(), WorkerError> {
        let slots = self.restore(partitions)?;
        let starts: Vec<(Partition, i64)> = slots.iter().map(|(partition, slot)| (*partition, slot.next)).collect();
        self.handle.start(&starts)?;
        self.slots.extend(slots);
        Ok(())
    }

    /// Lets the outside calls of these partitions end and commits what they led to: an answer that was waited for is
    /// not thrown away, and nothing is sent twice because of a rebalance.
    pub(super) fn revoking(&mut self, partitions: Vec<Partition>, clock: Timestamp) -> Result<Turn, WorkerError> {
        let ended = self.end_calls(&partitions, clock);
        if self.pending.iter().any(|later| matches!(later, Polled::Lost(_))) {
            // The membership that asked for them is gone, and with it the question.
            return ended.map(|()| Turn::Rebalanced);
        }
        let left = ended.and_then(|()| self.leave(&partitions));
        self.answered(left, Polled::Revoking(partitions), "partitions handed back")
    }

    fn end_calls(&mut self, partitions: &[Partition], clock: Timestamp) -> Result<(), WorkerError> {
        let began = Instant::now();
        let going = self.slots.iter_mut().filter(|(partition, _)| partitions.contains(partition));
        going.for_each(|(_, slot)| slot.core.wind_down());
        let now = |began: Instant| clock.plus(began.elapsed());
        while self.has_calls(partitions) && began.elapsed() < CALLS_END_WITHIN && self.broken.is_none() {
            self.pause_full()?;
            match self.handle.poll(self.cadence.records_max, self.cadence.busy_wait)? {
                Polled::Records(records) => self.work(records, now(began)).map(drop)?,
                Polled::Idle => self.work(Vec::new(), now(began)).map(drop)?,
                lost @ Polled::Lost(_) => {
                    self.pending.push_back(lost);
                    return Ok(());
                }
                later => self.pending.push_back(later),
            }
        }
        match self.broken {
            None => self.work(Vec::new(), now(began)).map(drop),
            Some(_) => Ok(()),
        }
    }

    fn has_calls(&self, partitions: &[Partition]) -> bool {
        self.slots.iter().any(|(partition, slot)| partitions.contains(partition) && slot.core.is_busy())
    }

    /// These partitions are somebody else's already: nothing of them may be committed.
    pub(super) fn lost(&mut self, partitions: Vec<Partition>) -> Result<Turn, WorkerError> {
        // An assignment that is not answered yet was of the membership that is gone.
        self.pending.retain(|asked| !matches!(asked, Polled::Assigned(_)));
        let left = self.handle.abort().map_err(WorkerError::from).and_then(|()| self.leave(&partitions));
        // The abort has moved every partition back to its committed offset.
        self.backlog.clear();
        self.answered(left, Polled::Lost(partitions), "partitions lost: another worker has them")?;
        Ok(Turn::Lost)
    }

    /// Forgets the partitions and gives them back.
    pub(super) fn leave(&mut self, partitions: &[Partition]) -> Result<(), WorkerError> {
        self.slots.retain(|partition, _| !partitions.contains(partition));
        self.backlog.retain(|record| !partitions.contains(&record.partition));
        Ok(self.handle.release(partitions)?)
    }

    pub(super) fn answered(
        &mut self,
        answer: Result<(), WorkerError>,
        asked: Polled,
        done: &str,
    ) -> Result<Turn, WorkerError> {
        match answer {
            Ok(()) => {
                tracing::info!(worker = self.spec.name, ?asked, "{done}");
                Ok(Turn::Rebalanced)
            }
            Err(error) => {
                self.pending.push_front(asked);
                self.poll_first = true;
                Err(error)
            }
        }
    }
}
