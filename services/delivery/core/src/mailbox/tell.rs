//! What a step tells the conversation: what became of a message, and that a visitor counts as gone.

use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::mailbox::Watch;
use usher_domain::{
    AccountId, Body, ConversationId, ConversationInput, DeliveryId, InputId, MessageId, Receipt, TenantId, Timestamp,
    VisitorId,
};

use crate::conclusion::word;

/// What a step at one instant says of one mailbox.
#[derive(Debug)]
pub(super) struct Decisions {
    pub(super) now: Timestamp,
    of: Option<(TenantId, AccountId)>,
    told: Vec<(InputId, ConversationAct)>,
}

impl Decisions {
    pub(super) const fn at(now: Timestamp) -> Self {
        Self { now, of: None, told: Vec::new() }
    }

    /// Whose mailbox it is.
    pub(super) fn by(&mut self, tenant: &TenantId, account: &AccountId) {
        self.of = Some((tenant.clone(), account.clone()));
    }

    /// What became of an order's message; of what is no message nobody hears. The id follows from the order and the kind
    /// of report, so that the same is told once.
    pub(super) fn report(&mut self, delivery: DeliveryId, message: Option<MessageId>, report: Report) {
        let Some(message) = message else { return };
        let id = InputId::derive(&[b"mailbox", &delivery.bits().to_be_bytes(), word(&report).as_bytes()]);
        let account = self.of.as_ref().map(|(_, account)| account.clone());
        let receipt = Receipt { message, leg: Leg::Channel, account, report, reported_at: None };
        self.told.push((id, ConversationAct::Receipt(receipt)));
    }

    /// The visitor counts as gone.
    pub(super) fn leave(&mut self, visitor: VisitorId, watch: &Watch) {
        let id = InputId::derive(&[
            b"mailbox released",
            watch.release.account.tenant.as_str().as_bytes(),
            watch.release.account.account.as_str().as_bytes(),
            visitor.as_str().as_bytes(),
            &watch.due.millis().to_be_bytes(),
        ]);
        let account = watch.release.account.clone();
        let input = VisitorInput {
            account,
            visitor,
            profile: Profile::default(),
            ext: None,
            ack: None,
            named: None,
            act: VisitorAct::Leave,
        };
        self.told.push((id, ConversationAct::Visitor(Box::new(input))));
    }

    /// The records to write.
    pub(super) fn into_bodies(self, conversation: ConversationId) -> Vec<Body> {
        let Some((tenant, _)) = self.of else { return Vec::new() };
        let input = |(id, act)| Body::Conversation(ConversationInput { tenant: tenant.clone(), id, conversation, act });
        self.told.into_iter().map(input).collect()
    }
}
