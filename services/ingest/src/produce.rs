//! Writes what a request brought, and says when the broker has all of it.

use futures_util::future::join_all;
use metrics::counter;
use usher_broker::{SendError, SenderHandle, Sent};
use usher_dialects::condition::Condition;
use usher_domain::{Body, Envelope};
use usher_proto::topics::address;

use crate::{BROKER_DEADLINE, Ingest, names};

/// When a caller may try again.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

/// Writes all records and waits for all of them. They are handed over in their order before the first is waited for, so
/// those of one key keep it. A record of a request that is then refused may be in the log all the same. Routing drops the
/// caller's repeat where it has the same id: a vendor's own, or one from an `Idempotency-Key`. Without either the repeat
/// is a second input, and the caller is advised to send a key.
pub(crate) async fn write<S: SenderHandle>(
    ingest: &Ingest<S>,
    bodies: Vec<Body>,
    traceparent: Option<String>,
) -> Result<(), Condition> {
    if bodies.is_empty() {
        return Ok(());
    }
    let mut topics = Vec::with_capacity(bodies.len());
    let mut sends = Vec::with_capacity(bodies.len());
    for body in bodies {
        topics.push(address(&body).0);
        let envelope = Envelope { cause: None, traceparent: traceparent.clone(), body };
        sends.push(ingest.sender.send(ingest.topics.outgoing(&envelope)));
    }
    let results = tokio::time::timeout(BROKER_DEADLINE, join_all(sends)).await;
    acknowledged(results.map_err(|_| SendError::Unavailable("no answer in time".to_owned())).and_then(all))?;
    for topic in topics {
        counter!(names::RECORDS, "topic" => topic.short_name()).increment(1);
    }
    Ok(())
}

fn all(results: Vec<Result<Sent, SendError>>) -> Result<(), SendError> {
    results.into_iter().try_for_each(|result| result.map(|_| ()))
}

/// Whatever the broker's reason is, the same request may succeed later: also a refusal (a topic that is missing, a right
/// that was not given) is ours to mend, not the caller's.
fn acknowledged(result: Result<(), SendError>) -> Result<(), Condition> {
    result.map_err(|error| {
        let reason = match &error {
            SendError::Refused(_) => "the broker refuses the record",
            SendError::Full => "too many records are waiting for the broker",
            SendError::Unavailable(_) => "the broker is away",
        };
        if matches!(error, SendError::Refused(_)) {
            tracing::error!(%error, "a record was not written");
        } else {
            tracing::warn!(%error, "a record was not written");
        }
        Condition::Unavailable { reason: reason.to_owned(), retry_after: RETRY_AFTER }
    })
}
