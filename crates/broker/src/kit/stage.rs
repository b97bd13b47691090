//! What every case stands on: topics of its own, workers that answer rebalances, readers that wait.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::{
    Broker, BrokerError, Cleanup, Committed, Outgoing, Partition, Polled, Position, ReadFrom, ReaderHandle, Record,
    SendError, SenderHandle, Sent, StateRead, TopicSpec, WorkerHandle, WorkerSpec,
};

/// How long a case waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one poll waits, so that a case with several workers serves each of them in time.
const BREATH: Duration = Duration::from_millis(50);

/// Asks `probe` again and again until it answers; panics after half a minute.
pub(super) fn wait_for<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain: {what}");
    }
}

/// The topics of one case: `input`, `output` and `state`, with the same number of partitions.
pub(super) struct Stage<B: Broker> {
    broker: B,
    prefix: String,
    sender: B::Sender,
    runtime: tokio::runtime::Runtime,
}

impl<B: Broker> Stage<B> {
    /// Makes the topics.
    pub(super) fn new(broker: &B, prefix: &str, partitions: i32) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime for the sender starts");
        let sender = {
            let _inside = runtime.enter();
            broker.sender().expect("a sender is made")
        };
        let stage = Self { broker: broker.clone(), prefix: prefix.to_owned(), sender, runtime };
        broker.create_topics(&stage.topics(partitions)).expect("the topics of the case are made");
        stage
    }

    /// The topics as this stage wants them; `output` takes records of nearly 2 MiB.
    pub(super) fn topics(&self, partitions: i32) -> Vec<TopicSpec> {
        let week = Cleanup::Delete(Duration::from_secs(7 * 24 * 3600));
        let two_mib = Some(2 * 1024 * 1024);
        [("input", week, true, None), ("output", week, false, two_mib), ("state", Cleanup::Compact, false, None)]
            .into_iter()
            .map(|(word, cleanup, append_time, record_bytes_max)| TopicSpec {
                name: self.name(word),
                partitions,
                cleanup,
                append_time,
                record_bytes_max,
            })
            .collect()
    }

    /// A name of this case.
    pub(super) fn name(&self, word: &str) -> String {
        format!("{}.{word}", self.prefix)
    }

    /// A worker of the case's one group.
    pub(super) fn worker(&self, name: &str) -> Hand<B::Worker> {
        self.worker_of("group", name)
    }

    /// A worker of another group.
    pub(super) fn worker_of(&self, group: &str, name: &str) -> Hand<B::Worker> {
        let spec = WorkerSpec {
            name: self.name(name),
            group: self.name(group),
            input: self.name("input"),
            state: Some(self.name("state")),
        };
        Hand::new(self.broker.worker(&spec).expect("a worker is made"))
    }

    /// A reader of one of the topics, from its start.
    pub(super) fn reader(&self, word: &str) -> Watch<B::Reader> {
        Watch::new(self.broker.reader(&self.name(word), ReadFrom::Start).expect("a reader is made"))
    }

    /// A record for one of the topics.
    pub(super) fn record(&self, word: &str, partition: Partition, text: &str) -> Outgoing {
        Outgoing {
            topic: self.name(word),
            partition: Some(partition),
            payload: Some(text.as_bytes().to_vec()),
            ..Outgoing::default()
        }
    }

    /// A record with a key for the state topic; `None` is a tombstone.
    pub(super) fn state(&self, partition: Partition, key: &str, text: Option<&str>) -> Outgoing {
        Outgoing {
            topic: self.name("state"),
            partition: Some(partition),
            key: Some(key.as_bytes().to_vec()),
            payload: text.map(|text| text.as_bytes().to_vec()),
            headers: Vec::new(),
        }
    }

    /// Sends one record and waits until it is acknowledged.
    pub(super) fn send(&self, record: &Outgoing) -> Sent {
        wait_for("a record is acknowledged", || match self.send_once(record) {
            Ok(sent) => Some(sent),
            Err(SendError::Unavailable(_) | SendError::Full) => None,
            Err(refused) => panic!("a plain record was refused: {refused}"),
        })
    }

    /// Sends one record and answers what came of it.
    pub(super) fn send_once(&self, record: &Outgoing) -> Result<Sent, SendError> {
        self.runtime.block_on(self.sender.send(record.clone()))
    }

    /// Sends these texts to one partition of the input topic, in order.
    pub(super) fn feed(&self, partition: Partition, texts: &[&str]) {
        for text in texts {
            self.send(&self.record("input", partition, text));
        }
    }

    /// Waits until a transaction is open in a state partition: a produced record may not have left its producer yet.
    pub(super) fn until_blocked(&self, partition: Partition) {
        let mut probe = self.worker_of("probe", "probe");
        wait_for("the open transaction is in the log", || {
            let read = probe.worker.read_state(partition, &mut drop);
            (read == Ok(StateRead::Blocked)).then_some(())
        });
    }

    /// The broker under test.
    pub(super) fn broker(&self) -> &B {
        &self.broker
    }
}

impl<B: Broker> Drop for Stage<B> {
    fn drop(&mut self) {
        // What is left after a failed case helps to understand it.
        if !std::thread::panicking() {
            let names: Vec<_> = self.topics(1).into_iter().map(|topic| topic.name).collect();
            self.broker.delete_topics(&names).expect("the topics of the case are deleted");
        }
    }
}

