//! What time alone does: a late answer is told, a silent visitor reminded, a silent session closed, a message's deadline or grace is over, a remainder is forgotten.

use usher_domain::delivery::Notice;
use usher_domain::event::CloseReason;
use usher_domain::state::conversation::{SessionDue, StateKey, StateKind};
use usher_domain::{Body, InputId, MessageId, Timestamp};

use super::out::Out;
use super::store::Conversation;
use super::{message, session, words};

/// Lets what is due of one piece of state happen.
pub(super) fn fire(conversation: &mut Conversation, key: StateKey, now: Timestamp, bodies: &mut Vec<Body>) {
    match key.kind {
        StateKind::Session => session_due(conversation, key, now, bodies),
        StateKind::Message(id) => waited(conversation, key, id, now, bodies),
        StateKind::Seen
        | StateKind::Profile
        | StateKind::Line(_)
        | StateKind::Last
        | StateKind::OptOut
        | StateKind::LinkedTo => conversation.forget(key.kind),
    }
}

fn session_due(conversation: &mut Conversation, key: StateKey, now: Timestamp, bodies: &mut Vec<Body>) {
    let Some(session) = conversation.session_mut() else { return };
    let (at, due) = session.due();
    let word: &[u8] = match due {
        SessionDue::Idle => b"idle",
        SessionDue::FirstReply => b"first reply",
        SessionDue::Reminder => b"reminder",
    };
    // A session may be reminded, and be late, more than once.
    let origin = InputId::derive(&[word, session.id.to_string().as_bytes(), &at.millis().to_be_bytes()]);
    let out = &mut Out::new(now, key.conversation, origin, bodies);
    match due {
        SessionDue::Idle => {
            let last = session::close(session, CloseReason::Idle, out);
            conversation.close(last);
        }
        SessionDue::FirstReply => session::reply_is_late(session, out),
        SessionDue::Reminder => {
            if let Some(text) = session::remind(session, out) {
                words::tell(conversation, "reminder", &text, |text| Notice::Reminder { text }, out);
            }
        }
    }
}

fn waited(conversation: &mut Conversation, key: StateKey, id: MessageId, now: Timestamp, bodies: &mut Vec<Body>) {
    let origin = InputId::derive(&[b"waited", &id.bits().to_be_bytes()]);
    message::waited(conversation, id, &mut Out::new(now, key.conversation, origin, bodies));
}
