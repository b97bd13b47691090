//! What signed calls this process has heard of lately: a signature that does not cover all of a call, or that counts for a
//! while, can be used again by whoever has read it.
//!
//! A call is noted until its signature counts no more, so nothing is forgotten too early, unless there are more than
//! [`KEPT_MAX`]: then whoever has the most loses those that end first, so that nobody can have another's forgotten. Each
//! process has its own: behind several, a call that was heard by another is new here, and what routing recognises by an
//! input's id is the second net.

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
    heard: Mutex<HashMap<Hash, Calls>>,
}

/// The calls of one owner.
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
    /// Notes a call whose signature fits. `owner` is whose key has signed it (an account, an access key), `name` what makes
    /// it this call of theirs (call id, nonce, …), `content` what must not change under that name, `until` the last
    /// instant at which its signature counts.
    pub fn note(&self, owner: &[&[u8]], name: &[&[u8]], content: &[&[u8]], until: Timestamp, now: Timestamp) -> Heard {
        let (owner, name, content) = (hash(owner), hash(name), hash(content));
        // No code can panic while it holds the lock half-way: a poisoned one is as good as any.
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = heard.entry(owner).or_default();
        calls.forget_ended(now);
        match calls.known.get(&name) {
            Some((known, _)) if *known == content => return Heard::Again,
            Some(_) => return Heard::Otherwise,
            None => {}
        }
        make_room(&mut heard, self.kept_max, now);
        let calls = heard.entry(owner).or_default();
        calls.known.insert(name, (content, until));
        calls.ends.insert((until, name));
        Heard::First
    }
}

/// Makes room for one more: what counts no more goes, and where that is not enough, what ends first of whoever has the
/// most. Owners are as many as the accounts file has, so they are looked through.
fn make_room(heard: &mut HashMap<Hash, Calls>, kept_max: usize, now: Timestamp) {
    let kept = |heard: &HashMap<Hash, Calls>| heard.values().map(|calls| calls.ends.len()).sum::<usize>();
    if kept(heard) < kept_max {
        return;
    }
    heard.values_mut().for_each(|calls| calls.forget_ended(now));
    while kept(heard) >= kept_max
        && let Some(most) = heard.values_mut().max_by_key(|calls| calls.ends.len())
    {
        most.forget_first();
    }
    heard.retain(|_, calls| !calls.ends.is_empty());
}

impl Calls {
    fn forget_ended(&mut self, now: Timestamp) {
        while self.ends.first().is_some_and(|(until, _)| *until < now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, name)) = self.ends.pop_first() {
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
        replays.note(&[b"test"], &[name.as_bytes()], &[content.as_bytes()], at(until), at(now))
    }

    fn kept(replays: &Replays) -> usize {
        replays.heard.lock().unwrap().values().map(|calls| calls.known.len()).sum()
    }

    #[test]
    fn who_says_much_makes_nobody_elses_calls_forgotten() {
        let replays = Replays { kept_max: 4, heard: Mutex::default() };
        let by = |owner: &str, name: usize, until: i64| {
            replays.note(&[owner.as_bytes()], &[&name.to_be_bytes()], &[], at(until), at(0))
        };
        assert_eq!(by("quiet", 0, 100), Heard::First);
        for n in 0..20 {
            assert_eq!(by("loud", n, 200), Heard::First);
        }
        assert_eq!(by("quiet", 0, 100), Heard::Again);
        assert_eq!(by("loud", 19, 200), Heard::Again, "the youngest of theirs is kept");
        assert_eq!(by("other", 19, 100), Heard::First, "names are their owner's");
        assert_eq!(kept(&replays), 4);
    }

    #[test]
    fn what_counts_no_more_goes_before_what_does() {
        let replays = Replays { kept_max: 2, heard: Mutex::default() };
        let by = |owner: &str, until: i64, now: i64| replays.note(&[owner.as_bytes()], &[], &[], at(until), at(now));
        by("one", 100, 0);
        by("two", 500, 0);
        by("three", 500, 200);
        assert_eq!((by("two", 500, 200), by("three", 500, 200)), (Heard::Again, Heard::Again));
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
        assert_eq!(kept(&replays), 1);
    }

    #[test]
    fn never_more_than_so_many_are_kept_and_those_that_end_first_go() {
        let replays = Replays { kept_max: 2, heard: Mutex::default() };
        for (name, until) in [("one", 300), ("two", 100), ("three", 200)] {
            note(&replays, name, "hi", until, 0);
        }
        assert_eq!(kept(&replays), 2);
        assert_eq!(note(&replays, "one", "hi", 300, 1), Heard::Again);
    }

    #[test]
    fn parts_are_told_apart() {
        let replays = Replays::default();
        replays.note(&[], &[b"ab", b"c"], &[], at(9), at(0));
        assert_eq!(replays.note(&[], &[b"a", b"bc"], &[], at(9), at(0)), Heard::First);
    }
}
