//! A worker under test: one thread, no waiting, everything answered at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{
    Broker, BrokerError, Cleanup, Committed, Outgoing, Partition, Polled, Position, Record, TopicSpec, WorkerHandle,
    WorkerSpec,
};

pub(crate) const START_MS: i64 = 1_700_000_000_000;

/// A broker under virtual time with the topics `in`, `out` and `state`.
pub(crate) fn broker(partitions: i32) -> (MemoryBroker, VirtualClock) {
    let (broker, clock) = MemoryBroker::under_virtual_time(START_MS);
    broker.create_topics(&topics(partitions)).unwrap();
    (broker, clock)
}

pub(crate) fn topics(partitions: i32) -> Vec<TopicSpec> {
    let day = Cleanup::Delete(Duration::from_secs(24 * 3_600));
    [("in", day), ("out", day), ("state", Cleanup::Compact)]
        .map(|(name, cleanup)| TopicSpec {
            name: name.to_owned(),
            partitions,
            cleanup,
            append_time: true,
            record_bytes_max: None,
        })
        .into()
}

pub(crate) fn spec(name: &str) -> WorkerSpec {
    WorkerSpec {
        name: name.to_owned(),
        group: "group".to_owned(),
        input: "in".to_owned(),
        state: Some("state".to_owned()),
    }
}

pub(crate) fn record(topic: &str, partition: Partition, text: &str) -> Outgoing {
    Outgoing {
        topic: topic.to_owned(),
        partition: Some(partition),
        payload: Some(text.as_bytes().to_vec()),
        ..Outgoing::default()
    }
}

pub(crate) fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8(record.payload.clone().unwrap()).unwrap()).collect()
}

/// Lets the worker take its partitions from their committed offsets on; answers what it was told last.
pub(crate) fn poll(worker: &mut MemoryWorker) -> Result<Polled, BrokerError> {
    loop {
        let polled = worker.poll(100, Duration::ZERO)?;
        let Polled::Assigned(partitions) = &polled else { return Ok(polled) };
        let committed = worker.committed(partitions)?;
        let starts: Vec<_> = committed.into_iter().map(|(p, at)| (p, at.map_or(0, |at| at.offset))).collect();
        worker.start(&starts)?;
    }
}

/// Records that the worker gets now.
pub(crate) fn read(worker: &mut MemoryWorker) -> Vec<Record> {
    match poll(worker).unwrap() {
        Polled::Records(records) => records,
        Polled::Idle => Vec::new(),
        other => panic!("records or nothing were expected, not {other:?}"),
    }
}

/// Begins a transaction that copies records to `out`; answers the offsets to commit with it.
pub(crate) fn begin_copy(worker: &mut MemoryWorker, records: &[Record]) -> Vec<(Partition, Position)> {
    worker.begin().unwrap();
    let mut next = BTreeMap::new();
    for (read, text) in records.iter().zip(texts(records)) {
        next.insert(read.partition, Position::at(read.offset + 1));
        worker.produce(record("out", read.partition, &text)).unwrap();
    }
    next.into_iter().collect()
}

/// Copies what there is and answers how the commit ended.
pub(crate) fn copy(worker: &mut MemoryWorker) -> Result<Option<Committed>, BrokerError> {
    match poll(worker)? {
        Polled::Records(records) => {
            let offsets = begin_copy(worker, &records);
            worker.commit(&offsets).map(Some)
        }
        Polled::Revoking(partitions) | Polled::Lost(partitions) => {
            worker.abort()?;
            worker.release(&partitions)?;
            Ok(None)
        }
        Polled::Idle | Polled::Assigned(_) => Ok(None),
    }
}

/// The partitions that the worker is told to be its own.
pub(crate) fn assigned(worker: &mut MemoryWorker) -> BTreeSet<Partition> {
    match worker.poll(1, Duration::ZERO).unwrap() {
        Polled::Assigned(partitions) => partitions.into_iter().collect(),
        other => panic!("an assignment was expected, not {other:?}"),
    }
}
