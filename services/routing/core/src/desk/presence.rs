//! The rule for presence: only who is online gets sessions; who is busy, away or on a break keeps those they have; who
//! goes offline loses them (the taking back is in `requeue`, because it may be more than one step can do).

use usher_domain::AgentId;
use usher_domain::desk::Presence;
use usher_domain::event::{Fact, PresenceReason};
use usher_domain::state::desk::AgentState;

use super::books::Desk;
use super::decisions::Decisions;

impl Desk {
    /// Notes how an agent is. The same presence again changes nothing, so nobody loses their place among the idle.
    pub(super) fn presence(&mut self, agent: &AgentId, presence: Presence, decisions: &mut Decisions) {
        let Some(state) = self.agents.known(agent) else {
            decisions.fact(Fact::AgentUnknown { agent: agent.clone() });
            return;
        };
        if state.presence == presence {
            return;
        }
        let online_since = if presence == Presence::Online { decisions.now } else { state.online_since };
        let state = AgentState { presence, online_since, ..state.clone() };
        self.keep_agent(agent, Some(state), decisions);
        decisions.fact(Fact::AgentPresence { agent: agent.clone(), presence, reason: PresenceReason::Said });
    }
}
