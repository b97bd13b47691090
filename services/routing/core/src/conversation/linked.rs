//! To which conversation an SMS from a phone belongs. A message of conversation X that falls back leaves a link at Y, the
//! conversation of the SMS account with that phone: what the phone says there answers X, for 48 hours or until Y itself
//! says something. The link is written with the order of the SMS, so it is there before anybody can answer.
//!
//! What is forwarded is carried out at X as it is: a link that X has itself is not looked at, so nothing goes round.

use usher_domain::conversation::{ConversationAct, Forwarded, Link, Profile, VisitorAct, VisitorInput};
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Instead, OpenMessage};
use usher_domain::{ConversationId, ConversationInput, InputId, MessageId, PhoneNumber, Timestamp, VisitorId};

use super::dispatch::repeated;
use super::out::Out;
use super::store::Conversation;

/// Tells the conversation with the phone that the SMS of this message goes there. Nothing to tell when it is the same
/// conversation: an SMS account that falls back to itself.
pub(super) fn tell(message: &OpenMessage, id: MessageId, instead: &Instead, to: &PhoneNumber, out: &mut Out<'_>) {
    let Some(account) = instead.origin.clone() else { return };
    let tenant = message.tenant.clone();
    let there = ConversationId::of(&tenant, &instead.account, &VisitorId::new(to.as_str()));
    if there == out.conversation {
        return;
    }
    let visitor = message.visitor.clone();
    let link = Link { conversation: out.conversation, account, visitor, until: out.now.plus(Link::LASTS) };
    // From the message alone, like the SMS.
    let id = InputId::derive(&[b"link", &id.bits().to_be_bytes()]);
    let act = ConversationAct::Linked(Box::new(link));
    out.input(ConversationInput { tenant, id, conversation: there, act });
}

/// Takes a link over, unless a later SMS has made one already. Nobody outside writes links; one of another tenant would
/// be our own mistake, and is not taken.
pub(super) fn take(conversation: &mut Conversation, input: &ConversationInput, link: &Link, out: &mut Out<'_>) {
    let is_later = conversation.linked_to().is_none_or(|known| known.until < link.until);
    if is_later && link.until > out.now && link.account.tenant == input.tenant {
        conversation.link(link.clone());
    } else {
        repeated(input, out);
    }
}

/// Brings what the visitor did to the conversation that it answers, if there is one. Whether that is all: opting out
/// counts here as well.
pub(super) fn forward(conversation: &Conversation, input: InputId, said: &VisitorInput, out: &mut Out<'_>) -> bool {
    let Some(link) = conversation.linked_to().filter(|link| answers(link, said, out.now)) else { return false };
    let theirs = VisitorInput {
        account: link.account.clone(),
        visitor: link.visitor.clone(),
        profile: Profile::default(),
        ..said.clone()
    };
    out.event(&link.account.tenant, Fact::InputForwarded { input, to: link.conversation });
    let act = ConversationAct::Forwarded(Box::new(Forwarded { via: said.account.account.clone(), said: theirs }));
    out.input(ConversationInput {
        tenant: link.account.tenant.clone(),
        id: input,
        conversation: link.conversation,
        act,
    });
    matches!(said.act, VisitorAct::Message { .. })
}

fn answers(link: &Link, said: &VisitorInput, now: Timestamp) -> bool {
    let can_come_by_sms = matches!(said.act, VisitorAct::Message { .. } | VisitorAct::Subscription { .. });
    can_come_by_sms && link.until > now && link.account.tenant == said.account.tenant
}
