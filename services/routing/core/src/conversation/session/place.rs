//! Takes over where the desk has put a session: the register `Placement`, of which only higher turns of the own epoch
//! count (R3). Each states the whole place, so skipped ones do no harm.

use std::time::Duration;

use usher_domain::delivery::{Briefing, LeftReason, Notice, Order, WithdrawnReason};
use usher_domain::event::Fact;
use usher_domain::place::RefusedReason;
use usher_domain::policy::Care;
use usher_domain::state::conversation::{Asked, Phase, Session, Watch};
use usher_domain::{AgentCard, Demand, GroupId, Place, Placement, PlacementId, Target, Want};

use super::close::{leave_agent, want_nobody};
use super::{ask, asked, offer, to_visitor, to_workspace};
use crate::conversation::out::Out;

/// What came of a placement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::conversation) enum Taken {
    /// It is the session's place now.
    Yes,
    /// A later one, or a later demand, had come before it.
    Overtaken,
    /// The desk will not have the session.
    Refused,
    /// The session wants nobody, and the desk does not know.
    Unwanted,
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
    if matches!(session.phase, Phase::OnHold { .. } | Phase::LeaveMessage(_)) {
        return Taken::Unwanted;
    }
    if version.epoch != known.version.epoch || version.turn <= known.version.turn {
        return Taken::Overtaken;
    }
    let asked = Asked { version, ..known.clone() };
    let withdrawn = placement.withdrawn.unwrap_or(WithdrawnReason::Rescinded);
    match &placement.place {
        Place::Waiting { position, wait } => queue(session, asked, (*position, *wait), withdrawn, out),
        Place::Offered { agents, until } => offer::ask(session, asked, agents, *until, withdrawn, out),
        Place::Assigned { agent, care } => assign(session, asked, (agent, care), briefing, out),
        Place::Refused { .. } => return Taken::Refused,
    }
    Taken::Yes
}

/// In line. Whoever was just offered has not left it, so their visitor has nothing new to hear.
fn queue(
    session: &mut Session,
    asked: Asked,
    (position, wait): (u32, Option<Duration>),
    withdrawn: WithdrawnReason,
    out: &mut Out<'_>,
) {
    let was_offered = matches!(session.phase, Phase::Offered { .. });
    leave_agent(session, LeftReason::Reassigned, out);
    offer::withdraw(session, &[], withdrawn, out);
    session.phase = Phase::Waiting(asked);
    out.event(&session.account.tenant, Fact::SessionQueued { session: session.id, position });
    if !was_offered {
        to_visitor(session, "notice", Order::Notice(Notice::Queued { position, wait }), out);
    }
}

/// Gives the session to an agent. Another agent leaves it first, so that both workspaces agree at every moment (R9); the
/// same one only learns the new version.
fn assign(
    session: &mut Session,
    asked: Asked,
    (agent, care): (&AgentCard, &Care),
    briefing: Briefing,
    out: &mut Out<'_>,
) {
    let stays = matches!(&session.phase, Phase::Active { agent: now, .. } if now.id == agent.id);
    if !stays {
        leave_agent(session, LeftReason::Reassigned, out);
    }
    offer::withdraw(session, std::slice::from_ref(&agent.id), WithdrawnReason::Taken, out);
    let placement = asked.version;
    let watch = match &session.phase {
        Phase::Active { watch, .. } if stays => Watch { care: care.clone(), ..watch.clone() },
        _ => Watch::begin(care.clone(), out.now),
    };
    session.phase = Phase::Active { asked, agent: agent.clone(), watch };
    let assigned = Fact::SessionAssigned { session: session.id, agent: agent.id.clone(), placement };
    out.event(&session.account.tenant, assigned);
    let (visitor, briefing) = (session.visitor.clone(), Box::new(briefing));
    let order = Order::Assigned { agent: agent.clone(), placement, visitor, briefing };
    to_workspace(session, Some(&agent.id), "assigned", order, out);
    if !stays {
        to_visitor(session, "notice", Order::Notice(Notice::Assigned { agent: agent.clone() }), out);
    }
}

/// The session is sent on to a group. `false`: it has been sent on before.
pub(in crate::conversation) fn overflow(session: &mut Session, group: &GroupId, out: &mut Out<'_>) -> bool {
    let Some(known) = asked(session).filter(|asked| !asked.overflowed).cloned() else { return false };
    leave_agent(session, LeftReason::Reassigned, out);
    let target = Target { agent: None, group: Some(group.clone()), ..known.target };
    let (moved_at, overflowed) = (Some(out.now), true);
    let asked = Asked { moved_at, overflowed, avoid: known.avoid, ..ask::anew(session, target, known.asked_at) };
    ask::wait_for(session, asked, out);
    true
}

/// Nobody takes the session: what the visitor writes from now on is kept for later.
pub(in crate::conversation) fn let_leave_message(session: &mut Session, reason: RefusedReason, out: &mut Out<'_>) {
    let Some(known) = asked(session).cloned() else { return };
    want_nobody(session, out);
    leave_agent(session, LeftReason::Reassigned, out);
    offer::withdraw(session, &[], WithdrawnReason::Rescinded, out);
    let version = PlacementId { epoch: ask::next_epoch(session), turn: 0 };
    session.phase = Phase::LeaveMessage(Asked { version, ..known });
    out.event(&session.account.tenant, Fact::MessageInvited { session: session.id, reason });
}

/// Tells the desk once more that the session wants nobody: a demand that came after its end has made a ghost of it (R4).
pub(in crate::conversation) fn answer_unwanted(session: &Session, out: &mut Out<'_>) {
    let Some(known) = asked(session) else { return };
    let demand = Demand { session: session.id, epoch: known.version.epoch, want: Want::Nobody };
    out.demand(&session.account.tenant, &session.account.desk, demand);
}
