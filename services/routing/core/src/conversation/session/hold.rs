//! A session that its agent has set aside: it wants nobody and takes no capacity until the visitor writes, or until the
//! agent takes it up again. Then it asks for the same agent first, at its old place in time.

use usher_domain::delivery::LeftReason;
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{Demand, PlacementId, Target, Want};

use super::ask;
use super::close::leave_agent;
use crate::conversation::out::Out;

/// The agent sets the session aside.
pub(in crate::conversation) fn hold(session: &mut Session, out: &mut Out<'_>) {
    let Phase::Active { asked, agent, .. } = &session.phase else { return };
    let (asked, agent) = (asked.clone(), agent.clone());
    let demand = Demand { session: session.id, epoch: ask::next_epoch(session), want: Want::SetAside };
    out.demand(&session.account.tenant, &session.account.desk, demand);
    out.event(&session.account.tenant, Fact::SessionOnHold { session: session.id, agent: agent.id.clone() });
    leave_agent(session, LeftReason::OnHold, out);
    let version = PlacementId { epoch: ask::next_epoch(session), turn: 0 };
    let held = asked.version;
    session.phase = Phase::OnHold { asked: Asked { version, ..asked }, agent, held };
}

/// The session wants its agent back. `false`: nobody has set it aside.
pub(in crate::conversation) fn take_up(session: &mut Session, out: &mut Out<'_>) -> bool {
    let Phase::OnHold { asked, agent, .. } = &session.phase else { return false };
    let group = asked.target.group.clone().or_else(|| session.account.default_group.clone());
    let target = Target { agent: Some(agent.id.clone()), group, ..asked.target.clone() };
    let asked = Asked { moved_at: asked.moved_at, returns: true, ..ask::anew(session, target, asked.asked_at) };
    ask::wait_for(session, asked, out);
    true
}
