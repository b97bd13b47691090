//! What a pure core is: one input and one instant go in, state changes, and everything that should happen next comes
//! out. No clock, no randomness, no I/O; a step can not fail.

use crate::envelope::Body;
use crate::time::Timestamp;

/// What all cores have in common.
pub trait Core: Default {
    /// Names a piece of state.
    type Key;
    /// Its value.
    type Value;
    /// One input, or a tick.
    type Input;

    /// The input in the body of the record at `offset`; what belongs on another topic comes back.
    fn input(body: Body, offset: i64) -> Result<Self::Input, Box<Body>>;
    /// Folds one piece of state; `None` ends it.
    fn restore(&mut self, key: Self::Key, value: Option<Self::Value>);
    /// Takes one input. `now` never goes back.
    fn step(&mut self, input: Self::Input, now: Timestamp) -> Effects<Self::Key, Self::Value>;
    /// When time alone would change something.
    fn next_wakeup(&self) -> Option<Timestamp>;
}

/// Everything that a step decided: records to write and state to keep, durable in one transaction with the offset of
/// the input. `K` names a piece of state, `V` is its whole new value.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects<K, V> {
    /// Records for the topics, in order; the variant decides the topic.
    pub bodies: Vec<Body>,
    /// State that changed, each key at most once; `None` ends it (a tombstone).
    pub changes: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Effects<K, V> {
    fn default() -> Self {
        Self { bodies: Vec::new(), changes: Vec::new() }
    }
}
