//! What the account's bot says. It may speak while it has the session, and is told when it comes too late.

use usher_domain::conversation::BotInput;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Command, Fact, Refusal};
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::{BotId, InputId, Party};

use super::message::{self, Saying};
use super::out::{Behalf, Out};
use super::owner;
use super::session;
use super::store::Conversation;

/// Applies one message of the bot.
pub(super) fn apply(conversation: &mut Conversation, input: InputId, said: &BotInput, out: &mut Out<'_>) {
    let session = conversation.session().filter(|session| session::is_of(session, &said.account, said.session));
    match session.ok_or(Refusal::Closed).and_then(speaker) {
        Ok(bot) => say(conversation, input, bot, said, out),
        Err(reason) => refuse(conversation, input, said, reason, out),
    }
}

fn speaker(session: &Session) -> Result<BotId, Refusal> {
    match &session.phase {
        Phase::Bot(bot) => Ok(bot.clone()),
        Phase::Waiting(_) | Phase::Active { .. } => Err(Refusal::NotAssigned),
    }
}

fn say(conversation: &mut Conversation, input: InputId, bot: BotId, said: &BotInput, out: &mut Out<'_>) {
    let Some(session) = conversation.session_mut() else { return };
    session.quiet_since = out.now;
    let saying = Saying::in_session(session, input, Party::Bot(bot), &said.content, &said.terms);
    let message = message::order(saying, out);
    conversation.say(input.into(), message);
}

fn refuse(conversation: &Conversation, input: InputId, said: &BotInput, reason: Refusal, out: &mut Out<'_>) {
    let command = Command::Send;
    let subject = owner::subject_for(conversation, out.conversation, &said.account);
    out.event_about(subject, &said.account.tenant, Fact::CommandRefused { input, command, reason });
    let Some(bot) = said.account.bot.clone() else { return };
    let behalf = Behalf { account: &said.account, session: Some(said.session) };
    out.deliver("refused", behalf, DeliveryTarget::Bot(bot), Order::Refused { command, reason, input });
}
