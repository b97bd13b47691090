//! A message that was ordered to its channel.

use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::state::conversation::{Instead, Life, OpenMessage};
use usher_domain::{AccountId, TenantId, Timestamp, VisitorId};

use crate::error::DecodeError;
use crate::field::{choice, name, optional, optional_id, optional_name, optional_phone, span_ms, text, variant};
use crate::wire::{self as all, conversation_state as wire};

impl From<&OpenMessage> for wire::OpenMessage {
    fn from(message: &OpenMessage) -> Self {
        Self {
            tenant: message.tenant.to_string(),
            account: message.account.to_string(),
            dialect: all::Dialect::from(message.dialect).into(),
            collected: message.collected,
            visitor: message.visitor.as_str().to_owned(),
            session: text(&message.session),
            class: all::Class::from(message.class).into(),
            unknown: all::Unknown::from(message.unknown).into(),
            revoke_grace_ms: span_ms(message.revoke_grace),
            status: all::Status::from(message.status).into(),
            sms_status: all::Status::from(message.sms_status).into(),
            sms_account: text(&message.sms_account),
            instead: message.instead.as_ref().map(Into::into),
            life: Some(message.life.into()),
        }
    }
}

impl TryFrom<wire::OpenMessage> for OpenMessage {
    type Error = DecodeError;

    fn try_from(message: wire::OpenMessage) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", message.tenant, TenantId::new)?,
            account: name("account", message.account, AccountId::new)?,
            dialect: choice::<all::Dialect, _>("dialect", message.dialect)?,
            collected: message.collected,
            visitor: name("visitor", message.visitor, VisitorId::new)?,
            session: optional_id("session", message.session)?,
            class: choice::<all::Class, _>("class", message.class)?,
            unknown: choice::<all::Unknown, _>("unknown", message.unknown)?,
            revoke_grace: Duration::from_millis(message.revoke_grace_ms),
            life: variant("life", message.life)?,
            status: choice::<all::Status, _>("status", message.status)?,
            sms_status: choice::<all::Status, _>("sms_status", message.sms_status)?,
            sms_account: optional_name("sms_account", message.sms_account, AccountId::new)?,
            instead: optional("instead", message.instead)?,
        })
    }
}

impl From<Life> for wire::open_message::Life {
    fn from(life: Life) -> Self {
        match life {
            Life::Untimed { settled, ends_at } => {
                Self::Untimed(wire::Untimed { settled, ends_at_ms: ends_at.millis() })
            }
            Life::Open { until } => Self::Open(wire::Open { until_ms: until.millis() }),
            Life::Revoking { until, revoked } => Self::Revoking(wire::Revoking { until_ms: until.millis(), revoked }),
            Life::Ended { outcome, ends_at } => {
                let outcome = all::Outcome::from(outcome).into();
                Self::Ended(wire::Ended { outcome, ends_at_ms: ends_at.millis() })
            }
        }
    }
}

impl TryFrom<wire::open_message::Life> for Life {
    type Error = DecodeError;

    fn try_from(life: wire::open_message::Life) -> Result<Self, DecodeError> {
        use wire::open_message::Life as Wire;
        Ok(match life {
            Wire::Untimed(untimed) => {
                Self::Untimed { settled: untimed.settled, ends_at: Timestamp::from_millis(untimed.ends_at_ms) }
            }
            Wire::Open(open) => Self::Open { until: Timestamp::from_millis(open.until_ms) },
            Wire::Revoking(revoking) => {
                Self::Revoking { until: Timestamp::from_millis(revoking.until_ms), revoked: revoking.revoked }
            }
            Wire::Ended(ended) => Self::Ended {
                outcome: choice::<all::Outcome, _>("ended.outcome", ended.outcome)?,
                ends_at: Timestamp::from_millis(ended.ends_at_ms),
            },
        })
    }
}

impl From<&Instead> for wire::Instead {
    fn from(instead: &Instead) -> Self {
        Self {
            account: instead.account.to_string(),
            to: instead.to.as_ref().map(|number| number.as_str().to_owned()),
            text: instead.text.as_ref().map(|words| words.as_str().to_owned()),
            ttl_ms: span_ms(instead.ttl),
            origin: instead.origin.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<wire::Instead> for Instead {
    type Error = DecodeError;

    fn try_from(instead: wire::Instead) -> Result<Self, DecodeError> {
        Ok(Self {
            account: name("account", instead.account, AccountId::new)?,
            to: optional_phone("to", instead.to)?,
            text: instead.text.map(Private::from),
            ttl: Duration::from_millis(instead.ttl_ms),
            origin: optional("origin", instead.origin)?,
        })
    }
}
