//! A log of one partition, for what one worker of its own does with it.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use usher_broker::{
    Broker, BrokerError, Cleanup, Committed, Outgoing, Polled, Position, TopicSpec, WorkerHandle, WorkerSpec,
};
use usher_broker_kafka::{KafkaBroker, KafkaWorker};

use crate::ground::{address, fresh_prefix, kafka, wait_for};

/// One partition that a worker reads and also writes to, in transactions.
pub(crate) struct Log {
    pub(crate) broker: KafkaBroker,
    pub(crate) spec: WorkerSpec,
}

impl Log {
    /// Makes the topic.
    pub(crate) fn new(word: &str) -> Self {
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

    /// A worker of the log's one name.
    pub(crate) fn worker(&self) -> KafkaWorker {
        self.broker.worker(&self.spec).expect("a worker")
    }

    /// A worker that has begun where its group stands.
    pub(crate) fn begun(&self) -> Result<KafkaWorker, BrokerError> {
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
    pub(crate) fn commit(&self, worker: &mut KafkaWorker, texts: &[&str], next: Option<i64>) {
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
    pub(crate) fn delete_before(&self, offset: Offset) {
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
