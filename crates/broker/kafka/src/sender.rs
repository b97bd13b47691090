//! The sender's handle: a plain idempotent producer with `acks=all` that answers within about a second and holds a
//! bounded number of records.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};
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
    /// Somebody is at it.
    renewing: Arc<AtomicBool>,
}

impl KafkaSender {
    pub(crate) fn connect(settings: &KafkaSettings) -> Result<Self, BrokerError> {
        let producer = connect(settings).map_err(|error| could_not("make a producer", &error))?;
        let producer = Arc::new(RwLock::new(producer));
        Ok(Self { settings: settings.clone(), producer, renewing: Arc::default() })
    }

    /// Hands a record to librdkafka; never waits. No clone of the producer is left anywhere, so that whoever replaces it
    /// has the last one.
    fn hand_over(&self, record: &Outgoing) -> Result<DeliveryFuture, KafkaError> {
        self.shared().send_result(outgoing(record)).map_err(|(error, _)| error)
    }

    /// A producer that has met a fatal error refuses everything from then on. Nearly every failure is none, and those
    /// that fail together do not wait for each other; making and ending a client takes its time, on another thread.
    fn renew_if_fatal(&self) {
        let Some((code, reason)) = self.shared().client().fatal_error() else { return };
        if self.renewing.swap(true, Ordering::AcqRel) {
            return;
        }
        let sender = self.clone();
        thread::spawn(move || {
            tracing::warn!(%code, reason, "the sender's producer is made anew");
            match connect(&sender.settings) {
                Ok(fresh) => drop(sender.replace(fresh)),
                Err(error) => tracing::error!(%error, "the sender's producer could not be made anew"),
            }
            sender.renewing.store(false, Ordering::Release);
        });
    }

    fn shared(&self) -> RwLockReadGuard<'_, FutureProducer<Logs>> {
        self.producer.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new producer into place and answers with the old one.
    fn replace(&self, fresh: FutureProducer<Logs>) -> FutureProducer<Logs> {
        std::mem::replace(&mut *self.producer.write().unwrap_or_else(PoisonError::into_inner), fresh)
    }
}

impl SenderHandle for KafkaSender {
    async fn send(&self, record: Outgoing) -> Result<Sent, SendError> {
        let answer = match self.hand_over(&record) {
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
        let held: Vec<_> = (0..40).map(|_| sender.hand_over(&record(900_000)).is_ok()).collect();
        assert!(held[0] && !held[39], "{held:?}");
        let begun = std::time::Instant::now();
        assert_eq!(sender.send(record(900_000)).await, Err(SendError::Full));
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }

    #[test]
    fn failed_sends_do_not_wait_for_each_other() {
        let sender = without_broker();
        let reading = sender.shared();
        let (other, (looked, has_looked)) = (sender.clone(), std::sync::mpsc::channel());
        thread::spawn(move || {
            other.renew_if_fatal();
            looked.send(()).unwrap();
        });
        has_looked.recv_timeout(Duration::from_secs(5)).expect("a look at a healthy producer needs nobody's leave");
        drop(reading);
    }

    #[tokio::test]
    async fn broken_producer_is_replaced_without_holding_up_the_runtime() {
        let sender = without_broker();
        // Records under way: ending their producer takes its time.
        let held: Vec<_> = (0..20).map(|_| sender.hand_over(&record(900_000))).collect();
        crate::native::break_for_good(&*sender.shared());
        let begun = std::time::Instant::now();
        sender.send(record(100)).await.expect_err("the producer is broken");
        sender.send(record(100)).await.expect_err("broken, or new and without a broker");
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
        let end = begun + Duration::from_secs(20);
        while sender.shared().client().fatal_error().is_some() {
            assert!(std::time::Instant::now() < end, "waited in vain for a new producer");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(held);
    }
}
