//! The worker's handle in memory: one member of a group with its producer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::MemoryBroker;
use super::faults::CommitFault;
use super::group::Notice;
use super::log::TransactionId;
use super::state::State;
use crate::{
    BrokerError, Committed, Outgoing, Partition, Polled, Position, Record, StateRead, WorkerHandle, WorkerSpec,
};

/// A worker.
#[derive(Debug)]
pub struct MemoryWorker {
    broker: MemoryBroker,
    spec: WorkerSpec,
    /// Which holder of the name in the group this is.
    incarnation: u64,
    /// The group's generation as this handle was told.
    generation: u64,
    /// Which holder of the name among the producers this is.
    epoch: u32,
    /// Fencings since the last commit that was done.
    fencings: u32,
    started: BTreeMap<Partition, Place>,
    /// Told to be lost and not yet released; whoever has them now keeps them.
    lost: BTreeSet<Partition>,
    /// Which partition is served first, so that a full one does not starve the others.
    turn: usize,
    transaction: Option<Transaction>,
}

/// Where the worker is in a partition.
#[derive(Debug)]
struct Place {
    /// Where it began: where it goes back to while nothing is committed.
    start: i64,
    next: i64,
    paused: bool,
    revoking: bool,
}

/// The open transaction as the worker sees it.
#[derive(Debug)]
struct Transaction {
    /// `None` when the producer was fenced before it began.
    id: Option<TransactionId>,
    /// Why its commit will abort.
    refused: Option<String>,
}

/// How a commit ended inside the broker, before the handle sought back.
enum End {
    Done,
    Aborted(String),
    Lost(String),
    Fenced,
}

impl MemoryWorker {
    /// Joins the group and fences every former holder of the name.
    pub(super) fn join(broker: MemoryBroker, spec: WorkerSpec) -> Result<Self, BrokerError> {
        let (incarnation, epoch) = broker.change(|state, now_ms| {
            check_partitions(state, &spec)?;
            let incarnation = state.next_id();
            let epoch = state.init_producer(&spec.name, now_ms);
            state.group(&spec.group, &spec.input)?.join(&spec.name, incarnation);
            Ok((incarnation, epoch))
        })?;
        Ok(Self {
            broker,
            spec,
            incarnation,
            generation: 0,
            epoch,
            fencings: 0,
            started: BTreeMap::new(),
            lost: BTreeSet::new(),
            turn: 0,
            transaction: None,
        })
    }

    /// What there is now: a notice of the group first, else records.
    fn look(&mut self, state: &mut State, max: usize) -> Result<Option<Polled>, BrokerError> {
        let group = state.group(&self.spec.group, &self.spec.input)?;
        if !group.is_current(&self.spec.name, self.incarnation) {
            return Err(self.fenced());
        }
        if let Some((generation, notice)) = group.next_notice(&self.spec.name) {
            self.generation = generation;
            return Ok(Some(self.hear(notice)));
        }
        let records = self.fetch(state, max)?;
        Ok((!records.is_empty()).then_some(Polled::Records(records)))
    }

    fn hear(&mut self, notice: Notice) -> Polled {
        match notice {
            Notice::Assigned(partitions) => {
                self.lost.retain(|partition| !partitions.contains(partition));
                Polled::Assigned(partitions.into_iter().collect())
            }
            Notice::Revoking(partitions) => {
                for partition in &partitions {
                    if let Some(place) = self.started.get_mut(partition) {
                        place.revoking = true;
                    }
                }
                Polled::Revoking(partitions.into_iter().collect())
            }
            Notice::Lost(partitions) => {
                self.started.retain(|partition, _| !partitions.contains(partition));
                self.lost.extend(&partitions);
                Polled::Lost(partitions.into_iter().collect())
            }
        }
    }

    fn fetch(&mut self, state: &State, max: usize) -> Result<Vec<Record>, BrokerError> {
        let mut records = Vec::new();
        let count = self.started.len();
        let turn = self.turn;
        // Once around, beginning with the one whose turn it is.
        let order: Vec<_> = self.started.keys().copied().cycle().skip(turn).take(count).collect();
        for partition in order {
            let Some(place) = self.started.get_mut(&partition).filter(|place| !place.paused && !place.revoking) else {
                continue;
            };
            let (found, next) = state.log(&self.spec.input, partition)?.read(place.next, max - records.len());
            records.extend(found);
            place.next = next;
        }
        self.turn = if count == 0 { 0 } else { (turn + 1) % count };
        Ok(records)
    }

