//! Takes over where the desk has put a session: the register `Placement`, of which only higher turns of the own epoch
//! count (R3). Each states the whole place, so skipped ones do no harm.

use usher_domain::delivery::{Briefing, LeftReason, Notice, Order};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{AgentCard, Place, Placement};

use super::close::leave_agent;
use super::{asked, to_visitor, to_workspace};
use crate::conversation::out::Out;

/// What came of a placement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::conversation) enum Taken {
    /// It is the session's place now.
    Yes,
    /// A later one, or a later demand, had come before it.
    Overtaken,
    /// The desk will not have the session: it must close.
    Refused,
}

/// Takes a placement of this session. `briefing` is for the agent whose it is from now on.
pub(in crate::conversation) fn take(
    session: &mut Session,
    placement: &Placement,
    briefing: Briefing,
    out: &mut Out<'_>,
) -> Taken {
    let version = placement.version;
    let Some(known) = asked(session) else { return Taken::Overtaken };
    if version.epoch != known.version.epoch || version.turn <= known.version.turn {
        return Taken::Overtaken;
    }
    let asked = Asked { version, ..known.clone() };
    match &placement.place {
        Place::Waiting { position, .. } => queue(session, asked, *position, out),
        Place::Offered { .. } => offer(session, asked, out),
        Place::Assigned { agent, .. } => assign(session, asked, agent, briefing, out),
        Place::Refused { .. } => return Taken::Refused,
    }
    Taken::Yes
}

fn queue(session: &mut Session, asked: Asked, position: u32, out: &mut Out<'_>) {
    leave_agent(session, LeftReason::Reassigned, out);
    session.phase = Phase::Waiting(asked);
    out.event(&session.account.tenant, Fact::SessionQueued { session: session.id, position });
    to_visitor(session, "notice", Order::Notice(Notice::Queued { position }), out);
}

/// Agents are asked: the session waits, as before, and its visitor has nothing new to hear.
fn offer(session: &mut Session, asked: Asked, out: &mut Out<'_>) {
    leave_agent(session, LeftReason::Reassigned, out);
    session.phase = Phase::Waiting(asked);
}

/// Gives the session to an agent. Another agent leaves it first, so that both workspaces agree at every moment (R9); the
/// same one only learns the new version.
fn assign(session: &mut Session, asked: Asked, agent: &AgentCard, briefing: Briefing, out: &mut Out<'_>) {
    let stays = matches!(&session.phase, Phase::Active { agent: now, .. } if now.id == agent.id);
    if !stays {
        leave_agent(session, LeftReason::Reassigned, out);
    }
    let placement = asked.version;
    session.phase = Phase::Active { asked, agent: agent.clone() };
    let assigned = Fact::SessionAssigned { session: session.id, agent: agent.id.clone(), placement };
    out.event(&session.account.tenant, assigned);
    let (visitor, briefing) = (session.visitor.clone(), Box::new(briefing));
    let order = Order::Assigned { agent: agent.clone(), placement, visitor, briefing };
    to_workspace(session, Some(&agent.id), "assigned", order, out);
    if !stays {
        to_visitor(session, "notice", Order::Notice(Notice::Assigned { agent: agent.clone() }), out);
    }
}
