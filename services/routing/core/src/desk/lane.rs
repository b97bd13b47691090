//! The queues of a desk. A lane is the agent that a session names (who wins over a group beside), else the group it
//! names, else the default lane. Order in a lane: VIPs first, then by the instant of asking, then by session.

use std::collections::BTreeSet;

use usher_domain::state::desk::SessionState;
use usher_domain::{AgentId, GroupId, SessionId, Target, Timestamp};

use super::agents::Standing;
use super::classes::Classes;
use super::table::Table;
use super::waiting::Waiting;

/// A queue by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    pub(super) waiting: Waiting,
    pub(super) free: Classes<Idle>,
}

impl Queue {
    /// The first session that some free agent of the lane has room for.
    fn head(&self) -> Option<Order> {
        let room = self.free.highest()?;
        self.waiting.first_up_to(room)
    }

    /// Notes that an agent of the lane stands otherwise than before.
    fn stand(&mut self, agent: &AgentId, before: Option<Standing>, after: Option<Standing>) {
        let idle = |standing: Standing| Idle { since: standing.since, agent: agent.clone() };
        if let Some(before) = before {
            self.free.remove(before.room, &idle(before));
        }
        if let Some(after) = after {
            self.free.insert(after.room, idle(after));
        }
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.free.is_empty()
    }
}

/// All lanes of a desk, and which of them can be served now. An agent's own lane is kept only while somebody waits in it:
/// most agents never have one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lanes {
    queues: Table<Lane, Queue>,
    /// The heads of all lanes that have one, so that the first over all lanes is at hand.
    heads: BTreeSet<(Order, Lane)>,
}

impl Lanes {
    /// Somebody comes to wait. In an agent's own lane `standing` is how that agent stands.
    pub(super) fn join(&mut self, lane: &Lane, weight: u32, order: Order, standing: Option<Standing>) {
        self.change(lane, |queue| {
            queue.waiting.insert(weight, order);
            if let Lane::Agent(agent) = lane {
                queue.stand(agent, None, standing);
            }
        });
    }

    /// Somebody no longer waits.
    pub(super) fn leave(&mut self, lane: &Lane, weight: u32, order: &Order) {
        self.change(lane, |queue| {
            queue.waiting.remove(weight, order);
            if matches!(lane, Lane::Agent(_)) && queue.waiting.is_empty() {
                queue.free = Classes::default();
            }
        });
    }

    /// An agent stands otherwise than before in all lanes they serve: their own, and those of their groups or, in no
    /// group, the default lane.
    pub(super) fn stand(
        &mut self,
        agent: &AgentId,
        groups: &[GroupId],
        before: Option<Standing>,
        after: Option<Standing>,
    ) {
        if before == after {
            return;
        }
        let own = Lane::Agent(agent.clone());
        if self.queues.contains(&own) {
            self.change(&own, |queue| queue.stand(agent, before, after));
        }
        for group in groups {
            self.change(&Lane::Group(group.clone()), |queue| queue.stand(agent, before, after));
        }
        if groups.is_empty() {
            self.change(&Lane::Default, |queue| queue.stand(agent, before, after));
        }
    }

    /// Changes one lane, and keeps what follows from it.
    fn change(&mut self, lane: &Lane, change: impl FnOnce(&mut Queue)) {
        let queue = self.queues.entry(lane);
        let before = queue.head();
        change(queue);
        let (after, empty) = (queue.head(), queue.is_empty());
        if empty {
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

    /// The lane by the name under which it is kept, so that a million sessions share one text.
    pub(super) fn shared(&self, lane: &Lane) -> Option<&Lane> {
        self.queues.key(lane)
    }

    /// Whether anybody waits in the lane.
    pub(super) fn has_waiting(&self, lane: &Lane) -> bool {
        self.queue(lane).is_some_and(|queue| !queue.waiting.is_empty())
    }

    /// Somebody who waits in the lane: the first, whatever the weight.
    pub(super) fn first_waiting(&self, lane: &Lane) -> Option<SessionId> {
        self.queue(lane)?.waiting.first()
    }

    /// Place in line, 1 first; not exact far behind.
    pub(super) fn position(&self, session: SessionId, state: &SessionState) -> u32 {
        let order = Order::of(session, state);
        self.queue(&Lane::of(state)).map_or(1, |queue| queue.waiting.position(&order))
    }
}
