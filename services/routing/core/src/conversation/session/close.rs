//! How a session ends, and how it leaves an agent.

use usher_domain::delivery::{LeftReason, Notice, Order, WithdrawnReason};
use usher_domain::event::{CloseReason, Fact};
use usher_domain::place::RefusedReason;
use usher_domain::state::conversation::{Last, Owner, Phase, Session};
use usher_domain::{Demand, GroupId, Want};

use super::{ask, asked, consult, offer, to_bot, to_visitor, to_workspace};
use crate::conversation::out::Out;

/// Ends the session: tells bot, desk, agent and visitor, as far as they are concerned, and says what is remembered.
pub(in crate::conversation) fn close(session: &Session, reason: CloseReason, out: &mut Out<'_>) -> Last {
    end(session, reason, notice(reason), out)
}

/// Ends a session that the desk does not take; `text` is what the tenant wants said in the notice.
pub(in crate::conversation) fn close_refused(
    session: &Session,
    reason: RefusedReason,
    text: String,
    out: &mut Out<'_>,
) -> Last {
    let notice = Notice::Refused { reason: Some(reason), text };
    end(session, CloseReason::Refused, Some(notice), out)
}

fn end(session: &Session, reason: CloseReason, notice: Option<Notice>, out: &mut Out<'_>) -> Last {
    match &session.phase {
        Phase::Bot(bot) => to_bot(session, bot, "bot", Order::Closed, out),
        Phase::Waiting(_) => want_nobody(session, out),
        Phase::Offered { .. } => {
            want_nobody(session, out);
            offer::withdraw(session, &[], withdrawn_reason(reason), out);
        }
        Phase::Active { .. } => {
            want_nobody(session, out);
            leave_agent(session, left_reason(reason), out);
        }
        // It has left its agent already, who still has it among those set aside. Nobody is wanted.
        Phase::OnHold { agent, .. } => to_workspace(session, Some(&agent.id), "closed", Order::Closed, out),
        Phase::LeaveMessage(_) => {}
    }
    if invites(session, reason) {
        to_visitor(session, "invitation", Order::Notice(Notice::Invitation), out);
    }
    if let Some(notice) = notice {
        to_visitor(session, "notice", Order::Notice(notice), out);
    }
    out.event(&session.account.tenant, Fact::SessionClosed { session: session.id, reason });
    let owner = Owner { tenant: session.account.tenant.clone(), account: session.account.account.clone() };
    Last {
        session: session.id,
        owner: Some(owner),
        agent: session.phase.agent().map(|agent| agent.id.clone()),
        group: served_group(session).cloned(),
        closed_at: out.now,
        lasts: session.account.survey.lasts,
        rated: session.rated,
        told_at: None,
    }
}

/// In which group's name an agent has the session, if in one's.
pub(in crate::conversation) fn served_group(session: &Session) -> Option<&GroupId> {
    session.phase.agent().and_then(|_| asked(session)?.target.group.as_ref())
}

/// Tells the agent who has the session that it is no longer theirs, and who reads along; nothing while nobody has it.
pub(super) fn leave_agent(session: &Session, reason: LeftReason, out: &mut Out<'_>) {
    let Phase::Active { agent, .. } = &session.phase else { return };
    consult::tell_end(session, out);
    let agent = &agent.id;
    out.event(&session.account.tenant, Fact::SessionLeft { session: session.id, agent: agent.clone() });
    to_workspace(session, Some(agent), "left", Order::Left { agent: agent.clone(), reason }, out);
}

pub(super) fn want_nobody(session: &Session, out: &mut Out<'_>) {
    let demand = Demand { session: session.id, epoch: ask::next_epoch(session), want: Want::Nobody };
    out.demand(&session.account.tenant, &session.account.desk, demand);
}

fn withdrawn_reason(reason: CloseReason) -> WithdrawnReason {
    if reason == CloseReason::Visitor { WithdrawnReason::VisitorLeft } else { WithdrawnReason::Rescinded }
}

fn left_reason(reason: CloseReason) -> LeftReason {
    match reason {
        CloseReason::Agent | CloseReason::Supervisor => LeftReason::Closed,
        CloseReason::Visitor => LeftReason::VisitorLeft,
        CloseReason::Idle => LeftReason::Idle,
        CloseReason::Refused => LeftReason::Reassigned,
    }
}

/// Whether the visitor is asked what they think of it: where the account wants that, and an agent has served them who are
/// still there.
fn invites(session: &Session, reason: CloseReason) -> bool {
    let served = session.phase.agent().is_some() && !session.invited;
    session.account.survey.invites && served && matches!(reason, CloseReason::Agent | CloseReason::Idle)
}

/// What the visitor is told; nothing when they left themselves.
fn notice(reason: CloseReason) -> Option<Notice> {
    match reason {
        CloseReason::Agent => Some(Notice::Closed { by_agent: true }),
        CloseReason::Idle | CloseReason::Supervisor => Some(Notice::Closed { by_agent: false }),
        CloseReason::Refused => Some(Notice::Refused { reason: None, text: String::new() }),
        CloseReason::Visitor => None,
    }
}
