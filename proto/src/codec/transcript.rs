//! `transcript.proto`.

use usher_domain::{AccountId, TenantId, Timestamp, Transcript, VisitorId};

use crate::error::DecodeError;
use crate::field::{id, name, optional_id, required, text};
use crate::wire;

impl From<&Transcript> for wire::Transcript {
    fn from(transcript: &Transcript) -> Self {
        Self {
            tenant: transcript.tenant.to_string(),
            account: transcript.account.to_string(),
            conversation: transcript.conversation.to_string(),
            session: text(&transcript.session),
            visitor: transcript.visitor.as_str().to_owned(),
            message: Some((&transcript.message).into()),
            at_ms: transcript.at.millis(),
        }
    }
}

impl TryFrom<wire::Transcript> for Transcript {
    type Error = DecodeError;

    fn try_from(transcript: wire::Transcript) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", transcript.tenant, TenantId::new)?,
            account: name("account", transcript.account, AccountId::new)?,
            conversation: id("conversation", &transcript.conversation)?,
            session: optional_id("session", transcript.session)?,
            visitor: name("visitor", transcript.visitor, VisitorId::new)?,
            message: required("message", transcript.message)?,
            at: Timestamp::from_millis(transcript.at_ms),
        })
    }
}
