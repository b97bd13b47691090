//! What signed calls this process has heard of lately: a signature that does not cover all of a call, or that counts for a
//! while, can be used again by whoever has read it.
//!
//! A call is noted until its signature counts no more, so nothing is forgotten too early, unless there are more than
//! [`KEPT_MAX`]: then those that end first go. Each process has its own: behind several, a call that was heard by another
//! is new here, and what routing recognises by an input's id is the second net.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use usher_domain::Timestamp;

/// Most calls that are remembered: half an hour of what the vendors let an application send, some 30 MB.
const KEPT_MAX: usize = 200_000;

/// The first half of a SHA-256.
type Hash = [u8; 16];

/// Whether a call has been heard before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Not that we know.
    First,
    /// With the same content.
    Again,
    /// With another content, which stays unnoted: somebody used a signature of somebody else's.
    Otherwise,
}

/// The calls heard.
#[derive(Debug)]
pub struct Replays {
    kept_max: usize,
    heard: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    /// By name: the content, and until when.
    known: HashMap<Hash, (Hash, Timestamp)>,
    ends: BTreeSet<(Timestamp, Hash)>,
}

impl Default for Replays {
    fn default() -> Self {
        Self { kept_max: KEPT_MAX, heard: Mutex::default() }
    }
}

impl Replays {
    /// Notes a call whose signature fits. `name` is what makes it this call (account and call id, key id and nonce, …),
    /// `content` what must not change under that name, `until` the last instant at which its signature counts.
    pub fn note(&self, name: &[&[u8]], content: &[&[u8]], until: Timestamp, now: Timestamp) -> Heard {
        let (name, content) = (hash(name), hash(content));
        // No code can panic while it holds the lock half-way: a poisoned one is as good as any.
        let mut calls = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        calls.forget(now, self.kept_max);
        match calls.known.get(&name) {
            Some((known, _)) if *known == content => Heard::Again,
            Some(_) => Heard::Otherwise,
            None => {
                calls.known.insert(name, (content, until));
                calls.ends.insert((until, name));
                Heard::First
            }
        }
    }
}

impl Calls {
    /// Makes room for one more: what counts no more goes, and what ends first where that is not enough.
    fn forget(&mut self, now: Timestamp, kept_max: usize) {
        while let Some(&(until, name)) = self.ends.first() {
            if until >= now && self.ends.len() < kept_max {
                return;
            }
            self.ends.pop_first();
            self.known.remove(&name);
        }
    }
}

/// The parts' hash; lengths go in, so that no two lists of parts look the same.
fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let whole = hasher.finalize();
    std::array::from_fn(|at| whole[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn note(replays: &Replays, name: &str, content: &str, until: i64, now: i64) -> Heard {
        replays.note(&[b"test", name.as_bytes()], &[content.as_bytes()], at(until), at(now))
    }

    #[test]
    fn call_is_told_from_its_repeat_and_from_another_under_its_name() {
        let replays = Replays::default();
        assert_eq!(note(&replays, "one", "hi", 100, 0), Heard::First);
        assert_eq!(note(&replays, "one", "hi", 100, 1), Heard::Again);
        assert_eq!(note(&replays, "one", "ho", 100, 2), Heard::Otherwise);
        assert_eq!(note(&replays, "one", "hi", 100, 3), Heard::Again, "what was refused has changed nothing");
        assert_eq!(note(&replays, "two", "hi", 100, 3), Heard::First);
    }

    #[test]
    fn call_is_remembered_until_its_signature_counts_no_more() {
        let replays = Replays::default();
        note(&replays, "one", "hi", 100, 0);
        assert_eq!(note(&replays, "one", "ho", 100, 100), Heard::Otherwise, "the last instant counts");
        assert_eq!(note(&replays, "one", "ho", 200, 101), Heard::First);
        assert_eq!(replays.heard.lock().unwrap().known.len(), 1);
    }

    #[test]
    fn never_more_than_so_many_are_kept_and_those_that_end_first_go() {
        let replays = Replays { kept_max: 2, heard: Mutex::default() };
        for (name, until) in [("one", 300), ("two", 100), ("three", 200)] {
            note(&replays, name, "hi", until, 0);
        }
        assert_eq!(replays.heard.lock().unwrap().known.len(), 2);
        assert_eq!(note(&replays, "one", "hi", 300, 1), Heard::Again);
    }

    #[test]
    fn parts_are_told_apart() {
        let replays = Replays::default();
        replays.note(&[b"ab", b"c"], &[], at(9), at(0));
        assert_eq!(replays.note(&[b"a", b"bc"], &[], at(9), at(0)), Heard::First);
    }
}
