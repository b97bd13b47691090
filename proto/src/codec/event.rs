//! `event.proto`: whose fact it is. The facts themselves stand in `write` (the way out) and `read` (the way in), their
//! closed lists in `choice`.

mod choice;
mod read;
mod served;
mod write;

use usher_domain::event::Subject;
use usher_domain::{AccountId, DeskId, Event, TenantId};
use wire::event::Subject as WireSubject;

use crate::error::DecodeError;
use crate::field::{id, name, variant};
use crate::wire;

impl From<&Event> for wire::Event {
    fn from(event: &Event) -> Self {
        let subject = match &event.subject {
            Subject::Conversation(conversation) => WireSubject::Conversation(conversation.to_string()),
            Subject::Desk(desk) => WireSubject::Desk(desk.to_string()),
            Subject::Account(account) => WireSubject::Account(account.to_string()),
        };
        Self { tenant: event.tenant.to_string(), subject: Some(subject), fact: Some((&event.fact).into()) }
    }
}

impl TryFrom<wire::Event> for Event {
    type Error = DecodeError;

    fn try_from(event: wire::Event) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", event.tenant, TenantId::new)?,
            subject: variant("subject", event.subject)?,
            fact: variant("fact", event.fact)?,
        })
    }
}

impl TryFrom<WireSubject> for Subject {
    type Error = DecodeError;

    fn try_from(subject: WireSubject) -> Result<Self, DecodeError> {
        Ok(match subject {
            WireSubject::Conversation(text) => Self::Conversation(id("conversation", &text)?),
            WireSubject::Desk(text) => Self::Desk(name("desk", text, DeskId::new)?),
            WireSubject::Account(text) => Self::Account(name("account", text, AccountId::new)?),
        })
    }
}
