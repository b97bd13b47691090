//! The rules for what a presence or a directory takes away: a session whose agent is offline or removed waits again, at
//! its old place (`asked_at` is kept); a session that waits for somebody who left the directory goes to the default
//! lane, with a warning. One session is one item of the step's budget.

use usher_domain::SessionId;
use usher_domain::event::Fact;
use usher_domain::state::desk::{Seat, SessionState};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::Lane;

impl Desk {
    /// Whether a session is where it can not stay.
    pub(super) fn has_misplaced(&self) -> bool {
        self.agents.first_stranded().is_some() || !self.gone.is_empty()
    }

    /// Moves one session that can not stay where it is; `false` when there is none.
    pub(super) fn requeue_one(&mut self, decisions: &mut Decisions) -> bool {
        if let Some(session) = self.agents.first_stranded() {
            return self.take_back(session, decisions);
        }
        let in_gone_lane = self.gone.first().and_then(|lane| self.lanes.first_waiting(lane));
        in_gone_lane.is_some_and(|session| self.fall_to_default(session, decisions))
    }

    /// The agent can not keep it: a new turn, in its old lane if that is still there.
    fn take_back(&mut self, session: SessionId, decisions: &mut Decisions) -> bool {
        let Some(state) = self.sessions.get(&session).cloned() else { return false };
        let turn = state.turn.saturating_add(1);
        let mut state = SessionState { turn, seat: Seat::Waiting, ..state };
        if !self.has_target(&Lane::of(&state)) {
            state = without_target(session, state, decisions);
        }
        self.place_session(session, state, decisions);
        true
    }

    /// Its target left the directory. It waits as before, only elsewhere: no new turn, nothing to tell.
    fn fall_to_default(&mut self, session: SessionId, decisions: &mut Decisions) -> bool {
        let Some(state) = self.sessions.get(&session).cloned() else { return false };
        let state = without_target(session, state, decisions);
        self.keep_session(session, state, decisions);
        true
    }
}

fn without_target(session: SessionId, state: SessionState, decisions: &mut Decisions) -> SessionState {
    let group = match Lane::of(&state) {
        Lane::Group(group) => Some(group),
        Lane::Agent(_) | Lane::Default => None,
    };
    decisions.fact(Fact::TargetRemoved { session, group });
    SessionState { fell_to_default: true, ..state }
}
