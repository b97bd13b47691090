//! The envelope: every record on every topic of usher but the state topics.

use crate::account_state::AccountState;
use crate::conversation::ConversationInput;
use crate::delivery::Delivery;
use crate::desk::DeskInput;
use crate::event::Event;
use crate::mailbox::{MailboxInput, MailboxOwner};
use crate::report::ReportInput;
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
    /// Topic `mailboxes`.
    Mailbox(Box<MailboxInput>),
    /// Topic `mailbox-owners`.
    MailboxOwner(MailboxOwner),
    /// Topic `reports`.
    Report(Box<ReportInput>),
    /// Topic `account-states`.
    AccountState(AccountState),
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

/// Longer payloads, keys and reasons are cut, so that a letter can be written and read whatever it was made of: half
/// as much again as Kafka takes by default, a key that one can still look for, a reason that one can still read.
const PAYLOAD_BYTES_MAX: usize = 1536 * 1024;
const KEY_BYTES_MAX: usize = 64 * 1024;
const REASON_BYTES_MAX: usize = 4 * 1024;

impl DeadLetter {
    /// A letter about these bytes. What is too long is cut at its end, and the reason says how long it was.
    pub fn of(source: String, position: Option<(i32, i64)>, key: &[u8], payload: &[u8], reason: String) -> Self {
        let mut reason = reason;
        reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
        let key = cut(key, KEY_BYTES_MAX, "key", &mut reason);
        let payload = cut(payload, PAYLOAD_BYTES_MAX, "payload", &mut reason);
        Self { source, position, key, payload, reason }
    }
}

fn cut(bytes: &[u8], limit: usize, what: &str, reason: &mut String) -> Vec<u8> {
    if bytes.len() > limit {
        reason.push_str(&format!("; the {what} had {} bytes and is cut to {limit}", bytes.len()));
    }
    bytes[..bytes.len().min(limit)].to_vec()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(key: usize, payload: usize, reason: &str) -> DeadLetter {
        DeadLetter::of("t".to_owned(), None, &vec![1; key], &vec![2; payload], reason.to_owned())
    }

    #[test]
    fn letter_about_a_record_of_the_usual_size_is_whole() {
        let whole = letter(100, 1_048_588, "why");
        assert_eq!((whole.key.len(), whole.payload.len(), whole.reason.as_str()), (100, 1_048_588, "why"));
    }

    #[test]
    fn what_is_too_long_is_cut_and_the_reason_says_how_long_it_was() {
        let cut = letter(70_000, 5_000_000, "why");
        assert_eq!((cut.key.len(), cut.payload.len()), (KEY_BYTES_MAX, PAYLOAD_BYTES_MAX));
        assert_eq!(
            cut.reason,
            "why; the key had 70000 bytes and is cut to 65536; the payload had 5000000 bytes and is cut to 1572864"
        );
        assert_eq!(letter(0, 0, &"\u{4e2d}".repeat(3_000)).reason.len(), 4_095, "no character is cut in two");
    }
}
