//! What time alone does: a silent session closes, a message's deadline or grace is over, a remainder is forgotten.

use usher_domain::event::CloseReason;
use usher_domain::state::conversation::{StateKey, StateKind};
use usher_domain::{Body, InputId, MessageId, Timestamp};

use super::out::Out;
use super::store::Conversation;
use super::{message, session};

/// Lets what is due of one piece of state happen.
pub(super) fn fire(conversation: &mut Conversation, key: StateKey, now: Timestamp, bodies: &mut Vec<Body>) {
    match key.kind {
        StateKind::Session => close_idle(conversation, key, now, bodies),
        StateKind::Message(id) => waited(conversation, key, id, now, bodies),
        StateKind::Seen
        | StateKind::Profile
        | StateKind::Line(_)
        | StateKind::Last
        | StateKind::OptOut
        | StateKind::LinkedTo => conversation.forget(key.kind),
    }
}

fn close_idle(conversation: &mut Conversation, key: StateKey, now: Timestamp, bodies: &mut Vec<Body>) {
    let Some(session) = conversation.session() else { return };
    let origin = InputId::derive(&[b"idle", session.id.to_string().as_bytes()]);
    let last = session::close(session, CloseReason::Idle, &mut Out::new(now, key.conversation, origin, bodies));
    conversation.close(last);
}

fn waited(conversation: &mut Conversation, key: StateKey, id: MessageId, now: Timestamp, bodies: &mut Vec<Body>) {
    let origin = InputId::derive(&[b"waited", &id.bits().to_be_bytes()]);
    message::waited(conversation, id, &mut Out::new(now, key.conversation, origin, bodies));
}
