//! The broker contract on Apache Kafka. This crate alone names rdkafka; nothing of rdkafka shows in what it offers.
//!
//! A worker's handle is one consumer, one transactional producer, one plain producer for ticks and one pair of clients
//! for reading state. It is used by one thread and shares nothing with other handles.

mod admin;
mod beginning;
mod drain;
mod error;
mod gather;
mod group;
mod log_lines;
mod native;
mod partitions;
mod reader;
mod sender;
mod settings;
mod state;
mod ticks;
mod transaction;
mod trouble;
mod wait;
mod worker;

use std::time::Duration;

use usher_broker::{Broker, BrokerError, ReadFrom, TopicSpec, WorkerSpec};

pub use reader::KafkaReader;
pub use sender::KafkaSender;
pub use settings::KafkaSettings;
pub use worker::KafkaWorker;

/// A Kafka cluster that usher runs on. Connects only when handles are made.
#[derive(Clone, Debug)]
pub struct KafkaBroker {
    settings: KafkaSettings,
}

impl KafkaBroker {
    /// A cluster by its settings.
    ///
    /// # Errors
    /// [`BrokerError::Misconfigured`] when no broker is named, or an option is given that the promises of usher hang on.
    pub fn new(settings: KafkaSettings) -> Result<Self, BrokerError> {
        settings.validate()?;
        Ok(Self { settings })
    }

    /// Asks whether a broker answers, for at most `within`: everything else waits longer for one that is away.
    ///
    /// # Errors
    /// [`BrokerError::Unavailable`] when none answered.
    pub fn answers(&self, within: Duration) -> Result<(), BrokerError> {
        admin::answers(&self.settings, within)
    }
}

impl Broker for KafkaBroker {
    type Worker = KafkaWorker;
    type Sender = KafkaSender;
    type Reader = KafkaReader;

    fn worker(&self, spec: &WorkerSpec) -> Result<KafkaWorker, BrokerError> {
        KafkaWorker::join(&self.settings, spec)
    }

    fn sender(&self) -> Result<KafkaSender, BrokerError> {
        KafkaSender::connect(&self.settings)
    }

    fn reader(&self, topic: &str, from: ReadFrom) -> Result<KafkaReader, BrokerError> {
        KafkaReader::open(&self.settings, topic, from)
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), BrokerError> {
        admin::create_topics(&self.settings, topics)
    }

    fn describe_topics(&self, prefix: &str) -> Result<Vec<TopicSpec>, BrokerError> {
        admin::describe_topics(&self.settings, prefix)
    }

    fn delete_topics(&self, names: &[String]) -> Result<(), BrokerError> {
        admin::delete_topics(&self.settings, names)
    }
}
