//! Who waits in one lane, by weight, and where the exact places in line end. That one order is kept up to date, so that
//! somebody far behind hears "more than a hundred" without a hundred being counted.

use usher_domain::SessionId;

use super::classes::Classes;
use super::lane::Order;

/// Up to this place in line a position is exact; further back everybody hears this number + 1. A rank in an ordered set
/// costs as many steps as the rank, and "more than a hundred before you" is all that a visitor wants to know.
pub const POSITION_EXACT_UP_TO: u32 = 100;

/// Who waits in a lane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Waiting {
    orders: Classes<Order>,
    /// The first in line who has no exact place.
    far: Option<Order>,
}

impl Waiting {
    pub(super) fn insert(&mut self, weight: u32, order: Order) {
        self.orders.insert(weight, order);
        self.far = match self.far {
            Some(far) if order < far => self.orders.last_before(&far).copied(),
            None if self.count() > POSITION_EXACT_UP_TO as usize => self.orders.last().copied(),
            far => far,
        };
    }

    pub(super) fn remove(&mut self, weight: u32, order: &Order) {
        self.orders.remove(weight, order);
        if let Some(far) = self.far.filter(|far| order <= far) {
            self.far = self.orders.first_behind(&far).copied();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.orders.count(..)
    }

    /// The first whose weight is not above `room`.
    pub(super) fn first_up_to(&self, room: u32) -> Option<Order> {
        self.orders.first(..=room).copied()
    }

    /// The first, whatever the weight.
    pub(super) fn first(&self) -> Option<SessionId> {
        self.orders.first(..).map(|order| order.session)
    }

    /// Place in line, 1 first; at most [`POSITION_EXACT_UP_TO`] + 1.
    pub(super) fn position(&self, order: &Order) -> u32 {
        if self.far.is_some_and(|far| *order >= far) {
            return POSITION_EXACT_UP_TO + 1;
        }
        1 + self.orders.before(order, POSITION_EXACT_UP_TO as usize) as u32
    }
}
