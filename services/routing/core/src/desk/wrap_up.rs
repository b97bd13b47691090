//! The rule for notes after a session: the agent's place stays taken for as long as the queue says, as much of it as the
//! session took. It begins when a session ends or is handed on, not when it is taken away.

use usher_domain::SessionId;
use usher_domain::desk::Presence;
use usher_domain::event::Fact;
use usher_domain::state::desk::{Seat, SessionState, WrapUp};

use super::books::Desk;
use super::decisions::Decisions;

impl Desk {
    /// A session is about to leave its agent by its own end, or because it was handed on.
    pub(super) fn wrap_up(&mut self, session: SessionId, decisions: &mut Decisions) {
        let Some(left) = self.sessions.get(&session) else { return };
        let Seat::Assigned(agent) = &left.seat else { return };
        let Some(span) = self.lane_policy(&self.home(left)).wrap_up else { return };
        let here = self.agents.known(agent).filter(|state| state.presence != Presence::Offline);
        // What takes nothing leaves nothing taken; so there are never more of them than the agent has capacity.
        let Some(mut state) = here.filter(|_| left.weight > 0).cloned() else { return };
        let (agent, until) = (agent.clone(), decisions.now.plus(span));
        let SessionState { weight, channel, .. } = *left;
        state.wrap_ups.push(WrapUp { until, weight, channel });
        state.wrap_ups.sort_unstable();
        self.keep_agent(&agent, Some(state), decisions);
        decisions.fact(Fact::AgentWrapsUp { agent, session, until });
    }
}
