//! One partition in work: its core and how far it is.

use usher_broker::{Position, Record};
use usher_domain::{Body, Timestamp};

use super::batch::Batch;
use super::core::{PartitionCore, Step, Undecodable};

pub(super) struct Slot<C> {
    pub(super) core: C,
    /// The offset after the last record stepped.
    pub(super) next: i64,
    /// `now` of the last step; never goes back.
    pub(super) now: Timestamp,
    /// The position that the last transaction of this partition committed.
    pub(super) position: Position,
    /// When the last tick was appended, by the worker's clock.
    pub(super) ticked_at: Option<Timestamp>,
    pub(super) paused: bool,
}

impl<C: PartitionCore> Slot<C> {
    pub(super) fn step(&mut self, record: &Record, own_time: Option<Timestamp>, topic: &str, batch: &mut Batch) {
        self.now = self.now.max(own_time.unwrap_or(Timestamp::from_millis(record.timestamp_ms)));
        let step =
            self.core.step(record, self.now).unwrap_or_else(|undecodable| dead_letter(record, topic, undecodable));
        match own_time {
            None => batch.consumed(record),
            // Taking a record is no progress here: its end is.
            Some(_) => batch.records += 1,
        }
        batch.add(record.partition, record.offset, self.now, step);
        self.next = record.offset + 1;
        self.ticked_at = None;
    }

    /// Whether a takeover would go on elsewhere than the last commit says.
    pub(super) fn has_moved(&self) -> bool {
        self.core.position(self.next) != self.position
    }

    pub(super) fn committed(&mut self, position: Position) {
        self.core.committed(&position);
        self.position = position;
    }
}

/// A record that does not decode goes to the dead letters, bytes and reason, in the same transaction.
fn dead_letter(record: &Record, topic: &str, undecodable: Undecodable) -> Step {
    tracing::warn!(topic, record.partition, record.offset, reason = undecodable.0, "dead letter");
    let letter = usher_domain::envelope::DeadLetter {
        source: topic.to_owned(),
        position: Some((record.partition, record.offset)),
        key: record.key.clone().unwrap_or_default(),
        payload: record.payload.clone().unwrap_or_default(),
        reason: undecodable.0,
    };
    Step { bodies: vec![Body::DeadLetter(letter)], ..Step::default() }
}
