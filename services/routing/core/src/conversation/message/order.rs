//! Orders a message to its channel and arms its deadline.

use usher_domain::content::Private;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::{Fact, Outcome, OutcomeReason, Status};
use usher_domain::state::conversation::{Life, OpenMessage, Session};
use usher_domain::{
    Account, Class, Content, Delivery, InputId, Message, MessageId, Party, PhoneNumber, SessionId, Terms, Timestamp,
    Transcript, VisitorId,
};

use super::{fallback, outcome};
use crate::conversation::out::Out;

/// A message to the visitor that is about to be ordered.
pub(in crate::conversation) struct Saying<'a> {
    pub(in crate::conversation) id: MessageId,
    pub(in crate::conversation) from: Party,
    pub(in crate::conversation) content: &'a Content,
    /// What its sender put beside it.
    pub(in crate::conversation) ext: Option<&'a Private>,
    pub(in crate::conversation) terms: &'a Terms,
    pub(in crate::conversation) account: &'a Account,
    pub(in crate::conversation) visitor: &'a VisitorId,
    pub(in crate::conversation) session: Option<SessionId>,
    /// Where an SMS reaches the visitor, as far as their profile says.
    pub(in crate::conversation) phone: Option<&'a PhoneNumber>,
    /// Whether it is written to the transcripts.
    pub(in crate::conversation) archive: bool,
}

impl<'a> Saying<'a> {
    /// What an agent or bot says in a session.
    pub(in crate::conversation) fn in_session(
        session: &'a Session,
        input: InputId,
        from: Party,
        content: &'a Content,
        terms: &'a Terms,
    ) -> Self {
        let (account, visitor, phone) = (&session.account, &session.visitor, session.phone.as_ref());
        let (id, session) = (input.into(), Some(session.id));
        Self { id, from, content, ext: None, terms, account, visitor, session, phone, archive: true }
    }
}

impl Saying<'_> {
    /// What is said.
    pub(in crate::conversation) fn message(&self) -> Message {
        let (from, content) = (self.from.clone(), self.content.clone());
        Message { id: self.id, from, content, ext: self.ext.cloned(), via: None }
    }
}

/// Orders the message, writes it down where it is to be archived, and says what must be kept of it. A promotion for
/// somebody who has opted out is not ordered; what is kept of it recognises its repeat.
pub(in crate::conversation) fn order(saying: Saying<'_>, opted_out: bool, out: &mut Out<'_>) -> OpenMessage {
    if opted_out && saying.terms.class == Class::Promotion {
        let mut message = keep(&saying, life(&saying, None, out.now));
        outcome::end(&mut message, saying.id, Outcome::Suppressed, OutcomeReason::OptedOut, out);
        return message;
    }
    let message = saying.message();
    let deadline = saying.terms.ttl.map(|ttl| out.now.plus(ttl));
    let Account { tenant, account, dialect, .. } = saying.account;
    out.event(tenant, Fact::MessageOrdered { message: message.id, deadline });
    out.deliver_as(Delivery {
        id: message.id.into(),
        tenant: tenant.clone(),
        account: account.clone(),
        conversation: Some(out.conversation),
        session: saying.session,
        target: DeliveryTarget::Channel { dialect: *dialect, visitor: saying.visitor.clone() },
        order: Order::Message { message: message.clone(), class: saying.terms.class, visitor: None },
        deadline,
    });
    if saying.archive {
        out.transcript(Transcript {
            tenant: tenant.clone(),
            account: account.clone(),
            conversation: out.conversation,
            session: saying.session,
            visitor: saying.visitor.clone(),
            message,
            at: out.now,
        });
    }
    keep(&saying, life(&saying, deadline, out.now))
}

/// The deadline, later by the grace where the provider ends messages by itself: its own word is better than our guess.
fn life(saying: &Saying<'_>, deadline: Option<Timestamp>, now: Timestamp) -> Life {
    match deadline {
        None => Life::Untimed { settled: false, ends_at: now.plus(OpenMessage::UNTIMED_LASTS) },
        Some(deadline) if saying.account.has_own_deadline() => Life::Open { until: deadline.plus(saying.terms.grace) },
        Some(until) => Life::Open { until },
    }
}

fn keep(saying: &Saying<'_>, life: Life) -> OpenMessage {
    let Account { tenant, account, dialect, .. } = saying.account;
    OpenMessage {
        tenant: tenant.clone(),
        account: account.clone(),
        dialect: *dialect,
        collected: saying.account.collected,
        visitor: saying.visitor.clone(),
        session: saying.session,
        class: saying.terms.class,
        unknown: saying.terms.unknown,
        revoke_grace: saying.terms.revoke_grace,
        life,
        status: Status::default(),
        sms_status: Status::default(),
        sms_account: saying.terms.fallback.as_ref().map(|fallback| fallback.account.clone()),
        instead: saying.terms.ttl.and_then(|_| fallback::prepare(saying)),
    }
}
