//! What routing's workers have written, by the input that made it: of each output a digest, so that weeks of them fit
//! into memory.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::Result;
use sha2::{Digest as _, Sha256};
use usher_broker::{Broker, Partition, ReadFrom, ReaderHandle, Record, partition_of};
use usher_domain::{Envelope, Timestamp};
use usher_proto::state::{TRANSACTION_KEY, TransactionRecord};
use usher_proto::topics::Topic;
use usher_runtime::topics::TopicNames;

use super::INPUTS;
use super::difference::{Difference, How};
use super::report::Report;

/// Where routing writes.
const OUTPUTS: [Topic; 6] =
    [Topic::Conversations, Topic::Desks, Topic::Deliveries, Topic::Events, Topic::Transcripts, Topic::DeadLetters];
/// Records a poll, and how long it waits.
const AT_ONCE: usize = 2_000;
const WAIT: Duration = Duration::from_millis(200);
/// Markers of one transaction reach the partitions one after the other: so long an output may be seen later than what
/// was decided beside it.
const LOOK_AGAIN_FOR: Duration = Duration::from_secs(2);
/// More than this is no matter of markers.
const LOOK_AGAIN_MAX: usize = 10_000;

/// Up to which offset each partition of an input topic is decided.
pub(super) type Decided = BTreeMap<(Topic, Partition), i64>;

/// One output: the input topic, its partition and offset, and which output of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Named {
    pub(super) topic: Topic,
    pub(super) partition: Partition,
    pub(super) offset: i64,
    pub(super) index: u32,
}

/// Where a record stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    pub(super) topic: Topic,
    pub(super) partition: Partition,
    pub(super) offset: i64,
}

/// An output as it was written.
#[derive(Clone, Copy, Debug)]
struct Written {
    place: Place,
    decided_at: Timestamp,
    worker_epoch: u64,
    digest: [u8; 16],
}

/// Everything that was written, less what has been compared.
pub(super) struct Recorded<R> {
    names: TopicNames,
    readers: Vec<(Topic, R)>,
    decided: Decided,
    outputs: HashMap<Named, Written>,
    /// Outputs that stand there a second time.
    twice: Vec<(Named, Written)>,
    /// Partitions that retention has cut, and when the oldest output there was decided.
    cut: BTreeMap<(Topic, Partition), Option<Timestamp>>,
    missing: Vec<(Named, Envelope)>,
}

/// How far the workers are, as the last transaction of each partition says.
pub(super) fn decided<B: Broker>(broker: &B, prefix: &str) -> Result<Decided> {
    let mut decided = Decided::new();
    for (input, state) in INPUTS {
        let mut reader = broker.reader(&state.name(prefix), ReadFrom::Start)?;
        read_all(&mut reader, |record| {
            let Some(payload) = of_transaction(&record) else { return Ok(()) };
            let next = TransactionRecord::decode(payload)?.next;
            let furthest = decided.entry((input, record.partition)).or_default();
            *furthest = next.max(*furthest);
            Ok(())
        })?;
    }
    Ok(decided)
}

fn of_transaction(record: &Record) -> Option<&[u8]> {
    let is_transaction = record.key.as_deref() == Some(TRANSACTION_KEY.as_bytes());
    record.payload.as_deref().filter(|_| is_transaction)
}

/// Everything that stands there now.
pub(super) fn read_all<R: ReaderHandle>(reader: &mut R, mut each: impl FnMut(Record) -> Result<()>) -> Result<()> {
    while !reader.is_caught_up() {
        for record in reader.poll(AT_ONCE, WAIT)? {
            each(record)?;
        }
    }
    Ok(())
}

impl<R: ReaderHandle> Recorded<R> {
    pub(super) fn read<B: Broker<Reader = R>>(broker: &B, prefix: &str, decided: &Decided) -> Result<Self> {
        let mut recorded = Self {
            names: TopicNames::new(prefix),
            readers: Vec::new(),
            decided: decided.clone(),
            outputs: HashMap::new(),
            twice: Vec::new(),
            cut: BTreeMap::new(),
            missing: Vec::new(),
        };
        for topic in OUTPUTS {
            let mut reader = broker.reader(&topic.name(prefix), ReadFrom::Start)?;
            let begin = (0..).zip(reader.beginnings()).filter(|(_, begins)| *begins > 0);
            recorded.cut.extend(begin.map(|(partition, _)| ((topic, partition), None)));
            read_all(&mut reader, |record| {
                recorded.take(topic, &record);
                Ok(())
            })?;
            recorded.readers.push((topic, reader));
        }
        Ok(recorded)
    }

