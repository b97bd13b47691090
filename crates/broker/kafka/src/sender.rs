//! The sender's handle: a plain idempotent producer with `acks=all` that answers within about a second and holds a
//! bounded number of records.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use usher_broker::{BrokerError, Outgoing, SendError, SenderHandle, Sent};

use crate::error::could_not;
use crate::log_lines::Logs;
use crate::settings::KafkaSettings;
use crate::transaction::headers;

/// After this a caller is answered, whether or not librdkafka has given the record up: it looks only once a second.
const ANSWER_WITHIN: Duration = Duration::from_millis(1000);

/// A sender on Kafka.
#[derive(Clone)]
pub struct KafkaSender {
    settings: KafkaSettings,
    /// Replaced after a fatal error, for all clones at once.
    producer: Arc<RwLock<FutureProducer<Logs>>>,
}

impl KafkaSender {
    pub(crate) fn connect(settings: &KafkaSettings) -> Result<Self, BrokerError> {
        let producer = connect(settings).map_err(|error| could_not("make a producer", &error))?;
        Ok(Self { settings: settings.clone(), producer: Arc::new(RwLock::new(producer)) })
    }

    fn producer(&self) -> FutureProducer<Logs> {
        self.producer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A producer that has met a fatal error refuses everything from then on.
    fn renew_if_fatal(&self) {
        let mut producer = self.producer.write().unwrap_or_else(PoisonError::into_inner);
        let Some((code, reason)) = producer.client().fatal_error() else { return };
        match connect(&self.settings) {
            Ok(fresh) => {
                tracing::warn!(%code, reason, "the sender's producer is made anew");
                *producer = fresh;
            }
            Err(error) => tracing::error!(%error, "the sender's producer could not be made anew"),
        }
    }
}

impl SenderHandle for KafkaSender {
    async fn send(&self, record: Outgoing) -> Result<Sent, SendError> {
        let under_way = self.producer().send_result(outgoing(&record)).map_err(|(error, _)| error);
        let answer = match under_way {
            Ok(delivery) => match tokio::time::timeout(ANSWER_WITHIN, delivery).await {
                Ok(Ok(answer)) => answer.map_err(|(error, _)| error),
                Ok(Err(_)) => Err(KafkaError::Canceled),
                Err(_) => return Err(SendError::Unavailable("no answer within a second".into())),
            },
            Err(error) => Err(error),
        };
        match answer {
            Ok(delivery) => Ok(Sent { partition: delivery.partition, offset: delivery.offset }),
            Err(error) => {
                self.renew_if_fatal();
                Err(refusal(&error))
            }
        }
    }
}

fn connect(settings: &KafkaSettings) -> Result<FutureProducer<Logs>, KafkaError> {
    settings.sender_producer().create_with_context(Logs)
}

fn outgoing(record: &Outgoing) -> FutureRecord<'_, [u8], [u8]> {
    let mut outgoing = FutureRecord::to(&record.topic);
    outgoing.partition = record.partition;
    outgoing.key = record.key.as_deref();
    outgoing.payload = record.payload.as_deref();
    outgoing.headers = headers(&record.headers);
    outgoing
}

fn refusal(error: &KafkaError) -> SendError {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::QueueFull) => SendError::Full,
        Some(
            Code::MessageSizeTooLarge
            | Code::InvalidMessageSize
            | Code::InvalidMessage
            | Code::InvalidRecord
            | Code::InvalidTopic
            | Code::UnknownTopic
            | Code::UnknownPartition
            | Code::UnknownTopicOrPartition
            | Code::TopicAuthorizationFailed
            | Code::PolicyViolation,
        ) => SendError::Refused(error.to_string()),
        _ => SendError::Unavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_word() {
        for (code, expected) in [
            (RDKafkaErrorCode::QueueFull, "Full"),
            (RDKafkaErrorCode::MessageSizeTooLarge, "Refused"),
            (RDKafkaErrorCode::MessageTimedOut, "Unavailable"),
            (RDKafkaErrorCode::AllBrokersDown, "Unavailable"),
            (RDKafkaErrorCode::NotEnoughReplicas, "Unavailable"),
        ] {
            let found = format!("{:?}", refusal(&KafkaError::MessageProduction(code)));
            assert!(found.starts_with(expected), "{code:?} became {found}");
        }
    }

    /// A sender to a port where nobody listens.
    fn without_broker() -> KafkaSender {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let brokers = format!("127.0.0.1:{port}");
        KafkaSender::connect(&KafkaSettings { brokers, ..KafkaSettings::default() }).unwrap()
    }

    fn record(bytes: usize) -> Outgoing {
        Outgoing { topic: "t".into(), payload: Some(vec![0; bytes]), ..Outgoing::default() }
    }

    #[tokio::test]
    async fn broker_away_is_answered_within_about_a_second() {
        let sender = without_broker();
        let begun = std::time::Instant::now();
        let answer = sender.send(record(100)).await;
        assert!(matches!(answer, Err(SendError::Unavailable(_))), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn more_than_may_wait_is_refused_at_once() {
        let sender = without_broker();
        // 32 MiB may wait; each of these is 900 kB.
        let held: Vec<_> = (0..40).map(|_| sender.producer().send_result(outgoing(&record(900_000))).is_ok()).collect();
        assert!(held[0] && !held[39], "{held:?}");
        let begun = std::time::Instant::now();
        assert_eq!(sender.send(record(900_000)).await, Err(SendError::Full));
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }
}
