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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use rdkafka::error::RDKafkaErrorCode;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_end_of_a_partition_is_no_news() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_env_filter("info").with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            Logs.error(KafkaError::Global(RDKafkaErrorCode::PartitionEOF), "reached end of partition at offset 7");
            Logs.log(Level::Warning, "CONFWARN", "a line that is told");
        });
        let said = String::from_utf8(lines.0.lock().expect("not poisoned").clone()).expect("text");
        assert!(said.contains("a line that is told") && !said.contains("end of partition"), "{said}");
    }
}
