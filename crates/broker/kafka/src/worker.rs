//! The worker's handle: one consumer that is a static member of its group, its transactional producer, its ticks and
//! its state. What happens when a transaction ends is decided in [`crate::transaction`].

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use usher_broker::{
    BrokerError, Committed, Outgoing, Partition, Polled, Position, Record, StateRead, WorkerHandle, WorkerSpec,
};

use crate::beginning::{beginning, gone};
use crate::drain::Drains;
use crate::error::{could_not, is_fencing};
use crate::gather::Gathering;
use crate::group::{Group, Member};
use crate::log_lines::Logs;
use crate::partitions::{at_offsets, count, extent, list, list_from, positions};
use crate::settings::{CALL_TIMEOUT, KafkaSettings};
use crate::state::StateTopic;
use crate::ticks::Ticks;
use crate::transaction::{Ended, Transactions, end_transaction_of};

/// Committed offsets are not told while a transaction that carries them is open; its end is at most one transaction
/// timeout and one round of the coordinator's cleanup (10 s) away.
const COMMITTED_TIMEOUT: Duration = Duration::from_secs(25);
/// How long one question for them may take …
const COMMITTED_SLICE: Duration = Duration::from_secs(1);
/// … and the pause before the next, when it fails at once.
const COMMITTED_PAUSE: Duration = Duration::from_millis(50);

/// A worker on Kafka. Dropping it is like a crash: an open transaction stays open until the name is used again or its
/// time is over.
pub struct KafkaWorker {
    settings: KafkaSettings,
    spec: WorkerSpec,
    consumer: Member,
    transactions: Transactions,
    ticks: Ticks,
    state: Option<StateTopic>,
    /// Started partitions, each with the offset it started from.
    started: BTreeMap<Partition, i64>,
    /// Told as lost, not yet released.
    lost: BTreeSet<Partition>,
    /// The rebalance that was told and not yet answered; librdkafka has at most one at a time.
    told: Option<Told>,
    /// Paused at librdkafka, which keeps that over an unassign and an assign.
    paused: BTreeSet<Partition>,
    gathering: Gathering,
    drains: Drains,
    /// Partitions of a consumer that was fenced: told as lost, and the consumer of today never had them.
    left_behind: BTreeSet<Partition>,
}

impl KafkaWorker {
    /// Fences every former holder of the name, then joins the group.
    pub(crate) fn join(settings: &KafkaSettings, spec: &WorkerSpec) -> Result<Self, BrokerError> {
        let consumer = member(settings, spec)?;
        let partitions = count(&consumer, &spec.input)?;
        let state = spec.state.as_ref().map(|topic| StateTopic::connect(settings, &spec.group, topic)).transpose()?;
        if let Some(found) = state.as_ref().map(StateTopic::partitions).transpose()?.filter(|n| *n != partitions) {
            return Err(BrokerError::Misconfigured(format!(
                "`{}` has {partitions} partitions and its state topic has {found}: they must have the same number",
                spec.input
            )));
        }
        let transactions = Transactions::connect(settings, &spec.name)?;
        let ticks = Ticks::connect(settings, &spec.input)?;
        consumer
            .subscribe(&[&spec.input])
            .map_err(|error| could_not(&format!("subscribe to `{}`", spec.input), &error))?;
        Ok(Self {
            settings: settings.clone(),
            spec: spec.clone(),
            consumer,
            transactions,
            ticks,
            state,
            started: BTreeMap::new(),
            lost: BTreeSet::new(),
            told: None,
            paused: BTreeSet::new(),
            gathering: Gathering::default(),
            drains: Drains::default(),
            left_behind: BTreeSet::new(),
        })
    }

