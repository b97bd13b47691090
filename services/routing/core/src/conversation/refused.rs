//! What becomes of a session that its desk does not take: the one exception that the placement names. A session that has
//! overflowed once is not sent on a second time.

use usher_domain::delivery::Notice;
use usher_domain::place::RefusedReason;
use usher_domain::policy::Exception;

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
        Exception::Sms { text } => {
            let is_sent = sms::send(conversation, text, out);
            close(conversation, reason, if is_sent { "" } else { text }, out);
        }
    }
}

fn close(conversation: &mut Conversation, reason: RefusedReason, text: &str, out: &mut Out<'_>) {
    let text = words::say(conversation, "words", text, out);
    let Some(session) = conversation.session() else { return };
    let last = session::close_refused(session, reason, text, out);
    conversation.close(last);
}
