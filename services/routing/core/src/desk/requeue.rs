//! The rules for what a presence or a directory takes away: a session whose agent is offline or removed waits again, at
//! its old place (`asked_at` is kept); a session that waits for somebody who left the directory goes to the default
//! lane, with a warning. One session is one item of the step's budget.

use usher_domain::SessionId;
use usher_domain::event::{Fact, PresenceReason};
use usher_domain::state::desk::{Seat, SessionState};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::Lane;

impl Desk {
    /// Whether a session is where it can not stay.
    pub(super) fn has_misplaced(&self) -> bool {
        self.agents.first_stranded().is_some() || self.agents.first_asked_in_vain().is_some() || !self.gone.is_empty()
    }

    /// Moves one session that can not stay where it is; `false` when there is none.
    pub(super) fn requeue_one(&mut self, decisions: &mut Decisions) -> bool {
        if let Some(session) = self.agents.first_stranded() {
            return self.take_back(session, decisions);
        }
        if self.rescind_one(decisions) {
            return true;
        }
        let in_gone_lane = self.gone.first().and_then(|lane| self.lanes.first_waiting(lane));
        in_gone_lane.is_some_and(|session| self.turn_away(session, decisions))
    }

    /// The agent can not keep it: a new turn, in its old lane if that is still there.
    fn take_back(&mut self, session: SessionId, decisions: &mut Decisions) -> bool {
        let Some(state) = self.sessions.get(&session).cloned() else { return false };
        if let Seat::Assigned(agent) = &state.seat {
            let reason = self.agents.known(agent).map_or(PresenceReason::Removed, |state| state.reason);
            decisions.fact(Fact::SessionTakenBack { session, agent: agent.clone(), reason });
        }
        let turn = state.turn.saturating_add(1);
        let state = SessionState { turn, seat: Seat::Waiting, ..state };
        let state = self.with_target(session, state, decisions);
        self.place_session(session, state, decisions);
        true
    }

    /// Somebody for whom it waits left the directory. It waits as before, only elsewhere: no new turn, nothing to tell.
    fn turn_away(&mut self, session: SessionId, decisions: &mut Decisions) -> bool {
        let Some(state) = self.sessions.get(&session).cloned() else { return false };
        let state = self.with_target(session, state, decisions);
        self.keep_session(session, state, decisions);
        true
    }

    /// The session with a target and a search that the directory has.
    pub(super) fn with_target(
        &self,
        session: SessionId,
        mut state: SessionState,
        decisions: &mut Decisions,
    ) -> SessionState {
        if self.forget_named(&mut state) {
            decisions.fact(Fact::SessionMoved { session, line: state.line() });
        }
        if self.is_lost(&state) {
            let group = if let Lane::Group(group) = self.home(&state) { Some(group) } else { None };
            decisions.fact(Fact::TargetRemoved { session, group });
            state.fell_to_default = true;
            state.change_extra(|extra| extra.search = None);
        }
        self.searched_on(session, state, decisions)
    }

    /// The agent who was named is gone for good: where a desk lets go of them after a while, it does so now.
    fn forget_named(&self, state: &mut SessionState) -> bool {
        let gone = state.target.agent.as_ref().is_some_and(|agent| self.agents.known(agent).is_none());
        let forgets = gone && !state.fell_to_default && self.policies.desk.designated_within.is_some();
        if forgets {
            state.target.agent = None;
        }
        forgets
    }
}
