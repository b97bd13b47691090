//! Archived messages, for other teams' own stores.

use crate::ids::{AccountId, ConversationId, SessionId, TenantId, VisitorId};
use crate::message::Message;
use crate::time::Timestamp;

/// One message as it was said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transcript {
    /// Whose tenant.
    pub tenant: TenantId,
    /// On which account.
    pub account: AccountId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// In which session, if in one.
    pub session: Option<SessionId>,
    /// With whom.
    pub visitor: VisitorId,
    /// What was said.
    pub message: Message,
    /// When, by the log.
    pub at: Timestamp,
}
