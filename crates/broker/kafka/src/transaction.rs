//! Transactions of one worker: how they end, and when their producer must be replaced.
//!
//! The rule against torn transactions, of which [`crate::trouble`] tells the danger:
//! 1. the detector flags a producer whose requests may be late;
//! 2. after every commit and abort, whatever it returned, all log lines are taken in, then the flag is read;
//! 3. a flagged producer, or one that failed, never begins again: a new one with the same `transactional.id` raises the
//!    epoch, so that what is late is refused;
//! 4. a commit that said Ok on a flagged producer is believed only if the committed offsets say so too;
//! 5. without a flag the producer stays: renewing it each time would cost most of the throughput.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use usher_broker::{BrokerError, Outgoing, PRODUCED_BYTES_MAX};

use crate::drain::drain_producer;
use crate::error::{could_not, is_fencing};
use crate::native;
use crate::settings::{CALL_TIMEOUT, KafkaSettings, TRANSACTION_TIMEOUT};
use crate::trouble::Trouble;

/// How long a new producer may take to reach the cluster before the worker gives up.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Being fenced twice within this time means two processes under one name, each fencing the other.
const FENCED_AGAIN: Duration = Duration::from_secs(60);

/// A slice of waiting, between which reports and log lines are taken in.
const SLICE: Duration = Duration::from_millis(100);

/// How a transaction ended, before the committed offsets were asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It stands.
    Done,
    /// The broker said that it stands, but a request of it may be late: ask the committed offsets.
    DoneInDoubt(String),
    /// Nothing of it stands.
    Aborted(String),
    /// Nobody knows; the producer is a new one.
    Lost(String),
}

/// The transactional producer of a worker and of its successors under the same name.
pub(crate) struct Transactions {
    settings: KafkaSettings,
    name: String,
    producer: BaseProducer<Trouble>,
    /// When the open transaction began.
    begun: Option<Instant>,
    /// Why the open transaction can only be aborted.
    failure: Option<String>,
    /// Why this producer must not begin again.
    doubt: Option<String>,
    fenced_at: Option<Instant>,
    /// A record of the open transaction was not written.
    unwritten: bool,
}

impl Transactions {
    /// Makes the producer; every former holder of `name` is fenced when this returns.
    pub(crate) fn connect(settings: &KafkaSettings, name: &str) -> Result<Self, BrokerError> {
        Ok(Self {
            settings: settings.clone(),
            name: name.to_owned(),
            producer: initialised(settings, name, CALL_TIMEOUT)?,
            begun: None,
            failure: None,
            doubt: None,
            fenced_at: None,
            unwritten: false,
        })
    }

    /// Opens a transaction, on a new producer where the old one is doubted.
    pub(crate) fn begin(&mut self) -> Result<(), BrokerError> {
        self.take_in_trouble();
        if self.doubt.is_some() {
            self.renew()?;
        }
        if let Err(error) = self.producer.begin_transaction() {
            // What broke it came after the last transaction (a fatal error of the idle producer).
            self.count_fencing(Duration::ZERO)?;
            self.doubt = Some(error.to_string());
            self.renew()?;
            self.producer.begin_transaction().map_err(|error| could_not("begin a transaction", &error))?;
        }
        self.producer.context().forget_failure();
        self.failure = None;
        self.begun = Some(Instant::now());
        Ok(())
    }

    /// Adds a record to the open transaction.
    pub(crate) fn produce(&mut self, record: &Outgoing) -> Result<(), BrokerError> {
        let deadline = Instant::now() + CALL_TIMEOUT;
        while let Err(error) = send(&self.producer, record) {
            let code = error.rdkafka_error_code();
            if code == Some(RDKafkaErrorCode::MessageSizeTooLarge) {
                self.failure.get_or_insert_with(|| too_large(record));
                return Ok(());
            }
            if code != Some(RDKafkaErrorCode::QueueFull) || Instant::now() > deadline {
                let failed = could_not(&format!("write to topic `{}`", record.topic), &error);
                self.failure.get_or_insert_with(|| failed.to_string());
                return Err(failed);
            }
            native::flush(&self.producer, SLICE);
            self.producer.poll(Duration::ZERO);
        }
        Ok(())
    }

    /// Ends the open transaction with `offsets` of the group.
    pub(crate) fn end(
        &mut self,
        offsets: &TopicPartitionList,
        group: Option<ConsumerGroupMetadata>,
    ) -> Result<Ended, BrokerError> {
        let Some(begun) = self.begun.take() else {
            return Err(BrokerError::Misconfigured("commit without begin: this is a mistake in the program".into()));
        };
        let deadline = Instant::now() + CALL_TIMEOUT;
        let committed = self.written(deadline).and_then(|()| {
            if let Some(group) = group_of(offsets.count(), group)? {
                retried(deadline, |left| self.producer.send_offsets_to_transaction(offsets, &group, left))?;
            }
            retried(deadline, |left| self.producer.commit_transaction(left))
        });
        let ended = match committed {
            Ok(()) => Ended::Done,
            Err(failed) => self.roll_back(failed),
        };
        self.settle(ended, begun.elapsed())
    }

