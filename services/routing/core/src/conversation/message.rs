//! The fate of a message to the visitor: it is ordered, receipts and time tell of it, and its outcome is decided once,
//! by log order. Knows nothing of sessions but their names.

use usher_domain::event::Status;
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::{Life, OpenMessage, StateKind};
use usher_domain::{MessageId, Receipt, TenantId};

use super::out::Out;
use super::store::Conversation;

mod decide;
mod fallback;
mod order;
mod outcome;
mod status;

pub(super) use order::{Saying, order};

use decide::{Decision, Evidence, decide};

/// Takes what a tenant's account reports of a message. `None` when it is not known (any more), or not theirs; else
/// whether anything changed.
pub(super) fn receive(
    conversation: &mut Conversation,
    tenant: &TenantId,
    receipt: &Receipt,
    out: &mut Out<'_>,
) -> Option<bool> {
    let Receipt { message: id, leg, report, .. } = receipt;
    let (id, leg) = (*id, *leg);
    let opted_out = conversation.opt_out().is_some();
    let mut message = conversation.message(id).filter(|message| may_report(message, tenant, receipt))?.clone();
    let had_arrived = message.status >= Status::Delivered;
    let rose = status::join(&mut message, id, leg, report, out);
    let decision = decided_by(&message, leg, report).filter(|decision| *decision != Decision::Flag || !had_arrived);
    outcome::apply(&mut message, id, decision.unwrap_or(Decision::Nothing), opted_out, out);
    let changed = rose || decision.is_some_and(|decision| decision != Decision::Nothing);
    if changed {
        conversation.put_message(id, message);
    }
    Some(changed)
}

/// Whether the report comes from who sent this copy: the message's tenant, and the account by which the copy went out
/// where the reporter is known. A tenant signs its callbacks itself, so it could name any message of any other.
fn may_report(message: &OpenMessage, tenant: &TenantId, receipt: &Receipt) -> bool {
    let sender = match receipt.leg {
        Leg::Channel => Some(&message.account),
        Leg::Sms => message.sms_account.as_ref(),
    };
    message.tenant == *tenant && receipt.account.as_ref().is_none_or(|reporter| sender == Some(reporter))
}

/// What became of the SMS decides nothing: the outcome stands since it was ordered.
fn decided_by(message: &OpenMessage, leg: Leg, report: &Report) -> Option<Decision> {
    Evidence::of(report).filter(|_| leg == Leg::Channel).map(|evidence| decide(message, evidence))
}

/// An agent takes the message back: its channel is told, and nothing is sent instead of it any more.
pub(super) fn recall(conversation: &mut Conversation, id: MessageId, out: &mut Out<'_>) {
    let Some(message) = conversation.message(id) else { return };
    let mut message = message.clone();
    outcome::recall(&mut message, id, out);
    conversation.put_message(id, message);
}

/// A message's deadline or grace is over, or it has been remembered long enough.
pub(super) fn waited(conversation: &mut Conversation, id: MessageId, out: &mut Out<'_>) {
    let opted_out = conversation.opt_out().is_some();
    let Some(message) = conversation.message(id) else { return };
    if matches!(message.life, Life::Untimed { .. } | Life::Ended { .. }) {
        return conversation.forget(StateKind::Message(id));
    }
    let mut message = message.clone();
    let decision = decide(&message, Evidence::Waited);
    outcome::apply(&mut message, id, decision, opted_out, out);
    conversation.put_message(id, message);
}
