//! Where the lines that librdkafka logs go: into tracing, under the target `librdkafka`.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::error::KafkaError;

/// Passes one line on. Names of hosts and topics are in it, never what a record says.
pub(crate) fn pass_on(level: Level, facility: &str, line: &str) {
    match level {
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: "librdkafka", facility, "{line}");
        }
        Level::Warning => tracing::warn!(target: "librdkafka", facility, "{line}"),
        Level::Notice | Level::Info => tracing::info!(target: "librdkafka", facility, "{line}"),
        Level::Debug => tracing::trace!(target: "librdkafka", facility, "{line}"),
    }
}

/// Passes a client-wide error on. It is only a warning: what matters of it comes back from the call that suffers.
pub(crate) fn pass_error_on(error: &KafkaError, reason: &str) {
    tracing::warn!(target: "librdkafka", %error, "{reason}");
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
