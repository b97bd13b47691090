//! Ordered sets sorted into classes by a small number: waiting sessions by weight, free agents by capacity left. With
//! them "the first session that somebody can take" and "the longest idle agent who can take this weight" are exact
//! although a heavy session may stand at the front: a class that does not fit is passed over as a whole.
//!
//! Every operation costs O(log n) for each class it looks at. There are as many classes as different weights, or
//! different numbers of free places: a handful, not as many as sessions or agents.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeBounds};

/// Keys in order, within each class. Empty classes are not kept, so equal contents are equal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classes<K>(BTreeMap<u32, BTreeSet<K>>);

impl<K> Default for Classes<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Classes<K> {
    pub(super) fn insert(&mut self, class: u32, key: K) {
        self.0.entry(class).or_default().insert(key);
    }

    pub(super) fn remove(&mut self, class: u32, key: &K) {
        if let Some(keys) = self.0.get_mut(&class) {
            keys.remove(key);
            if keys.is_empty() {
                self.0.remove(&class);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The highest class that has a key.
    pub(super) fn highest(&self) -> Option<u32> {
        self.0.keys().next_back().copied()
    }

    /// The first key over all classes of `range`.
    pub(super) fn first(&self, range: impl RangeBounds<u32>) -> Option<&K> {
        self.0.range(range).filter_map(|(_, keys)| keys.first()).min()
    }

    /// How many keys the classes of `range` have.
    pub(super) fn count(&self, range: impl RangeBounds<u32>) -> usize {
        self.0.range(range).map(|(_, keys)| keys.len()).sum()
    }

    /// How many keys stand before `key`, over all classes; not counted beyond `limit`.
    pub(super) fn before(&self, key: &K, limit: usize) -> usize {
        self.0.values().fold(0, |sum, keys| sum + keys.range(..key).take(limit - sum).count())
    }

    /// The last key of all that stand before `key`.
    pub(super) fn last_before(&self, key: &K) -> Option<&K> {
        self.0.values().filter_map(|keys| keys.range(..key).next_back()).max()
    }

    /// The first key of all that stand behind `key`.
    pub(super) fn first_behind(&self, key: &K) -> Option<&K> {
        let behind = (Bound::Excluded(key), Bound::Unbounded);
        self.0.values().filter_map(|keys| keys.range(behind).next()).min()
    }

    /// The last key of all.
    pub(super) fn last(&self) -> Option<&K> {
        self.0.values().filter_map(BTreeSet::last).max()
    }
}
