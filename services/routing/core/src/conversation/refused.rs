//! What becomes of a session that its desk does not take: the one exception that the placement names. A session that has
//! overflowed once is not sent on a second time.

use usher_domain::delivery::Notice;
use usher_domain::place::RefusedReason;
use usher_domain::policy::Exception;
use usher_domain::state::conversation::Last;

use super::out::Out;
use super::store::Conversation;
use super::{session, sms, words};

/// Carries the exception out.
pub(super) fn carry_out(conversation: &mut Conversation, reason: RefusedReason, then: &Exception, out: &mut Out<'_>) {
    let Some(running) = conversation.session_mut() else { return };
    match then {
        Exception::Overflow { group } if session::overflow(running, group, out) => {}
        Exception::Overflow { .. } => close(conversation, reason, "", out),
        Exception::Close { text } => close(conversation, reason, text, out),
        Exception::LeaveMessage { text } => {
            session::let_leave_message(running, reason, out);
            let text = if text.is_empty() { Notice::LEAVE_MESSAGE } else { text };
            words::tell(conversation, "notice", text, |text| Notice::LeaveMessage { reason, text }, out);
        }
        Exception::Sms { text } if !conversation.is_told(out.now) && sms::send(conversation, text, out) => {
            end(conversation, reason, String::new(), true, out);
        }
        Exception::Sms { text } => close(conversation, reason, text, out),
    }
}

/// Closes it with these words, or usher's own where nothing else would be seen. In a message they are said once in a while:
/// whoever writes again, or has a program that answers each message, opens a session each time.
fn close(conversation: &mut Conversation, reason: RefusedReason, text: &str, out: &mut Out<'_>) {
    let Some(session) = conversation.session() else { return };
    if session.account.dialect.shows_notices() {
        return end(conversation, reason, text.to_owned(), false, out);
    }
    let tells = !conversation.is_told(out.now);
    if tells {
        words::say(conversation, "words", if text.is_empty() { Notice::REFUSED } else { text }, out);
    }
    end(conversation, reason, String::new(), tells, out);
}

fn end(conversation: &mut Conversation, reason: RefusedReason, text: String, is_told: bool, out: &mut Out<'_>) {
    let Some(session) = conversation.session() else { return };
    let last = session::close_refused(session, reason, text, out);
    conversation.close(Last { told_at: is_told.then_some(out.now), ..last });
}
