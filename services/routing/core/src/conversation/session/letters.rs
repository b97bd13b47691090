//! To whom a session's orders go.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::state::conversation::Session;
use usher_domain::{AgentId, BotId, Timestamp};

use crate::conversation::out::{Behalf, Out};

/// To the visitor, on the account's channel.
pub(in crate::conversation) fn to_visitor(session: &Session, word: &str, order: Order, out: &mut Out<'_>) {
    let target = DeliveryTarget::Channel { dialect: session.account.dialect, visitor: session.visitor.clone() };
    out.deliver(word, behalf(session), target, order);
}

/// To the bot.
pub(in crate::conversation) fn to_bot(session: &Session, bot: &BotId, word: &str, order: Order, out: &mut Out<'_>) {
    out.deliver(word, behalf(session), DeliveryTarget::Bot(bot.clone()), order);
}

/// To the desk's workspace; without an agent, for its history.
pub(in crate::conversation) fn to_workspace(
    session: &Session,
    agent: Option<&AgentId>,
    word: &str,
    order: Order,
    out: &mut Out<'_>,
) {
    let target = DeliveryTarget::Workspace { desk: session.account.desk.clone(), agent: agent.cloned() };
    out.deliver(word, behalf(session), target, order);
}

/// To the desk's workspace, for this agent, as long as it is worth something there.
pub(in crate::conversation) fn by_workspace(
    session: &Session,
    agent: &AgentId,
    word: &str,
    order: Order,
    until: Timestamp,
    out: &mut Out<'_>,
) {
    let target = DeliveryTarget::Workspace { desk: session.account.desk.clone(), agent: Some(agent.clone()) };
    out.deliver_until(word, behalf(session), target, order, Some(until));
}

fn behalf(session: &Session) -> Behalf<'_> {
    Behalf { account: &session.account, session: Some(session.id) }
}