/// What one turn of a hand was told, beside records.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing but records, or nothing at all.
    Nothing,
    /// These partitions came and are started.
    Assigned(Vec<Partition>),
    /// These partitions shall go; the case releases them.
    Revoking(Vec<Partition>),
    /// These partitions are gone; the case aborts and releases them.
    Lost(Vec<Partition>),
}

/// A worker that starts what it is assigned at its committed offset, or at the beginning, and keeps what it reads.
pub(super) struct Hand<W: WorkerHandle> {
    /// The handle under test.
    pub(super) worker: W,
    /// Partitions in work.
    pub(super) held: BTreeSet<Partition>,
    /// Records read and not yet taken by the case.
    pub(super) records: Vec<Record>,
}

impl<W: WorkerHandle> Hand<W> {
    fn new(worker: W) -> Self {
        Self { worker, held: BTreeSet::new(), records: Vec::new() }
    }

    /// One poll, its assignment answered.
    pub(super) fn turn(&mut self) -> Told {
        match self.worker.poll(1_000, BREATH) {
            Ok(Polled::Records(records)) => self.records.extend(records),
            Ok(Polled::Assigned(partitions)) => return self.assigned(partitions),
            Ok(Polled::Revoking(partitions)) => return Told::Revoking(partitions),
            Ok(Polled::Lost(partitions)) => return Told::Lost(partitions),
            Ok(Polled::Idle) | Err(BrokerError::Unavailable(_)) => {}
            Err(error) => panic!("a poll failed: {error}"),
        }
        Told::Nothing
    }

    fn assigned(&mut self, partitions: Vec<Partition>) -> Told {
        let starts: Vec<_> = self
            .committed(&partitions)
            .into_iter()
            .map(|(partition, position)| (partition, position.map_or(0, |position| position.offset)))
            .collect();
        self.worker.start(&starts).expect("assigned partitions start");
        self.held.extend(&partitions);
        Told::Assigned(partitions)
    }

    /// Turns until it holds so many partitions; returns itself for a chain.
    pub(super) fn holding(mut self, partitions: usize) -> Self {
        wait_for("the worker is assigned its partitions", || {
            self.turn();
            (self.held.len() == partitions).then_some(())
        });
        self
    }

    /// Turns until so many records were read, and takes all that were.
    pub(super) fn take(&mut self, count: usize) -> Vec<Record> {
        wait_for("the worker reads its records", || {
            self.turn();
            (self.records.len() >= count).then_some(())
        });
        std::mem::take(&mut self.records)
    }

    /// Gives partitions back.
    pub(super) fn release(&mut self, partitions: &[Partition]) {
        self.worker.release(partitions).expect("partitions are released");
        self.held.retain(|partition| !partitions.contains(partition));
        self.records.retain(|record| !partitions.contains(&record.partition));
    }

    /// Commits one transaction with these records and offsets.
    pub(super) fn transact(&mut self, records: Vec<Outgoing>, offsets: &[(Partition, Position)]) -> Committed {
        self.worker.begin().expect("a transaction begins");
        for record in records {
            self.worker.produce(record).expect("a record is produced");
        }
        self.worker.commit(offsets).expect("a transaction ends")
    }

    /// The group's positions.
    pub(super) fn committed(&mut self, partitions: &[Partition]) -> Vec<(Partition, Option<Position>)> {
        wait_for("the committed positions are known", || match self.worker.committed(partitions) {
            Ok(positions) => Some(positions),
            Err(BrokerError::Unavailable(_)) => None,
            Err(error) => panic!("the committed positions were refused: {error}"),
        })
    }

    /// The group's position in one partition.
    pub(super) fn position(&mut self, partition: Partition) -> Option<Position> {
        let found = self.committed(&[partition]);
        assert_eq!(found.len(), 1, "one partition is asked for, one is answered");
        assert_eq!(found[0].0, partition, "the partition asked for is answered");
        found.into_iter().next().and_then(|(_, position)| position)
    }
}

/// A reader that keeps what it read.
pub(super) struct Watch<R: ReaderHandle> {
    reader: R,
    /// All that was read, in the order in which it came.
    pub(super) seen: Vec<Record>,
}

impl<R: ReaderHandle> Watch<R> {
    fn new(reader: R) -> Self {
        Self { reader, seen: Vec::new() }
    }

    /// One poll.
    pub(super) fn turn(&mut self) {
        match self.reader.poll(1_000, BREATH) {
            Ok(records) => self.seen.extend(records),
            Err(BrokerError::Unavailable(_)) => {}
            Err(error) => panic!("a reader failed: {error}"),
        }
    }

    /// One poll; whether so many records were read by now.
    pub(super) fn has(&mut self, count: usize) -> bool {
        self.turn();
        self.seen.len() >= count
    }

    /// Reads until `text` came; returns everything read so far as texts.
    pub(super) fn until(&mut self, text: &str) -> Vec<String> {
        wait_for(&format!("the reader sees `{text}`"), || {
            self.turn();
            texts(&self.seen).iter().any(|seen| seen == text).then_some(())
        });
        texts(&self.seen)
    }
}

/// The payloads as text; a tombstone is `-`.
pub(super) fn texts(records: &[Record]) -> Vec<String> {
    records
        .iter()
        .map(|record| {
            record.payload.as_ref().map_or_else(|| "-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
        })
        .collect()
}
