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
    /// Those who go to everybody.
    orders: Classes<Load, Order>,
    /// The others, by whom they do not go to: they are looked at together, because one agent may have declined thousands.
    kept: BTreeMap<Vec<AgentId>, Classes<Load, Order>>,
    /// The first in line who has no exact place.
    far: Option<Order>,
}

impl Waiting {
    pub(super) fn insert(&mut self, wait: &Wait) {
        let order = wait.order;
        if wait.excluded.is_empty() {
            self.orders.insert(wait.load, order);
        } else {
            self.kept.entry(wait.excluded.clone()).or_default().insert(wait.load, order);
        }
        self.far = match self.far {
            Some(far) if order < far => self.sets().filter_map(|(_, set)| set.last_before(&far)).max().copied(),
            None if self.count() > POSITION_EXACT_UP_TO as usize => {
                self.sets().filter_map(|(_, set)| set.last()).max().copied()
            }
            far => far,
        };
    }

    pub(super) fn remove(&mut self, wait: &Wait) {
        let order = &wait.order;
        if wait.excluded.is_empty() {
            self.orders.remove(wait.load, order);
        } else if let Some(set) = self.kept.get_mut(&wait.excluded) {
            set.remove(wait.load, order);
            if set.is_empty() {
                self.kept.remove(&wait.excluded);
            }
        }
        if let Some(far) = self.far.filter(|far| order <= far) {
            self.far = self.sets().filter_map(|(_, set)| set.first_behind(&far)).min().copied();
        }
    }

    /// All who wait, by whom they do not go to.
    fn sets(&self) -> impl Iterator<Item = (&[AgentId], &Classes<Load, Order>)> {
        let kept = self.kept.iter().map(|(excluded, set)| (excluded.as_slice(), set));
        std::iter::once((&[][..], &self.orders)).chain(kept)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.kept.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.sets().map(|(_, set)| set.count(|_| true)).sum()
    }

    /// The first behind `before` (or of all) who takes what fits, and what that is.
    pub(super) fn next(&self, before: Option<&Order>, fits: impl Fn(Load) -> bool) -> Option<(Load, Order)> {
        self.next_for(before, |load, _| fits(load))
    }

    /// The same, where it matters whom a session does not go to. Asked once for each load and those who are excluded.
    pub(super) fn next_for(
        &self,
        before: Option<&Order>,
        fits: impl Fn(Load, &[AgentId]) -> bool,
    ) -> Option<(Load, Order)> {
        let nexts = self.sets().filter_map(|(excluded, set)| set.next(before, |load| fits(load, excluded)));
        nexts.min_by(|(_, one), (_, other)| one.cmp(other)).map(|(load, order)| (load, *order))
    }

    /// The first, whatever it takes.
    pub(super) fn first(&self) -> Option<SessionId> {
        self.next(None, |_| true).map(|(_, order)| order.session)
    }

    /// The first so many, in line.
    pub(super) fn front(&self, limit: usize) -> Vec<SessionId> {
        let behind = |found: &(Load, Order)| self.next(Some(&found.1), |_| true);
        let line = std::iter::successors(self.next(None, |_| true), behind);
        line.take(limit).map(|(_, order)| order.session).collect()
    }

    /// Everybody.
    pub(super) fn sessions(&self) -> Vec<SessionId> {
        self.sets().flat_map(|(_, set)| set.iter()).map(|(_, order)| order.session).collect()
    }

    /// Place in line, 1 first; at most [`POSITION_EXACT_UP_TO`] + 1.
    pub(super) fn position(&self, order: &Order) -> u32 {
        if self.far.is_some_and(|far| *order >= far) {
            return POSITION_EXACT_UP_TO + 1;
        }
        let limit = POSITION_EXACT_UP_TO as usize;
        let before = self.sets().fold(0, |sum, (_, set)| sum + set.before(order, limit - sum));
        1 + before as u32
    }
}
