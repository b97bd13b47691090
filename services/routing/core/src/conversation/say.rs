//! What an agent or the bot says in the running session: ordered to its channel, and kept for whoever takes the session
//! next.

use usher_domain::delivery::Order;
use usher_domain::state::conversation::Life;
use usher_domain::{Content, InputId, Party, Terms};

use super::message::{self, Saying};
use super::out::Out;
use super::session;
use super::store::Conversation;

/// Says something to the visitor; the message has the input's id.
pub(super) fn in_session(
    conversation: &mut Conversation,
    input: InputId,
    from: Party,
    content: &Content,
    terms: &Terms,
    out: &mut Out<'_>,
) {
    let opted_out = conversation.opt_out().is_some();
    let Some(session) = conversation.session_mut() else { return };
    session.quiet_since = out.now;
    let saying = Saying::in_session(session, input, from, content, terms);
    let line = saying.message();
    let message = message::order(saying, opted_out, out);
    // What was not ordered has ended already, and nobody has heard it.
    let was_ordered = !matches!(message.life, Life::Ended { .. });
    let class = terms.class;
    conversation.say(input.into(), message);
    if !was_ordered {
        return;
    }
    if let (Party::Agent(_), Some(session)) = (&line.from, conversation.session_mut()) {
        session::answered(session);
        let visitor = Some(session.visitor.clone());
        session::overhear(session, Order::Message { message: line.clone(), class, visitor }, out);
    }
    conversation.write_down(line, out.now);
}
