//! The rule for the order in which waiting sessions are served: VIPs first (default), by priority, by how long they count
//! as having waited, or so many VIPs and then one other.
//!
//! * Ageing shifts the instant of asking once: that of a VIP, and with each level of priority, to an earlier one. So whoever
//!   waits is overtaken only by those who ask later by less than the difference of the two shifts; nobody waits for ever, and
//!   the order needs no clock.
//! * A share counts the VIPs that its queue has served in a row, or had agents asked about. After so many it is the turn of
//!   the first of the others whom somebody can take. So of those who are no VIPs the n-th in line is served within n × (vips + 1)
//!   sessions that the queue serves.
//!
//! Over queues: the higher level where a queue looks at it, VIPs where a queue puts them first (and whoever has the turn of
//! one), then who asked, or counts as having asked, earlier.

use usher_domain::GroupId;
use usher_domain::policy::OrderPolicy;
use usher_domain::state::desk::LaneState;

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::{Lane, Wait};
use super::matching::Match;
use super::notices::lane_of;

impl Desk {
    /// In which order sessions wait in a lane and those that go by it. All who wait there are put in order anew.
    pub(super) fn put_order(&mut self, lane: &Lane, order: OrderPolicy) {
        if !self.lanes.order_by(lane, order) {
            return;
        }
        for lane in self.lanes.ordered_as(lane) {
            let waiting = self.lanes.queue(&lane).map(|queue| queue.waiting.sessions()).unwrap_or_default();
            let wait = |session| Some(Wait::of(order, session, self.sessions.get(&session)?));
            let waits: Vec<Wait> = waiting.into_iter().filter_map(wait).collect();
            self.lanes.refill(&lane, &waits);
        }
    }

    /// Whose turn it is in a queue follows from how many VIPs were served in a row.
    pub(super) fn judge_turn(&mut self, queue: &Option<GroupId>) {
        let lane = lane_of(queue);
        let in_row = self.lane_states.get(queue).map_or(0, |state| state.vips_in_row);
        let is_turn = self.share(&lane).is_some_and(|vips| in_row >= vips);
        self.lanes.set_turn(&lane, is_turn);
    }

    /// Counts a session that its queue serves.
    pub(super) fn note_turn(&mut self, found: &Match, decisions: &mut Decisions) {
        let Some(vips) = self.share(found.lane.base()) else { return };
        let queue = if let Lane::Group(group) = found.lane.base() { Some(group.clone()) } else { None };
        let state = self.lane_states.get(&queue).copied().unwrap_or_default();
        let vip = self.sessions.get(&found.session).is_some_and(|session| session.vip);
        let vips_in_row = if vip { state.vips_in_row.saturating_add(1).min(vips) } else { 0 };
        if vips_in_row != state.vips_in_row {
            self.keep_lane(queue, LaneState { vips_in_row, ..state }, decisions);
        }
    }

    /// How many VIPs a queue serves in a row, where they have a share only.
    fn share(&self, lane: &Lane) -> Option<u32> {
        match (lane, self.lanes.order(lane)) {
            (Lane::Group(_) | Lane::Default, OrderPolicy::Share { vips }) => Some(vips.max(1)),
            _ => None,
        }
    }

    /// Forgets what was counted for shares that are no longer.
    pub(super) fn forget_turns(&mut self, decisions: &mut Decisions) {
        let counted = self.lane_states.iter().filter(|(queue, state)| {
            let lane = lane_of(queue);
            state.vips_in_row > 0 && self.share(&lane).is_none()
        });
        for (queue, state) in counted.map(|(queue, state)| (queue.clone(), *state)).collect::<Vec<_>>() {
            self.keep_lane(queue, LaneState { vips_in_row: 0, ..state }, decisions);
        }
    }
}