    /// Drops the open transaction, if one is open.
    pub(crate) fn abort(&mut self) -> Result<(), BrokerError> {
        let Some(begun) = self.begun.take() else { return Ok(()) };
        self.take_in_reports();
        let ended = self.roll_back(Failed::abortable("dropped by the worker".into()));
        self.settle(ended, begun.elapsed()).map(drop)
    }

    /// Takes in log lines and reports while nothing else calls the producer: nobody else does, and they pile up.
    pub(crate) fn drain(&self) {
        drain_producer(&self.producer);
    }

    /// Waits until every record is acknowledged.
    fn written(&mut self, deadline: Instant) -> Result<(), Failed> {
        while self.failure.is_none() && !native::flush(&self.producer, SLICE) {
            // Reports of failures hold a flush up until somebody takes them.
            self.take_in_reports();
            if Instant::now() > deadline {
                self.failure = Some("the broker did not acknowledge the records in time".into());
            }
        }
        // A report may have been taken in before, by a drain.
        self.take_in_failure();
        match self.failure.take() {
            Some(reason) => Err(Failed::abortable(reason)),
            None => Ok(()),
        }
    }

    /// Aborts what could not be committed.
    fn roll_back(&mut self, failed: Failed) -> Ended {
        if !failed.abortable {
            return Ended::Lost(failed.reason);
        }
        let deadline = Instant::now() + CALL_TIMEOUT;
        native::flush(&self.producer, SLICE);
        loop {
            // Served, or the abort does not get on. What is purged by it has not failed.
            self.producer.poll(Duration::from_millis(1));
            match self.producer.abort_transaction(SLICE).map_err(Failed::of) {
                Ok(()) => return Ended::Aborted(failed.reason),
                Err(again) if again.retriable && Instant::now() < deadline => {}
                Err(last) => return Ended::Lost(format!("{}; then {}", failed.reason, last.reason)),
            }
        }
    }

    /// Renews the producer if it must not be used again, and says what can still be said of the transaction.
    fn settle(&mut self, ended: Ended, open_for: Duration) -> Result<Ended, BrokerError> {
        self.take_in_trouble();
        if let Ended::Lost(reason) = &ended {
            self.count_fencing(open_for)?;
            self.doubt = Some(reason.clone());
        }
        let Some(doubt) = self.doubt.clone() else {
            // librdkafka recovers from a record that the broker refused by a new epoch, and purges what the next
            // transaction has written by then.
            if self.unwritten {
                self.doubt = Some("a record was refused".to_owned());
                self.renew()?;
            }
            return Ok(ended);
        };
        tracing::warn!(worker = self.name, reason = doubt, "the transactional producer is made anew");
        self.renew()?;
        Ok(match ended {
            Ended::Done => Ended::DoneInDoubt(doubt),
            // An EndTxn that was given up may have been a commit.
            Ended::Aborted(reason) | Ended::Lost(reason) => Ended::Lost(reason),
            Ended::DoneInDoubt(_) => ended,
        })
    }

    /// Takes in all log lines and reports that wait, then reads the flag.
    fn take_in_trouble(&mut self) {
        if !take_in_all(&self.producer) {
            self.doubt = Some("reports of the producer are still missing".into());
        }
        if self.producer.context().take() {
            self.doubt = Some("a connection broke or a request was given up, so one may be late".into());
        }
    }

    /// Takes in what waits now, without waiting for records under way.
    fn take_in_reports(&mut self) {
        self.producer.poll(Duration::from_millis(1));
        self.take_in_failure();
    }

    fn take_in_failure(&mut self) {
        if let Some(reason) = self.producer.context().take_failure() {
            self.unwritten = true;
            self.failure.get_or_insert(reason);
        }
    }

    /// Stops the worker that is fenced a second time. A transaction that was open for too long was ended by the
    /// coordinator, which looks the same but is nobody's doing.
    fn count_fencing(&mut self, open_for: Duration) -> Result<(), BrokerError> {
        let Some((_, reason)) = self.producer.client().fatal_error().filter(|(code, _)| is_fencing(*code)) else {
            return Ok(());
        };
        if open_for >= TRANSACTION_TIMEOUT {
            return Ok(());
        }
        self.note_fencing(reason)
    }

    /// One fencing, of this producer or of the consumer beside it. Two in short time are somebody else's doing.
    pub(crate) fn note_fencing(&mut self, reason: String) -> Result<(), BrokerError> {
        if self.fenced_at.is_some_and(|at| at.elapsed() < FENCED_AGAIN) {
            return Err(BrokerError::Fenced { name: self.name.clone(), reason });
        }
        self.fenced_at = Some(Instant::now());
        Ok(())
    }

