//! Carries a decision about a message out.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Fact, Outcome, OutcomeReason};
use usher_domain::state::conversation::{Life, OpenMessage};
use usher_domain::{Delivery, DeliveryId, MessageId};

use super::decide::Decision;
use super::fallback;
use crate::conversation::out::Out;

/// Changes the message as decided and sends out what follows.
pub(super) fn apply(message: &mut OpenMessage, id: MessageId, decision: Decision, opted_out: bool, out: &mut Out<'_>) {
    match decision {
        Decision::Nothing => {}
        Decision::Settle => settle(message),
        Decision::Fail(reason) => {
            settle(message);
            tell(message, id, Outcome::Failed, reason, out);
        }
        Decision::Deliver => end(message, id, Outcome::Delivered, OutcomeReason::Receipt, out),
        Decision::FallBack { reason, at_risk, revoke } => {
            fall_back(message, id, reason, at_risk, opted_out, out);
            if revoke {
                call_back(message, id, out);
            }
        }
        Decision::Revoke => {
            message.life = Life::Revoking { until: out.now.plus(message.revoke_grace), revoked: false };
            out.event(&message.tenant, Fact::MessageRevoking { message: id });
            call_back(message, id, out);
        }
        Decision::Remember { revoked } => remember(message, id, revoked, out),
        Decision::Silence => end(message, id, Outcome::Suppressed, OutcomeReason::NoEvidence, out),
        Decision::Flag => out.event(&message.tenant, Fact::DuplicateDelivered { message: id }),
    }
}

/// Takes the message back, whether or not it has arrived. What is not decided yet is decided by that.
pub(super) fn recall(message: &mut OpenMessage, id: MessageId, out: &mut Out<'_>) {
    out.event(&message.tenant, Fact::MessageRecalled { message: id });
    if matches!(message.life, Life::Open { .. } | Life::Revoking { .. }) {
        end(message, id, Outcome::Suppressed, OutcomeReason::Recalled, out);
    }
    order(message, id, b"recall", out);
}

fn fall_back(
    message: &mut OpenMessage,
    id: MessageId,
    reason: OutcomeReason,
    at_risk: bool,
    opted_out: bool,
    out: &mut Out<'_>,
) {
    let fell_back = if at_risk { Outcome::FellBackAtRisk } else { Outcome::FellBack };
    let (outcome, reason) = match fallback::send(message, id, opted_out, out) {
        Ok(()) => (fell_back, reason),
        Err(instead) => instead,
    };
    end(message, id, outcome, reason, out);
}

/// Decides the outcome, once. Number and text are no longer needed, so they are no longer kept.
pub(super) fn end(
    message: &mut OpenMessage,
    id: MessageId,
    outcome: Outcome,
    reason: OutcomeReason,
    out: &mut Out<'_>,
) {
    message.life = Life::Ended { outcome, ends_at: out.now.plus(OpenMessage::DECIDED_LASTS) };
    message.instead = None;
    tell(message, id, outcome, reason, out);
}

fn settle(message: &mut OpenMessage) {
    if let Life::Untimed { settled, .. } = &mut message.life {
        *settled = true;
    }
}

fn tell(message: &OpenMessage, id: MessageId, outcome: Outcome, reason: OutcomeReason, out: &mut Out<'_>) {
    out.event(&message.tenant, Fact::MessageOutcome { message: id, outcome, reason });
}

/// A 200 is remembered; a later 404 does not unsay it, because neither is proof.
fn remember(message: &mut OpenMessage, id: MessageId, answer: bool, out: &mut Out<'_>) {
    if let Life::Revoking { revoked, .. } = &mut message.life {
        *revoked |= answer;
        out.event(&message.tenant, Fact::MessageRevokeAnswered { message: id, revoked: answer });
    }
}

/// Orders the revoke, where the channel has one.
fn call_back(message: &OpenMessage, id: MessageId, out: &mut Out<'_>) {
    if message.can_be_revoked() {
        order(message, id, b"revoke", out);
    }
}

/// Orders that the channel takes the message back, once for each word.
fn order(message: &OpenMessage, id: MessageId, word: &[u8], out: &mut Out<'_>) {
    out.deliver_as(Delivery {
        id: DeliveryId::derive(&[&id.bits().to_be_bytes(), word]),
        tenant: message.tenant.clone(),
        account: message.account.clone(),
        conversation: Some(out.conversation),
        session: message.session,
        target: DeliveryTarget::Channel { dialect: message.dialect, visitor: message.visitor.clone() },
        order: Order::Revoke { message: id },
        deadline: None,
    });
}
