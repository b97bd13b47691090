//! The promises of the lanes under any history: orders in a log with holes, attempts that end in any way, clocks that
//! move, transactions that commit, kills at any point.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::{NOW, message, to_bot, to_workspace};
use proptest::prelude::*;
use usher_delivery_core::{Attempt, AttemptEnd, Backoff, Ended, FinishedBeyond, Lane, Lanes, Limits, MARGIN, WINDOW};
use usher_domain::{Delivery, DeliveryId, Dialect, Timestamp};

/// What happens next.
#[derive(Debug, Clone)]
enum Act {
    /// The worker reads some records, also more than it should.
    Read { records: usize, also_when_full: bool },
    /// Attempts start.
    Start,
    /// One of those under way ends.
    End { which: usize, end: AttemptEnd },
    /// What has ended is written, with the position.
    Commit,
    /// The same, but the transaction does not stand: what was read above the committed position comes again.
    Abort,
    /// The process dies and another one goes on from the committed position.
    Kill,
    /// Time passes.
    Wait(u64),
    /// The clock is set back.
    SetBack(u64),
}

fn any_end() -> impl Strategy<Value = AttemptEnd> {
    let reason = || "reason".to_owned();
    prop_oneof![
        4 => Just(AttemptEnd::Done(Vec::new())),
        1 => Just(AttemptEnd::NotReachable { reason: reason() }),
        1 => Just(AttemptEnd::NeverReached { reason: reason() }),
        1 => Just(AttemptEnd::NotTried { reason: reason(), after: None }),
        1 => Just(AttemptEnd::Busy { reason: reason(), after: None }),
        1 => Just(AttemptEnd::Begun(Box::new(AttemptEnd::Busy { reason: reason(), after: None }))),
        1 => Just(AttemptEnd::Rejected { reason: reason() }),
        2 => proptest::option::of(0u64..90).prop_map(move |after| AttemptEnd::Retry {
            reason: reason(),
            after: after.map(Duration::from_secs)
        }),
        1 => Just(AttemptEnd::NoConnection),
        1 => Just(AttemptEnd::NoAnswer),
    ]
}

fn is_busy(end: &AttemptEnd) -> bool {
    match end {
        AttemptEnd::Begun(end) => is_busy(end),
        end => matches!(end, AttemptEnd::Busy { .. }),
    }
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1..200usize, any::<bool>()).prop_map(|(records, also_when_full)| Act::Read { records, also_when_full }),
        6 => Just(Act::Start),
        20 => (any::<usize>(), any_end()).prop_map(|(which, end)| Act::End { which, end }),
        4 => Just(Act::Commit),
        3 => Just(Act::Abort),
        1 => Just(Act::Kill),
        4 => (0..20_000u64).prop_map(Act::Wait),
        1 => (0..4_000_000u64).prop_map(Act::SetBack),
    ]
}

/// Orders of few conversations to several targets, some with deadlines, some unreadable; offsets with holes.
fn any_log() -> impl Strategy<Value = BTreeMap<i64, Option<Delivery>>> {
    let record = (1..4i64, 0..6u128, 0..4u8, proptest::option::weighted(0.3, 0..60_000i64));
    proptest::collection::vec(record, 1..600).prop_map(|records| {
        let mut offset = 0;
        let mut log = BTreeMap::new();
        for (n, (step, conversation, kind, deadline)) in records.into_iter().enumerate() {
            offset += step;
            let n = n as u64;
            let order = match kind {
                0 => to_bot(conversation, n),
                1 => to_workspace(conversation, n, "li"),
                _ => message(conversation, n, Dialect::Rbm),
            };
            let deadline = deadline.map(|ms| Timestamp::from_millis(NOW.millis() + ms));
            log.insert(offset, (offset % 37 != 0).then_some(Delivery { deadline, ..order }));
        }
        log
    })
}

/// The world around the lanes: a log, a clock, and what stands in Kafka.
struct World {
    log: BTreeMap<i64, Option<Delivery>>,
    now: Timestamp,
    /// The latest instant that the clock has shown.
    latest: Timestamp,
    /// The committed position and its note.
    committed: (i64, String),
    lanes: Lanes,
    /// The offset after the last record read.
    next: i64,
    /// Attempts under way.
    under_way: Vec<Attempt>,
    /// Attempts of this start, by offset.
    tries: BTreeMap<i64, u32>,
    /// Those of them that only waited for their turn, by offset: they cost no try.
    turns_missed: BTreeMap<i64, u32>,
    /// Offsets over in this start, written or not.
    over: BTreeSet<i64>,
    /// Offsets read in this start.
    read: BTreeSet<i64>,
    /// Given out in transactions that do not stand: the next one must have all of it again.
    owed: BTreeMap<i64, Ended>,
    /// Ended orders whose transaction stands.
    written: BTreeSet<i64>,
    /// Ever attempted.
    attempted: BTreeSet<i64>,
    /// Ended without an attempt: expired, or unreadable.
    unattempted_end: BTreeSet<i64>,
}

