//! What goes into one transaction: the outputs of its steps with their causes, the last state of each key, and for
//! each input partition the record that says what the transaction covered.

use std::collections::BTreeMap;

use usher_broker::{Outgoing, Partition, Position, Record, WorkerHandle};
use usher_domain::{Cause, Envelope, Timestamp};

use super::core::{PartitionCore, Step};
use super::{Worker, WorkerError};

/// The state keys of one partition that a transaction changes, each with its last value.
type State = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

pub(super) struct Batch {
    pub(super) records: usize,
    /// Outputs and changes of state.
    pub(super) outputs: usize,
    epoch: u64,
    partitions: BTreeMap<Partition, Part>,
}

#[derive(Default)]
struct Part {
    /// First offset consumed and number of records.
    from: Option<i64>,
    records: u64,
    state: State,
    outputs: Vec<(i64, Timestamp, Step)>,
}

impl Batch {
    pub(super) fn new(epoch: u64) -> Self {
        Self { records: 0, outputs: 0, epoch, partitions: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// The partition's position has to be committed, whether or not it has outputs.
    pub(super) fn touch(&mut self, partition: Partition) {
        self.partitions.entry(partition).or_default();
    }

    pub(super) fn consumed(&mut self, record: &Record) {
        let part = self.partitions.entry(record.partition).or_default();
        part.from.get_or_insert(record.offset);
        part.records += 1;
        self.records += 1;
    }

    /// A state key that changes several times in one transaction is written once, with its last value.
    pub(super) fn add(&mut self, partition: Partition, offset: i64, now: Timestamp, mut step: Step) {
        if step.bodies.is_empty() && step.state.is_empty() {
            return;
        }
        self.outputs += step.bodies.len() + step.state.len();
        let part = self.partitions.entry(partition).or_default();
        part.state.extend(step.state.drain(..));
        if !step.bodies.is_empty() {
            part.outputs.push((offset, now, step));
        }
    }
}

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    /// Produces everything of the batch into the open transaction and answers with the positions to commit.
    pub(super) fn write(&mut self, batch: Batch) -> Result<Vec<(Partition, Position)>, WorkerError> {
        let mut positions = Vec::with_capacity(batch.partitions.len());
        for (partition, part) in batch.partitions {
            let Some(slot) = self.slots.get(&partition) else { continue };
            positions.push((partition, slot.core.position(slot.next)));
            self.write_state(partition, &part, batch.epoch)?;
            for (offset, now, step) in part.outputs {
                self.write_outputs(partition, offset, now, step, batch.epoch)?;
            }
        }
        Ok(positions)
    }

    /// State goes to the same partition number of the state topic.
    fn write_state(&mut self, partition: Partition, part: &Part, epoch: u64) -> Result<(), WorkerError> {
        let (Some(topic), Some(slot)) = (&self.spec.state, self.slots.get(&partition)) else { return Ok(()) };
        let covered = usher_proto::state::TransactionRecord {
            from: part.from.unwrap_or(slot.next),
            next: slot.next,
            records: part.records,
            now_ms: slot.now.millis(),
            worker: self.spec.name.clone(),
            transactional_id: self.spec.name.clone(),
            worker_epoch: epoch,
        };
        let key = usher_proto::state::TRANSACTION_KEY.as_bytes().to_vec();
        let records = part.state.iter().map(|(key, value)| (key.clone(), value.clone()));
        for (key, payload) in records.chain([(key, Some(covered.encode()))]) {
            self.handle.produce(Outgoing {
                topic: topic.clone(),
                partition: Some(partition),
                key: Some(key),
                payload,
                headers: Vec::new(),
            })?;
        }
        Ok(())
    }

    fn write_outputs(
        &mut self,
        partition: Partition,
        offset: i64,
        now: Timestamp,
        step: Step,
        epoch: u64,
    ) -> Result<(), WorkerError> {
        for envelope in envelopes((&self.spec.input, partition, offset), now, step, epoch) {
            self.handle.produce(self.topics.outgoing(&envelope))?;
        }
        Ok(())
    }
}

/// What one input led to, as it is written: each output names the input, its place among the outputs and their number.
pub(super) fn envelopes(
    (topic, partition, offset): (&str, Partition, i64),
    now: Timestamp,
    step: Step,
    worker_epoch: u64,
) -> impl Iterator<Item = Envelope> + use<> {
    let count = u32::try_from(step.bodies.len()).unwrap_or(u32::MAX);
    let (topic, traceparent) = (topic.to_owned(), step.traceparent);
    (0u32..).zip(step.bodies).map(move |(index, body)| {
        let topic = topic.clone();
        let cause = Cause { topic, partition, offset, index, count, decided_at: now, worker_epoch };
        Envelope { cause: Some(cause), traceparent: traceparent.clone(), body }
    })
}