    /// Keeps a record if routing has written it. One that can not be read is nobody's output: its own will be missing.
    fn take(&mut self, topic: Topic, record: &Record) {
        let payload = record.payload.as_deref().unwrap_or_default();
        let cause = usher_proto::decode(payload).ok().and_then(|envelope| envelope.cause);
        let Some(cause) = cause else { return };
        let input = INPUTS.into_iter().find(|(input, _)| cause.topic == self.names.of(*input));
        let Some((input, _)) = input else { return };
        if let Some(oldest) = self.cut.get_mut(&(topic, record.partition)) {
            oldest.get_or_insert(cause.decided_at);
        }
        if self.decided.get(&(input, cause.partition)).is_none_or(|next| cause.offset >= *next) {
            return;
        }
        let named = Named { topic: input, partition: cause.partition, offset: cause.offset, index: cause.index };
        let written = Written {
            place: Place { topic, partition: record.partition, offset: record.offset },
            decided_at: cause.decided_at,
            worker_epoch: cause.worker_epoch,
            digest: digest(self.names.of(topic), record.key.as_deref(), payload),
        };
        match self.outputs.entry(named) {
            Entry::Occupied(_) => self.twice.push((named, written)),
            Entry::Vacant(free) => drop(free.insert(written)),
        }
    }

    /// Compares what a step leads to with what it led to. How often the worker had been started is taken from there: no
    /// record decides it.
    pub(super) fn compare(&mut self, named: Named, mut envelope: Envelope, report: &mut Report) {
        let Some(written) = self.outputs.remove(&named) else { return self.is_missing(named, envelope, report) };
        if let Some(cause) = &mut envelope.cause {
            cause.worker_epoch = written.worker_epoch;
        }
        let outgoing = self.names.outgoing(&envelope);
        let payload = outgoing.payload.unwrap_or_default();
        if digest(&outgoing.topic, outgoing.key.as_deref(), &payload) == written.digest {
            report.equal += 1;
        } else {
            let at = written.decided_at;
            report.differs(at, named, Difference::new(How::Different { there: written.place }, Some(payload)));
        }
    }

    fn is_missing(&mut self, named: Named, envelope: Envelope, report: &mut Report) {
        if self.missing.len() < LOOK_AGAIN_MAX {
            self.missing.push((named, envelope));
        } else {
            self.tell_missing(named, &envelope, report);
        }
    }

    fn tell_missing(&self, named: Named, envelope: &Envelope, report: &mut Report) {
        let decided_at = envelope.cause.as_ref().map(|cause| cause.decided_at).unwrap_or_default();
        let (topic, key) = usher_proto::topics::address(&envelope.body);
        // A record without a key may stand anywhere.
        let partition = key.map(|key| partition_of(key.as_bytes(), topic.partitions()));
        let cut = partition.and_then(|partition| self.cut.get(&(topic, partition)));
        if cut.is_some_and(|oldest| oldest.is_none_or(|oldest| decided_at <= oldest)) {
            report.taken += 1;
        } else {
            let payload = usher_proto::encode(envelope);
            report.differs(decided_at, named, Difference::new(How::Missing, Some(payload)));
        }
    }

    /// What was not there may only not have been visible yet.
    pub(super) fn look_again_for_missing(&mut self, report: &mut Report) -> Result<()> {
        let until = Instant::now() + LOOK_AGAIN_FOR;
        loop {
            let missing = std::mem::take(&mut self.missing);
            for (named, envelope) in missing {
                self.compare(named, envelope, report);
            }
            if self.missing.is_empty() {
                return Ok(());
            }
            if Instant::now() > until {
                break;
            }
            self.read_on()?;
        }
        for (named, envelope) in std::mem::take(&mut self.missing) {
            self.tell_missing(named, &envelope, report);
        }
        Ok(())
    }

    fn read_on(&mut self) -> Result<()> {
        let mut readers = std::mem::take(&mut self.readers);
        for (topic, reader) in &mut readers {
            let records = reader.poll(AT_ONCE, WAIT / 4)?;
            records.iter().for_each(|record| self.take(*topic, record));
        }
        self.readers = readers;
        Ok(())
    }

    /// What was written and not made again, and what was written twice.
    pub(super) fn left_over(self, report: &mut Report) {
        for (named, written) in self.outputs {
            if report.compares(&named) {
                let how = How::Unexpected { there: written.place };
                report.differs(written.decided_at, named, Difference::new(how, None));
            }
        }
        for (named, written) in self.twice {
            if report.compares(&named) {
                let how = How::Twice { there: written.place };
                report.differs(written.decided_at, named, Difference::new(how, None));
            }
        }
    }
}

/// Of everything that a reader of the topic sees of a record but its place.
fn digest(topic: &str, key: Option<&[u8]>, payload: &[u8]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in [topic.as_bytes(), key.unwrap_or_default(), payload] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize()[..16]);
    first
}
