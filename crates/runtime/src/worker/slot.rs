//! One partition in work: its core and how far it is.

use std::time::Duration;

use usher_broker::{Position, Record};
use usher_domain::envelope::DeadLetter;
use usher_domain::{Body, Timestamp};

use super::batch::Batch;
use super::core::{PartitionCore, Step, Undecodable};

/// A tick that was appended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    /// When, by the worker's clock.
    pub(super) at: Timestamp,
    /// For which deadline.
    pub(super) deadline: Timestamp,
}

/// A tick that has not come back after this is sent again.
const TICK_AGAIN_AFTER: Duration = Duration::from_secs(1);

pub(super) struct Slot<C> {
    pub(super) core: C,
    /// The offset after the last record stepped.
    pub(super) next: i64,
    /// `now` of the last step; never goes back.
    pub(super) now: Timestamp,
    /// The position that the last transaction of this partition committed.
    pub(super) position: Position,
    /// The last tick, unless what it was for is over.
    pub(super) ticked: Option<Tick>,
    pub(super) paused: bool,
}

impl<C: PartitionCore> Slot<C> {
    pub(super) fn step(&mut self, record: &Record, own_time: Option<Timestamp>, topic: &str, batch: &mut Batch) {
        // A core that was kept over an abort sees records again that it has.
        if record.offset < self.next {
            return;
        }
        self.now = self.now.max(own_time.unwrap_or(Timestamp::from_millis(record.timestamp_ms)));
        let step = self.core.step(record, self.now).unwrap_or_else(|undecodable| {
            let Undecodable(reason) = &undecodable;
            tracing::warn!(topic, record.partition, record.offset, reason, "dead letter");
            dead_letter(record, topic, undecodable)
        });
        match own_time {
            None => batch.consumed(record),
            // Taking a record is no progress here: its end is.
            Some(_) => batch.records += 1,
        }
        batch.add(record.partition, record.offset, self.now, step);
        self.next = record.offset + 1;
        // What the log's own time says is still due was too much for one step: it needs no pause.
        if self.core.next_wakeup().is_some_and(|at| at <= self.now) {
            self.ticked = None;
        }
    }

    /// Whether a tick for the next deadline is on its way. A clock that runs ahead of the log's would otherwise send
    /// one for each that comes back too early.
    pub(super) fn has_tick_under_way(&self, clock: Timestamp) -> bool {
        let fresh = self.ticked.filter(|tick| clock < tick.at.plus(TICK_AGAIN_AFTER));
        fresh.is_some_and(|tick| self.core.next_wakeup() == Some(tick.deadline))
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
pub(super) fn dead_letter(record: &Record, topic: &str, undecodable: Undecodable) -> Step {
    let letter = DeadLetter::of(
        topic.to_owned(),
        Some((record.partition, record.offset)),
        record.key.as_deref().unwrap_or_default(),
        record.payload.as_deref().unwrap_or_default(),
        undecodable.0,
    );
    Step { bodies: vec![Body::DeadLetter(letter)], ..Step::default() }
}
