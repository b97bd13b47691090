//! The Kafka of the tests, and a prefix of its own for each.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use usher_broker::Broker;
use usher_broker_kafka::{KafkaBroker, KafkaSettings};

/// The variable that names the Kafka; `127.0.0.1:19092` (as `deploy/kafka/start` has it) without it.
pub const KAFKA_ADDRESS: &str = "USHER_TEST_KAFKA";

/// A Kafka, and a prefix on it that is removed at the end.
pub struct Kafka {
    /// `host:port`.
    pub address: String,
    /// First part of all topics.
    pub prefix: String,
    /// The broker.
    pub broker: KafkaBroker,
}

impl Kafka {
    /// The Kafka of the tests; fails with the command that starts one.
    pub fn find(test: &str) -> Result<Self> {
        let address = std::env::var(KAFKA_ADDRESS).unwrap_or_else(|_| "127.0.0.1:19092".to_owned());
        Self::at(&address, test)
    }

    /// The Kafka at this address.
    pub fn at(address: &str, test: &str) -> Result<Self> {
        let address = address.to_owned();
        let broker = KafkaBroker::new(KafkaSettings { brokers: address.clone(), ..KafkaSettings::default() })?;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("{test}-{}-{number}", usher_runtime::worker::clock().millis());
        broker
            .describe_topics(&prefix)
            .with_context(|| format!("no Kafka at {address}: run deploy/kafka/start, or set {KAFKA_ADDRESS}"))?;
        Ok(Self { address, prefix, broker })
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        let topics = self.broker.describe_topics(&self.prefix).unwrap_or_default();
        let names: Vec<String> = topics.into_iter().map(|topic| topic.name).collect();
        if let Err(error) = self.broker.delete_topics(&names) {
            eprintln!("the topics of {} stay: {error}", self.prefix);
        }
    }
}
