//! What a session wants of its desk: the register `Demand`, whose version only this core raises (R1).

use usher_domain::delivery::{LeftReason, Notice, Order};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{Account, Demand, PlacementId, Target, Timestamp, Want, Wish};

use super::{asked, close, to_visitor};
use crate::conversation::out::Out;

/// The visitor asks for a human. `false` when nothing follows: they have what they ask for, or an agent, whom only a
/// transfer changes.
pub(in crate::conversation) fn ask(session: &mut Session, target: &Target, out: &mut Out<'_>) -> bool {
    let target = or_default(target, &session.account);
    match &session.phase {
        Phase::Active { .. } => return false,
        Phase::Waiting(asked) if asked.target == target => return false,
        Phase::Waiting(asked) => wait_for(session, target, asked.asked_at, out),
        Phase::Bot(_) => wait_for(session, target, out.now, out),
    }
    true
}

/// The agent hands the session on. It keeps the instant of its first asking, so it does not lose its place in time.
pub(in crate::conversation) fn transfer(session: &mut Session, target: &Target, out: &mut Out<'_>) {
    let Phase::Active { asked, .. } = &session.phase else { return };
    let (target, asked_at) = (or_default(target, &session.account), asked.asked_at);
    close::leave_agent(session, LeftReason::Transferred, out);
    session.last_agent = None;
    wait_for(session, target.clone(), asked_at, out);
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

fn wait_for(session: &mut Session, target: Target, asked_at: Timestamp, out: &mut Out<'_>) {
    let version = PlacementId { epoch: next_epoch(session), turn: 0 };
    session.phase = Phase::Waiting(Asked { version, target, asked_at });
    announce(session, out);
}

/// The version of the session's next demand.
pub(super) fn next_epoch(session: &Session) -> u32 {
    asked(session).map_or(1, |asked| asked.version.epoch.saturating_add(1))
}

fn demand(session: &Session, out: &mut Out<'_>) {
    let Some(Asked { version, target, asked_at }) = asked(session) else { return };
    let wish = Wish {
        target: target.clone(),
        vip: session.vip,
        asked_at: *asked_at,
        weight: session.account.weight,
        channel: session.account.dialect,
        priority: session.account.priority,
        last_agent: session.last_agent.clone(),
        ..Wish::default()
    };
    let demand = Demand { session: session.id, epoch: version.epoch, want: Want::Agent(Box::new(wish)) };
    out.demand(&session.account.tenant, &session.account.desk, demand);
}
