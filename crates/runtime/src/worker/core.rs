//! What the worker asks of the core of one partition. Services wrap their pure cores in it: decoding, encoding and,
//! in delivery, the outside calls.

use usher_broker::{Position, Record};
use usher_domain::{Body, Timestamp};

/// The core of one partition, as the worker drives it.
pub trait PartitionCore {
    /// Folds one record of the state partition; called in order, before anything else.
    fn restore(&mut self, _key: &[u8], _value: Option<&[u8]>) -> Result<(), Undecodable> {
        Ok(())
    }

    /// Everything is restored; the next record will be the one at `position.offset`, or a later one.
    fn resume(&mut self, _position: &Position) {}

    /// Takes one record. What can not be decoded goes to the dead letters, bytes and reason, and the partition goes on.
    fn step(&mut self, record: &Record, now: Timestamp) -> Result<Step, Undecodable>;

    /// What has happened without a record: outside calls that ended, time that passed on the worker's own clock.
    fn collect(&mut self, _now: Timestamp) -> Vec<Finished> {
        Vec::new()
    }

    /// Where the group should go on if this partition were taken over now; `next` is the offset after the last record
    /// stepped.
    fn position(&self, next: i64) -> Position {
        Position::at(next)
    }

    /// The transaction with `position` stands.
    fn committed(&mut self, _position: &Position) {}

    /// The earliest instant at which time alone would change something; the worker then appends a tick.
    fn next_wakeup(&self) -> Option<Timestamp> {
        None
    }

    /// Whether no further record shall be given for now; the partition is paused until this is false.
    fn is_full(&self) -> bool {
        false
    }

    /// The last transaction of this partition does not stand; the handle has sought back to the committed position, so
    /// records from there come again. `true`: this core keeps what it holds and goes on by itself, because results
    /// from outside are facts; `false`: it is built anew. Asked only without a state topic.
    fn rolled_back(&mut self) -> bool {
        false
    }

    /// From now on begin nothing new outside: the partition is about to go. What is under way may end.
    fn wind_down(&mut self) {}

    /// Whether outside calls are under way, so that the worker looks for their results often.
    fn is_busy(&self) -> bool {
        false
    }
}

/// What one record led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Records to write; the worker adds the cause.
    pub bodies: Vec<Body>,
    /// State that changed: key and whole new value, `None` for a tombstone.
    pub state: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Trace context of the input, handed on to what it caused.
    pub traceparent: Option<String>,
}

/// What the record at `offset` led to, later.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    /// The record.
    pub offset: i64,
    /// What it led to.
    pub step: Step,
}

/// A record that can not be worked on; the reason carries no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecodable(pub String);
