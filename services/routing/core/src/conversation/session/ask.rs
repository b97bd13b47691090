//! What a session wants of its desk: the register `Demand`, whose version only this core raises (R1).

use usher_domain::delivery::{LeftReason, Notice, Order, WithdrawnReason};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{Account, Demand, PlacementId, Target, Timestamp, Want, Wish};

use super::{asked, close, hold, offer, to_visitor};
use crate::conversation::out::Out;

/// The visitor asks for a human. `false` when nothing follows: they have what they ask for, or an agent, whom only a
/// transfer changes.
pub(in crate::conversation) fn ask(session: &mut Session, target: &Target, out: &mut Out<'_>) -> bool {
    let wanted = or_default(target, &session.account);
    let asked_at = match &session.phase {
        Phase::Active { .. } => return false,
        Phase::Waiting(asked) | Phase::Offered { asked, .. }
            if asked.target == wanted || is_back_for(asked, &wanted) =>
        {
            return false;
        }
        Phase::OnHold { asked, .. } if target.is_empty() || asked.target == wanted => {
            return hold::take_up(session, out);
        }
        Phase::Waiting(asked) | Phase::Offered { asked, .. } | Phase::OnHold { asked, .. } => asked.asked_at,
        // Whoever was refused has lost their place.
        Phase::Bot(_) | Phase::LeaveMessage(_) => out.now,
    };
    wait_for(session, anew(session, wanted, asked_at), out);
    true
}

/// Whether the visitor asks only for the group for which the session waits beside the agent who had it on hold: their
/// client names the group each time, and means no other agent by it.
fn is_back_for(asked: &Asked, wanted: &Target) -> bool {
    asked.returns && wanted.agent.is_none() && wanted.group == asked.target.group
}

/// Whether this is what was refused, and instead of which the visitor may leave a message: their client names the group
/// with each message, and asks for nobody by it.
pub(in crate::conversation) fn is_refused(session: Option<&Session>, wish: &Target) -> bool {
    let Some((account, Phase::LeaveMessage(asked))) = session.map(|session| (&session.account, &session.phase)) else {
        return false;
    };
    let wanted = or_default(wish, account);
    asked.target == wanted || asked.overflowed && wanted.agent.is_none()
}

/// The agent hands the session on. It keeps the instant of its first asking, so it does not lose its place in time. It does
/// not come back to them for a while, unless they name themselves: they may serve the group that they hand it on to.
pub(in crate::conversation) fn transfer(session: &mut Session, target: &Target, out: &mut Out<'_>) {
    let Phase::Active { asked, agent, .. } = &session.phase else { return };
    let (target, asked_at) = (or_default(target, &session.account), asked.asked_at);
    let avoid = Some(agent.id.clone()).filter(|giver| target.agent.as_ref() != Some(giver));
    close::leave_agent(session, LeftReason::Transferred, out);
    session.last_agent = None;
    let asked = Asked { moved_at: Some(out.now), avoid, ..anew(session, target.clone(), asked_at) };
    wait_for(session, asked, out);
    to_visitor(session, "notice", Order::Notice(Notice::Transferred { target }), out);
}

/// The visitor's tags are not empty: they come first from now on, under the same epoch.
pub(in crate::conversation) fn promote(session: &mut Session, out: &mut Out<'_>) {
    if session.vip {
        return;
    }
    session.vip = true;
    out.event(&session.account.tenant, Fact::SessionPromoted { session: session.id });
    demand(session, out);
}

/// Whom somebody asks for who names nobody: the account's group, else the default lane.
pub(super) fn or_default(target: &Target, account: &Account) -> Target {
    let group = if target.is_empty() { &account.default_group } else { &target.group };
    Target { group: group.clone(), ..target.clone() }
}

/// Says outside and to the desk that the session waits, and for whom.
pub(super) fn announce(session: &Session, out: &mut Out<'_>) {
    let Some(Asked { version, target, .. }) = asked(session) else { return };
    let (session_id, vip) = (session.id, session.vip);
    let waiting = Fact::SessionWaiting { session: session_id, epoch: version.epoch, target: target.clone(), vip };
    out.event(&session.account.tenant, waiting);
    demand(session, out);
}

/// The session's next demand.
pub(super) fn anew(session: &Session, target: Target, asked_at: Timestamp) -> Asked {
    Asked::new(PlacementId { epoch: next_epoch(session), turn: 0 }, target, asked_at)
}

/// The session wants an agent under a new demand.
pub(super) fn wait_for(session: &mut Session, asked: Asked, out: &mut Out<'_>) {
    offer::withdraw(session, &[], WithdrawnReason::Rescinded, out);
    session.phase = Phase::Waiting(asked);
    announce(session, out);
}

/// The version of the session's next demand.
pub(super) fn next_epoch(session: &Session) -> u32 {
    asked(session).map_or(1, |asked| asked.version.epoch.saturating_add(1))
}

fn demand(session: &Session, out: &mut Out<'_>) {
    let (Phase::Waiting(asked) | Phase::Offered { asked, .. } | Phase::Active { asked, .. }) = &session.phase else {
        return;
    };
    let Asked { version, target, asked_at, moved_at, avoid, overflowed, returns } = asked;
    let wish = Wish {
        target: target.clone(),
        vip: session.vip,
        asked_at: *asked_at,
        weight: session.account.weight,
        channel: session.account.dialect,
        priority: session.account.priority,
        last_agent: session.last_agent.clone(),
        avoid: avoid.clone(),
        moved_at: *moved_at,
        overflowed: *overflowed,
        returns: *returns,
    };
    let demand = Demand { session: session.id, epoch: version.epoch, want: Want::Agent(Box::new(wish)) };
    out.demand(&session.account.tenant, &session.account.desk, demand);
}
