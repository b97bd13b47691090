//! What an agent or the bot says in the running session: ordered to its channel, and kept for whoever takes the session
//! next.

use usher_domain::state::conversation::Life;
use usher_domain::{Content, InputId, Party, Terms};

use super::message::{self, Saying};
use super::out::Out;
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
    conversation.say(input.into(), message);
    if was_ordered {
        conversation.write_down(line, out.now);
    }
}
