//! What a provider, or delivery, says became of a message. Reaches its message whether or not a session is open, if it
//! comes from who sent that message: a callback only names the conversation, so its name proves nothing.

use usher_domain::event::Fact;
use usher_domain::{ConversationInput, Receipt};

use super::dispatch::repeated;
use super::message;
use super::out::Out;
use super::owner;
use super::store::Conversation;

/// Applies one receipt.
pub(super) fn apply(conversation: &mut Conversation, input: &ConversationInput, said: &Receipt, out: &mut Out<'_>) {
    match message::receive(conversation, &input.tenant, said, out) {
        Some(true) => {}
        Some(false) => repeated(input, out),
        None => {
            let reporter = said.account.as_ref();
            let subject = owner::subject_for_report(conversation, input.conversation, &input.tenant, reporter);
            out.event_about(subject, &input.tenant, Fact::ReceiptUnmatched { message: said.message });
        }
    }
}
