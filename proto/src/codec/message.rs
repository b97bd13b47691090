//! `message.proto`.

use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::message::{Fallback, Unknown};
use usher_domain::{AccountId, BotId, Class, Message, Party, Terms};
use wire::party::{Bot, Kind, System, Tenant, Visitor};

use super::content::optionally_said;
use crate::error::DecodeError;
use crate::field::{
    choice, id, name, optional, optional_name, optional_phone, required, span_ms, text, unspecified, variant, within,
};
use crate::wire;

impl From<&Message> for wire::Message {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.to_string(),
            from: Some((&message.from).into()),
            content: Some((&message.content).into()),
            ext: optionally_said(&message.ext),
            via: text(&message.via),
        }
    }
}

impl TryFrom<wire::Message> for Message {
    type Error = DecodeError;

    fn try_from(message: wire::Message) -> Result<Self, DecodeError> {
        Ok(Self {
            id: id("id", &message.id)?,
            from: required("from", message.from)?,
            content: required("content", message.content)?,
            ext: message.ext.map(Private::from),
            via: optional_name("via", message.via, AccountId::new)?,
        })
    }
}

impl From<&Party> for wire::Party {
    fn from(party: &Party) -> Self {
        let kind = match party {
            Party::Visitor { nickname } => Kind::Visitor(Visitor { nickname: optionally_said(nickname) }),
            Party::Agent(card) => Kind::Agent(card.into()),
            Party::Bot(bot) => Kind::Bot(Bot { id: bot.to_string() }),
            Party::Tenant => Kind::Tenant(Tenant {}),
            Party::System => Kind::System(System {}),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<wire::Party> for Party {
    type Error = DecodeError;

    fn try_from(party: wire::Party) -> Result<Self, DecodeError> {
        variant("kind", party.kind)
    }
}

impl TryFrom<Kind> for Party {
    type Error = DecodeError;

    fn try_from(kind: Kind) -> Result<Self, DecodeError> {
        Ok(match kind {
            Kind::Visitor(visitor) => Self::Visitor { nickname: visitor.nickname.map(Private::from) },
            Kind::Agent(card) => Self::Agent(within("agent", card)?),
            Kind::Bot(bot) => Self::Bot(name("bot.id", bot.id, BotId::new)?),
            Kind::Tenant(_) => Self::Tenant,
            Kind::System(_) => Self::System,
        })
    }
}

impl From<&Terms> for wire::Terms {
    fn from(terms: &Terms) -> Self {
        Self {
            class: wire::Class::from(terms.class).into(),
            ttl_ms: terms.ttl.map(span_ms),
            fallback: terms.fallback.as_ref().map(Into::into),
            unknown: wire::Unknown::from(terms.unknown).into(),
            grace_ms: span_ms(terms.grace),
            revoke_grace_ms: span_ms(terms.revoke_grace),
        }
    }
}

impl TryFrom<wire::Terms> for Terms {
    type Error = DecodeError;

    fn try_from(terms: wire::Terms) -> Result<Self, DecodeError> {
        Ok(Self {
            class: choice::<wire::Class, _>("class", terms.class)?,
            ttl: terms.ttl_ms.map(Duration::from_millis),
            fallback: optional("fallback", terms.fallback)?,
            unknown: choice::<wire::Unknown, _>("unknown", terms.unknown)?,
            grace: Duration::from_millis(terms.grace_ms),
            revoke_grace: Duration::from_millis(terms.revoke_grace_ms),
        })
    }
}

impl From<&Fallback> for wire::Fallback {
    fn from(fallback: &Fallback) -> Self {
        Self {
            account: fallback.account.to_string(),
            to: fallback.to.as_ref().map(|number| number.as_str().to_owned()),
            ttl_ms: span_ms(fallback.ttl),
        }
    }
}

impl TryFrom<wire::Fallback> for Fallback {
    type Error = DecodeError;

    fn try_from(fallback: wire::Fallback) -> Result<Self, DecodeError> {
        Ok(Self {
            account: name("account", fallback.account, AccountId::new)?,
            to: optional_phone("to", fallback.to)?,
            ttl: Duration::from_millis(fallback.ttl_ms),
        })
    }
}

impl From<Class> for wire::Class {
    fn from(class: Class) -> Self {
        match class {
            Class::Authentication => Self::Authentication,
            Class::Transaction => Self::Transaction,
            Class::Promotion => Self::Promotion,
            Class::Service => Self::Service,
        }
    }
}

impl TryFrom<wire::Class> for Class {
    type Error = DecodeError;

    fn try_from(class: wire::Class) -> Result<Self, DecodeError> {
        Ok(match class {
            wire::Class::Unspecified => return unspecified(),
            wire::Class::Authentication => Self::Authentication,
            wire::Class::Transaction => Self::Transaction,
            wire::Class::Promotion => Self::Promotion,
            wire::Class::Service => Self::Service,
        })
    }
}

impl From<Unknown> for wire::Unknown {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Sms => Self::Sms,
            Unknown::Silence => Self::Silence,
        }
    }
}

impl TryFrom<wire::Unknown> for Unknown {
    type Error = DecodeError;

    fn try_from(unknown: wire::Unknown) -> Result<Self, DecodeError> {
        Ok(match unknown {
            wire::Unknown::Unspecified => return unspecified(),
            wire::Unknown::Sms => Self::Sms,
            wire::Unknown::Silence => Self::Silence,
        })
    }
}