    /// The consumer is fenced. A broker that crashed while this member joined knows a member id that never reached us,
    /// and then says so although nobody else is there: a new consumer joins under the same name, once. If somebody
    /// else is there, the producer is fenced too, and that is the end.
    fn join_again(&mut self, reason: String) -> Result<Polled, BrokerError> {
        self.transactions.note_fencing(reason.clone())?;
        tracing::warn!(worker = self.spec.name, reason, "the consumer is fenced: joining the group again");
        let consumer = member(&self.settings, &self.spec)?;
        consumer
            .subscribe(&[&self.spec.input])
            .map_err(|error| could_not(&format!("subscribe to `{}`", self.spec.input), &error))?;
        self.consumer = consumer;
        self.paused.clear();
        self.told = None;
        let partitions: Vec<Partition> = std::mem::take(&mut self.started).into_keys().collect();
        self.lost.clear();
        self.left_behind.extend(&partitions);
        Ok(Polled::Lost(partitions))
    }

    /// Nothing can be asked of a consumer that is fenced, neither what it committed nor to go back there: the next poll
    /// tells what follows from it.
    fn is_fenced(&self) -> bool {
        self.consumer.client().fatal_error().is_some_and(|(code, _)| is_fencing(code))
    }

    /// What could not be asked of a consumer that has ended is told by the next poll.
    fn unless_fatal(&mut self, what: &str, asked: Result<(), KafkaError>) -> Result<(), BrokerError> {
        match asked {
            Err(error) if self.consumer.client().fatal_error().is_some() => {
                self.gathering.postpone(error);
                Ok(())
            }
            asked => asked.map_err(|error| could_not(&format!("{what} partitions of `{}`", self.spec.input), &error)),
        }
    }

    /// The clients beside the consumer are used now and then, and polled by nobody in between.
    fn drain(&mut self) {
        if self.drains.is_time() {
            self.transactions.drain();
            self.ticks.drain();
            self.state.iter().for_each(StateTopic::drain);
        }
    }

    fn next_rebalance(&mut self) -> Option<Polled> {
        let rebalance = self.consumer.context().next_rebalance()?;
        self.told = Told::of(&rebalance);
        if let Polled::Lost(partitions) = &rebalance {
            self.lost.extend(partitions);
        }
        Some(rebalance)
    }

    /// A partition that was paused when it went is not when it comes back. Before it is assigned: what follows on a
    /// partition that is being fetched would begin again where that began.
    fn wake(&mut self, starts: &[(Partition, i64)]) -> Result<(), BrokerError> {
        let asleep: Vec<_> = starts.iter().map(|(p, _)| *p).filter(|p| self.paused.contains(p)).collect();
        if asleep.is_empty() { Ok(()) } else { self.resume(&asleep) }
    }

    fn unassign(&self, partitions: &[Partition]) -> Result<(), KafkaError> {
        // librdkafka refuses to take out what was never put in.
        let never_started: Vec<_> = partitions
            .iter()
            .filter(|partition| !self.started.contains_key(partition))
            .map(|partition| (*partition, Offset::End))
            .collect();
        if !never_started.is_empty() {
            self.consumer.incremental_assign(&list_from(&self.spec.input, &never_started)?)?;
        }
        self.consumer.incremental_unassign(&list(&self.spec.input, partitions))
    }

    /// What the worker is told of an error of its consumer; `None` where librdkafka goes on by itself.
    fn told_of(&mut self, error: &KafkaError) -> Result<Option<Polled>, BrokerError> {
        match self.consumer.client().fatal_error() {
            Some((code, reason)) if is_fencing(code) => self.join_again(reason).map(Some),
            Some((_, reason)) => Err(BrokerError::Misconfigured(format!(
                "the consumer of `{}` can not go on: {reason}",
                self.spec.input
            ))),
            None => self.judge(error).map_or(Ok(None), Err),
        }
    }

    /// Asked in slices: librdkafka may sleep through the return of its coordinator, and a consumer that is fenced
    /// meanwhile never answers.
    fn ask_for_committed(&self, partitions: &[Partition]) -> KafkaResult<TopicPartitionList> {
        let deadline = Instant::now() + COMMITTED_TIMEOUT;
        loop {
            if let Some((code, _)) = self.consumer.client().fatal_error() {
                return Err(KafkaError::OffsetFetch(code));
            }
            match self.consumer.committed_offsets(list(&self.spec.input, partitions), COMMITTED_SLICE) {
                Err(error) if passes(&error) && Instant::now() < deadline => thread::sleep(COMMITTED_PAUSE),
                Err(error) if passes(&error) => return self.committed_without_the_open(partitions).or(Err(error)),
                answer => return answer,
            }
        }
    }

