//! Where the lines that librdkafka logs go: into tracing, under the target `librdkafka`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::error::KafkaError;

/// A broker that is away makes a line for each connection and try. One in this time is enough to see why.
const FAILURES_EVERY: Duration = Duration::from_secs(10);

/// Passes one line on. Names of hosts and topics are in it, never what a record says.
pub(crate) fn pass_on(level: Level, facility: &str, line: &str) {
    match level {
        Level::Error | Level::Warning if facility == "FAIL" => {
            if is_time_for_failure() {
                tracing::warn!(target: "librdkafka", facility, "{line}");
            }
        }
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: "librdkafka", facility, "{line}");
        }
        Level::Warning => tracing::warn!(target: "librdkafka", facility, "{line}"),
        Level::Notice | Level::Info => tracing::info!(target: "librdkafka", facility, "{line}"),
        Level::Debug => tracing::trace!(target: "librdkafka", facility, "{line}"),
    }
}

/// Passes a client-wide error on. What matters of it comes back from the call that suffers, and a broker that is away
/// is one of these for each client and second.
pub(crate) fn pass_error_on(error: &KafkaError, reason: &str) {
    tracing::debug!(target: "librdkafka", %error, "{reason}");
}

/// Whether a failed connection may be told again; all clients of the process share the answer.
fn is_time_for_failure() -> bool {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let is_time = last.is_none_or(|last| last.elapsed() >= FAILURES_EVERY);
    if is_time {
        *last = Some(Instant::now());
    }
    is_time
}

/// The context of a client that has nothing to say but log lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logs;

impl ClientContext for Logs {
    fn log(&self, level: Level, facility: &str, line: &str) {
        pass_on(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        pass_error_on(&error, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for Logs {}
