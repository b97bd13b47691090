//! Signs of an agent's attention that the visitor sees: that somebody is writing, and what they have read.

use usher_domain::MessageId;
use usher_domain::content::Private;
use usher_domain::delivery::Order;
use usher_domain::state::conversation::{Session, Unread};

use super::to_visitor;
use crate::conversation::out::Out;

/// Tells the visitor that the agent is writing; not more often than the channel needs to go on showing it, else `false`.
pub(in crate::conversation) fn show_typing(session: &mut Session, out: &mut Out<'_>) -> bool {
    let every = session.account.dialect.typing_every();
    let is_shown = |every| session.typing_told.is_some_and(|told| out.now < told.plus(every));
    if every.is_some_and(is_shown) {
        return false;
    }
    session.typing_told = every.map(|_| out.now);
    to_visitor(session, "typing", Order::Typing, out);
    true
}

/// Remembers a message of the visitor until an agent marks it as read, where the channel shows that; of too many the
/// oldest is forgotten.
pub(in crate::conversation) fn note_unread(session: &mut Session, message: MessageId, named: Option<&Private>) {
    if !session.account.dialect.shows_reads() {
        return;
    }
    if session.unread.len() >= Session::UNREAD_MAX {
        session.unread.remove(0);
    }
    session.unread.push(Unread { message, named: named.cloned() });
}

/// The agent has read these; those that nobody had marked before are told to the visitor. `false`: there is none.
pub(in crate::conversation) fn mark_read(session: &mut Session, messages: &[MessageId], out: &mut Out<'_>) -> bool {
    let (read, unread) = session.unread.drain(..).partition(|unread: &Unread| messages.contains(&unread.message));
    session.unread = unread;
    let read: Vec<Unread> = read;
    if read.is_empty() {
        return false;
    }
    let messages = read.iter().map(|unread| unread.message).collect();
    let named = read.into_iter().filter_map(|unread| unread.named).collect();
    to_visitor(session, "read", Order::Read { messages, named }, out);
    true
}
