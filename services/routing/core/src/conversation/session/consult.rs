//! A second agent who reads along: they see what was said and what is said from now on, and whisper with the first one,
//! to whom the session still belongs. That takes no capacity, so the desk does not hear of it. Whether there is such an
//! agent only the workspace knows.

use usher_domain::content::Private;
use usher_domain::delivery::{Briefing, Order};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::{AgentCard, AgentId};

use super::to_workspace;
use crate::conversation::out::Out;

/// The second agent, where there is one.
pub(in crate::conversation) fn consulted(session: &Session) -> Option<&AgentId> {
    match &session.phase {
        Phase::Active { watch, .. } => watch.consulted.as_ref(),
        _ => None,
    }
}

/// A second agent is asked to read along, in place of the one before.
pub(in crate::conversation) fn consult(
    session: &mut Session,
    by: AgentCard,
    agent: &AgentId,
    briefing: Briefing,
    out: &mut Out<'_>,
) {
    if consulted(session).is_some_and(|second| second != agent) {
        end(session, out);
    }
    let Phase::Active { watch, .. } = &mut session.phase else { return };
    watch.consulted = Some(agent.clone());
    let (id, by_id) = (session.id, by.id.clone());
    out.event(&session.account.tenant, Fact::SessionConsulted { session: id, agent: agent.clone(), by: by_id });
    let (visitor, briefing) = (session.visitor.clone(), Box::new(briefing));
    let order = Order::Consulted { agent: agent.clone(), by, visitor, briefing };
    to_workspace(session, Some(agent), "consulted", order, out);
}

/// What one of the two says to the other.
pub(in crate::conversation) fn whisper(session: &Session, from: &AgentId, text: &Private, out: &mut Out<'_>) {
    let Phase::Active { agent, watch, .. } = &session.phase else { return };
    let Some(second) = &watch.consulted else { return };
    let to = if from == second { &agent.id } else { second };
    to_workspace(session, Some(to), "whisper", Order::Whisper { from: from.clone(), text: text.clone() }, out);
}

/// What is said in the session goes to the second agent too.
pub(in crate::conversation) fn overhear(session: &Session, order: Order, out: &mut Out<'_>) {
    if let Some(second) = consulted(session) {
        to_workspace(session, Some(second), "overheard", order, out);
    }
}

/// The second agent reads along no longer; nothing where there is none.
pub(in crate::conversation) fn end(session: &mut Session, out: &mut Out<'_>) {
    tell_end(session, out);
    if let Phase::Active { watch, .. } = &mut session.phase {
        watch.consulted = None;
    }
}

/// Tells both that it is over, without noting it: the session leaves its agent.
pub(super) fn tell_end(session: &Session, out: &mut Out<'_>) {
    let Phase::Active { agent, watch, .. } = &session.phase else { return };
    let Some(second) = &watch.consulted else { return };
    out.event(&session.account.tenant, Fact::ConsultEnded { session: session.id, agent: second.clone() });
    let order = || Order::ConsultEnded { agent: second.clone() };
    to_workspace(session, Some(second), "consult ended", order(), out);
    to_workspace(session, Some(&agent.id), "end of the consult", order(), out);
}
