//! The rule for moving a queue: everybody whose own line it is waits elsewhere, at their old place in time (`asked_at`),
//! under the same version, because nothing was decided about an agent; those whom agents are asked about are asked about
//! no more, which is a new version. One session is one item of the step's budget; what
//! remains is kept durably and goes on at the next record, before anybody is matched. Whoever comes to that line while it
//! lasts is moved too. Not moved are those who only widened their search to it, those who wait for nobody but their
//! last agent, and those who have come back from where the move goes, because an agent did not take them in time. A move
//! whose destination leaves the directory ends there: whoever has not gone stays.

use usher_domain::event::{Fact, RescindReason};
use usher_domain::state::desk::{Item, MovingState, Seat, SessionState};
use usher_domain::supervision::{MovedQueue, SupervisionRefusal};
use usher_domain::{InputId, SessionId, Target};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::{Lane, Order};

impl Desk {
    /// Whether a queue can be moved there.
    pub(super) fn may_move(&self, from: &MovedQueue, to: &Target) -> Result<(), SupervisionRefusal> {
        let missing = |lane: &Lane| match lane {
            Lane::Agent(_) => SupervisionRefusal::UnknownAgent,
            _ => SupervisionRefusal::UnknownGroup,
        };
        if let Some(lane) = lanes_of(to).find(|lane| !self.has_target(lane)) {
            return Err(missing(&lane));
        }
        match lane_of(from) {
            Some(from) if from == Lane::named_by(to) => Err(SupervisionRefusal::Already),
            Some(from) if !self.has_target(&from) => Err(missing(&from)),
            _ => Ok(()),
        }
    }

    /// Notes what is to be moved. A queue that is on its way already goes to the new place from now on.
    pub(super) fn begin_move(&mut self, input: InputId, from: MovedQueue, to: &Target, decisions: &mut Decisions) {
        let queues = if from == MovedQueue::All { self.queues_but(&Lane::named_by(to)) } else { vec![from] };
        for queue in queues {
            let moving = MovingState { input, to: to.clone(), sessions: 0, passed: None };
            self.keep_moving(queue, Some(moving), decisions);
        }
    }

    /// All queues where somebody waits.
    fn queues_but(&self, to: &Lane) -> Vec<MovedQueue> {
        let groups = self.policies.groups.sorted_keys().into_iter().cloned().map(MovedQueue::Group);
        let agents = self.agents.ids().into_iter().cloned().map(MovedQueue::Agent);
        let all = std::iter::once(MovedQueue::Default).chain(groups).chain(agents);
        all.filter(|queue| {
            let lane = lane_of(queue).filter(|lane| lane != to);
            lane.is_some_and(|lane| self.waiting_in(&lane) > 0)
        })
        .collect()
    }

    /// Moves one session of a queue that is on its way, or says that all have gone; `false` when there is none.
    pub(super) fn move_one(&mut self, decisions: &mut Decisions) -> bool {
        let Some((queue, mut moving)) =
            self.moving.first_key_value().map(|(queue, state)| (queue.clone(), state.clone()))
        else {
            return false;
        };
        let goes_on = lanes_of(&moving.to).all(|lane| self.has_target(&lane));
        let next = |lane| self.next_offered(&lane, &moving.to).or_else(|| self.next_of(&lane, &mut moving));
        match lane_of(&queue).filter(|_| goes_on).and_then(next) {
            Some((session, state)) => {
                self.move_session(session, state, &moving.to, decisions);
                moving.sessions = moving.sessions.saturating_add(1);
                self.keep_moving(queue, Some(moving), decisions);
            }
            None => {
                let MovingState { input, to, sessions, .. } = moving;
                decisions.fact(Fact::QueueMoved { input, to, sessions });
                self.keep_moving(queue, None, decisions);
            }
        }
        true
    }

    /// A session whose own line this is, about whom agents are asked.
    fn next_offered(&self, lane: &Lane, to: &Target) -> Option<(SessionId, SessionState)> {
        let offered = self.offered.get(lane)?.iter();
        let mut known = offered.filter_map(|session| Some((*session, self.sessions.get(session)?)));
        known.find(|(_, state)| !is_for(state, to)).map(|(session, state)| (session, state.clone()))
    }

    /// The next session whose own line this is. Who only searches here is passed over, and not looked at again.
    fn next_of(&self, lane: &Lane, moving: &mut MovingState) -> Option<(SessionId, SessionState)> {
        for at in self.lanes.lines(lane) {
            let Some(queue) = self.lanes.queue(at) else { continue };
            let passed = moving.passed.and_then(|session| Some((session, self.sessions.get(&session)?)));
            let passed = passed.filter(|(_, state)| Lane::all_of(state).any(|other| other == *at));
            let mut last = passed.map(|(session, state)| Order::of(self.lanes.order(at), session, state));
            while let Some((_, order)) = queue.waiting.next(last.as_ref(), |_| true) {
                let state = self.sessions.get(&order.session)?;
                if self.home(state) == *lane && !is_for(state, &moving.to) {
                    return Some((order.session, state.clone()));
                }
                moving.passed = Some(order.session);
                last = Some(order);
            }
        }
        None
    }

    fn move_session(&mut self, session: SessionId, state: SessionState, to: &Target, decisions: &mut Decisions) {
        let selectors = state.target.selectors.clone();
        let target = Target { selectors, ..to.clone() };
        let is_asked_about = matches!(state.seat, Seat::Offered(_));
        let mut state = SessionState { target, fell_to_default: false, ..state };
        if is_asked_about {
            self.rescind_all(session, RescindReason::Supervisor, decisions);
            (state.seat, state.turn) = (Seat::Waiting, state.turn.saturating_add(1));
        }
        state.change_extra(|extra| extra.search = None);
        decisions.fact(Fact::SessionMoved { session, line: to.clone() });
        let state = self.with_target(session, state, decisions);
        if is_asked_about {
            self.place_session(session, state, decisions);
        } else {
            self.keep_session(session, state, decisions);
        }
    }

    fn keep_moving(&mut self, queue: MovedQueue, state: Option<MovingState>, decisions: &mut Decisions) {
        self.put_moving(queue.clone(), state);
        decisions.wrote(Item::Moving(queue));
    }

    /// Replaces, or with `None` ends, what is known of a queue that is being moved.
    pub(super) fn put_moving(&mut self, queue: MovedQueue, state: Option<MovingState>) {
        match state {
            Some(state) => drop(self.moving.insert(queue, state)),
            None => drop(self.moving.remove(&queue)),
        }
    }
}

/// Where a session goes that is sent there: to an agent, a group, or from the one to the other beside.
fn lanes_of(to: &Target) -> impl Iterator<Item = Lane> {
    let beside = to.group.clone().filter(|_| to.agent.is_some()).map(Lane::Group);
    [Lane::named_by(to)].into_iter().chain(beside)
}

/// Whether the session wants to be there anyway, so that it is where it is for a reason.
fn is_for(state: &SessionState, to: &Target) -> bool {
    !state.fell_to_default && (&state.target.agent, &state.target.group) == (&to.agent, &to.group)
}

/// The line of a queue; all have none of their own.
fn lane_of(queue: &MovedQueue) -> Option<Lane> {
    match queue {
        MovedQueue::All => None,
        MovedQueue::Agent(agent) => Some(Lane::Agent(agent.clone())),
        MovedQueue::Group(group) => Some(Lane::Group(group.clone())),
        MovedQueue::Default => Some(Lane::Default),
    }
}
