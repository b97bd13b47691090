//! The lanes of one partition: orders in, attempts out, ends of attempts in, ended orders out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use usher_domain::receipt::Attempts;
use usher_domain::{Delivery, Timestamp};

use crate::attempt::{Attempt, AttemptEnd};
use crate::conclusion::{Ended, Verdict, conclude};
use crate::offsets::Offsets;
use crate::{Backoff, FinishedBeyond, Lane};

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
    offsets: Offsets,
    /// Orders that are not over, by lane, in the order of the log. Only the first of a lane is attempted.
    lanes: BTreeMap<Lane, VecDeque<Order>>,
    /// Lanes of the attempts under way, by offset.
    in_flight: BTreeMap<i64, Lane>,
    /// Records that are no orders, with the reason.
    unreadable: BTreeMap<i64, String>,
    /// Over, and not yet fetched.
    ended: Vec<Ended>,
}

/// An order that is not over.
#[derive(Debug)]
struct Order {
    offset: i64,
    delivery: Arc<Delivery>,
    /// Attempts started since this start.
    tries: u32,
    /// One of them may have arrived.
    may_have_arrived: bool,
    /// When the next attempt may start.
    due: Timestamp,
    in_flight: bool,
}

impl Order {
    /// The last instant at which an attempt may start.
    fn last_start(&self) -> Option<Timestamp> {
        self.delivery.deadline.map(|deadline| deadline.minus(MARGIN))
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        !self.in_flight && self.last_start().is_some_and(|last| now > last)
    }
}

impl Lanes {
    /// The lanes of a partition that goes on at `offset`, where a former start has finished some offsets beyond it.
    pub fn resume(offset: i64, finished: &FinishedBeyond, limits: Limits) -> Self {
        Self {
            limits,
            offsets: Offsets::resume(offset, finished),
            lanes: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            ended: Vec::new(),
        }
    }

    /// Takes the order at `offset`. One that a former start has finished is passed over, and the answer is `false`.
    /// One beyond the window waits until the committed offset has come nearer.
    pub fn take(&mut self, offset: i64, delivery: Delivery, now: Timestamp) -> bool {
        let is_new = self.offsets.take(offset);
        if is_new {
            let lane = Lane::of(&delivery);
            let delivery = Arc::new(delivery);
            let order = Order { offset, delivery, tries: 0, may_have_arrived: false, due: now, in_flight: false };
            self.lanes.entry(lane).or_default().push_back(order);
        }
        is_new
    }

    /// Takes a record that is no order: it ends as a dead letter for this reason. Also such a record ends only inside
    /// the window; otherwise no position could say that its dead letter is written.
    pub fn take_unreadable(&mut self, offset: i64, reason: String) {
        if self.offsets.take(offset) {
            self.unreadable.insert(offset, reason);
        }
    }

    /// Whether this offset needs no more work.
    pub fn is_finished(&self, offset: i64) -> bool {
        self.offsets.is_finished(offset)
    }

    /// Whether no further record should be taken until the committed offset has moved.
    pub fn is_full(&self) -> bool {
        self.offsets.is_full()
    }

    /// How many attempts are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Attempts that start now, the longest due first. Orders whose deadline is too near end here.
    pub fn ready(&mut self, now: Timestamp) -> Vec<Attempt> {
        self.end_unreadable();
        self.expire(now);
        let room = self.limits.in_flight_max.saturating_sub(self.in_flight.len());
        let mut heads: Vec<(Timestamp, i64, Lane)> = self
            .startable()
            .filter(|(_, order)| order.due <= now)
            .map(|(lane, order)| (order.due, order.offset, lane.clone()))
            .collect();
        heads.sort_unstable();
        heads.into_iter().take(room).filter_map(|(_, _, lane)| self.start(lane)).collect()
    }

    /// Says how the attempt at `offset` ended. Ends of attempts that are not under way change nothing.
    pub fn ended(&mut self, offset: i64, end: AttemptEnd, now: Timestamp) {
        let Some(lane) = self.in_flight.remove(&offset) else { return };
        let Some(order) = self.lanes.get_mut(&lane).and_then(VecDeque::front_mut) else { return };
        order.in_flight = false;
        let before = attempts(order, &self.offsets);
        order.may_have_arrived |= end.may_have_arrived();
        if let Some(verdict) = judge(order, end, before, &self.offsets, &self.limits.backoff, now) {
            self.end_first(&lane, verdict);
        }
    }

    /// Orders that are over since the last call: from now on [`Lanes::position`] counts them as finished, so what they
    /// led to must be written in the same transaction as the next position.
    pub fn finished(&mut self) -> Vec<Ended> {
        for ended in &self.ended {
            self.offsets.finish(ended.offset);
        }
        std::mem::take(&mut self.ended)
    }