    /// Decides how the open transaction ends, and ends it so.
    fn end(
        &self,
        state: &mut State,
        now_ms: i64,
        transaction: Transaction,
        offsets: &[(Partition, Position)],
    ) -> Result<End, BrokerError> {
        let name = self.spec.name.as_str();
        let fault = state.faults.next_commit(name);
        if !state.group(&self.spec.group, &self.spec.input)?.is_current(name, self.incarnation) {
            return Ok(End::Fenced);
        }
        if !state.is_newest(name, self.epoch) {
            let second = self.fencings > 0;
            return Ok(if second { End::Fenced } else { End::Lost("the producer is fenced".to_owned()) });
        }
        if !transaction.id.is_some_and(|id| state.is_open(name, id)) {
            return Ok(End::Lost("the transaction was open for too long".to_owned()));
        }
        let refusal = transaction.refused.or_else(|| self.refusal(state, offsets).err());
        if let Some(reason) = refusal.or_else(|| (fault == Some(CommitFault::Abort)).then(|| "ordered".to_owned())) {
            state.end(name, false, now_ms);
            return Ok(End::Aborted(reason));
        }
        let applied = fault != Some(CommitFault::Lose { applied: false });
        if applied {
            state.group(&self.spec.group, &self.spec.input)?.commit(offsets.iter().cloned());
        }
        state.end(name, applied, now_ms);
        Ok(if fault.is_some() { End::Lost("the answer to the commit was lost".to_owned()) } else { End::Done })
    }

    /// Why the group does not take these offsets. Without offsets it is not asked.
    fn refusal(&self, state: &mut State, offsets: &[(Partition, Position)]) -> Result<(), String> {
        if offsets.is_empty() {
            return Ok(());
        }
        let group = state.group(&self.spec.group, &self.spec.input).map_err(|error| error.to_string())?;
        group.may_commit(&self.spec.name, self.generation, offsets.iter().map(|(partition, _)| *partition))
    }

    /// Goes back to the committed offsets, or to the start where there are none.
    fn seek_back(&mut self) -> Result<(), BrokerError> {
        let Self { broker, spec, started, .. } = self;
        broker.change(|state, _| {
            let group = state.group(&spec.group, &spec.input)?;
            for (partition, place) in started {
                place.next = group.committed(*partition).map_or(place.start, |position| position.offset);
            }
            Ok(())
        })
    }

    fn set_paused(&mut self, partitions: &[Partition], paused: bool) {
        for partition in partitions {
            if let Some(place) = self.started.get_mut(partition) {
                place.paused = paused;
            }
        }
    }

    fn fenced(&self) -> BrokerError {
        BrokerError::Fenced { name: self.spec.name.clone(), reason: "a newer worker joined".to_owned() }
    }
}

impl WorkerHandle for MemoryWorker {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, BrokerError> {
        let broker = self.broker.clone();
        let polled = broker.wait_for(wait, |state| self.look(state, max))?;
        Ok(polled.unwrap_or(Polled::Idle))
    }

    fn start(&mut self, starts: &[(Partition, i64)]) -> Result<(), BrokerError> {
        for &(partition, offset) in starts {
            self.started.insert(partition, Place { start: offset, next: offset, paused: false, revoking: false });
        }
        Ok(())
    }

    fn release(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        let given: BTreeSet<_> = partitions.iter().copied().filter(|partition| !self.lost.remove(partition)).collect();
        self.started.retain(|partition, _| !partitions.contains(partition));
        let Self { broker, spec, incarnation, .. } = self;
        if given.is_empty() {
            return Ok(());
        }
        broker.change(|state, _| {
            state.group(&spec.group, &spec.input)?.release(&spec.name, *incarnation, &given);
            Ok(())
        })
    }

    fn pause(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        self.set_paused(partitions, true);
        Ok(())
    }

    fn resume(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        self.set_paused(partitions, false);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), BrokerError> {
        assert!(self.transaction.is_none(), "a transaction is open already: commit or abort it before the next one");
        let id = self.broker.change(|state, now_ms| state.begin(&self.spec.name, self.epoch, now_ms));
        self.transaction = Some(Transaction { id, refused: None });
        Ok(())
    }

