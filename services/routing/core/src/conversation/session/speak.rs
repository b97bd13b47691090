//! Brings what the visitor says to those who have the session.

use usher_domain::delivery::Order;
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::{Class, Message, Transcript};

use super::{care, consult, to_bot, to_workspace};
use crate::conversation::out::Out;

/// The visitor says something: to the bot while it has the session, and always to the workspace, so that whoever takes
/// it later has the history.
pub(in crate::conversation) fn hear(session: &mut Session, message: Message, out: &mut Out<'_>) {
    session.quiet_since = out.now;
    care::heard(session);
    let order =
        Order::Message { message: message.clone(), class: Class::Service, visitor: Some(session.visitor.clone()) };
    let agent = match &session.phase {
        Phase::Bot(bot) => {
            to_bot(session, bot, "bot", order.clone(), out);
            None
        }
        Phase::Waiting(_) | Phase::Offered { .. } | Phase::OnHold { .. } | Phase::LeaveMessage(_) => None,
        Phase::Active { agent, .. } => Some(&agent.id),
    };
    if matches!(session.phase, Phase::LeaveMessage(_)) {
        leave(session, &message, out);
    } else {
        to_workspace(session, agent, "workspace", order.clone(), out);
        consult::overhear(session, order, out);
    }
    out.transcript(Transcript {
        tenant: session.account.tenant.clone(),
        account: session.account.account.clone(),
        conversation: out.conversation,
        session: Some(session.id),
        visitor: session.visitor.clone(),
        message,
        at: out.now,
    });
}

/// Nobody takes the session: the workspace keeps the message for later.
fn leave(session: &Session, message: &Message, out: &mut Out<'_>) {
    out.event(&session.account.tenant, Fact::MessageLeft { session: session.id, message: message.id });
    let order = Order::MessageLeft { message: message.clone(), visitor: session.visitor.clone() };
    to_workspace(session, None, "workspace", order, out);
}
