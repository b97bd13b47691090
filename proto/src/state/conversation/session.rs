//! The running session.

use usher_domain::content::Private;
use usher_domain::state::conversation::{Asked, Awaited, Phase, Session, Unread, Watch};
use usher_domain::{AgentId, BotId, Timestamp, VisitorId};

use crate::error::DecodeError;
use crate::field::{
    id, name, optional, optional_instant, optional_name, optional_phone, required, text, texts, variant, within,
};
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
            invited: session.invited,
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
            invited: session.invited,
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
            Phase::Offered { asked, agents, until } => Self::Offered(wire::Offered {
                asked: Some(asked.into()),
                agents: texts(agents),
                until_ms: until.millis(),
            }),
            Phase::Active { asked, agent, watch } => Self::Active(wire::Active {
                asked: Some(asked.into()),
                agent: Some(agent.into()),
                watch: Some(watch.into()),
            }),
            Phase::OnHold { asked, agent, held } => Self::OnHold(wire::OnHold {
                asked: Some(asked.into()),
                agent: Some(agent.into()),
                held: Some((*held).into()),
            }),
            Phase::LeaveMessage(asked) => Self::LeaveMessage(asked.into()),
        }
    }
}

impl TryFrom<wire::session::Phase> for Phase {
    type Error = DecodeError;

    fn try_from(phase: wire::session::Phase) -> Result<Self, DecodeError> {
        Ok(match phase {
            wire::session::Phase::Bot(bot) => Self::Bot(name("bot", bot, BotId::new)?),
            wire::session::Phase::Waiting(asked) => Self::Waiting(within("waiting", asked)?),
            wire::session::Phase::Offered(offered) => {
                let agents = offered.agents.into_iter().map(|agent| name("offered.agents", agent, AgentId::new));
                Self::Offered {
                    asked: required("offered.asked", offered.asked)?,
                    agents: agents.collect::<Result<_, _>>()?,
                    until: Timestamp::from_millis(offered.until_ms),
                }
            }
            wire::session::Phase::Active(active) => Self::Active {
                asked: required("active.asked", active.asked)?,
                agent: required("active.agent", active.agent)?,
                watch: optional("active.watch", active.watch)?.unwrap_or_default(),
            },
            wire::session::Phase::OnHold(on_hold) => Self::OnHold {
                asked: required("on_hold.asked", on_hold.asked)?,
                agent: required("on_hold.agent", on_hold.agent)?,
                held: required("on_hold.held", on_hold.held)?,
            },
            wire::session::Phase::LeaveMessage(asked) => Self::LeaveMessage(within("leave_message", asked)?),
        })
    }
}

impl From<&Watch> for wire::Watch {
    fn from(watch: &Watch) -> Self {
        Self {
            care: Some((&watch.care).into()),
            reply_by_ms: watch.reply_by.map(Timestamp::millis),
            awaits_visitor: watch.awaited != Awaited::Agent,
            reminded: watch.awaited == Awaited::Visitor { reminded: true },
            consulted: text(&watch.consulted),
        }
    }
}

impl TryFrom<wire::Watch> for Watch {
    type Error = DecodeError;

    fn try_from(watch: wire::Watch) -> Result<Self, DecodeError> {
        let visitor = Awaited::Visitor { reminded: watch.reminded };
        Ok(Self {
            care: optional("care", watch.care)?.unwrap_or_default(),
            reply_by: optional_instant(watch.reply_by_ms),
            awaited: if watch.awaits_visitor { visitor } else { Awaited::Agent },
            consulted: optional_name("consulted", watch.consulted, AgentId::new)?,
        })
    }
}

impl From<&Asked> for wire::Asked {
    fn from(asked: &Asked) -> Self {
        Self {
            version: Some(asked.version.into()),
            target: Some((&asked.target).into()),
            asked_at_ms: asked.asked_at.millis(),
            moved_at_ms: asked.moved_at.map(Timestamp::millis),
            avoid: text(&asked.avoid),
            overflowed: asked.overflowed,
            returns: asked.returns,
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
            moved_at: optional_instant(asked.moved_at_ms),
            avoid: optional_name("avoid", asked.avoid, AgentId::new)?,
            overflowed: asked.overflowed,
            returns: asked.returns,
        })
    }
}
