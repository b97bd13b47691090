//! The worker's plain producer: records outside any transaction, not waited for.

use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use usher_broker::{BrokerError, Partition};

use crate::drain::drain_producer;
use crate::error::could_not;
use crate::log_lines::Logs;
use crate::settings::KafkaSettings;

/// Appends ticks to the partitions of one topic.
pub(crate) struct Ticks {
    settings: KafkaSettings,
    topic: String,
    producer: BaseProducer<Logs>,
}

impl Ticks {
    pub(crate) fn connect(settings: &KafkaSettings, topic: &str) -> Result<Self, BrokerError> {
        Ok(Self { settings: settings.clone(), topic: topic.to_owned(), producer: producer(settings)? })
    }

    /// Hands one record to librdkafka. A full queue means that the broker is away: the tick is sent again anyhow.
    pub(crate) fn append(&mut self, partition: Partition, payload: &[u8]) -> Result<(), BrokerError> {
        if let Some((code, reason)) = self.producer.client().fatal_error() {
            tracing::warn!(%code, reason, "the producer of ticks is made anew");
            self.producer = producer(&self.settings)?;
        }
        let record = BaseRecord::<[u8], [u8]>::to(&self.topic).partition(partition).payload(payload);
        if let Err((error, _)) = self.producer.send(record) {
            tracing::warn!(%error, partition, "a tick was not taken");
        }
        self.drain();
        Ok(())
    }

    /// Takes in reports and log lines.
    pub(crate) fn drain(&self) {
        drain_producer(&self.producer);
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> i32 {
        self.producer.in_flight_count()
    }
}

fn producer(settings: &KafkaSettings) -> Result<BaseProducer<Logs>, BrokerError> {
    settings.tick_producer().create_with_context(Logs).map_err(|error| could_not("make the producer of ticks", &error))
}

impl ProducerContext for Logs {
    type DeliveryOpaque = ();

    /// Only failures arrive (`delivery.report.only.error`).
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            tracing::warn!(%error, "a tick was not written");
        }
    }
}
