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

    /// Notes what those are told who move in this step, and when the queues are looked at next where somebody has come to
    /// wait. Before they are told: the place is that at the end of the step.
    pub(super) fn note_told(&mut self, decisions: &mut Decisions) {
        if self.policies.tells_nobody() {
            return;
        }
        for (session, is_told) in decisions.kept() {
            let Some(state) = self.sessions.get(&session) else { continue };
            let Some(queue) = self.told_queue(state).filter(|_| matches!(state.seat, Seat::Waiting)) else { continue };
            self.tell_from_now_on(queue, decisions);
            if is_told {
                self.remember_told(session, decisions);
            }
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

    /// A directory that begins to tell places holds for those, too, who wait already.
    pub(super) fn begin_notices(&mut self, decisions: &mut Decisions) {
        let waits = |queue: &&Option<GroupId>| self.waiting_in(&lane_of(queue)) > 0;
        for queue in self.policies.telling.iter().filter(waits).cloned().collect::<Vec<_>>() {
            self.tell_from_now_on(queue, decisions);
        }
    }

    /// Somebody waits in a queue that tells places: it is looked at after a while.
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
        let notices = self.lane_policy(&lane).notices.filter(|_| self.waiting_in(&lane) > 0);
        let notice_at = notices.map(|notices| decisions.now.plus(notices.every));
        self.keep_lane(queue.clone(), LaneState { notice_at, ..state }, decisions);
        if notices.is_some() {
            self.tell_first(&lane, &queue, decisions);
        }
    }

    /// Tells the first of each line of a queue, a hundred in all: whose place has changed, the nearer to the front the sooner.
    fn tell_first(&mut self, lane: &Lane, queue: &Option<GroupId>, decisions: &mut Decisions) {
        let most = POSITION_EXACT_UP_TO as usize;
        let fronts = self.lanes.lines(lane).filter_map(|line| Some(self.lanes.queue(line)?.waiting.front(most)));
        let places = fronts.flat_map(|front| (1..).zip(front)).filter(|(place, session)| {
            let state = self.sessions.get(session);
            state.is_some_and(|state| state.told() != Some(*place) && self.told_queue(state).as_ref() == Some(queue))
        });
        let mut changed: Vec<(u32, SessionId)> = places.collect();
        changed.sort_unstable();
        for (_, session) in changed.into_iter().take(most) {
            let Some(state) = self.sessions.get(&session).cloned() else { continue };
            let turn = state.turn.saturating_add(1);
            self.place_session(session, SessionState { turn, ..state }, decisions);
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
