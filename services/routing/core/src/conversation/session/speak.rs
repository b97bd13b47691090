//! Brings what the visitor says to those who have the session.

use usher_domain::delivery::Order;
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::{Class, Message, Transcript};

use super::{to_bot, to_workspace};
use crate::conversation::out::Out;

/// The visitor says something: to the bot while it has the session, and always to the workspace, so that whoever takes
/// it later has the history.
pub(in crate::conversation) fn hear(session: &mut Session, message: Message, out: &mut Out<'_>) {
    session.quiet_since = out.now;
    let order =
        Order::Message { message: message.clone(), class: Class::Service, visitor: Some(session.visitor.clone()) };
    let agent = match &session.phase {
        Phase::Bot(bot) => {
            to_bot(session, bot, "bot", order.clone(), out);
            None
        }
        Phase::Waiting(_) => None,
        Phase::Active { agent, .. } => Some(&agent.id),
    };
    to_workspace(session, agent, "workspace", order, out);
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
