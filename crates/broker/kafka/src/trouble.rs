//! Tells when a request of a transactional producer may still be under way although its answer was given up.
//!
//! librdkafka sends `EndTxn`, `AddOffsetsToTxn` and `TxnOffsetCommit` again by itself after a cut or stalled connection.
//! The first copy can then arrive inside a *later* transaction and end it, or take its offsets back, and every call
//! returns Ok. No return value shows the danger; log lines of two facilities do: `FAIL`, a connection broke, and
//! `REQTMOUT`, a request was given up. (librdkafka knows nothing of KIP-890, which cures this in the protocol.)

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use crate::log_lines::{pass_error_on, pass_on};

/// What the callbacks of one transactional producer saw.
#[derive(Default)]
pub(crate) struct Trouble {
    seen: AtomicBool,
    failure: Mutex<Option<String>>,
}

impl Trouble {
    /// Whether a request may be late; forgets it.
    pub(crate) fn take(&self) -> bool {
        self.seen.swap(false, Ordering::AcqRel)
    }

    /// Why a record was not written, the first one since last asked.
    pub(crate) fn take_failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What failed in a transaction that is over says nothing of the next one.
    pub(crate) fn forget_failure(&self) {
        drop(self.take_failure());
    }
}

impl ClientContext for Trouble {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        if is_trouble(facility) {
            self.seen.store(true, Ordering::Release);
        }
        pass_on(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        pass_error_on(&error, reason);
    }
}

fn is_trouble(facility: &str) -> bool {
    matches!(facility, "FAIL" | "REQTMOUT")
}

impl ProducerContext for Trouble {
    type DeliveryOpaque = ();

    /// Only failures arrive (`delivery.report.only.error`); the commit turns them into an abort.
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert_with(|| format!("a record was not written: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_and_a_given_up_request_are_trouble_once() {
        let trouble = Trouble::default();
        for facility in ["FAIL", "REQTMOUT"] {
            trouble.log(RDKafkaLogLevel::Debug, facility, "line");
            assert!(trouble.take(), "{facility}");
            assert!(!trouble.take(), "{facility} is told once");
        }
        trouble.log(RDKafkaLogLevel::Debug, "BRKSTATE", "line");
        assert!(!trouble.take());
    }
}
