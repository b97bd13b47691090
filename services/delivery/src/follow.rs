//! Follows a small compacted topic from its start: what every process must know, and nobody owns.

use std::time::Duration;

use usher_broker::{Broker, BrokerError, ReadFrom, ReaderHandle};
use usher_domain::Body;
use usher_proto::topics::Topic;
use usher_runtime::worker::Stop;

/// How long one look at the topic takes at most; a stop is noticed after it.
const LOOK: Duration = Duration::from_millis(200);
/// How long the reader waits when the broker is away.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Records taken at one look.
const RECORDS_MAX: usize = 500;

/// Hands everything on the topic to `learn`, in the calling thread, until asked to stop. A broker that goes away is waited
/// for, and the topic then read again from its start: `learn` must take a record twice. It answers with `false` when the
/// record is about something else.
///
/// # Errors
/// What waiting does not mend.
pub(crate) fn follow<B: Broker>(
    broker: &B,
    prefix: &str,
    topic: Topic,
    stop: &Stop,
    mut learn: impl FnMut(Body) -> bool,
) -> Result<(), BrokerError> {
    while !stop.is_asked() {
        match read(broker, &topic.name(prefix), stop, &mut learn) {
            Err(BrokerError::Unavailable(reason)) => {
                tracing::debug!(reason, topic = topic.short_name(), "the topic is not read for a while");
                std::thread::sleep(AGAIN_AFTER);
            }
            ended => return ended,
        }
    }
    Ok(())
}

fn read<B: Broker>(
    broker: &B,
    topic: &str,
    stop: &Stop,
    learn: &mut impl FnMut(Body) -> bool,
) -> Result<(), BrokerError> {
    let mut reader = broker.reader(topic, ReadFrom::Start)?;
    while !stop.is_asked() {
        for record in reader.poll(RECORDS_MAX, LOOK)? {
            let place = (record.partition, record.offset);
            match usher_proto::decode(record.payload.as_deref().unwrap_or_default()) {
                Ok(envelope) => {
                    if !learn(envelope.body) {
                        tracing::warn!(topic, ?place, "the record is about something else");
                    }
                }
                Err(error) => tracing::warn!(topic, ?place, %error, "the record can not be read"),
            }
        }
    }
    Ok(())
}
