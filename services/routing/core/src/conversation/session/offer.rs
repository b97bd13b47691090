//! Offers: agents are asked whether they take the session. It waits meanwhile: nobody may speak in it, and nobody is told
//! what was said. Their answers go to the desk; here it is only told who is asked, and who is no more.

use usher_domain::delivery::{LeftReason, Notice, Offer, Order, WithdrawnReason};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{AgentCard, AgentId, Timestamp};

use super::close::leave_agent;
use super::{by_workspace, to_visitor, to_workspace};
use crate::conversation::out::Out;

/// Asks agents. Whoever had the session, or was asked and is no more, hears that first (R9); who is asked again hears of
/// the new offer only. `withdrawn`: why the offer before this one stands no longer.
pub(super) fn ask(
    session: &mut Session,
    asked: Asked,
    agents: &[AgentCard],
    until: Timestamp,
    withdrawn: WithdrawnReason,
    out: &mut Out<'_>,
) {
    let agents: Vec<AgentId> = agents.iter().map(|card| card.id.clone()).collect();
    let waits_anew = !knows_that_it_waits(session);
    leave_agent(session, LeftReason::Reassigned, out);
    withdraw(session, &agents, withdrawn, out);
    session.phase = Phase::Offered { asked, agents, until };
    tell_agents(session, out);
    if waits_anew {
        tell_next_in_line(session, out);
    }
}

/// Takes the offer back from everybody who was asked, but for those who stay.
pub(super) fn withdraw(session: &Session, stay: &[AgentId], reason: WithdrawnReason, out: &mut Out<'_>) {
    let Phase::Offered { asked, agents, .. } = &session.phase else { return };
    for agent in agents.iter().filter(|agent| !stay.contains(agent)) {
        let order = Order::OfferWithdrawn { agent: agent.clone(), placement: asked.version, reason };
        to_workspace(session, Some(agent), &format!("withdrawn {agent}"), order, out);
    }
}

/// Whether the visitor has heard that they wait.
fn knows_that_it_waits(session: &Session) -> bool {
    match &session.phase {
        Phase::Waiting(asked) => asked.version.turn > 0,
        Phase::Offered { .. } => true,
        _ => false,
    }
}

fn tell_agents(session: &Session, out: &mut Out<'_>) {
    let Phase::Offered { asked, agents, until } = &session.phase else { return };
    for agent in agents {
        let offer = Offer {
            agent: agent.clone(),
            placement: asked.version,
            visitor: session.visitor.clone(),
            group: asked.target.group.clone(),
            vip: session.vip,
            waited: out.now.since(asked.asked_at),
            until: *until,
        };
        // When its time is over nobody needs to hear of it.
        by_workspace(session, agent, &format!("offered {agent}"), Order::Offered(Box::new(offer)), *until, out);
    }
}

/// Whoever is offered is before all others.
fn tell_next_in_line(session: &Session, out: &mut Out<'_>) {
    out.event(&session.account.tenant, Fact::SessionQueued { session: session.id, position: 1 });
    to_visitor(session, "notice", Order::Notice(Notice::Queued { position: 1, wait: None }), out);
}
