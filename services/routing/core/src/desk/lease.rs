//! The rule for what ends by itself at an agent: the lease of a presence, the time for which the sessions of somebody
//! offline stay with them, and the places that stay taken after sessions. The instants were stored when it began.

use usher_domain::AgentId;
use usher_domain::desk::Presence;
use usher_domain::event::PresenceReason;
use usher_domain::state::desk::AgentState;

use super::books::Desk;
use super::decisions::Decisions;

impl Desk {
    /// Whatever of an agent's is due ends.
    pub(super) fn agent_due(&mut self, agent: &AgentId, decisions: &mut Decisions) {
        let now = decisions.now;
        let Some(state) = self.agents.known(agent) else { return };
        if state.lease_until.is_some_and(|until| until <= now) {
            self.set_presence(agent, Presence::Offline, PresenceReason::LeaseLost, decisions);
        }
        let Some(mut state) = self.agents.known(agent).cloned() else { return };
        state.held_until = state.held_until.filter(|until| *until > now);
        state.wrap_ups.retain(|wrap_up| wrap_up.until > now);
        self.keep_agent(agent, Some(state), decisions);
    }

    /// A directory brings a lease: it holds for those, too, of whom nothing need be heard until now.
    pub(super) fn begin_leases(&mut self, decisions: &mut Decisions) {
        let Some(lease) = self.policies.desk.presence.lease else { return };
        let until = decisions.now.plus(lease);
        let here = |agent: &&AgentId| {
            let state = self.agents.known(agent);
            state.is_some_and(|state| state.presence != Presence::Offline && state.lease_until.is_none())
        };
        let unleased: Vec<AgentId> = self.agents.ids().into_iter().filter(here).cloned().collect();
        for agent in unleased {
            let state = self.agents.known(&agent).cloned();
            let state = state.map(|state| AgentState { lease_until: Some(until), ..state });
            self.keep_agent(&agent, state, decisions);
        }
    }
}
