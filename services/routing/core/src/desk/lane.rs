//! The queues of a desk. A lane is the agent that a session names (who wins over a group beside), else the group it
//! names, else the default lane. Order in a lane: VIPs first, then by the instant of asking, then by session.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::state::desk::SessionState;
use usher_domain::{AgentId, GroupId, SessionId, Target, Timestamp};

use super::classes::Classes;

/// Up to this place in line a position is exact; further back everybody hears this number + 1. A rank in an ordered set
/// costs as many steps as the rank, and "more than a hundred before you" is all that a visitor wants to know.
pub const POSITION_EXACT_UP_TO: u32 = 100;

/// A queue by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// Sessions for this agent and no other.
    Agent(AgentId),
    /// Sessions for any agent of this group.
    Group(GroupId),
    /// All others, for the agents in no group.
    Default,
}

impl Lane {
    /// The lane that a target names.
    pub(super) fn named_by(target: &Target) -> Self {
        match target {
            Target { agent: Some(agent), .. } => Self::Agent(agent.clone()),
            Target { group: Some(group), .. } => Self::Group(group.clone()),
            Target { .. } => Self::Default,
        }
    }

    /// The lane in which a session waits, or waited before it was assigned.
    pub(super) fn of(session: &SessionState) -> Self {
        if session.fell_to_default { Self::Default } else { Self::named_by(&session.target) }
    }
}

/// The order among waiting sessions; the smallest is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// Not a VIP: `false` sorts before `true`.
    plain: bool,
    asked_at: Timestamp,
    /// Who.
    pub(super) session: SessionId,
}

impl Order {
    pub(super) fn of(session: SessionId, state: &SessionState) -> Self {
        Self { plain: !state.vip, asked_at: state.asked_at, session }
    }
}

/// The order among free agents; the smallest, who has been idle longest, is chosen first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Idle {
    /// Last assignment, else when the agent came online.
    pub(super) since: Timestamp,
    /// Who.
    pub(super) agent: AgentId,
}

/// One lane: who waits, by weight, and who is free, by capacity left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Queue {
    pub(super) waiting: Classes<Order>,
    pub(super) free: Classes<Idle>,
}

impl Queue {
    /// The first session that some free agent of the lane has room for.
    fn head(&self) -> Option<Order> {
        let room = self.free.highest()?;
        self.waiting.first(..=room).copied()
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.free.is_empty()
    }
}

/// All lanes of a desk, and which of them can be served now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lanes {
    queues: BTreeMap<Lane, Queue>,
    /// The heads of all lanes that have one, so that the first over all lanes is at hand.
    heads: BTreeSet<(Order, Lane)>,
}

impl Lanes {
    /// Changes one lane, and keeps what follows from it.
    pub(super) fn change(&mut self, lane: &Lane, change: impl FnOnce(&mut Queue)) {
        let queue = self.queues.entry(lane.clone()).or_default();
        let before = queue.head();
        change(queue);
        let after = queue.head();
        if queue.is_empty() {
            self.queues.remove(lane);
        }
        if before != after {
            before.map(|head| self.heads.remove(&(head, lane.clone())));
            after.map(|head| self.heads.insert((head, lane.clone())));
        }
    }

    /// The first session over all lanes that somebody can take, and its lane.
    pub(super) fn first(&self) -> Option<&(Order, Lane)> {
        self.heads.first()
    }

    /// The lane, when anybody waits or is free in it.
    pub(super) fn queue(&self, lane: &Lane) -> Option<&Queue> {
        self.queues.get(lane)
    }

    /// Whether anybody waits in the lane.
    pub(super) fn has_waiting(&self, lane: &Lane) -> bool {
        self.queue(lane).is_some_and(|queue| !queue.waiting.is_empty())
    }

    /// Somebody who waits in the lane: the first, whatever the weight.
    pub(super) fn first_waiting(&self, lane: &Lane) -> Option<SessionId> {
        self.queue(lane)?.waiting.first(..).map(|order| order.session)
    }

    /// Place in line, 1 first; at most [`POSITION_EXACT_UP_TO`] + 1.
    pub(super) fn position(&self, session: SessionId, state: &SessionState) -> u32 {
        let order = Order::of(session, state);
        let before = |queue: &Queue| queue.waiting.before(&order, POSITION_EXACT_UP_TO as usize) as u32;
        1 + self.queue(&Lane::of(state)).map_or(0, before)
    }
}
