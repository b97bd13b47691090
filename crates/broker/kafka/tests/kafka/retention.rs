//! What happens to a worker when retention has taken the record it would go on from.

use std::time::Duration;

use rdkafka::Offset;
use usher_broker::{Broker, Polled, ReadFrom, ReaderHandle, Record, WorkerHandle};
use usher_broker_kafka::KafkaWorker;

use crate::ground::wait_for;
use crate::log::Log;

fn read(worker: &mut KafkaWorker, count: usize) -> Vec<Record> {
    let mut records = Vec::new();
    wait_for("records are read", || {
        if let Polled::Records(more) = worker.poll(10, Duration::from_millis(50)).expect("a poll") {
            records.extend(more);
        }
        (records.len() >= count).then_some(())
    });
    records
}

fn texts(records: &[Record]) -> Vec<String> {
    let text = |record: &Record| String::from_utf8(record.payload.clone().expect("a payload")).expect("text");
    records.iter().map(text).collect()
}

/// The group stands on the marker behind the last record, and retention takes that too.
#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn a_quiet_partition_whose_records_are_gone_is_read_on() {
    let log = Log::new("quiet");
    let mut worker = log.begun().expect("an empty partition begins");
    log.commit(&mut worker, &["one"], None);
    let next = read(&mut worker, 1)[0].offset + 1;
    log.commit(&mut worker, &[], Some(next));
    log.delete_before(Offset::End);
    // In a running worker an aborted transaction goes back to what is committed.
    worker.begin().expect("a transaction begins");
    worker.abort().expect("the transaction is aborted");
    log.commit(&mut worker, &["two"], None);
    assert_eq!(texts(&read(&mut worker, 1)), ["two"]);
    // After a restart with something new behind the gap, too.
    drop(worker);
    let mut worker = log.begun().expect("a partition begins at the log's start");
    assert_eq!(texts(&read(&mut worker, 1)), ["two"]);
}

#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn a_group_that_has_committed_nothing_begins_with_the_oldest_record() {
    let log = Log::new("oldest");
    log.commit(&mut log.worker(), &["one", "two", "three"], None);
    log.delete_before(Offset::Offset(2));
    let mut worker = log.begun().expect("a partition begins at the log's start");
    assert_eq!(texts(&read(&mut worker, 1)), ["three"]);
    worker.begin().expect("a transaction begins");
    worker.abort().expect("the transaction is aborted");
    assert_eq!(texts(&read(&mut worker, 1)), ["three"], "an abort goes back there, too");
}

#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn records_that_are_gone_unread_are_not_passed_over() {
    let log = Log::new("gone");
    let mut worker = log.begun().expect("an empty partition begins");
    log.commit(&mut worker, &["one", "two", "three", "four"], None);
    read(&mut worker, 4);
    log.commit(&mut worker, &[], Some(1));
    log.delete_before(Offset::Offset(3));
    drop(worker);
    let refused = log.begun().err().expect("two records are gone").to_string();
    assert!(refused.contains("begins at offset 3") && refused.contains("has read up to 1"), "{refused}");
}

#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn a_reader_says_where_its_partitions_begin() {
    let log = Log::new("begins");
    log.commit(&mut log.worker(), &["one", "two", "three"], None);
    let begins = || log.broker.reader(&log.spec.input, ReadFrom::Start).expect("a reader").beginnings();
    assert_eq!(begins(), [0]);
    log.delete_before(Offset::Offset(2));
    assert_eq!(begins(), [2]);
}
