//! Ordered sets sorted into classes: waiting sessions by what they take, free agents by what they have left. With them
//! "the first session that somebody can take" and "the best agent who can take this session" are exact although somebody
//! who fits nobody may stand at the front: a class that does not fit is passed over as a whole.
//!
//! Every operation costs O(log n) for each class it looks at. There are as many classes as different weights and
//! channels, or different numbers of free places: a handful, not as many as sessions or agents.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use usher_domain::Dialect;

/// What a session takes of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Load {
    /// How much of the capacity.
    pub(super) weight: u32,
    /// One of the sessions of this channel, which an agent may have only so many of.
    pub(super) channel: Dialect,
}

/// What an agent has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spare {
    /// Capacity left.
    pub(super) room: u32,
    /// Channels of which the agent has as many sessions as may be.
    pub(super) full: Channels,
}

impl Spare {
    /// Whether the agent can take such a session.
    pub(super) fn fits(self, load: Load) -> bool {
        self.room >= load.weight && !self.full.has(load.channel)
    }
}

/// A set of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Channels(u32);

impl Channels {
    /// With this one too.
    pub(super) fn with(self, channel: Dialect) -> Self {
        Self(self.0 | 1 << channel as u32)
    }

    fn has(self, channel: Dialect) -> bool {
        self.0 & 1 << channel as u32 != 0
    }
}

/// Keys in order, within each class. Empty classes are not kept, so equal contents are equal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classes<C, K>(BTreeMap<C, BTreeSet<K>>);

impl<C, K> Default for Classes<C, K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<C: Ord + Copy, K: Ord> Classes<C, K> {
    pub(super) fn insert(&mut self, class: C, key: K) {
        self.0.entry(class).or_default().insert(key);
    }

    pub(super) fn remove(&mut self, class: C, key: &K) {
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

    pub(super) fn contains(&self, class: C, key: &K) -> bool {
        self.0.get(&class).is_some_and(|keys| keys.contains(key))
    }

    /// Whether a class fits. The highest are asked first: they are the likeliest.
    pub(super) fn has(&self, fits: impl Fn(C) -> bool) -> bool {
        self.0.keys().rev().any(|class| fits(*class))
    }

    /// The first key over all classes that fit, of those that are wanted. Costs a step for each that is not.
    pub(super) fn first(&self, fits: impl Fn(C) -> bool, wanted: impl Fn(&K) -> bool) -> Option<&K> {
        let classes = self.0.iter().filter(|(class, _)| fits(**class));
        classes.filter_map(|(_, keys)| keys.iter().find(|key| wanted(key))).min()
    }

    /// The first key behind `before` (or of all) over all classes that fit, and its class.
    pub(super) fn next(&self, before: Option<&K>, fits: impl Fn(C) -> bool) -> Option<(C, &K)> {
        let classes = self.0.iter().filter(|(class, _)| fits(**class));
        let firsts = classes.filter_map(|(class, keys)| Some((*class, first_behind(keys, before)?)));
        firsts.min_by(|(_, one), (_, other)| one.cmp(other))
    }

    /// How many keys the classes that fit have.
    pub(super) fn count(&self, fits: impl Fn(C) -> bool) -> usize {
        self.0.iter().filter(|(class, _)| fits(**class)).map(|(_, keys)| keys.len()).sum()
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
        self.next(Some(key), |_| true).map(|(_, key)| key)
    }

    /// The last key of all.
    pub(super) fn last(&self) -> Option<&K> {
        self.0.values().filter_map(BTreeSet::last).max()
    }

    /// All keys with their classes, class by class.
    pub(super) fn iter(&self) -> impl Iterator<Item = (C, &K)> {
        self.0.iter().flat_map(|(class, keys)| keys.iter().map(|key| (*class, key)))
    }
}

/// The first key, of those behind `before` if that is given; a plain first is looked up faster than a range.
fn first_behind<'a, K: Ord>(keys: &'a BTreeSet<K>, before: Option<&K>) -> Option<&'a K> {
    match before {
        None => keys.first(),
        Some(before) => keys.range((Bound::Excluded(before), Bound::Unbounded)).next(),
    }
}