    fn produce(&mut self, record: Outgoing) -> Result<(), BrokerError> {
        let Self { broker, spec, transaction, .. } = self;
        let transaction = transaction.as_mut().expect("a record is produced between `begin` and `commit`");
        let Some(id) = transaction.id else { return Ok(()) };
        if let Some(text) = broker.change(|state, _| state.topic(&record.topic).ok()?.too_large(&record)) {
            transaction.refused = Some(text);
            return Ok(());
        }
        let written = broker.change(|state, now_ms| state.write(&spec.name, id, record, now_ms));
        if let Err(error) = &written {
            transaction.refused = Some(error.to_string());
        }
        written
    }

    fn commit(&mut self, offsets: &[(Partition, Position)]) -> Result<Committed, BrokerError> {
        let transaction = self.transaction.take().expect("a commit follows a `begin`");
        let end = self.broker.change(|state, now_ms| self.end(state, now_ms, transaction, offsets))?;
        match end {
            End::Done => {
                self.fencings = 0;
                Ok(Committed::Done)
            }
            End::Aborted(reason) => {
                self.seek_back()?;
                Ok(Committed::Aborted { reason })
            }
            End::Lost(reason) => {
                let fenced = self.broker.change(|state, _| !state.is_newest(&self.spec.name, self.epoch));
                self.fencings += u32::from(fenced);
                self.epoch = self.broker.change(|state, now_ms| state.init_producer(&self.spec.name, now_ms));
                self.seek_back()?;
                Ok(Committed::Lost { reason })
            }
            End::Fenced => Err(self.fenced()),
        }
    }

    fn abort(&mut self) -> Result<(), BrokerError> {
        if let Some(transaction) = self.transaction.take() {
            self.broker.change(|state, now_ms| {
                if transaction.id.is_some_and(|id| state.is_open(&self.spec.name, id)) {
                    state.end(&self.spec.name, false, now_ms);
                }
            });
        }
        self.seek_back()
    }

    fn append(&mut self, partition: Partition, payload: Vec<u8>) -> Result<(), BrokerError> {
        let record = Outgoing {
            topic: self.spec.input.clone(),
            partition: Some(partition),
            payload: Some(payload),
            ..Outgoing::default()
        };
        self.broker.change(|state, now_ms| state.append(record, None, now_ms)).map(drop)
    }

    fn committed(&mut self, partitions: &[Partition]) -> Result<Vec<(Partition, Option<Position>)>, BrokerError> {
        let Self { broker, spec, .. } = self;
        broker.change(|state, _| {
            let group = state.group(&spec.group, &spec.input)?;
            Ok(partitions.iter().map(|partition| (*partition, group.committed(*partition).cloned())).collect())
        })
    }

    fn read_state(&mut self, partition: Partition, each: &mut dyn FnMut(Record)) -> Result<StateRead, BrokerError> {
        let topic = self.spec.state.clone().ok_or_else(|| {
            BrokerError::Misconfigured(format!("worker `{}` has no state topic: name one in its spec", self.spec.name))
        })?;
        let end = self.broker.change(|state, _| Ok(state.log(&topic, partition)?.high_watermark()))?;
        let patience = self.broker.shared.patience;
        let reached = self
            .broker
            .wait_for(patience, |state| Ok((state.log(&topic, partition)?.last_stable() >= end).then_some(())))?;
        let (records, _) = self.broker.change(|state, _| Ok(state.log(&topic, partition)?.read(0, usize::MAX)))?;
        records.into_iter().for_each(each);
        Ok(if reached.is_some() { StateRead::Complete } else { StateRead::Blocked })
    }

    fn end_transaction_of(&mut self, name: &str) -> Result<(), BrokerError> {
        self.broker.change(|state, now_ms| state.init_producer(name, now_ms));
        Ok(())
    }
}

impl Drop for MemoryWorker {
    fn drop(&mut self) {
        let Self { broker, spec, incarnation, .. } = self;
        broker.change(|state, now_ms| {
            // Its topic may be gone, and its group with it.
            if let Some(group) = state.groups.get_mut(&(spec.group.clone(), spec.input.clone())) {
                group.drop_handle(&spec.name, *incarnation, now_ms);
            }
        });
    }
}

/// State lives in the partition of the same number.
fn check_partitions(state: &State, spec: &WorkerSpec) -> Result<(), BrokerError> {
    let input = state.topic(&spec.input)?.spec.partitions;
    let Some(name) = &spec.state else { return Ok(()) };
    let kept = state.topic(name)?.spec.partitions;
    if input == kept {
        return Ok(());
    }
    let text = format!("`{name}` has {kept} partitions and `{}` has {input}: they must have as many", spec.input);
    Err(BrokerError::Misconfigured(text))
}
