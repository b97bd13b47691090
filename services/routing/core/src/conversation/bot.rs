//! What the account's bot says and does. It may speak and hand over while it has the session, and is told when it comes
//! too late.

use usher_domain::conversation::{BotAct, BotInput};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Command, Fact, Refusal};
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::{BotId, InputId, Party, Target};

use super::out::{Behalf, Out};
use super::owner;
use super::say;
use super::session;
use super::store::Conversation;

/// Applies one input of the bot.
pub(super) fn apply(conversation: &mut Conversation, input: InputId, said: &BotInput, out: &mut Out<'_>) {
    let session = conversation.session().filter(|session| session::is_of(session, &said.account, said.session));
    match (session.ok_or(Refusal::Closed).and_then(speaker), &said.act) {
        (Ok(bot), BotAct::Say { content, terms }) => {
            say::in_session(conversation, input, Party::Bot(bot), content, terms, out);
        }
        (Ok(_), BotAct::HandOver { target }) => hand_over(conversation, target, out),
        (Err(reason), _) => refuse(conversation, input, said, reason, out),
    }
}

fn speaker(session: &Session) -> Result<BotId, Refusal> {
    match &session.phase {
        Phase::Bot(bot) => Ok(bot.clone()),
        _ => Err(Refusal::NotAssigned),
    }
}

/// As if the visitor had asked for a human.
fn hand_over(conversation: &mut Conversation, target: &Target, out: &mut Out<'_>) {
    if let Some(session) = conversation.session_mut() {
        session::ask(session, target, out);
    }
}

fn refuse(conversation: &Conversation, input: InputId, said: &BotInput, reason: Refusal, out: &mut Out<'_>) {
    let command = match said.act {
        BotAct::Say { .. } => Command::Send,
        BotAct::HandOver { .. } => Command::HandOver,
    };
    let subject = owner::subject_for(conversation, out.conversation, &said.account);
    out.event_about(subject, &said.account.tenant, Fact::CommandRefused { input, command, reason });
    let Some(bot) = said.account.bot.clone() else { return };
    let behalf = Behalf { account: &said.account, session: Some(said.session) };
    out.deliver("refused", behalf, DeliveryTarget::Bot(bot), Order::Refused { command, reason, input });
}
