//! The rules for offers: an answer counts while its offer stands, by the placement that it names (R6); one that comes late
//! is refused to its workspace, so that no agent is left believing that they have a session.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::desk::OfferAnswer;
use usher_domain::event::{Command, Fact, Refusal};
use usher_domain::{Delivery, DeliveryId, InputId};

use super::books::Desk;
use super::decisions::Decisions;

impl Desk {
    /// Takes what an agent says to an offer.
    pub(super) fn answer(&mut self, input: InputId, answer: &OfferAnswer, decisions: &mut Decisions) {
        decisions.refuse(input, answer, Refusal::OfferGone);
    }
}

impl Decisions {
    /// Tells everybody, and the workspace, that an answer was not obeyed.
    fn refuse(&mut self, input: InputId, answer: &OfferAnswer, reason: Refusal) {
        let command = if answer.accepts { Command::Accept } else { Command::Decline };
        self.fact(Fact::CommandRefused { input, command, reason });
        let agent = Some(answer.agent.clone());
        self.deliver(Delivery {
            id: DeliveryId::derive(&[b"answer refused", &input.bits().to_be_bytes()]),
            tenant: answer.account.tenant.clone(),
            account: answer.account.account.clone(),
            conversation: Some(answer.session.conversation),
            session: Some(answer.session),
            target: DeliveryTarget::Workspace { desk: answer.account.desk.clone(), agent },
            order: Order::Refused { command, reason, input },
            deadline: None,
        });
    }
}