    /// A Kafka that was killed may call offsets unstable for ever after its return, though no transaction is open any
    /// more (seen with 4.3.1, killed within a tenth of a second of a commit). No transaction of ours can still be open
    /// after this time, so what stands is asked without waiting for any. Where that is not what the state topic says,
    /// the worker refuses.
    fn committed_without_the_open(&self, partitions: &[Partition]) -> KafkaResult<TopicPartitionList> {
        let client: BaseConsumer<Logs> = self.settings.read_uncommitted(&self.spec.group).create_with_context(Logs)?;
        let answer = client.committed_offsets(list(&self.spec.input, partitions), CALL_TIMEOUT)?;
        tracing::warn!(worker = self.spec.name, "committed offsets stay unstable: going on from those that stand");
        Ok(answer)
    }

    /// What an error that is not fatal means; `None` where librdkafka goes on by itself.
    fn judge(&self, error: &KafkaError) -> Option<BrokerError> {
        let what = format!("read `{}`", self.spec.input);
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset) => Some(BrokerError::Misconfigured(format!(
                "a partition of `{}` no longer has the record to go on from: decide from where the group {} reads",
                self.spec.input, self.spec.group
            ))),
            Some(RDKafkaErrorCode::UnknownTopicOrPartition) => Some(could_not(&what, error)),
            _ => match could_not(&what, error) {
                lasting @ BrokerError::Misconfigured(_) => Some(lasting),
                _ => {
                    tracing::debug!(%error, topic = self.spec.input, "the consumer reports a fault and goes on");
                    None
                }
            },
        }
    }

    /// Moves every partition back to its committed offset, or to its start where none is committed.
    fn seek_back(&mut self) -> Result<(), BrokerError> {
        match self.go_back() {
            Err(_) if self.is_fenced() => Ok(()),
            gone_back => gone_back,
        }
    }

    fn go_back(&mut self) -> Result<(), BrokerError> {
        let ours: Vec<Partition> = self.started.keys().copied().filter(|p| !self.lost.contains(p)).collect();
        if ours.is_empty() {
            return Ok(());
        }
        let targets: Vec<(Partition, i64)> = self
            .committed(&ours)?
            .into_iter()
            .map(|(partition, position)| {
                (partition, position.map_or_else(|| self.started[&partition], |position| position.offset))
            })
            .collect();
        let targets = self.beginnings(&targets)?;
        self.seek(&at_offsets(&targets)).map_err(|error| could_not("go back to the committed offsets", &error))
    }

    /// These starts, each moved to the first record that is still there where nothing unread can be gone.
    fn beginnings(&mut self, starts: &[(Partition, i64)]) -> Result<Vec<(Partition, i64)>, BrokerError> {
        let mut beginnings = Vec::with_capacity(starts.len());
        for &(partition, start) in starts {
            match self.beginning(partition, start) {
                // Nothing can be asked of a consumer that is fenced; what is asked of it next says so.
                Err(_) if self.consumer.client().fatal_error().is_some() => return Ok(starts.to_vec()),
                begins => beginnings.push((partition, begins?)),
            }
        }
        Ok(beginnings)
    }

    fn beginning(&mut self, partition: Partition, start: i64) -> Result<i64, BrokerError> {
        let extent = extent(&self.consumer, &self.spec.input, partition)?;
        if start >= extent.low {
            return Ok(start);
        }
        let has_committed = self.committed(&[partition])?.iter().any(|(_, position)| position.is_some());
        let found = beginning(start, has_committed, extent)
            .ok_or_else(|| gone(&self.spec.input, partition, &self.spec.group, start, extent.low))?;
        tracing::warn!(topic = self.spec.input, partition, start, found, "the log begins later: going on at its start");
        Ok(found)
    }

    /// A partition that is only just starting can not be sought: it is taken out and in again. librdkafka keeps it
    /// paused over that.
    fn seek(&self, targets: &[(Partition, Offset)]) -> Result<(), KafkaError> {
        let sought = self.consumer.seek_partitions(list_from(&self.spec.input, targets)?, CALL_TIMEOUT)?;
        let refused: BTreeSet<Partition> =
            sought.elements().iter().filter(|e| e.error().is_err()).map(|e| e.partition()).collect();
        if refused.is_empty() {
            return Ok(());
        }
        let again: Vec<_> = targets.iter().copied().filter(|(partition, _)| refused.contains(partition)).collect();
        let again = list_from(&self.spec.input, &again)?;
        self.consumer.incremental_unassign(&again)?;
        self.consumer.incremental_assign(&again)
    }

    fn stands(&mut self, offsets: &[(Partition, Position)]) -> Result<bool, BrokerError> {
        let partitions: Vec<Partition> = offsets.iter().map(|(partition, _)| *partition).collect();
        let committed = match self.committed(&partitions) {
            Err(_) if self.is_fenced() => return Ok(false),
            committed => committed?,
        };
        let sent: BTreeMap<_, _> = offsets.iter().map(|(partition, position)| (*partition, position)).collect();
        // Without offsets there is nothing to compare with, so nothing is known.
        Ok(!offsets.is_empty()
            && committed.iter().all(|(partition, found)| found.as_ref() == sent.get(partition).copied()))
    }
}

