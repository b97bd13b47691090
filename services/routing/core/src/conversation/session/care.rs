//! What is kept an eye on while an agent has a session: that they answer soon, and that a visitor who is silent after
//! their answer is reminded, once a silence, before the session closes.

use usher_domain::Target;
use usher_domain::delivery::{LeftReason, Notice, Order};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Awaited, Phase, Session};

use super::ask;
use super::close::leave_agent;
use super::to_visitor;
use crate::conversation::out::Out;

/// An agent has said something that went out: now it is the visitor's turn.
pub(in crate::conversation) fn answered(session: &mut Session) {
    if let Phase::Active { watch, .. } = &mut session.phase {
        watch.reply_by = None;
        watch.awaited = Awaited::Visitor { reminded: false };
    }
}

/// The visitor has said something: now it is the agent's turn.
pub(super) fn heard(session: &mut Session) {
    if let Phase::Active { watch, .. } = &mut session.phase {
        watch.awaited = Awaited::Agent;
    }
}

/// The silent visitor is reminded: with which words, where the queue has any.
pub(in crate::conversation) fn remind(session: &mut Session, out: &mut Out<'_>) -> Option<String> {
    let Phase::Active { watch, .. } = &mut session.phase else { return None };
    watch.awaited = Awaited::Visitor { reminded: true };
    let text = watch.care.inactivity.as_ref().map(|inactivity| inactivity.text.clone()).unwrap_or_default();
    out.event(&session.account.tenant, Fact::VisitorReminded { session: session.id });
    Some(if text.is_empty() { Notice::REMINDER.to_owned() } else { text })
}

/// The agent has not answered in time. Where the queue wants that, the session waits again, for somebody else.
pub(in crate::conversation) fn reply_is_late(session: &mut Session, out: &mut Out<'_>) {
    let Phase::Active { asked, agent, watch } = &mut session.phase else { return };
    watch.reply_by = None;
    let requeues = watch.care.first_reply.is_some_and(|first_reply| first_reply.requeues);
    let (asked, agent) = (asked.clone(), agent.id.clone());
    let late = Fact::FirstReplyLate { session: session.id, agent: agent.clone(), placement: asked.version, requeues };
    out.event(&session.account.tenant, late);
    if !requeues {
        return;
    }
    leave_agent(session, LeftReason::Unanswered, out);
    // Who did not answer is not asked for again, also where the visitor had named them.
    let without_agent = Target { agent: None, ..asked.target.clone() };
    let target = ask::or_default(&without_agent, &session.account);
    let again = ask::anew(session, target.clone(), asked.asked_at);
    let again = Asked { moved_at: asked.moved_at, avoid: Some(agent), overflowed: asked.overflowed, ..again };
    ask::wait_for(session, again, out);
    to_visitor(session, "notice", Order::Notice(Notice::Transferred { target }), out);
}