impl World {
    fn new(log: BTreeMap<i64, Option<Delivery>>) -> Self {
        let lanes = Lanes::resume(0, &FinishedBeyond::default(), Limits::default());
        Self {
            log,
            now: NOW,
            latest: NOW,
            committed: (0, String::new()),
            lanes,
            next: 0,
            under_way: Vec::new(),
            tries: BTreeMap::new(),
            turns_missed: BTreeMap::new(),
            over: BTreeSet::new(),
            read: BTreeSet::new(),
            owed: BTreeMap::new(),
            written: BTreeSet::new(),
            attempted: BTreeSet::new(),
            unattempted_end: BTreeSet::new(),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Read { records, also_when_full } => self.read(records, also_when_full),
            Act::Start => self.start(),
            Act::End { which, end } => self.end(which, end),
            Act::Commit => self.commit(),
            Act::Abort => self.abort(),
            Act::Kill => self.restart(),
            Act::Wait(ms) => self.now = self.now.plus(Duration::from_millis(ms)),
            Act::SetBack(ms) => self.now = self.now.minus(Duration::from_millis(ms)),
        }
    }

    fn read(&mut self, records: usize, also_when_full: bool) {
        for _ in 0..records {
            if self.lanes.is_full() && !also_when_full {
                return;
            }
            let Some((offset, record)) = self.log.range(self.next..).next() else { return };
            let offset = *offset;
            match record.clone() {
                Some(delivery) => {
                    let is_new = self.lanes.take(offset, delivery);
                    let is_known = self.written.contains(&offset) || self.read.contains(&offset);
                    assert_eq!(is_new, !is_known, "exactly what is written, or read before, is skipped");
                }
                None => self.lanes.take_unreadable(offset, "no order".to_owned()),
            }
            self.read.insert(offset);
            self.next = offset + 1;
        }
    }

    fn start(&mut self) {
        self.latest = self.latest.max(self.now);
        for attempt in self.lanes.ready(self.now) {
            let offset = attempt.offset;
            assert!(!self.written.contains(&offset), "a finished order is attempted again");
            assert!(!self.over.contains(&offset), "an order that is over is attempted again");
            assert!(offset < self.committed.0 + WINDOW, "an attempt beyond the window");
            let tries = self.tries.entry(offset).or_default();
            *tries += 1;
            assert_eq!(attempt.number, *tries);
            let turns_missed = self.turns_missed.get(&offset).copied().unwrap_or_default();
            assert!(*tries - turns_missed <= Backoff::default().tries_max, "only a turn that is missed costs no try");
            if let Some(deadline) = attempt.delivery.deadline {
                assert!(self.now <= deadline.minus(MARGIN), "an attempt in the last second");
            }
            self.check_order(&attempt);
            self.attempted.insert(offset);
            self.under_way.push(attempt);
        }
    }

    /// Everything earlier in the lane is over.
    fn check_order(&self, attempt: &Attempt) {
        let lane = Lane::of(&attempt.delivery);
        for (offset, earlier) in self.log.range(..attempt.offset) {
            let same_lane = earlier.as_ref().is_some_and(|earlier| Lane::of(earlier) == lane);
            let is_over = self.over.contains(offset) || self.written.contains(offset) || *offset < self.committed.0;
            // What is over and not fetched is told by the lanes alone; it must not be under way.
            let is_under_way = self.under_way.iter().any(|other| other.offset == *offset);
            assert!(!same_lane || is_over || !is_under_way, "two orders of a lane at once");
            assert!(!same_lane || is_over || self.ended_here(*offset), "an order overtakes another one of its lane");
        }
    }

    /// Attempted in this start and not under way any more, or its deadline is over.
    fn ended_here(&self, offset: i64) -> bool {
        let expired = self.log[&offset]
            .as_ref()
            .and_then(|order| order.deadline)
            .is_some_and(|deadline| self.latest > deadline.minus(MARGIN));
        self.tries.contains_key(&offset) || expired
    }

    fn end(&mut self, which: usize, end: AttemptEnd) {
        if self.under_way.is_empty() {
            return;
        }
        let attempt = self.under_way.swap_remove(which % self.under_way.len());
        let is_final = matches!(
            end,
            AttemptEnd::Done(_)
                | AttemptEnd::NotReachable { .. }
                | AttemptEnd::NeverReached { .. }
                | AttemptEnd::Rejected { .. }
        );
        if is_busy(&end) {
            *self.turns_missed.entry(attempt.offset).or_default() += 1;
        }
        self.lanes.ended(attempt.offset, end, self.now);
        if is_final {
            self.over.insert(attempt.offset);
        }
    }

