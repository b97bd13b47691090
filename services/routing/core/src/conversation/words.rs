//! What usher says to a visitor in the tenant's own words: in the notice where the channel shows notices, else as a
//! message of its own, so that nobody misses it.

use usher_domain::delivery::{Notice, Order};
use usher_domain::{Class, Content, MessageId, Party, Terms};

use super::message::{self, Saying};
use super::out::Out;
use super::session;
use super::store::Conversation;

/// Tells the visitor of the running session something; `word` is used once for one origin.
pub(super) fn tell(
    conversation: &mut Conversation,
    word: &str,
    text: &str,
    notice: impl FnOnce(String) -> Notice,
    out: &mut Out<'_>,
) {
    let text = say(conversation, word, text, out);
    if let Some(session) = conversation.session() {
        session::to_visitor(session, word, Order::Notice(notice(text)), out);
    }
}

/// Says it as a message where the channel shows no notices; what remains for the notice.
pub(super) fn say(conversation: &mut Conversation, word: &str, text: &str, out: &mut Out<'_>) -> String {
    let Some(session) = conversation.session() else { return String::new() };
    if text.is_empty() || session.account.dialect.shows_notices() {
        return text.to_owned();
    }
    let id = out.message_id(word);
    let (content, terms) = (Content::text(text), terms());
    let saying = of_usher(session, id, &content, &terms);
    let line = saying.message();
    let message = message::order(saying, false, out);
    conversation.say(id, message);
    conversation.write_down(line, out.now);
    String::new()
}

fn of_usher<'a>(
    session: &'a usher_domain::state::conversation::Session,
    id: MessageId,
    content: &'a Content,
    terms: &'a Terms,
) -> Saying<'a> {
    Saying {
        id,
        from: Party::System,
        content,
        ext: None,
        terms,
        account: &session.account,
        visitor: &session.visitor,
        session: Some(session.id),
        phone: None,
        archive: true,
    }
}

/// A service message without a deadline, and so without anything instead.
pub(super) fn terms() -> Terms {
    Terms {
        class: Class::Service,
        ttl: None,
        fallback: None,
        unknown: usher_domain::message::Unknown::Silence,
        grace: std::time::Duration::ZERO,
        revoke_grace: std::time::Duration::ZERO,
    }
}
