//! An SMS to the visitor of a session that nobody takes, where the account has a way to send one and a number is known.
//! It is kept like a message that fell back: what is reported of it is joined, and what is answered comes here.

use std::time::Duration;

use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::state::conversation::{Instead, Life, OpenMessage, Session};
use usher_domain::{AccountId, Class, Content, Delivery, DeliveryId, Message, Party, PhoneNumber};

use super::out::Out;
use super::store::Conversation;
use super::{linked, words};

/// How long it may take.
const WITHIN: Duration = Duration::from_secs(600);

/// Sends it. `false`: there is no account to send it by, no number, or the visitor has opted out.
pub(super) fn send(conversation: &mut Conversation, text: &str, out: &mut Out<'_>) -> bool {
    if text.is_empty() || conversation.opt_out().is_some() {
        return false;
    }
    let Some((account, to, kept)) = conversation.session().and_then(|session| prepared(session, out)) else {
        return false;
    };
    let id = out.message_id("sms");
    let session = kept.session;
    let sms = Message { id, from: Party::System, content: Content::text(text), ext: None, via: None };
    out.deliver_as(Delivery {
        id: DeliveryId::derive(&[&id.bits().to_be_bytes(), b"sms"]),
        tenant: kept.tenant.clone(),
        account: kept.account.clone(),
        conversation: Some(out.conversation),
        session,
        target: DeliveryTarget::Sms { account: account.clone(), to: to.clone() },
        order: Order::Message { message: sms, class: Class::Service, visitor: None },
        deadline: Some(out.now.plus(WITHIN)),
    });
    let origin = conversation.session().map(|session| session.account.clone());
    let instead = Instead { account, to: Some(to.clone()), text: None, ttl: WITHIN, origin };
    linked::tell(&kept, id, &instead, &to, out);
    conversation.put_message(id, kept);
    true
}

fn prepared(session: &Session, out: &Out<'_>) -> Option<(AccountId, PhoneNumber, OpenMessage)> {
    let account = session.account.sms.clone()?;
    let named_by_phone = || {
        let is_number = session.account.dialect.names_are_phone_numbers();
        is_number.then(|| PhoneNumber::parse(session.visitor.as_str()).ok()).flatten()
    };
    let to = session.phone.clone().or_else(named_by_phone)?;
    let terms = words::terms();
    let kept = OpenMessage {
        tenant: session.account.tenant.clone(),
        account: session.account.account.clone(),
        dialect: session.account.dialect,
        collected: session.account.collected,
        visitor: session.visitor.clone(),
        session: Some(session.id),
        class: terms.class,
        unknown: terms.unknown,
        revoke_grace: terms.revoke_grace,
        // Nothing follows from what is reported of an SMS.
        life: Life::Untimed { settled: true, ends_at: out.now.plus(OpenMessage::UNTIMED_LASTS) },
        status: usher_domain::event::Status::default(),
        sms_status: usher_domain::event::Status::default(),
        sms_account: Some(account.clone()),
        instead: None,
    };
    Some((account, to, kept))
}