    /// Ends are given out for a transaction that is then aborted.
    fn abort(&mut self) {
        let given = self.give_out();
        let (offset, _) = self.lanes.position(self.next);
        assert!(offset >= self.committed.0, "the position goes back");
        self.owed.extend(given.into_iter().map(|ended| (ended.offset, ended)));
        self.lanes.rolled_back();
        self.next = self.committed.0;
    }

    /// What ended, with all that an aborted transaction had of it, unchanged.
    fn give_out(&mut self) -> Vec<Ended> {
        let given = self.lanes.finished();
        for ended in &given {
            self.owed.remove(&ended.offset).inspect(|owed| assert_eq!(owed, ended));
        }
        assert!(self.owed.is_empty(), "lost by an abort: {:?}", self.owed);
        given
    }

    fn commit(&mut self) {
        for ended in self.give_out() {
            assert!(self.written.insert(ended.offset), "an order is over twice");
            if !self.attempted.contains(&ended.offset) {
                assert!(matches!(ended.verdict, "expired" | "unreadable"), "over without an attempt");
                self.unattempted_end.insert(ended.offset);
            }
        }
        let (offset, finished) = self.lanes.position(self.next);
        assert!(offset >= self.committed.0, "the position goes back");
        let text = finished.to_string();
        assert_eq!(text.parse(), Ok(finished), "the note survives its text");
        self.committed = (offset, text);
        self.lanes.committed(offset);
    }

    fn restart(&mut self) {
        let (offset, note) = &self.committed;
        self.lanes = Lanes::resume(*offset, &note.parse().unwrap(), Limits::default());
        self.next = *offset;
        self.under_way.clear();
        self.tries.clear();
        self.turns_missed.clear();
        self.over.clear();
        self.read.clear();
        self.owed.clear();
    }

    /// From here on everything goes well: all orders come to their end.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            self.read(50, false);
            self.start();
            while !self.under_way.is_empty() {
                self.end(0, AttemptEnd::Done(Vec::new()));
            }
            self.start();
            self.commit();
            if self.written.len() == self.log.len() {
                return;
            }
            if let Some(due) = self.lanes.next_wakeup() {
                self.now = self.now.max(due);
            }
        }
        panic!("{} of {} orders never end", self.log.len() - self.written.len(), self.log.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn promises_hold_in_any_history(log in any_log(), acts in proptest::collection::vec(any_act(), 0..250)) {
        let mut world = World::new(log);
        for act in acts {
            world.act(act);
        }
        world.settle();
        let all: BTreeSet<i64> = world.log.keys().copied().collect();
        prop_assert_eq!(&world.written, &all, "each order is over exactly once");
        let seen: BTreeSet<i64> = world.attempted.union(&world.unattempted_end).copied().collect();
        prop_assert_eq!(seen, all, "each order was attempted, or expired, or was unreadable");
        // Also where the last records did not come again after an abort.
        let end = world.log.last_key_value().map_or(0, |(last, _)| last + 1);
        prop_assert_eq!(world.committed, (end, String::new()), "nothing stays open");
    }

    #[test]
    fn the_note_survives_its_text(base in 0i64..1_000_000, distances in proptest::collection::btree_set(0..WINDOW, 0..256)) {
        let offsets: Vec<i64> = distances.iter().map(|distance| base + distance).collect();
        let note = FinishedBeyond::of(base, offsets.iter().copied());
        let text = note.to_string();
        prop_assert!(text.len() as i64 <= WINDOW / 4);
        let read: FinishedBeyond = text.parse().unwrap();
        prop_assert_eq!(read.offsets(base).collect::<Vec<_>>(), offsets);
    }

    #[test]
    fn waits_stay_inside_the_jitter_and_repeat(id in any::<u128>(), failed in 1u32..40) {
        let backoff = Backoff::default();
        let id = DeliveryId::from_bits(id);
        let wait = backoff.wait(id, failed);
        let nominal = backoff.nominal(failed);
        prop_assert!(wait >= nominal * 8 / 10 && wait <= nominal * 12 / 10, "{wait:?} for {nominal:?}");
        prop_assert_eq!(wait, backoff.wait(id, failed));
    }
}

#[test]
fn orders_that_failed_together_do_not_return_together() {
    let backoff = Backoff::default();
    let waits: BTreeSet<Duration> =
        (0..1000u128).map(|n| backoff.wait(DeliveryId::derive(&[&n.to_be_bytes()]), 3)).collect();
    assert!(waits.len() > 400, "{} different waits of 1000", waits.len());
}