    /// Where a successor would go on, and what is finished beyond; `next` is the offset after the last record read.
    pub fn position(&self, next: i64) -> (i64, FinishedBeyond) {
        self.offsets.position(next)
    }

    /// A position with this offset is committed.
    pub fn committed(&mut self, offset: i64) {
        self.offsets.committed(offset);
    }

    /// The earliest instant at which time alone starts an attempt or ends an order.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        let starts = self.startable().map(|(_, order)| order.due);
        let waiting =
            self.lanes.values().flatten().filter(|order| !order.in_flight && self.offsets.is_open(order.offset));
        let expiries = waiting.filter_map(Order::last_start).map(|last| last.plus(Duration::from_millis(1)));
        starts.chain(expiries).min()
    }

    /// First orders of their lanes that wait for nothing but time and room.
    fn startable(&self) -> impl Iterator<Item = (&Lane, &Order)> {
        let first = self.lanes.iter().filter_map(|(lane, orders)| orders.front().map(|order| (lane, order)));
        first.filter(|(_, order)| !order.in_flight && self.offsets.is_open(order.offset))
    }

    fn start(&mut self, lane: Lane) -> Option<Attempt> {
        let order = self.lanes.get_mut(&lane)?.front_mut()?;
        order.in_flight = true;
        order.tries += 1;
        self.in_flight.insert(order.offset, lane);
        Some(Attempt { offset: order.offset, number: order.tries, delivery: Arc::clone(&order.delivery) })
    }

    fn end_unreadable(&mut self) {
        while let Some(first) = self.unreadable.first_entry()
            && self.offsets.is_open(*first.key())
        {
            let (offset, reason) = first.remove_entry();
            self.ended.push(Ended::unreadable(offset, reason));
        }
    }

    /// Ends every waiting order whose last instant to start has passed, also behind others in its lane: the sooner the
    /// conversation knows, the sooner the SMS goes out.
    fn expire(&mut self, now: Timestamp) {
        let Self { lanes, offsets, ended, .. } = self;
        for orders in lanes.values_mut() {
            orders.retain(|order| {
                let expires = order.is_expired(now) && offsets.is_open(order.offset);
                if expires {
                    let verdict = Verdict::Expired { attempts: attempts(order, offsets) };
                    ended.push(conclude(order.offset, &order.delivery, verdict));
                }
                !expires
            });
        }
        lanes.retain(|_, orders| !orders.is_empty());
    }

    fn end_first(&mut self, lane: &Lane, verdict: Verdict) {
        let Some(orders) = self.lanes.get_mut(lane) else { return };
        if let Some(order) = orders.pop_front() {
            self.ended.push(conclude(order.offset, &order.delivery, verdict));
        }
        if orders.is_empty() {
            self.lanes.remove(lane);
        }
    }
}

/// "Never submitted" is claimed only where no connection ever stood, and where no former start can have tried.
fn attempts(order: &Order, offsets: &Offsets) -> Attempts {
    if order.may_have_arrived || !offsets.is_ours_alone(order.offset) { Attempts::Maybe } else { Attempts::None }
}

/// Whether the order is over with this end of an attempt; where not, it is due again later.
fn judge(
    order: &mut Order,
    end: AttemptEnd,
    before: Attempts,
    offsets: &Offsets,
    backoff: &Backoff,
    now: Timestamp,
) -> Option<Verdict> {
    let (reason, after) = match end {
        AttemptEnd::Done(reports) => return Some(Verdict::Done(reports)),
        AttemptEnd::NotReachable { reason } => return Some(Verdict::NotReachable { reason }),
        AttemptEnd::Rejected { reason } => return Some(Verdict::Rejected { reason, earlier: before }),
        AttemptEnd::Retry { reason, after } => (reason, after),
        AttemptEnd::NoConnection => ("no connection to the provider".to_owned(), None),
        AttemptEnd::NoAnswer => ("no answer from the provider".to_owned(), None),
    };
    let attempts = attempts(order, offsets);
    if order.tries >= backoff.tries_max {
        return Some(Verdict::UsedUp { reason: format!("{} tries used up: {reason}", order.tries), attempts });
    }
    let wait = backoff.wait(order.delivery.id, order.tries);
    let Some(after) = after else {
        order.due = now.plus(wait);
        return None;
    };
    if after > backoff.retry_after_max {
        let reason = format!("{reason} and asks to wait {} s, longer than an order is kept", after.as_secs());
        return Some(Verdict::UsedUp { reason, attempts });
    }
    // All that were told the same instant would return at the same instant: the first wait spreads them.
    order.due = now.plus(wait.max(after.saturating_add(backoff.wait(order.delivery.id, 1))));
    None
}
