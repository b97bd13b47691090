//! The rule that tells visitors how they get on in line, where their queue's policy wants that: those of the first hundred
//! whose place is another than they were told, all at once and not more often than the policy says. What an assignment
//! costs does not depend on it.
//!
//! Of a session that searches in several queues, the queue counts whose rules hold for it.

use usher_domain::state::desk::{Item, LaneState, Seat, SessionState};
use usher_domain::{GroupId, SessionId};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::Lane;
use super::timers::Who;
use super::waiting::POSITION_EXACT_UP_TO;

impl Desk {
    /// The queue of a session, if its visitors are told their places as they change.
    pub(super) fn told_queue(&self, state: &SessionState) -> Option<Option<GroupId>> {
        // Most desks tell nobody, and no assignment there shall look any further.
        if self.policies.tells_nobody() {
            return None;
        }
        let queue = match self.home(state) {
            Lane::Group(group) => Some(group),
            Lane::Default => None,
            Lane::Agent(_) | Lane::Anyone | Lane::Picked(_) => return None,
        };
        self.lane_policy(&lane_of(&queue)).notices.map(|_| queue)
    }

    /// Notes what those are told who move in this step, and when the queues that they wait in are looked at next. Before
    /// they are told: the place is that at the end of the step.
    pub(super) fn note_told(&mut self, decisions: &mut Decisions) {
        if self.policies.tells_nobody() {
            return;
        }
        for session in decisions.moved() {
            let Some(state) = self.sessions.get(&session) else { continue };
            let Some(queue) = self.told_queue(state).filter(|_| matches!(state.seat, Seat::Waiting)) else { continue };
            self.tell_from_now_on(queue, decisions);
            self.remember_told(session, decisions);
        }
    }

    fn remember_told(&mut self, session: SessionId, decisions: &mut Decisions) {
        let Some(mut state) = self.sessions.get(&session).cloned() else { return };
        let position = self.lanes.position(session, &state);
        // Those far behind cost nothing.
        let told = Some(position).filter(|position| *position <= POSITION_EXACT_UP_TO);
        if state.told() != told {
            state.change_extra(|extra| extra.told = told);
            self.keep_session(session, state, decisions);
        }
    }

    fn tell_from_now_on(&mut self, queue: Option<GroupId>, decisions: &mut Decisions) {
        let Some(notices) = self.lane_policy(&lane_of(&queue)).notices else { return };
        let lane = self.lane_states.get(&queue).copied().unwrap_or_default();
        if lane.notice_at.is_none() {
            let notice_at = Some(decisions.now.plus(notices.every));
            self.keep_lane(queue, LaneState { notice_at, ..lane }, decisions);
        }
    }

    /// It is time to tell those who wait in a queue.
    pub(super) fn lane_due(&mut self, queue: Option<GroupId>, decisions: &mut Decisions) {
        let lane = lane_of(&queue);
        let state = self.lane_states.get(&queue).copied().unwrap_or_default();
        let notices = self.lane_policy(&lane).notices.filter(|_| self.lanes.has_waiting(&lane));
        let notice_at = notices.map(|notices| decisions.now.plus(notices.every));
        self.keep_lane(queue.clone(), LaneState { notice_at, ..state }, decisions);
        if notices.is_some() {
            self.tell_first(&lane, &queue, decisions);
        }
    }

    fn tell_first(&mut self, lane: &Lane, queue: &Option<GroupId>, decisions: &mut Decisions) {
        let Some(waiting) = self.lanes.queue(lane).map(|found| &found.waiting) else { return };
        for session in waiting.front(POSITION_EXACT_UP_TO as usize) {
            let Some(state) = self.sessions.get(&session) else { continue };
            let is_told_here = self.told_queue(state).as_ref() == Some(queue);
            if is_told_here && state.told() != Some(self.lanes.position(session, state)) {
                let turn = state.turn.saturating_add(1);
                self.place_session(session, SessionState { turn, ..state.clone() }, decisions);
            }
        }
    }

    /// Keeps what is known of a queue; nothing where there is nothing to know.
    pub(super) fn keep_lane(&mut self, queue: Option<GroupId>, state: LaneState, decisions: &mut Decisions) {
        decisions.wrote(Item::Lane(queue.clone()));
        self.put_lane(queue, Some(state).filter(|state| *state != LaneState::default()));
    }

    /// Forgets what is known of the queue of a group that is no longer there.
    pub(super) fn forget_lane(&mut self, queue: Option<GroupId>, decisions: &mut Decisions) {
        if self.lane_states.contains_key(&queue) {
            self.keep_lane(queue, LaneState::default(), decisions);
        }
    }

    /// Replaces, or with `None` ends, what is known of a queue.
    pub(super) fn put_lane(&mut self, queue: Option<GroupId>, state: Option<LaneState>) {
        let due = |state: Option<&LaneState>| state.and_then(LaneState::due);
        let before = due(self.lane_states.get(&queue));
        self.timers.change(before, due(state.as_ref()), || Who::Lane(queue.clone()));
        match state {
            Some(state) => self.lane_states.insert(queue.clone(), state),
            None => self.lane_states.remove(&queue),
        };
        self.judge_turn(&queue);
    }
}

pub(super) fn lane_of(queue: &Option<GroupId>) -> Lane {
    queue.clone().map_or(Lane::Default, Lane::Group)
}
