//! A map without order, for what is looked up by its whole id: sessions, agents, lanes. A lookup costs the same in a
//! desk of ten and of a million, because it touches two places in memory where a tree of that size touches one for each
//! of its levels. It has no iterator: what a core does must not depend on an order that depends on the past.
//!
//! Rows stand densely in blocks, so that nothing is kept free for growth; `slots` finds them by hash, with linear
//! probing. Who leaves is followed by the last row, so memory goes back when a full room has emptied.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows in one block.
const BLOCK: usize = 256;
/// The least number of slots; always a power of two.
const LEAST_SLOTS: usize = 8;

/// A map from whole keys to values.
#[derive(Clone)]
pub(super) struct Table<K, V> {
    slots: Vec<Slot>,
    blocks: Vec<Vec<(K, V)>>,
    count: usize,
}

/// Where a row is. The hash is kept, so that other rows need not be looked at when something moves.
#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    row: u32,
}

const EMPTY: Slot = Slot { hash: 0, row: u32::MAX };

impl Slot {
    const fn is_empty(self) -> bool {
        self.row == u32::MAX
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { slots: Vec::new(), blocks: Vec::new(), count: 0 }
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.find(key).is_some()
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.row_of(key).map(|(_, value)| value)
    }

    /// The key as the table holds it: whoever keeps many equal keys can share the text of this one.
    pub(super) fn key(&self, key: &K) -> Option<&K> {
        self.row_of(key).map(|(key, _)| key)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let slot = self.find(key)?;
        let row = self.slots[slot].row as usize;
        Some(&mut self.blocks[row / BLOCK][row % BLOCK].1)
    }

    /// Puts a value in the place of the one before, if there was one.
    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.get_mut(&key) {
            Some(old) => *old = value,
            None => {
                self.add(key, value);
            }
        }
    }

    /// The value of this key, made first when there is none.
    pub(super) fn entry(&mut self, key: &K) -> &mut V
    where
        K: Clone,
        V: Default,
    {
        let row = match self.find(key) {
            Some(slot) => self.slots[slot].row as usize,
            None => self.add(key.clone(), V::default()),
        };
        &mut self.blocks[row / BLOCK][row % BLOCK].1
    }

    pub(super) fn remove(&mut self, key: &K) {
        let Some(slot) = self.find(key) else { return };
        let row = self.slots[slot].row as usize;
        self.free_slot(slot);
        self.remove_row(row);
        if self.slots.len() > LEAST_SLOTS && self.count * 8 < self.slots.len() {
            self.rebuild(self.slots.len() / 2);
        }
    }

    /// All keys, from the least: for rare acts on everything.
    pub(super) fn sorted_keys(&self) -> Vec<&K>
    where
        K: Ord,
    {
        let mut keys: Vec<&K> = self.rows().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys
    }

    fn rows(&self) -> impl Iterator<Item = &(K, V)> {
        self.blocks.iter().flatten()
    }

    fn row_of(&self, key: &K) -> Option<&(K, V)> {
        let row = self.slots[self.find(key)?].row as usize;
        Some(&self.blocks[row / BLOCK][row % BLOCK])
    }

    /// The slot of this key.
    fn find(&self, key: &K) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let hash = hash(key);
        let mut at = self.home(hash);
        while !self.slots[at].is_empty() {
            let Slot { hash: found, row } = self.slots[at];
            if found == hash && self.blocks[row as usize / BLOCK][row as usize % BLOCK].0 == *key {
                return Some(at);
            }
            at = self.after(at);
        }
        None
    }

    /// Adds a key that is not there yet, and says in which row.
    fn add(&mut self, key: K, value: V) -> usize {
        if (self.count + 1) * 4 > self.slots.len() * 3 {
            self.rebuild((self.slots.len() * 2).max(LEAST_SLOTS));
        }
        let row = self.count;
        self.fill_slot(Slot { hash: hash(&key), row: row as u32 });
        if row.is_multiple_of(BLOCK) {
            // The first block grows as it is needed: most desks are small.
            self.blocks.push(if row == 0 { Vec::new() } else { Vec::with_capacity(BLOCK) });
        }
        self.blocks[row / BLOCK].push((key, value));
        self.count += 1;
        row
    }

    fn rebuild(&mut self, size: usize) {
        let before = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        for slot in before.into_iter().filter(|slot| !slot.is_empty()) {
            self.fill_slot(slot);
        }
    }

    fn fill_slot(&mut self, slot: Slot) {
        let mut at = self.home(slot.hash);
        while !self.slots[at].is_empty() {
            at = self.after(at);
        }
        self.slots[at] = slot;
    }

    /// Empties a slot, and moves up who stands behind it only because it was taken.
    fn free_slot(&mut self, slot: usize) {
        let (mut hole, mut at) = (slot, self.after(slot));
        while !self.slots[at].is_empty() {
            let home = self.home(self.slots[at].hash);
            if self.distance(home, at) >= self.distance(hole, at) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = self.after(at);
        }
        self.slots[hole] = EMPTY;
    }

    /// Takes a row out; the last one follows into its place.
    fn remove_row(&mut self, row: usize) {
        self.count -= 1;
        let last = self.count;
        let Some(moved) = self.blocks[last / BLOCK].pop() else { return };
        if self.blocks[last / BLOCK].is_empty() {
            self.blocks.pop();
        }
        if row != last {
            let mut at = self.home(hash(&moved.0));
            while self.slots[at].row != last as u32 {
                at = self.after(at);
            }
            self.slots[at].row = row as u32;
            self.blocks[row / BLOCK][row % BLOCK] = moved;
        }
    }

    fn home(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// How many slots `to` stands behind `from`, around the end.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.slots.len() - 1)
    }
}

/// The same everywhere and always: the keys of the standard hasher are fixed when nobody gives it others.
fn hash<K: Hash>(key: &K) -> u32 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as u32
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Table<K, V> {
    /// Equal contents are equal tables, however they came about.
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.rows().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Eq + Hash, V: Eq> Eq for Table<K, V> {}

impl<K: Eq + Hash + fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.rows().map(|(key, value)| (key, value))).finish()
    }
}