impl WorkerHandle for KafkaWorker {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, BrokerError> {
        self.drain();
        // The event that tells it may lie behind many others.
        if let Some((code, _)) = self.consumer.client().fatal_error()
            && let Some(polled) = self.told_of(&KafkaError::MessageConsumption(code))?
        {
            return Ok(polled);
        }
        let deadline = Instant::now() + wait;
        let records = loop {
            let Self { consumer, gathering, .. } = self;
            match gathering.gather(consumer, max, deadline, || consumer.context().has_rebalance()) {
                Ok(records) => break records,
                Err(error) => {
                    if let Some(polled) = self.told_of(&error)? {
                        return Ok(polled);
                    }
                }
            }
        };
        if records.is_empty() {
            return Ok(self.next_rebalance().unwrap_or(Polled::Idle));
        }
        Ok(Polled::Records(in_partition_order(records)))
    }

    fn start(&mut self, starts: &[(Partition, i64)]) -> Result<(), BrokerError> {
        let starts = self.beginnings(starts)?;
        self.wake(&starts)?;
        let targets = list_from(&self.spec.input, &at_offsets(&starts));
        let asked = targets.and_then(|list| self.consumer.incremental_assign(&list));
        self.unless_fatal("start", asked)?;
        self.told = None;
        self.started.extend(starts);
        Ok(())
    }

    fn release(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        let (left_behind, ours): (Vec<_>, Vec<_>) =
            partitions.iter().copied().partition(|partition| self.left_behind.remove(partition));
        // An empty list is answered only where it was asked.
        if !ours.is_empty() || (left_behind.is_empty() && self.told.is_some()) {
            let asked = self.unassign(&ours);
            self.unless_fatal("release", asked)?;
            self.told = None;
        }
        for partition in partitions {
            self.started.remove(partition);
            self.lost.remove(partition);
        }
        Ok(())
    }

    fn pause(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        let asked = self.consumer.pause(&list(&self.spec.input, partitions));
        self.unless_fatal("pause", asked)?;
        self.paused.extend(partitions);
        Ok(())
    }

