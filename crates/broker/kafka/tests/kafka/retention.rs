//! What happens to a worker when retention has taken the record it would go on from.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use usher_broker::{
    Broker, BrokerError, Cleanup, Committed, Outgoing, Polled, Position, ReadFrom, ReaderHandle, Record, TopicSpec,
    WorkerHandle, WorkerSpec,
};
use usher_broker_kafka::{KafkaBroker, KafkaWorker};

use crate::ground::{address, fresh_prefix, kafka, wait_for};

/// One partition that a worker reads and also writes to, in transactions.
struct Log {
    broker: KafkaBroker,
    spec: WorkerSpec,
}

impl Log {
    fn new(word: &str) -> Self {
        let (broker, prefix) = (kafka(), fresh_prefix(word));
        let input = TopicSpec {
            name: format!("{prefix}.input"),
            partitions: 1,
            cleanup: Cleanup::Delete(Duration::from_secs(3600)),
            append_time: true,
            record_bytes_max: None,
        };
        broker.create_topics(std::slice::from_ref(&input)).expect("a topic is made");
        let (name, group) = (format!("{prefix}.worker"), format!("{prefix}.group"));
        Self { broker, spec: WorkerSpec { name, group, input: input.name, state: None } }
    }

    fn worker(&self) -> KafkaWorker {
        self.broker.worker(&self.spec).expect("a worker")
    }

    /// A worker that has begun where its group stands.
    fn begun(&self) -> Result<KafkaWorker, BrokerError> {
        let mut worker = self.worker();
        wait_for("the partition is assigned", || match worker.poll(1, Duration::from_millis(50)) {
            Ok(Polled::Assigned(partitions)) if !partitions.is_empty() => Some(()),
            Ok(Polled::Assigned(_)) => worker.start(&[]).err().map(drop),
            _ => None,
        });
        let committed = worker.committed(&[0])?.pop().and_then(|(_, position)| position);
        worker.start(&[(0, committed.map_or(0, |position| position.offset))])?;
        Ok(worker)
    }

    /// Writes these in one transaction with the offset, if any.
    fn commit(&self, worker: &mut KafkaWorker, texts: &[&str], next: Option<i64>) {
        worker.begin().expect("a transaction begins");
        for text in texts {
            let record = Outgoing {
                topic: self.spec.input.clone(),
                partition: Some(0),
                payload: Some(text.as_bytes().to_vec()),
                ..Outgoing::default()
            };
            worker.produce(record).expect("a record is produced");
        }
        let offsets: Vec<_> = next.map(|next| (0, Position::at(next))).into_iter().collect();
        assert_eq!(worker.commit(&offsets).expect("the transaction ends"), Committed::Done);
    }

    /// What retention does, at once.
    fn delete_before(&self, offset: Offset) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", address()).create().expect("an administrator's client");
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.spec.input, 0, offset).expect("an offset");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(admin.delete_records(&list, &AdminOptions::new())).expect("records are deleted");
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.broker.delete_topics(std::slice::from_ref(&self.spec.input)).expect("the topic is deleted");
        }
    }
}

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
