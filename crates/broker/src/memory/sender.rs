//! The sender's handle in memory: answers at once.

use std::future::{Future, ready};

use super::MemoryBroker;
use crate::{Outgoing, SendError, SenderHandle, Sent};

/// A sender.
#[derive(Clone, Debug)]
pub struct MemorySender {
    broker: MemoryBroker,
}

impl MemorySender {
    pub(super) fn new(broker: MemoryBroker) -> Self {
        Self { broker }
    }

    fn send_now(&self, record: Outgoing) -> Result<Sent, SendError> {
        self.broker.change(|state, now_ms| {
            if state.faults.sends_refused {
                return Err(SendError::Unavailable("sends are refused by order of a test".to_owned()));
            }
            state.append(record, None, now_ms).map_err(|error| SendError::Refused(error.to_string()))
        })
    }
}

impl SenderHandle for MemorySender {
    fn send(&self, record: Outgoing) -> impl Future<Output = Result<Sent, SendError>> + Send {
        ready(self.send_now(record))
    }
}
