//! Leads one input to its family.

use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Command, Fact};
use usher_domain::{Body, ConversationInput, InputId, TenantId, Timestamp};

use super::out::{Behalf, Out};
use super::store::Conversation;
use super::{agent, bot, linked, owner, placement, push, receipt, repeats, supervisor, visitor};

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
        ConversationAct::Linked(link) => linked::take(conversation, input, link, &mut out),
        act if repeats::is_repeat(conversation, input.id, now) => {
            acknowledge(act, &mut out);
            repeated(input, &mut out);
        }
        act => {
            acknowledge(act, &mut out);
            if belongs(conversation, &input.tenant, act) {
                repeats::remember(conversation, input.id, now);
            }
            carry_out(conversation, input, act, &mut out);
        }
    }
}

/// Tells the visitor's client that what it sent has come, where it wants to know; a repeat too, which says that the
/// client has not heard it yet.
fn acknowledge(act: &ConversationAct, out: &mut Out<'_>) {
    let ConversationAct::Visitor(said) = act else { return };
    let Some(key) = &said.ack else { return };
    let target = DeliveryTarget::Channel { dialect: said.account.dialect, visitor: said.visitor.clone() };
    let behalf = Behalf { account: &said.account, session: None };
    // Each repeat is answered by a delivery of its own, so the instant is in its name.
    out.deliver(&format!("ack {}", out.now.millis()), behalf, target, Order::Ack { key: key.clone() });
}

/// Whether the input belongs to the conversation that it names. What a visitor does and what a server pushes does: the
/// edge derives the conversation from their account. A command brings a session's name, which may be guessed.
fn belongs(conversation: &Conversation, tenant: &TenantId, act: &ConversationAct) -> bool {
    match act {
        ConversationAct::Agent(said) => owner::is_of(conversation, &said.account),
        ConversationAct::Bot(said) => owner::is_of(conversation, &said.account),
        ConversationAct::SupervisorClose(close) => supervisor::means(conversation, tenant, close),
        _ => true,
    }
}

/// What is said and done by people, bots and servers: the families whose repeats are recognised by their ids.
fn carry_out(conversation: &mut Conversation, whole: &ConversationInput, act: &ConversationAct, out: &mut Out<'_>) {
    let input = whole.id;
    match act {
        ConversationAct::Visitor(said) if linked::forward(conversation, input, said, out) => {}
        ConversationAct::Visitor(said) => visitor::apply(conversation, input, said, None, out),
        ConversationAct::Forwarded(said) => visitor::apply(conversation, input, &said.said, Some(&said.via), out),
        ConversationAct::Agent(said) => agent::apply(conversation, input, said, out),
        ConversationAct::Bot(said) => bot::apply(conversation, input, said, out),
        ConversationAct::Push(said) => push::apply(conversation, input, said, out),
        ConversationAct::SupervisorClose(close) => supervisor::close(conversation, whole, close, out),
        ConversationAct::Placement(_) | ConversationAct::Receipt(_) | ConversationAct::Linked(_) => {}
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
