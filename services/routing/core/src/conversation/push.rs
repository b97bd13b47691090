//! A message of the tenant's own server: goes to the channel in any state, and opens no session.

use usher_domain::conversation::PushInput;
use usher_domain::{InputId, Party};

use super::message::{self, Saying};
use super::out::Out;
use super::store::Conversation;

/// Applies one push.
pub(super) fn apply(conversation: &mut Conversation, input: InputId, said: &PushInput, out: &mut Out<'_>) {
    let session = conversation.session();
    let message = message::order(
        Saying {
            id: input.into(),
            from: Party::Tenant,
            content: &said.content,
            ext: said.ext.as_ref(),
            terms: &said.terms,
            account: &said.account,
            visitor: &said.visitor,
            session: None,
            phone: session.and_then(|session| session.phone.as_ref()),
            archive: said.archive,
        },
        conversation.opt_out().is_some(),
        out,
    );
    conversation.say(input.into(), message);
}
