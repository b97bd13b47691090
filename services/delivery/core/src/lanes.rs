//! The lanes of one partition: orders in, attempts out, ends of attempts in, ended orders out.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_domain::{Delivery, Timestamp};

use crate::attempt::{Attempt, AttemptEnd};
use crate::clock::Clock;
use crate::conclusion::{Ended, Verdict, conclude};
use crate::offsets::Offsets;
use crate::order::Order;
use crate::queues::Queues;
use crate::{Backoff, FinishedBeyond};

/// How long before its deadline an order's last attempt may start: delivery's clock is not the log's.
pub const MARGIN: Duration = Duration::from_secs(1);

/// What one partition may do at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The schedule of tries.
    pub backoff: Backoff,
    /// How many attempts are under way at once.
    pub in_flight_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { backoff: Backoff::default(), in_flight_max: 64 }
    }
}

/// The lanes of one partition.
#[derive(Debug)]
pub struct Lanes {
    limits: Limits,
    clock: Clock,
    offsets: Offsets,
    /// Orders inside the window that are not over.
    queues: Queues,
    /// Records beyond the window: orders, or why they are none.
    beyond: BTreeMap<i64, Result<Delivery, String>>,
    /// Over, and not yet fetched.
    ended: Vec<Ended>,
    /// Fetched, and not yet known to be written.
    fetched: Vec<Ended>,
}

impl Lanes {
    /// The lanes of a partition that goes on at `offset`, where a former start has finished some offsets beyond it.
    pub fn resume(offset: i64, finished: &FinishedBeyond, limits: Limits) -> Self {
        Self {
            limits,
            clock: Clock::default(),
            offsets: Offsets::resume(offset, finished),
            queues: Queues::default(),
            beyond: BTreeMap::new(),
            ended: Vec::new(),
            fetched: Vec::new(),
        }
    }

    /// Takes the order at `offset`. One that is known, or that a former start has finished, is passed over, and the
    /// answer is `false`. One beyond the window waits until the committed offset has come nearer.
    pub fn take(&mut self, offset: i64, delivery: Delivery) -> bool {
        let is_new = self.offsets.take(offset);
        if is_new {
            self.admit(offset, Ok(delivery));
        }
        is_new
    }

    /// Takes a record that is no order: it ends as a dead letter for this reason. Also such a record ends only inside
    /// the window; otherwise no position could say that its dead letter is written.
    pub fn take_unreadable(&mut self, offset: i64, reason: String) {
        if self.offsets.take(offset) {
            self.admit(offset, Err(reason));
        }
    }

    /// Whether the record at this offset has nothing new to say: it is in work, or needs no more work.
    pub fn is_known(&self, offset: i64) -> bool {
        self.offsets.is_known(offset)
    }

    /// Whether no further record should be taken until the committed offset has moved.
    pub fn is_full(&self) -> bool {
        self.offsets.is_full()
    }

    /// How many attempts are under way.
    pub const fn in_flight(&self) -> usize {
        self.queues.in_flight()
    }

    /// Attempts that start now, the longest due first. Orders whose deadline is too near end here.
    pub fn ready(&mut self, now: Timestamp) -> Vec<Attempt> {
        self.clock.look(now);
        self.expire(now);
        let room = self.limits.in_flight_max.saturating_sub(self.queues.in_flight());
        (0..room).map_while(|_| self.queues.start_next(self.clock.now())).collect()
    }

    /// Says how the attempt at `offset` ended. Ends of attempts that are not under way change nothing.
    pub fn ended(&mut self, offset: i64, end: AttemptEnd, now: Timestamp) {
        self.clock.look(now);
        if let Some(verdict) = self.queues.end_attempt(offset, end, &self.limits.backoff, self.clock.now()) {
            self.end(offset, verdict);
        }
    }

    /// Orders that are over since the last call: from now on [`Lanes::position`] counts them as finished, so what they
    /// led to must be written in the same transaction as the next position.
    pub fn finished(&mut self) -> Vec<Ended> {
        let ended = std::mem::take(&mut self.ended);
        ended.iter().for_each(|ended| self.offsets.finish(ended.offset));
        self.fetched.extend_from_slice(&ended);
        ended
    }

    /// Where a successor would go on, and what is finished beyond; `next` is the offset after the last record read,
    /// which may be one that was read again.
    pub fn position(&self, next: i64) -> (i64, FinishedBeyond) {
        self.offsets.position(next)
    }

    /// A position with this offset is committed, and with it what [`Lanes::finished`] has given out.
    pub fn committed(&mut self, offset: i64) {
        self.fetched.clear();
        self.offsets.committed(offset);
        while let Some(first) = self.beyond.first_entry()
            && self.offsets.is_open(*first.key())
        {
            let (offset, record) = first.remove_entry();
            self.admit(offset, record);
        }
    }

    /// What [`Lanes::finished`] has given out since the last commit was not written: it is given out again. What
    /// became of an order outside is a fact, so nothing is attempted for it a second time.
    pub fn rolled_back(&mut self) {
        self.fetched.iter().for_each(|ended| self.offsets.reopen(ended.offset));
        self.fetched.append(&mut self.ended);
        self.ended = std::mem::take(&mut self.fetched);
    }

    /// The earliest instant at which time alone starts an attempt or ends an order.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        let start = self.queues.first_due().map(|due| self.clock.wall(due));
        let expiry = self.queues.first_last_start().map(|last| last.plus(Duration::from_millis(1)));
        start.into_iter().chain(expiry).min()
    }

    /// Brings a record into work if it lies inside the window.
    fn admit(&mut self, offset: i64, record: Result<Delivery, String>) {
        if !self.offsets.is_open(offset) {
            self.beyond.insert(offset, record);
            return;
        }
        match record {
            Ok(delivery) => {
                let is_ours_alone = self.offsets.is_ours_alone(offset);
                self.queues.push(Order::new(offset, delivery, is_ours_alone, self.clock.now()));
            }
            Err(reason) => self.ended.push(Ended::unreadable(offset, reason)),
        }
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some((offset, attempts)) = self.queues.first_expired(now) {
            self.end(offset, Verdict::Expired { attempts });
        }
    }

    fn end(&mut self, offset: i64, verdict: Verdict) {
        if let Some(order) = self.queues.remove(offset) {
            self.ended.push(conclude(offset, &order.delivery, verdict));
        }
    }
}
