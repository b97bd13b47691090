//! Who waits in one lane, by what they take, and where the exact places in line end. That one order is kept up to date, so
//! that somebody far behind hears "more than a hundred" without a hundred being counted.

use std::collections::BTreeMap;

use usher_domain::{AgentId, SessionId};

use super::classes::{Classes, Load};
use super::lane::{Order, Wait};

/// Up to this place in line a position is exact; further back everybody hears this number + 1. A rank in an ordered set
/// costs as many steps as the rank, and "more than a hundred before you" is all that a visitor wants to know.
pub const POSITION_EXACT_UP_TO: u32 = 100;

/// Who waits in a lane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Waiting {
    orders: Classes<Load, Order>,
    /// The first in line who has no exact place.
    far: Option<Order>,
    /// Those who do not go to everybody, and to whom not. Few: it takes an agent to say so, for each.
    excluded: BTreeMap<SessionId, Vec<AgentId>>,
}

impl Waiting {
    pub(super) fn insert(&mut self, wait: &Wait) {
        let order = wait.order;
        self.orders.insert(wait.load, order);
        if !wait.excluded.is_empty() {
            self.excluded.insert(order.session, wait.excluded.clone());
        }
        self.far = match self.far {
            Some(far) if order < far => self.orders.last_before(&far).copied(),
            None if self.count() > POSITION_EXACT_UP_TO as usize => self.orders.last().copied(),
            far => far,
        };
    }

    pub(super) fn remove(&mut self, wait: &Wait) {
        let order = &wait.order;
        self.orders.remove(wait.load, order);
        if !wait.excluded.is_empty() {
            self.excluded.remove(&order.session);
        }
        if let Some(far) = self.far.filter(|far| order <= far) {
            self.far = self.orders.first_behind(&far).copied();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.orders.count(|_| true)
    }

    /// The first behind `before` (or of all) who takes what fits, and what that is.
    pub(super) fn next(&self, before: Option<&Order>, fits: impl Fn(Load) -> bool) -> Option<(Load, Order)> {
        self.orders.next(before, fits).map(|(load, order)| (load, *order))
    }

    /// Who does not get this session.
    pub(super) fn excluded(&self, session: SessionId) -> &[AgentId] {
        if self.excluded.is_empty() { &[] } else { self.excluded.get(&session).map_or(&[], Vec::as_slice) }
    }

    /// The first, whatever it takes.
    pub(super) fn first(&self) -> Option<SessionId> {
        self.orders.next(None, |_| true).map(|(_, order)| order.session)
    }

    /// The first so many, in line.
    pub(super) fn front(&self, limit: usize) -> Vec<SessionId> {
        let first = self.orders.next(None, |_| true);
        let behind = |found: &(Load, &Order)| self.orders.next(Some(found.1), |_| true);
        std::iter::successors(first, behind).take(limit).map(|(_, order)| order.session).collect()
    }

    /// Everybody.
    pub(super) fn sessions(&self) -> Vec<SessionId> {
        self.orders.iter().map(|(_, order)| order.session).collect()
    }

    /// Place in line, 1 first; at most [`POSITION_EXACT_UP_TO`] + 1.
    pub(super) fn position(&self, order: &Order) -> u32 {
        if self.far.is_some_and(|far| *order >= far) {
            return POSITION_EXACT_UP_TO + 1;
        }
        1 + self.orders.before(order, POSITION_EXACT_UP_TO as usize) as u32
    }
}