    /// Replaces the producer: whatever the old one still has under way is refused from now on.
    fn renew(&mut self) -> Result<(), BrokerError> {
        let fresh = initialised(&self.settings, &self.name, RENEWAL_TIMEOUT)?;
        drop_elsewhere(std::mem::replace(&mut self.producer, fresh));
        self.doubt = None;
        self.failure = None;
        self.unwritten = false;
        Ok(())
    }
}

/// Ends whatever transaction is open under `name`.
pub(crate) fn end_transaction_of(settings: &KafkaSettings, name: &str) -> Result<(), BrokerError> {
    initialised(settings, name, CALL_TIMEOUT).map(drop_elsewhere)
}

/// A producer that has fenced its predecessors.
fn initialised(settings: &KafkaSettings, name: &str, wait: Duration) -> Result<BaseProducer<Trouble>, BrokerError> {
    let what = format!("initialise the transactions of `{name}`");
    let producer: BaseProducer<Trouble> = settings
        .transactional_producer(name)
        .create_with_context(Trouble::default())
        .map_err(|error| could_not(&what, &error))?;
    let deadline = Instant::now() + wait;
    retried(deadline, |left| producer.init_transactions(left.min(CALL_TIMEOUT)))
        .map_err(|failed| could_not(&what, &failed.error))?;
    // What broke before the first transaction can not tear one.
    take_in_all(&producer);
    producer.context().take();
    Ok(producer)
}

/// Takes in everything that waits; whether it came to an end. `poll(0)` serves one event a call.
fn take_in_all(producer: &BaseProducer<Trouble>) -> bool {
    let deadline = Instant::now() + Duration::from_secs(1);
    while producer.in_flight_count() > 0 {
        if Instant::now() > deadline {
            return false;
        }
        producer.poll(Duration::ZERO);
    }
    true
}

/// Dropping a producer with requests under way waits for them.
fn drop_elsewhere(producer: BaseProducer<Trouble>) {
    thread::spawn(move || drop(producer));
}

fn send(producer: &BaseProducer<Trouble>, record: &Outgoing) -> KafkaResult<()> {
    let mut outgoing = BaseRecord::<[u8], [u8]>::to(&record.topic);
    outgoing.partition = record.partition;
    outgoing.key = record.key.as_deref();
    outgoing.payload = record.payload.as_deref();
    outgoing.headers = headers(&record.headers);
    producer.send(outgoing).map_err(|(error, _)| error)
}

/// Why the transaction with this record can not stand. Where it goes and how large it is, never what it says.
fn too_large(record: &Outgoing) -> String {
    format!("a record of {} bytes for topic `{}` is larger than {PRODUCED_BYTES_MAX}", record.bytes(), record.topic)
}

/// Headers as rdkafka wants them; none is not the same as an empty list.
pub(crate) fn headers(headers: &[(&'static str, Vec<u8>)]) -> Option<OwnedHeaders> {
    if headers.is_empty() {
        return None;
    }
    let list = OwnedHeaders::new_with_capacity(headers.len());
    Some(headers.iter().fold(list, |list, (key, value)| list.insert(Header { key, value: Some(value) })))
}

/// Calls again while librdkafka says that this may help.
fn retried(deadline: Instant, call: impl Fn(Duration) -> KafkaResult<()>) -> Result<(), Failed> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Err(error) = call(left.max(SLICE)) else { return Ok(()) };
        let failed = Failed::of(error);
        if !failed.retriable || left.is_zero() {
            return Err(failed);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The group that takes the offsets; `None` where there are none. Offsets without a group can not stand, and the records
/// must not without them.
fn group_of<G>(offsets: usize, group: Option<G>) -> Result<Option<G>, Failed> {
    match (offsets, group) {
        (0, _) => Ok(None),
        (_, Some(group)) => Ok(Some(group)),
        (_, None) => {
            Err(Failed::abortable("the consumer does not know its group, so its offsets can not stand".into()))
        }
    }
}

/// A step of a transaction that failed, and what may follow.
#[derive(Debug)]
struct Failed {
    reason: String,
    error: KafkaError,
    retriable: bool,
    abortable: bool,
}

impl Failed {
    fn of(error: KafkaError) -> Self {
        let (retriable, abortable) = match &error {
            KafkaError::Transaction(error) => (error.is_retriable(), error.txn_requires_abort()),
            // The flush before a commit: no commit was asked for yet.
            KafkaError::Flush(_) => (false, true),
            _ => (false, false),
        };
        Self { reason: error.to_string(), error, retriable, abortable }
    }

    fn abortable(reason: String) -> Self {
        Self { reason, error: KafkaError::Canceled, retriable: false, abortable: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_without_a_group_abort_and_do_not_stand_aside() {
        let failed = group_of::<()>(1, None).expect_err("records would stand without their offsets");
        assert!(failed.abortable && !failed.retriable, "{failed:?}");
        assert!(matches!(group_of(0, Some(())), Ok(None)));
        assert!(matches!(group_of::<()>(0, None), Ok(None)));
        assert!(matches!(group_of(1, Some(())), Ok(Some(()))));
    }
}
