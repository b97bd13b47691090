//! Leads one input to its family.

use usher_domain::conversation::ConversationAct;
use usher_domain::event::{Command, Fact};
use usher_domain::{Body, ConversationInput, InputId, TenantId, Timestamp};

use super::out::Out;
use super::store::Conversation;
use super::{agent, bot, placement, push, receipt, repeats, visitor};

/// Applies one input to its conversation.
pub(super) fn apply(
    conversation: &mut Conversation,
    input: &ConversationInput,
    now: Timestamp,
    bodies: &mut Vec<Body>,
) {
    let mut out = Out::new(now, input.conversation, input.id, bodies);
    match &input.act {
        ConversationAct::Placement(said) => placement::apply(conversation, input, said, &mut out),
        ConversationAct::Receipt(said) => receipt::apply(conversation, input, said, &mut out),
        _ if repeats::is_repeat(conversation, input.id, now) => repeated(input, &mut out),
        ConversationAct::Visitor(said) => visitor::apply(conversation, input.id, said, &mut out),
        ConversationAct::Agent(said) => agent::apply(conversation, input.id, said, &mut out),
        ConversationAct::Bot(said) => bot::apply(conversation, input.id, said, &mut out),
        ConversationAct::Push(said) => push::apply(conversation, input.id, said, &mut out),
    }
}

/// The input came a second time, or was overtaken.
pub(super) fn repeated(input: &ConversationInput, out: &mut Out<'_>) {
    out.event(&input.tenant, Fact::InputRepeated { input: input.id });
}

/// The input changes nothing in this state.
pub(super) fn ignored(tenant: &TenantId, input: InputId, command: Command, out: &mut Out<'_>) {
    out.event(tenant, Fact::InputIgnored { input, command });
}