    fn resume(&mut self, partitions: &[Partition]) -> Result<(), BrokerError> {
        let asked = self.consumer.resume(&list(&self.spec.input, partitions));
        self.unless_fatal("resume", asked)?;
        self.paused.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn begin(&mut self) -> Result<(), BrokerError> {
        self.transactions.begin()
    }

    fn produce(&mut self, record: Outgoing) -> Result<(), BrokerError> {
        self.transactions.produce(&record)
    }

    fn commit(&mut self, offsets: &[(Partition, Position)]) -> Result<Committed, BrokerError> {
        let list = positions(&self.spec.input, offsets).map_err(|error| could_not("note the offsets", &error))?;
        // A stale generation is refused by the broker, so it is asked for each time.
        let group = self.consumer.group_metadata();
        match self.transactions.end(&list, group)? {
            Ended::Done => Ok(Committed::Done),
            Ended::DoneInDoubt(reason) => {
                if self.stands(offsets)? {
                    return Ok(Committed::Done);
                }
                self.seek_back()?;
                Ok(Committed::Lost { reason })
            }
            Ended::Aborted(reason) => {
                self.seek_back()?;
                Ok(Committed::Aborted { reason })
            }
            Ended::Lost(reason) => {
                self.seek_back()?;
                Ok(Committed::Lost { reason })
            }
        }
    }

    fn abort(&mut self) -> Result<(), BrokerError> {
        self.transactions.abort()?;
        self.seek_back()
    }

    fn append(&mut self, partition: Partition, payload: Vec<u8>) -> Result<(), BrokerError> {
        self.ticks.append(partition, &payload)
    }

    fn committed(&mut self, partitions: &[Partition]) -> Result<Vec<(Partition, Option<Position>)>, BrokerError> {
        let what = format!("ask for the committed offsets of group `{}`", self.spec.group);
        let answer = self.ask_for_committed(partitions).map_err(|error| could_not(&what, &error))?;
        let mut found = Vec::with_capacity(partitions.len());
        for element in answer.elements() {
            element.error().map_err(|error| could_not(&what, &error))?;
            let position = match element.offset() {
                Offset::Offset(offset) => Some(Position { offset, metadata: element.metadata().to_owned() }),
                _ => None,
            };
            found.push((element.partition(), position));
        }
        Ok(found)
    }

    fn read_state(&mut self, partition: Partition, each: &mut dyn FnMut(Record)) -> Result<StateRead, BrokerError> {
        match &self.state {
            Some(state) => state.read(partition, each),
            None => Err(BrokerError::Misconfigured(format!("worker `{}` has no state topic to read", self.spec.name))),
        }
    }

    fn end_transaction_of(&mut self, name: &str) -> Result<(), BrokerError> {
        end_transaction_of(&self.settings, name)
    }
}

impl Drop for KafkaWorker {
    fn drop(&mut self) {
        // The consumer closes only when every rebalance is answered, also those that the worker was told but did not
        // come to answer.
        let untold = self.consumer.context().next_rebalance().as_ref().and_then(Told::of);
        let answered = match self.told.take().or(untold) {
            None => return,
            Some(Told::Assigned(partitions)) => {
                let starts: Vec<_> = partitions.into_iter().map(|partition| (partition, Offset::End)).collect();
                list_from(&self.spec.input, &starts).and_then(|list| self.consumer.incremental_assign(&list))
            }
            Some(Told::Leaving(partitions)) => self.unassign(&partitions),
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "a rebalance could not be answered while the worker ends");
        }
    }
}

fn member(settings: &KafkaSettings, spec: &WorkerSpec) -> Result<Member, BrokerError> {
    settings
        .group_consumer(&spec.group, &spec.name)
        .create_with_context(Group::default())
        .map(Member::new)
        .map_err(|error| could_not(&format!("make the consumer of `{}`", spec.input), &error))
}

/// Whether asking again can help.
fn passes(error: &KafkaError) -> bool {
    matches!(could_not("ask", error), BrokerError::Unavailable(_))
}

/// A rebalance that waits for an answer.
enum Told {
    /// Answered by a start.
    Assigned(Vec<Partition>),
    /// Answered by a release.
    Leaving(Vec<Partition>),
}

impl Told {
    fn of(polled: &Polled) -> Option<Self> {
        match polled {
            Polled::Assigned(partitions) => Some(Self::Assigned(partitions.clone())),
            Polled::Revoking(partitions) | Polled::Lost(partitions) => Some(Self::Leaving(partitions.clone())),
            Polled::Idle | Polled::Records(_) => None,
        }
    }
}

/// librdkafka keeps the order of each partition already; records of one partition are put side by side, so that a
/// batch reads as one run for each.
fn in_partition_order(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| record.partition);
    records
}
