//! What the customer does, or the tenant's backend for them.

use usher_domain::content::Private;
use usher_domain::conversation::{VisitorAct, VisitorInput};
use usher_domain::delivery::Order;
use usher_domain::event::{CloseReason, Command, Fact};
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::{OptOut, Phase, Session};
use usher_domain::{Account, AccountId, InputId, Message, MessageId, Party, Receipt, Target, Timestamp};

use super::dispatch::ignored;
use super::out::Out;
use super::session::Opening;
use super::store::Conversation;
use super::{message, profile, session, survey};

/// Applies one input of the visitor; `via` is the SMS account by which it came, when it was forwarded here.
pub(super) fn apply(
    conversation: &mut Conversation,
    input: InputId,
    said: &VisitorInput,
    via: Option<&AccountId>,
    out: &mut Out<'_>,
) {
    profile::learn(conversation, &said.profile, out);
    let (command, done) = match &said.act {
        VisitorAct::Connect { context } => {
            (Command::Connect, connect(conversation, input, said, context.as_ref(), out))
        }
        VisitorAct::Message { .. } => return speak(conversation, input, said, via, out),
        VisitorAct::Ask { target } => (Command::Ask, ask(conversation, input, said, target, out)),
        VisitorAct::Leave => (Command::Leave, leave(conversation, out)),
        VisitorAct::Typing => (Command::Typing, tell_agent(conversation, "typing", Order::Typing, out)),
        VisitorAct::Read { messages } => (Command::Read, read(conversation, said, messages, out)),
        VisitorAct::Survey { .. } => return survey::answer(conversation, said, out),
        VisitorAct::Subscription { opted_out } => return subscribe(conversation, said, *opted_out, out),
    };
    if !done {
        ignored(&said.account.tenant, input, command, out);
    }
}

/// Keeps a session that was opened just now, with what is known of the visitor.
fn begin(conversation: &mut Conversation, session: Session, said: &VisitorInput, out: &mut Out<'_>) {
    conversation.open(session);
    profile::begin(conversation, &said.profile, out);
}

/// Opens a session as the account wants it: with its bot, else in the queue.
fn open(opening: Opening<'_>, out: &mut Out<'_>) -> Session {
    match &opening.said.account.bot {
        Some(bot) => {
            let bot = bot.clone();
            session::open_with_bot(opening, bot, out)
        }
        None => session::open_waiting(opening, &Target::default(), out),
    }
}

/// What a session begins with that opens now.
fn opening<'a>(conversation: &Conversation, input: InputId, said: &'a VisitorInput, now: Timestamp) -> Opening<'a> {
    Opening { input, said, last_agent: conversation.last_served(now).and_then(|last| last.agent.clone()) }
}

fn connect(
    conversation: &mut Conversation,
    input: InputId,
    said: &VisitorInput,
    context: Option<&Private>,
    out: &mut Out<'_>,
) -> bool {
    if conversation.session().is_some() {
        return false;
    }
    let session = open(opening(conversation, input, said, out.now), out);
    if let Phase::Bot(bot) = &session.phase {
        let connected = Order::Connected { visitor: said.visitor.clone(), context: context.cloned() };
        session::to_bot(&session, bot, "bot", connected, out);
    }
    begin(conversation, session, said, out);
    true
}

/// A message; with `ask`, or where the choice that was tapped hands over, it is an ask first, then a message. An ask that
/// changes nothing goes unsaid: the message is what came of the input.
fn speak(
    conversation: &mut Conversation,
    input: InputId,
    said: &VisitorInput,
    via: Option<&AccountId>,
    out: &mut Out<'_>,
) {
    let VisitorAct::Message { content, ask: wish } = &said.act else { return };
    let wish = wish.clone().filter(|wish| !session::is_refused(conversation.session(), wish));
    if let Some(target) = wish.or_else(|| content.hands_over()) {
        ask(conversation, input, said, &target, out);
    } else if conversation.session().is_none() {
        let session = open(opening(conversation, input, said, out.now), out);
        begin(conversation, session, said, out);
    }
    if let Some(session) = conversation.session_mut() {
        // Whoever writes wants an answer.
        session::take_up(session, out);
        let from = Party::Visitor { nickname: session.nickname.clone() };
        let message =
            Message { id: input.into(), from, content: content.clone(), ext: said.ext.clone(), via: via.cloned() };
        session::note_unread(session, message.id, said.named.as_ref());
        session::hear(session, message.clone(), out);
        conversation.write_down(message, out.now);
    }
}

fn ask(
    conversation: &mut Conversation,
    input: InputId,
    said: &VisitorInput,
    target: &Target,
    out: &mut Out<'_>,
) -> bool {
    if let Some(session) = conversation.session_mut() {
        return session::ask(session, target, out);
    }
    let session = session::open_waiting(opening(conversation, input, said, out.now), target, out);
    begin(conversation, session, said, out);
    true
}

fn leave(conversation: &mut Conversation, out: &mut Out<'_>) -> bool {
    let Some(session) = conversation.session() else { return false };
    let last = session::close(session, CloseReason::Visitor, out);
    conversation.close(last);
    true
}

/// Passes something on to the agent who has the session; without one nobody needs it.
fn tell_agent(conversation: &Conversation, word: &str, order: Order, out: &mut Out<'_>) -> bool {
    let Some(session) = conversation.session() else { return false };
    let Phase::Active { agent, .. } = &session.phase else { return false };
    session::to_workspace(session, Some(&agent.id), word, order, out);
    true
}

/// What the visitor has read is told to the agent, and is a receipt for each message of ours.
fn read(conversation: &mut Conversation, said: &VisitorInput, messages: &[MessageId], out: &mut Out<'_>) -> bool {
    let mut done =
        tell_agent(conversation, "read", Order::Read { messages: messages.to_vec(), named: Vec::new() }, out);
    let Account { tenant, account, .. } = &said.account;
    for message in messages {
        let (message, account) = (*message, Some(account.clone()));
        let receipt = Receipt { message, leg: Leg::Channel, account, report: Report::Read, reported_at: None };
        done |= message::receive(conversation, tenant, &receipt, out) == Some(true);
    }
    done
}

fn subscribe(conversation: &mut Conversation, said: &VisitorInput, opted_out: bool, out: &mut Out<'_>) {
    let since = out.now;
    conversation.set_opt_out(opted_out.then_some(OptOut { since }));
    out.event(&said.account.tenant, Fact::SubscriptionChanged { opted_out });
}
