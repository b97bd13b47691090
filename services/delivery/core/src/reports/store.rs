//! The pieces of state of one partition, with their ends in order and what changed since the last step.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::Timestamp;
use usher_domain::report::Fate;
use usher_domain::state::report::{StateKey, StateValue};

/// Pieces that lack something, of which there is a bounded number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Waiting {
    /// A report that waits for its message.
    Report,
    /// A part of a message that went out and is not known to have arrived.
    Submitted,
    /// An incoming message that waits for parts.
    Heard,
}

impl Waiting {
    fn of(value: &StateValue) -> Option<Self> {
        match value {
            StateValue::Part(state) if state.part.is_none() => Some(Self::Report),
            StateValue::Heard(_) => Some(Self::Heard),
            StateValue::Part(state) if state.fate != Some(Fate::Delivered) => Some(Self::Submitted),
            StateValue::Part(_) | StateValue::Message(_) => None,
        }
    }
}

/// All pieces of one partition.
#[derive(Debug, Default)]
pub(super) struct Store {
    pieces: BTreeMap<StateKey, StateValue>,
    ends: BTreeSet<(Timestamp, StateKey)>,
    waiting: BTreeMap<Waiting, BTreeSet<(Timestamp, StateKey)>>,
    changed: BTreeSet<StateKey>,
}

impl Store {
    pub(super) fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        match value {
            Some(value) => self.put(key, value),
            None => drop(self.take(&key)),
        }
        self.changed.clear();
    }

    pub(super) fn get(&self, key: &StateKey) -> Option<&StateValue> {
        self.pieces.get(key)
    }

    pub(super) fn put(&mut self, key: StateKey, value: StateValue) {
        self.take(&key);
        let end = (value.ends_at(), key.clone());
        if let Some(kind) = Waiting::of(&value) {
            self.waiting.entry(kind).or_default().insert(end.clone());
        }
        self.ends.insert(end);
        self.changed.insert(key.clone());
        self.pieces.insert(key, value);
    }

    pub(super) fn take(&mut self, key: &StateKey) -> Option<StateValue> {
        let value = self.pieces.remove(key)?;
        let end = (value.ends_at(), key.clone());
        if let Some(of_kind) = Waiting::of(&value).and_then(|kind| self.waiting.get_mut(&kind)) {
            of_kind.remove(&end);
        }
        self.ends.remove(&end);
        self.changed.insert(key.clone());
        Some(value)
    }

    /// The piece that ends first.
    pub(super) fn first_due(&self) -> Option<&(Timestamp, StateKey)> {
        self.ends.first()
    }

    pub(super) fn waiting(&self, kind: Waiting) -> usize {
        self.waiting.get(&kind).map_or(0, BTreeSet::len)
    }

    pub(super) fn longest_waiting(&self, kind: Waiting) -> Option<StateKey> {
        self.waiting.get(&kind)?.first().map(|(_, key)| key.clone())
    }

    /// What changed since it was asked last.
    pub(super) fn changes(&mut self) -> Vec<(StateKey, Option<StateValue>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|key| (key.clone(), self.pieces.get(&key).cloned())).collect()
    }
}
