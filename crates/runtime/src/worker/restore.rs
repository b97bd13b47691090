//! Building the core of a partition from its state topic, and the proof that state and committed offsets belong
//! together: the last `#transaction` record must name the offset that the group committed.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_broker::{Partition, Position, Record, StateRead, WorkerHandle};
use usher_domain::Timestamp;
use usher_proto::state::{TRANSACTION_KEY, TransactionRecord};

use super::core::PartitionCore;
use super::slot::Slot;
use super::{Worker, WorkerError};

/// How often a partition that somebody's open transaction blocks is read again. Each reading waits about a second, and
/// the broker itself ends a transaction after `transaction.timeout.ms` (10 s) and a scan (10 s).
const READS_MAX: usize = 60;
/// How often state and committed offsets are compared again when they disagree: somebody else may be at work there.
const COMPARISONS: usize = 5;
/// And how long after each other.
const COMPARE_AGAIN_AFTER: Duration = Duration::from_millis(50);

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    /// Builds these partitions as the committed offsets and the state topic say.
    pub(super) fn restore(&mut self, partitions: &[Partition]) -> Result<BTreeMap<Partition, Slot<C>>, WorkerError> {
        // Asked first: a high watermark asked afterwards covers every transaction whose offsets are seen here.
        let committed = self.handle.committed(partitions)?;
        let mut slots = BTreeMap::new();
        for (partition, position) in committed {
            let slot = match self.spec.state.clone() {
                None => self.fresh(partition, position),
                Some(state) => self.restore_from(&state, partition, position)?,
            };
            slots.insert(partition, slot);
        }
        Ok(slots)
    }

    fn fresh(&mut self, partition: Partition, position: Option<Position>) -> Slot<C> {
        let core = (self.new_core)(partition);
        self.slot(core, position.unwrap_or_default(), Timestamp::default())
    }

    fn restore_from(
        &mut self,
        state: &str,
        partition: Partition,
        position: Option<Position>,
    ) -> Result<Slot<C>, WorkerError> {
        let mut position = position;
        let mut disagreements = 0;
        for _ in 0..READS_MAX {
            let mut core = (self.new_core)(partition);
            let mut fold = Fold::default();
            let read = self.handle.read_state(partition, &mut |record| fold.take(&mut core, &record))?;
            if let Some(problem) = fold.problem {
                return Err(WorkerError::StateUnreadable { topic: state.to_owned(), partition, problem });
            }
            match read {
                StateRead::Complete => match self.disagreement(fold.last.as_ref(), position.as_ref()) {
                    None => return Ok(self.agreed(core, fold.last, position)),
                    Some(problem) if disagreements == COMPARISONS => {
                        return Err(WorkerError::StateDisagrees { topic: self.spec.input.clone(), partition, problem });
                    }
                    Some(_) => {
                        // A former or new owner may have committed between the two questions.
                        disagreements += 1;
                        std::thread::sleep(COMPARE_AGAIN_AFTER);
                        position = self.handle.committed(&[partition])?.pop().and_then(|(_, position)| position);
                    }
                },
                StateRead::Blocked => self.unblock(partition, fold.last.as_ref())?,
            }
        }
        let problem = "a transaction stays open on it".to_owned();
        Err(WorkerError::StateUnreadable { topic: state.to_owned(), partition, problem })
    }

    /// The partition's former worker may be dead with a transaction open: only initialising its id ends that at once.
    fn unblock(&mut self, partition: Partition, last: Option<&TransactionRecord>) -> Result<(), WorkerError> {
        match last {
            Some(last) if last.transactional_id != self.spec.name => {
                tracing::warn!(partition, former = last.worker, "ending the open transaction of the former worker");
                Ok(self.handle.end_transaction_of(&last.transactional_id)?)
            }
            _ => Ok(()),
        }
    }

    /// What does not agree between the last transaction of the state and the group's position.
    fn disagreement(&self, last: Option<&TransactionRecord>, position: Option<&Position>) -> Option<String> {
        match (last, position.map(|position| position.offset)) {
            (None, None) => None,
            (Some(last), Some(offset)) if last.next == offset => None,
            (Some(last), Some(offset)) => {
                Some(format!("the state stands at offset {}, the group at {offset}", last.next))
            }
            (Some(last), None) => {
                Some(format!("the state stands at offset {}, the group has committed nothing", last.next))
            }
            (None, Some(offset)) => Some(format!("the group stands at offset {offset}, the state is empty")),
        }
    }

    fn agreed(&mut self, core: C, last: Option<TransactionRecord>, position: Option<Position>) -> Slot<C> {
        let now = Timestamp::from_millis(last.as_ref().map_or(0, |last| last.now_ms));
        self.epoch = self.epoch.max(last.map_or(0, |last| last.worker_epoch) + 1);
        self.slot(core, position.unwrap_or_default(), now)
    }

    fn slot(&self, mut core: C, position: Position, now: Timestamp) -> Slot<C> {
        core.resume(&position);
        if self.winding_down {
            core.wind_down();
        }
        Slot { core, next: position.offset, now, position, ticked: None, paused: false }
    }
}

/// The fold over a state partition.
#[derive(Default)]
struct Fold {
    last: Option<TransactionRecord>,
    problem: Option<String>,
}

impl Fold {
    fn take<C: PartitionCore>(&mut self, core: &mut C, record: &Record) {
        let key = record.key.as_deref().unwrap_or_default();
        let taken = if key == TRANSACTION_KEY.as_bytes() {
            TransactionRecord::decode(record.payload.as_deref().unwrap_or_default())
                .map(|transaction| self.last = Some(transaction))
                .map_err(|error| error.to_string())
        } else {
            core.restore(key, record.payload.as_deref()).map_err(|error| error.to_string())
        };
        if let Err(problem) = taken {
            self.problem.get_or_insert(format!("offset {}: {problem}", record.offset));
        }
    }
}
