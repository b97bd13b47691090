//! The running session.

use usher_domain::content::Private;
use usher_domain::state::conversation::{Asked, Phase, Session, Unread};
use usher_domain::{AgentId, BotId, Timestamp, VisitorId};

use crate::error::DecodeError;
use crate::field::{id, name, optional_name, optional_phone, required, text, variant, within};
use crate::wire::conversation_state as wire;

impl From<&Session> for wire::Session {
    fn from(session: &Session) -> Self {
        Self {
            session: session.id.to_string(),
            account: Some((&session.account).into()),
            visitor: session.visitor.as_str().to_owned(),
            nickname: session.nickname.as_ref().map(|name| name.as_str().to_owned()),
            phone: session.phone.as_ref().map(|number| number.as_str().to_owned()),
            vip: session.vip,
            quiet_since_ms: session.quiet_since.millis(),
            next_line: session.next_line,
            truncated: session.truncated,
            typing_told_ms: session.typing_told.map(Timestamp::millis),
            unread: session.unread.iter().map(Into::into).collect(),
            rated: session.rated,
            last_agent: text(&session.last_agent),
            phase: Some((&session.phase).into()),
        }
    }
}

impl TryFrom<wire::Session> for Session {
    type Error = DecodeError;

    fn try_from(session: wire::Session) -> Result<Self, DecodeError> {
        Ok(Self {
            id: id("session", &session.session)?,
            account: required("account", session.account)?,
            visitor: name("visitor", session.visitor, VisitorId::new)?,
            nickname: session.nickname.map(Private::from),
            phone: optional_phone("phone", session.phone)?,
            vip: session.vip,
            phase: variant("phase", session.phase)?,
            quiet_since: Timestamp::from_millis(session.quiet_since_ms),
            next_line: session.next_line,
            truncated: session.truncated,
            typing_told: session.typing_told_ms.map(Timestamp::from_millis),
            unread: session.unread.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            rated: session.rated,
            last_agent: optional_name("last_agent", session.last_agent, AgentId::new)?,
        })
    }
}

impl From<&Unread> for wire::Unread {
    fn from(unread: &Unread) -> Self {
        Self { message: unread.message.to_string(), named: unread.named.as_ref().map(|name| name.as_str().to_owned()) }
    }
}

impl TryFrom<wire::Unread> for Unread {
    type Error = DecodeError;

    fn try_from(unread: wire::Unread) -> Result<Self, DecodeError> {
        Ok(Self { message: id("unread.message", &unread.message)?, named: unread.named.map(Private::from) })
    }
}

impl From<&Phase> for wire::session::Phase {
    fn from(phase: &Phase) -> Self {
        match phase {
            Phase::Bot(bot) => Self::Bot(bot.to_string()),
            Phase::Waiting(asked) => Self::Waiting(asked.into()),
            Phase::Active { asked, agent } => {
                Self::Active(wire::Active { asked: Some(asked.into()), agent: Some(agent.into()) })
            }
        }
    }
}

impl TryFrom<wire::session::Phase> for Phase {
    type Error = DecodeError;

    fn try_from(phase: wire::session::Phase) -> Result<Self, DecodeError> {
        Ok(match phase {
            wire::session::Phase::Bot(bot) => Self::Bot(name("bot", bot, BotId::new)?),
            wire::session::Phase::Waiting(asked) => Self::Waiting(within("waiting", asked)?),
            wire::session::Phase::Active(active) => Self::Active {
                asked: required("active.asked", active.asked)?,
                agent: required("active.agent", active.agent)?,
            },
        })
    }
}

impl From<&Asked> for wire::Asked {
    fn from(asked: &Asked) -> Self {
        Self {
            version: Some(asked.version.into()),
            target: Some((&asked.target).into()),
            asked_at_ms: asked.asked_at.millis(),
        }
    }
}

impl TryFrom<wire::Asked> for Asked {
    type Error = DecodeError;

    fn try_from(asked: wire::Asked) -> Result<Self, DecodeError> {
        Ok(Self {
            version: required("version", asked.version)?,
            target: required("target", asked.target)?,
            asked_at: Timestamp::from_millis(asked.asked_at_ms),
        })
    }
}
