//! What follows from one step.

use usher_domain::Body;

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
