//! Whose a conversation is. Its id is a hash of tenant, account and visitor, which a command or a callback only names:
//! what is kept of the conversation tells whether it is theirs.

use usher_domain::event::Subject;
use usher_domain::{Account, AccountId, ConversationId, TenantId};

use super::store::Conversation;

/// Tenant and account, as far as anything that tells them is kept.
fn owner(conversation: &Conversation) -> Option<(&TenantId, &AccountId)> {
    let running = || conversation.session().map(|session| (&session.account.tenant, &session.account.account));
    let last = || conversation.last()?.owner.as_ref().map(|owner| (&owner.tenant, &owner.account));
    let message = || conversation.any_message().map(|message| (&message.tenant, &message.account));
    running().or_else(last).or_else(message)
}

/// Whether the conversation is shown to be of this account.
pub(super) fn is_of(conversation: &Conversation, account: &Account) -> bool {
    owner(conversation) == Some((&account.tenant, &account.account))
}

/// What a refusal of a command of this account is about: the conversation if it is the account's, else the account
/// alone, so that nobody puts facts beside those of another tenant.
pub(super) fn subject_for(conversation: &Conversation, id: ConversationId, account: &Account) -> Subject {
    if is_of(conversation, account) { Subject::Conversation(id) } else { Subject::Account(account.account.clone()) }
}

/// The same for a receipt, by whichever account of the tenant it came: the one of an SMS is not the conversation's.
pub(super) fn subject_for_report(
    conversation: &Conversation,
    id: ConversationId,
    tenant: &TenantId,
    reporter: Option<&AccountId>,
) -> Subject {
    let is_theirs = owner(conversation).is_some_and(|(owner, _)| owner == tenant);
    match reporter.filter(|_| !is_theirs) {
        None => Subject::Conversation(id),
        Some(reporter) => Subject::Account(reporter.clone()),
    }
}
