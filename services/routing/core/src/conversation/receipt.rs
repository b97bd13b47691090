//! What a provider, or delivery, says became of a message. Reaches its message whether or not a session is open.

use usher_domain::event::Fact;
use usher_domain::{ConversationInput, Receipt};

use super::dispatch::repeated;
use super::message;
use super::out::Out;
use super::store::Conversation;

/// Applies one receipt.
pub(super) fn apply(conversation: &mut Conversation, input: &ConversationInput, said: &Receipt, out: &mut Out<'_>) {
    match message::receive(conversation, said.message, said.leg, &said.report, out) {
        Some(true) => {}
        Some(false) => repeated(input, out),
        None => out.event(&input.tenant, Fact::ReceiptUnmatched { message: said.message }),
    }
}
