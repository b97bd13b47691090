//! The envelope: every record on every topic of usher but the state topics.

use crate::conversation::ConversationInput;
use crate::delivery::Delivery;
use crate::desk::DeskInput;
use crate::event::Event;
use crate::time::Timestamp;
use crate::transcript::Transcript;

/// One record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// What made it, when a core did.
    pub cause: Option<Cause>,
    /// W3C `traceparent` of the request it goes back to (<https://www.w3.org/TR/trace-context/>).
    pub traceparent: Option<String>,
    /// What it says.
    pub body: Body,
}

/// What it says. The variant decides the topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// Topic `conversations`.
    Conversation(ConversationInput),
    /// Topic `desks`.
    Desk(DeskInput),
    /// Topic `deliveries`.
    Delivery(Box<Delivery>),
    /// Topic `events`.
    Event(Event),
    /// Topic `transcripts`.
    Transcript(Box<Transcript>),
    /// Topic `dead-letters`.
    DeadLetter(DeadLetter),
    /// Appended by a worker to its own input partition, without key, when a deadline is due.
    Tick,
}

/// Which input made a record, so that anyone outside can prove no loss, no duplicate and no torn transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Topic of the input.
    pub topic: String,
    /// Partition of the input.
    pub partition: i32,
    /// Offset of the input.
    pub offset: i64,
    /// Which output of that input, from 0.
    pub index: u32,
    /// How many outputs that input had.
    pub count: u32,
    /// `now` of the step.
    pub decided_at: Timestamp,
    /// Counter of the worker: + 1 at each start or new producer.
    pub worker_epoch: u64,
}

/// A record that could not be worked on, as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it was read, or which edge it came to.
    pub source: String,
    /// Partition and offset there, for a record.
    pub position: Option<(i32, i64)>,
    /// Its key.
    pub key: Vec<u8>,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Why, in words without personal data.
    pub reason: String,
}

impl std::fmt::Debug for DeadLetter {
    /// Shows sizes only: the bytes may be personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetter")
            .field("source", &self.source)
            .field("position", &self.position)
            .field("reason", &self.reason)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}
