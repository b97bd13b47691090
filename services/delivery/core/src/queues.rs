//! The orders of a partition that are not over, by lane, with indexes of what time will do to them: a turn costs what
//! starts or ends in it, however many orders wait.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::Timestamp;
use usher_domain::receipt::Attempts;

use crate::Lane;
use crate::attempt::{Attempt, AttemptEnd};
use crate::backoff::Backoff;
use crate::clock::Instant;
use crate::conclusion::Verdict;
use crate::order::Order;

#[derive(Debug, Default)]
pub(crate) struct Queues {
    orders: BTreeMap<i64, Order>,
    /// The offsets of each lane, in the order of the log. Only the first of a lane is attempted.
    lanes: BTreeMap<Lane, BTreeSet<i64>>,
    /// The first of each lane unless it is under way, by when it is due.
    startable: BTreeSet<(Instant, i64)>,
    /// Orders with a deadline unless they are under way, by their last instant to start.
    expiring: BTreeSet<(Timestamp, i64)>,
    in_flight: usize,
}

impl Queues {
    /// Adds an order behind the others of its lane.
    pub(crate) fn push(&mut self, order: Order) {
        let offset = order.offset;
        self.lanes.entry(order.lane.clone()).or_default().insert(offset);
        self.orders.insert(offset, order);
        self.index(offset);
    }

    /// Takes an order out; the next of its lane may start.
    pub(crate) fn remove(&mut self, offset: i64) -> Option<Order> {
        self.unindex(offset);
        let order = self.orders.remove(&offset)?;
        self.in_flight -= usize::from(order.in_flight);
        let lane = self.lanes.get_mut(&order.lane)?;
        lane.remove(&offset);
        match lane.first().copied() {
            Some(first) => self.index(first),
            None => {
                self.lanes.remove(&order.lane);
            }
        }
        Some(order)
    }

    /// Starts the attempt that is due the longest, if one is due.
    pub(crate) fn start_next(&mut self, now: Instant) -> Option<Attempt> {
        let (_, offset) = self.startable.first().copied().filter(|(due, _)| *due <= now)?;
        self.unindex(offset);
        self.in_flight += 1;
        self.orders.get_mut(&offset).map(Order::begin_attempt)
    }

    /// Says how the attempt at `offset` ended, if one is under way; answers with the verdict if the order is over, and
    /// leaves the order where it is.
    pub(crate) fn end_attempt(
        &mut self,
        offset: i64,
        end: AttemptEnd,
        backoff: &Backoff,
        now: Instant,
    ) -> Option<Verdict> {
        let order = self.orders.get_mut(&offset).filter(|order| order.in_flight)?;
        let verdict = order.end_attempt(end, backoff, now);
        self.in_flight -= 1;
        self.index(offset);
        verdict
    }

    /// An order whose last instant to start has passed, also behind others in its lane: the sooner the conversation
    /// knows, the sooner the SMS goes out.
    pub(crate) fn first_expired(&self, wall: Timestamp) -> Option<(i64, Attempts)> {
        let (_, offset) = self.expiring.first().filter(|(last, _)| wall > *last)?;
        self.orders.get(offset).map(|order| (*offset, order.attempts()))
    }

    pub(crate) fn first_due(&self) -> Option<Instant> {
        self.startable.first().map(|(due, _)| *due)
    }

    pub(crate) fn first_last_start(&self) -> Option<Timestamp> {
        self.expiring.first().map(|(last, _)| *last)
    }

    pub(crate) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn index(&mut self, offset: i64) {
        let Some(order) = self.orders.get(&offset).filter(|order| !order.in_flight) else { return };
        self.expiring.extend(order.last_start().map(|last| (last, offset)));
        if self.lanes.get(&order.lane).and_then(BTreeSet::first) == Some(&offset) {
            self.startable.insert((order.due, offset));
        }
    }

    fn unindex(&mut self, offset: i64) {
        let Some(order) = self.orders.get(&offset) else { return };
        self.startable.remove(&(order.due, offset));
        if let Some(last) = order.last_start() {
            self.expiring.remove(&(last, offset));
        }
    }
}
