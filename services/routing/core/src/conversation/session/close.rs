//! How a session ends, and how it leaves an agent.

use usher_domain::delivery::{LeftReason, Notice, Order};
use usher_domain::event::{CloseReason, Fact};
use usher_domain::state::conversation::{Last, Owner, Phase, Session};
use usher_domain::{Demand, Want};

use super::{ask, to_bot, to_visitor, to_workspace};
use crate::conversation::out::Out;

/// Ends the session: tells bot, desk, agent and visitor, as far as they are concerned, and says what is remembered.
pub(in crate::conversation) fn close(session: &Session, reason: CloseReason, out: &mut Out<'_>) -> Last {
    match &session.phase {
        Phase::Bot(bot) => to_bot(session, bot, "bot", Order::Closed, out),
        Phase::Waiting(_) => want_nobody(session, out),
        Phase::Active { .. } => {
            want_nobody(session, out);
            leave_agent(session, left_reason(reason), out);
        }
    }
    if invites(session, reason) {
        to_visitor(session, "invitation", Order::Notice(Notice::Invitation), out);
    }
    if let Some(notice) = notice(reason) {
        to_visitor(session, "notice", Order::Notice(notice), out);
    }
    out.event(&session.account.tenant, Fact::SessionClosed { session: session.id, reason });
    let agent = match &session.phase {
        Phase::Active { agent, .. } => Some(agent.id.clone()),
        Phase::Bot(_) | Phase::Waiting(_) => None,
    };
    let owner = Owner { tenant: session.account.tenant.clone(), account: session.account.account.clone() };
    Last {
        session: session.id,
        owner: Some(owner),
        agent,
        closed_at: out.now,
        lasts: session.account.survey.lasts,
        rated: session.rated,
    }
}

/// Tells the agent who has the session that it is no longer theirs; nothing while nobody has it.
pub(super) fn leave_agent(session: &Session, reason: LeftReason, out: &mut Out<'_>) {
    let Phase::Active { agent, .. } = &session.phase else { return };
    let agent = &agent.id;
    out.event(&session.account.tenant, Fact::SessionLeft { session: session.id, agent: agent.clone() });
    to_workspace(session, Some(agent), "left", Order::Left { agent: agent.clone(), reason }, out);
}

fn want_nobody(session: &Session, out: &mut Out<'_>) {
    let demand = Demand { session: session.id, epoch: ask::next_epoch(session), want: Want::Nobody };
    out.demand(&session.account.tenant, &session.account.desk, demand);
}

fn left_reason(reason: CloseReason) -> LeftReason {
    match reason {
        CloseReason::Agent => LeftReason::Closed,
        CloseReason::Visitor => LeftReason::VisitorLeft,
        CloseReason::Idle => LeftReason::Idle,
        CloseReason::Refused => LeftReason::Reassigned,
    }
}

/// Whether the visitor is asked what they think of it: where the account wants that, and an agent has served them who are
/// still there.
fn invites(session: &Session, reason: CloseReason) -> bool {
    let served = matches!(session.phase, Phase::Active { .. });
    session.account.survey.invites && served && matches!(reason, CloseReason::Agent | CloseReason::Idle)
}

/// What the visitor is told; nothing when they left themselves.
fn notice(reason: CloseReason) -> Option<Notice> {
    match reason {
        CloseReason::Agent => Some(Notice::Closed { by_agent: true }),
        CloseReason::Idle => Some(Notice::Closed { by_agent: false }),
        CloseReason::Refused => Some(Notice::Refused),
        CloseReason::Visitor => None,
    }
}
