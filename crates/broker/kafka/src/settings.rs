//! Which librdkafka options each client gets, and why. What an operator adds (security, timeouts) comes last, but may
//! not touch the options that the promises hang on.
//! Names and ranges: <https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md>.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use usher_broker::{BrokerError, PRODUCED_BYTES_MAX};

/// How long a transaction may stay open before the coordinator aborts it: it bounds how long a dead worker holds back
/// every read_committed reader.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one blocking call (offsets, metadata, seek) may take before the broker counts as away.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How to reach a cluster.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaSettings {
    /// `host:port`, several separated by commas.
    pub brokers: String,
    /// More librdkafka options for every client, `security.protocol` for instance.
    pub extra: BTreeMap<String, String>,
}

impl fmt::Debug for KafkaSettings {
    /// Shows which options are set but no values: passwords are among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Options that usher decides itself; with other values a promise would silently break.
const OURS: [&str; 18] = [
    "acks",
    "auto.offset.reset",
    "bootstrap.servers",
    "debug",
    "delivery.report.only.error",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "message.max.bytes",
    "partition.assignment.strategy",
    "partitioner",
    "request.required.acks",
    "transactional.id",
];

impl KafkaSettings {
    pub(crate) fn validate(&self) -> Result<(), BrokerError> {
        if self.brokers.trim().is_empty() {
            return Err(BrokerError::Misconfigured("no Kafka is named: set its brokers as host:port".into()));
        }
        match OURS.iter().find(|name| self.extra.contains_key(**name)) {
            Some(name) => Err(BrokerError::Misconfigured(format!(
                "the librdkafka option `{name}` is set by usher itself: remove it from the extra options"
            ))),
            None => Ok(()),
        }
    }

    /// What all clients have in common, with the options of one of them.
    fn client(&self, options: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        // A broker that was away for a moment is found again within a second, not ten.
        config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "1000");
        config.set("retry.backoff.ms", "10").set("retry.backoff.max.ms", "500");
        for (name, value) in options {
            config.set(*name, *value);
        }
        for (name, value) in &self.extra {
            config.set(name, value);
        }
        config
    }

    /// The worker's transactional producer.
    pub(crate) fn transactional_producer(&self, transactional_id: &str) -> ClientConfig {
        let mut config = self.client(&[
            ("partitioner", "murmur2_random"),
            ("transaction.timeout.ms", "10000"),
            // Must not exceed transaction.timeout.ms.
            ("message.timeout.ms", "9000"),
            ("socket.timeout.ms", "8000"),
            ("linger.ms", "2"),
            ("queue.buffering.max.messages", "500000"),
            ("queue.buffering.max.kbytes", "262144"),
            // Without it rd_kafka_flush would wait for somebody to take the reports.
            ("delivery.report.only.error", "true"),
            // The trouble detector reads these lines; without it identical FAIL lines are suppressed for 30 s.
            ("debug", "broker"),
        ]);
        config.set("transactional.id", transactional_id);
        // The default is less than a topic takes: a record could be read and not be written again, as a dead letter is.
        config.set("message.max.bytes", PRODUCED_BYTES_MAX.to_string());
        config.set_log_level(RDKafkaLogLevel::Debug);
        config
    }

    /// The worker's plain producer, for ticks.
    pub(crate) fn tick_producer(&self) -> ClientConfig {
        self.client(&[
            ("partitioner", "murmur2_random"),
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "0"),
            ("message.timeout.ms", "3000"),
            ("queue.buffering.max.messages", "1000"),
            ("delivery.report.only.error", "true"),
        ])
    }

    /// The sender's producer: answers within about a second, memory bounded.
    pub(crate) fn sender_producer(&self) -> ClientConfig {
        self.client(&[
            ("partitioner", "murmur2_random"),
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "1"),
            ("message.timeout.ms", "1000"),
            ("socket.timeout.ms", "5000"),
            ("queue.buffering.max.messages", "10000"),
            ("queue.buffering.max.kbytes", "32768"),
        ])
    }

    /// The worker's consumer: a static member that assigns by itself.
    pub(crate) fn group_consumer(&self, group: &str, instance: &str) -> ClientConfig {
        let mut config = self.read_committed(group);
        config.set("group.instance.id", instance);
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config
    }

    /// A consumer outside any group. The name is needed by librdkafka, which assigns only where a group is named; it
    /// is never joined and nothing is ever committed.
    pub(crate) fn read_committed(&self, group: &str) -> ClientConfig {
        let mut config = self.client(&[
            ("isolation.level", "read_committed"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            // Every start names its offset; one that is gone is an error, never a jump.
            ("auto.offset.reset", "error"),
            ("allow.auto.create.topics", "false"),
            ("session.timeout.ms", "10000"),
            ("heartbeat.interval.ms", "1000"),
            ("fetch.wait.max.ms", "100"),
            ("fetch.error.backoff.ms", "50"),
            // With a bounded queue the default of 1 s is a pause that users see.
            ("fetch.queue.backoff.ms", "10"),
            ("queued.min.messages", "20000"),
            ("queued.max.messages.kbytes", "32768"),
        ]);
        config.set("group.id", group);
        config
    }

    /// Like [`Self::read_committed`], and it says where a partition ends.
    pub(crate) fn to_the_end(&self, group: &str) -> ClientConfig {
        let mut config = self.read_committed(group);
        config.set("enable.partition.eof", "true");
        config
    }

    /// A client for questions about high watermarks: on a read_committed one librdkafka answers them with the last
    /// stable offset.
    pub(crate) fn read_uncommitted(&self, group: &str) -> ClientConfig {
        let mut config = self.read_committed(group);
        config.set("isolation.level", "read_uncommitted");
        config
    }

    /// The administrator's client.
    pub(crate) fn admin(&self) -> ClientConfig {
        self.client(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> KafkaSettings {
        KafkaSettings { brokers: "127.0.0.1:19092".into(), extra: [(name.to_owned(), value.to_owned())].into() }
    }

    #[test]
    fn an_option_that_a_promise_hangs_on_is_refused_by_name() {
        for name in OURS {
            let refusal = with(name, "x").validate().unwrap_err().to_string();
            assert!(refusal.contains(&format!("`{name}`")), "{refusal}");
        }
        assert_eq!(with("security.protocol", "SSL").validate(), Ok(()));
    }

    #[test]
    fn no_broker_is_refused() {
        let refusal = KafkaSettings { brokers: " ".into(), extra: BTreeMap::new() }.validate().unwrap_err();
        assert!(refusal.to_string().contains("host:port"));
    }

    #[test]
    fn debug_shows_names_of_options_but_no_values() {
        let shown = format!("{:?}", with("sasl.password", "s3cret"));
        assert!(shown.contains("sasl.password") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn librdkafka_takes_the_options_of_every_client() {
        let settings = with("client.id", "usher");
        for config in [
            settings.transactional_producer("w"),
            settings.tick_producer(),
            settings.sender_producer(),
            settings.group_consumer("g", "w"),
            settings.to_the_end("g"),
            settings.read_uncommitted("g"),
            settings.admin(),
        ] {
            config.create_native_config().expect("every name and value is known");
        }
    }
}
