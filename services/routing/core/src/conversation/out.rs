//! What one input, or one deadline, sends out. Gives every record an id that follows from its origin, so that the same
//! log makes the same ids.

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::desk::{DeskAct, Rating};
use usher_domain::event::{Fact, Subject};
use usher_domain::{
    Account, Body, ConversationId, ConversationInput, Delivery, DeliveryId, Demand, DeskId, DeskInput, Event, InputId,
    MessageId, SessionId, TenantId, Timestamp, Transcript, Want,
};

/// Collects records in order.
pub(super) struct Out<'a> {
    /// The instant of the step.
    pub(super) now: Timestamp,
    /// The conversation that is worked on.
    pub(super) conversation: ConversationId,
    /// What makes these records: an input's id, or what fell due.
    origin: InputId,
    bodies: &'a mut Vec<Body>,
}

/// On whose behalf a delivery goes out.
#[derive(Clone, Copy)]
pub(super) struct Behalf<'a> {
    pub(super) account: &'a Account,
    pub(super) session: Option<SessionId>,
}

impl<'a> Out<'a> {
    pub(super) fn new(
        now: Timestamp,
        conversation: ConversationId,
        origin: InputId,
        bodies: &'a mut Vec<Body>,
    ) -> Self {
        Self { now, conversation, origin, bodies }
    }

    pub(super) fn event(&mut self, tenant: &TenantId, fact: Fact) {
        self.event_about(Subject::Conversation(self.conversation), tenant, fact);
    }

    /// A fact that is not, or not for sure, one of this conversation.
    pub(super) fn event_about(&mut self, subject: Subject, tenant: &TenantId, fact: Fact) {
        self.bodies.push(Body::Event(Event { tenant: tenant.clone(), subject, fact }));
    }

    /// A delivery whose id follows from the origin and `word`; a word is used once for one origin.
    pub(super) fn deliver(&mut self, word: &str, behalf: Behalf<'_>, target: DeliveryTarget, order: Order) {
        self.deliver_until(word, behalf, target, order, None);
    }

    /// The same, worth nothing any more from an instant on.
    pub(super) fn deliver_until(
        &mut self,
        word: &str,
        behalf: Behalf<'_>,
        target: DeliveryTarget,
        order: Order,
        deadline: Option<Timestamp>,
    ) {
        let Self { conversation, origin, .. } = *self;
        let id =
            DeliveryId::derive(&[&conversation.bits().to_be_bytes(), &origin.bits().to_be_bytes(), word.as_bytes()]);
        self.deliver_as(Delivery {
            id,
            tenant: behalf.account.tenant.clone(),
            account: behalf.account.account.clone(),
            conversation: Some(conversation),
            session: behalf.session,
            target,
            order,
            deadline,
        });
    }

    /// A delivery that has its id already.
    pub(super) fn deliver_as(&mut self, delivery: Delivery) {
        self.bodies.push(Body::Delivery(Box::new(delivery)));
    }

    /// Something for another conversation; it has its id already.
    pub(super) fn input(&mut self, input: ConversationInput) {
        self.bodies.push(Body::Conversation(input));
    }

    pub(super) fn transcript(&mut self, transcript: Transcript) {
        self.bodies.push(Body::Transcript(Box::new(transcript)));
    }

    /// The id of a message of usher's own; `word` is used once for one origin.
    pub(super) fn message_id(&self, word: &str) -> MessageId {
        let (conversation, origin) = (self.conversation.bits().to_be_bytes(), self.origin.bits().to_be_bytes());
        MessageId::derive(&[b"usher", &conversation, &origin, word.as_bytes()])
    }

    /// Tells the desk of an answer to a survey that counts.
    pub(super) fn rated(&mut self, account: &Account, rating: Rating) {
        let id = InputId::derive(&[b"rated", rating.session.to_string().as_bytes()]);
        let (tenant, desk) = (account.tenant.clone(), account.desk.clone());
        self.bodies.push(Body::Desk(DeskInput { tenant, desk, id, act: DeskAct::Rated(rating) }));
    }

    /// Tells the desk what a session wants; its id names the version, so that a repeat can be seen from outside.
    pub(super) fn demand(&mut self, tenant: &TenantId, desk: &DeskId, demand: Demand) {
        let want: &[u8] = match demand.want {
            Want::Agent(ref wish) if wish.vip => b"vip",
            Want::Agent(_) => b"agent",
            Want::Nobody | Want::SetAside => b"nobody",
        };
        let session = demand.session.to_string();
        let id = InputId::derive(&[b"demand", session.as_bytes(), &demand.epoch.to_be_bytes(), want]);
        let act = DeskAct::Demand(demand);
        self.bodies.push(Body::Desk(DeskInput { tenant: tenant.clone(), desk: desk.clone(), id, act }));
    }
}
