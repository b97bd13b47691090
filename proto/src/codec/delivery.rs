//! `delivery.proto`.

use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::delivery::{Briefing, DeliveryTarget, LeftReason, Line, Notice, Offer, Order, WithdrawnReason};
use usher_domain::{AccountId, AgentId, BotId, Delivery, DeskId, GroupId, TenantId, Timestamp, VisitorId};
use wire::delivery_target::{self, Kind as WireTarget};
use wire::notice::{self, Kind as WireNotice};
use wire::order::{self, Kind as WireOrder};

use super::content::{optionally_said, said};
use crate::error::DecodeError;
use crate::field::{
    choice, id, ids, name, optional, optional_id, optional_instant, optional_name, phone, required, score, span_ms,
    text, texts, unspecified, variant, within,
};
use crate::wire;

impl From<&Delivery> for wire::Delivery {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            tenant: delivery.tenant.to_string(),
            account: delivery.account.to_string(),
            conversation: text(&delivery.conversation),
            session: text(&delivery.session),
            target: Some((&delivery.target).into()),
            order: Some((&delivery.order).into()),
            deadline_ms: delivery.deadline.map(|at| at.millis()),
        }
    }
}

impl TryFrom<wire::Delivery> for Delivery {
    type Error = DecodeError;

    fn try_from(delivery: wire::Delivery) -> Result<Self, DecodeError> {
        Ok(Self {
            id: id("id", &delivery.id)?,
            tenant: name("tenant", delivery.tenant, TenantId::new)?,
            account: name("account", delivery.account, AccountId::new)?,
            conversation: optional_id("conversation", delivery.conversation)?,
            session: optional_id("session", delivery.session)?,
            target: required("target", delivery.target)?,
            order: required("order", delivery.order)?,
            deadline: optional_instant(delivery.deadline_ms),
        })
    }
}

impl From<&DeliveryTarget> for wire::DeliveryTarget {
    fn from(target: &DeliveryTarget) -> Self {
        let kind = match target {
            DeliveryTarget::Channel { dialect, visitor } => WireTarget::Channel(delivery_target::Channel {
                dialect: wire::Dialect::from(*dialect).into(),
                visitor: visitor.as_str().to_owned(),
            }),
            DeliveryTarget::Sms { account, to } => {
                WireTarget::Sms(delivery_target::Sms { account: account.to_string(), to: to.as_str().to_owned() })
            }
            DeliveryTarget::Bot(bot) => WireTarget::Bot(delivery_target::Bot { id: bot.to_string() }),
            DeliveryTarget::Workspace { desk, agent } => {
                WireTarget::Workspace(delivery_target::Workspace { desk: desk.to_string(), agent: text(agent) })
            }
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<wire::DeliveryTarget> for DeliveryTarget {
    type Error = DecodeError;

    fn try_from(target: wire::DeliveryTarget) -> Result<Self, DecodeError> {
        variant("kind", target.kind)
    }
}

impl TryFrom<WireTarget> for DeliveryTarget {
    type Error = DecodeError;

    fn try_from(target: WireTarget) -> Result<Self, DecodeError> {
        Ok(match target {
            WireTarget::Channel(channel) => Self::Channel {
                dialect: choice::<wire::Dialect, _>("channel.dialect", channel.dialect)?,
                visitor: name("channel.visitor", channel.visitor, VisitorId::new)?,
            },
            WireTarget::Sms(sms) => {
                Self::Sms { account: name("sms.account", sms.account, AccountId::new)?, to: phone("sms.to", &sms.to)? }
            }
            WireTarget::Bot(bot) => Self::Bot(name("bot.id", bot.id, BotId::new)?),
            WireTarget::Workspace(workspace) => Self::Workspace {
                desk: name("workspace.desk", workspace.desk, DeskId::new)?,
                agent: optional_name("workspace.agent", workspace.agent, AgentId::new)?,
            },
        })
    }
}

impl From<&Order> for wire::Order {
    fn from(order: &Order) -> Self {
        Self { kind: Some(order.into()) }
    }
}

impl TryFrom<wire::Order> for Order {
    type Error = DecodeError;

    fn try_from(order: wire::Order) -> Result<Self, DecodeError> {
        variant("kind", order.kind)
    }
}

impl From<&Order> for WireOrder {
    fn from(order: &Order) -> Self {
        match order {
            Order::Message { message, class, visitor } => Self::Message(order::Say {
                message: Some(message.into()),
                class: wire::Class::from(*class).into(),
                visitor: visitor.as_ref().map(|visitor| visitor.as_str().to_owned()),
            }),
            Order::Connected { visitor, context } => Self::Connected(order::Connected {
                visitor: visitor.as_str().to_owned(),
                context: optionally_said(context),
            }),
            Order::Assigned { agent, placement, visitor, briefing } => Self::Assigned(order::Assigned {
                agent: Some(agent.into()),
                placement: Some((*placement).into()),
                visitor: visitor.as_str().to_owned(),
                profile: Some((&briefing.profile).into()),
                lines: briefing.lines.iter().map(Into::into).collect(),
                truncated: briefing.truncated,
            }),
            Order::Offered(offer) => Self::Offered(offer.as_ref().into()),
            Order::OfferWithdrawn { agent, placement, reason } => Self::OfferWithdrawn(order::OfferWithdrawn {
                agent: agent.to_string(),
                placement: Some((*placement).into()),
                reason: wire::WithdrawnReason::from(*reason).into(),
            }),
            Order::Left { agent, reason } => {
                Self::Left(order::Left { agent: agent.to_string(), reason: wire::LeftReason::from(*reason).into() })
            }
            Order::Closed => Self::Closed(order::Closed {}),
            Order::Notice(notice) => Self::Notice(notice.into()),
            Order::Typing => Self::Typing(order::Typing {}),
            Order::Read { messages, named } => {
                Self::Read(order::Read { messages: texts(messages), named: named.iter().map(said).collect() })
            }
            Order::Revoke { message } => Self::Revoke(order::Revoke { message: message.to_string() }),
            Order::Profile(profile) => Self::Profile(profile.as_ref().into()),
            Order::Survey { score, detail } => {
                Self::Survey(order::Survey { score: score.map(u32::from), detail: said(detail) })
            }
            Order::Ack { key } => Self::Ack(order::Ack { key: said(key) }),
            Order::Refused { command, reason, input } => Self::Refused(order::Refused {
                command: wire::Command::from(*command).into(),
                reason: wire::Refusal::from(*reason).into(),
                input: input.to_string(),
            }),
            Order::MessageLeft { message, visitor } => Self::MessageLeft(order::MessageLeft {
                message: Some(message.into()),
                visitor: visitor.as_str().to_owned(),
            }),
            Order::Consulted { agent, by, visitor, briefing } => Self::Consulted(order::Consulted {
                agent: agent.to_string(),
                by: Some(by.into()),
                visitor: visitor.as_str().to_owned(),
                profile: Some((&briefing.profile).into()),
                lines: briefing.lines.iter().map(Into::into).collect(),
                truncated: briefing.truncated,
            }),
            Order::ConsultEnded { agent } => Self::ConsultEnded(order::ConsultEnded { agent: agent.to_string() }),
            Order::Whisper { from, text } => Self::Whisper(order::Whisper { from: from.to_string(), text: said(text) }),
        }
    }
}

impl TryFrom<WireOrder> for Order {
    type Error = DecodeError;

    fn try_from(order: WireOrder) -> Result<Self, DecodeError> {
        Ok(match order {
            WireOrder::Message(say) => Self::Message {
                message: required("message.message", say.message)?,
                class: choice::<wire::Class, _>("message.class", say.class)?,
                visitor: optional_name("message.visitor", say.visitor, VisitorId::new)?,
            },
            WireOrder::Connected(connected) => Self::Connected {
                visitor: name("connected.visitor", connected.visitor, VisitorId::new)?,
                context: connected.context.map(Private::from),
            },
            WireOrder::Assigned(assigned) => Self::Assigned {
                agent: required("assigned.agent", assigned.agent)?,
                placement: required("assigned.placement", assigned.placement)?,
                visitor: name("assigned.visitor", assigned.visitor, VisitorId::new)?,
                briefing: Box::new(Briefing {
                    profile: within("assigned.profile", assigned.profile.unwrap_or_default())?,
                    lines: lines("assigned.lines", assigned.lines)?,
                    truncated: assigned.truncated,
                }),
            },
            WireOrder::Offered(offer) => Self::Offered(Box::new(within("offered", offer)?)),
            WireOrder::OfferWithdrawn(withdrawn) => Self::OfferWithdrawn {
                agent: name("offer_withdrawn.agent", withdrawn.agent, AgentId::new)?,
                placement: required("offer_withdrawn.placement", withdrawn.placement)?,
                reason: choice::<wire::WithdrawnReason, _>("offer_withdrawn.reason", withdrawn.reason)?,
            },
            WireOrder::Left(left) => Self::Left {
                agent: name("left.agent", left.agent, AgentId::new)?,
                reason: choice::<wire::LeftReason, _>("left.reason", left.reason)?,
            },
            WireOrder::Closed(_) => Self::Closed,
            WireOrder::Notice(notice) => Self::Notice(within("notice", notice)?),
            WireOrder::Typing(_) => Self::Typing,
            WireOrder::Read(read) => Self::Read {
                messages: ids("read.messages", &read.messages)?,
                named: read.named.into_iter().map(Private::from).collect(),
            },
            WireOrder::Revoke(revoke) => Self::Revoke { message: id("revoke.message", &revoke.message)? },
            WireOrder::Profile(profile) => Self::Profile(Box::new(within("profile", profile)?)),
            WireOrder::Survey(survey) => Self::Survey {
                score: survey.score.map(score).transpose().map_err(|error| error.inside("survey"))?,
                detail: survey.detail.into(),
            },
            WireOrder::Ack(ack) => Self::Ack { key: ack.key.into() },
            WireOrder::Refused(refused) => Self::Refused {
                command: choice::<wire::Command, _>("refused.command", refused.command)?,
                reason: choice::<wire::Refusal, _>("refused.reason", refused.reason)?,
                input: id("refused.input", &refused.input)?,
            },
            WireOrder::MessageLeft(left) => Self::MessageLeft {
                message: required("message_left.message", left.message)?,
                visitor: name("message_left.visitor", left.visitor, VisitorId::new)?,
            },
            WireOrder::Consulted(consulted) => Self::Consulted {
                agent: name("consulted.agent", consulted.agent, AgentId::new)?,
                by: required("consulted.by", consulted.by)?,
                visitor: name("consulted.visitor", consulted.visitor, VisitorId::new)?,
                briefing: Box::new(Briefing {
                    profile: within("consulted.profile", consulted.profile.unwrap_or_default())?,
                    lines: lines("consulted.lines", consulted.lines)?,
                    truncated: consulted.truncated,
                }),
            },
            WireOrder::ConsultEnded(ended) => {
                Self::ConsultEnded { agent: name("consult_ended.agent", ended.agent, AgentId::new)? }
            }
            WireOrder::Whisper(whisper) => {
                Self::Whisper { from: name("whisper.from", whisper.from, AgentId::new)?, text: whisper.text.into() }
            }
        })
    }
}

impl From<&Offer> for order::Offered {
    fn from(offer: &Offer) -> Self {
        Self {
            agent: offer.agent.to_string(),
            placement: Some(offer.placement.into()),
            visitor: offer.visitor.as_str().to_owned(),
            group: text(&offer.group),
            vip: offer.vip,
            waited_ms: span_ms(offer.waited),
            until_ms: offer.until.millis(),
        }
    }
}

impl TryFrom<order::Offered> for Offer {
    type Error = DecodeError;

    fn try_from(offer: order::Offered) -> Result<Self, DecodeError> {
        Ok(Self {
            agent: name("agent", offer.agent, AgentId::new)?,
            placement: required("placement", offer.placement)?,
            visitor: name("visitor", offer.visitor, VisitorId::new)?,
            group: optional_name("group", offer.group, GroupId::new)?,
            vip: offer.vip,
            waited: Duration::from_millis(offer.waited_ms),
            until: Timestamp::from_millis(offer.until_ms),
        })
    }
}

impl From<WithdrawnReason> for wire::WithdrawnReason {
    fn from(reason: WithdrawnReason) -> Self {
        match reason {
            WithdrawnReason::Taken => Self::Taken,
            WithdrawnReason::Expired => Self::Expired,
            WithdrawnReason::Declined => Self::Declined,
            WithdrawnReason::VisitorLeft => Self::VisitorLeft,
            WithdrawnReason::Rescinded => Self::Rescinded,
        }
    }
}

impl TryFrom<wire::WithdrawnReason> for WithdrawnReason {
    type Error = DecodeError;

    fn try_from(reason: wire::WithdrawnReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::WithdrawnReason::Unspecified => return unspecified(),
            wire::WithdrawnReason::Taken => Self::Taken,
            wire::WithdrawnReason::Expired => Self::Expired,
            wire::WithdrawnReason::Declined => Self::Declined,
            wire::WithdrawnReason::VisitorLeft => Self::VisitorLeft,
            wire::WithdrawnReason::Rescinded => Self::Rescinded,
        })
    }
}

impl From<&Line> for order::Line {
    fn from(line: &Line) -> Self {
        Self { message: Some((&line.message).into()), at_ms: line.at.millis() }
    }
}

impl TryFrom<order::Line> for Line {
    type Error = DecodeError;

    fn try_from(line: order::Line) -> Result<Self, DecodeError> {
        Ok(Self { message: required("message", line.message)?, at: Timestamp::from_millis(line.at_ms) })
    }
}

fn lines(field: &'static str, lines: Vec<order::Line>) -> Result<Vec<Line>, DecodeError> {
    lines.into_iter().map(|line| within(field, line)).collect()
}

impl From<&Notice> for wire::Notice {
    fn from(notice: &Notice) -> Self {
        let kind = match notice {
            Notice::Queued { position, wait } => {
                WireNotice::Queued(notice::Queued { position: *position, wait_ms: wait.map(span_ms) })
            }
            Notice::Assigned { agent } => WireNotice::Assigned(notice::Assigned { agent: Some(agent.into()) }),
            Notice::Transferred { target } => {
                WireNotice::Transferred(notice::Transferred { target: Some(target.into()) })
            }
            Notice::Refused { reason, text } => WireNotice::Refused(notice::Refused {
                reason: reason.map_or(wire::RefusedReason::Unspecified, wire::RefusedReason::from).into(),
                text: text.clone(),
            }),
            Notice::Closed { by_agent } => WireNotice::Closed(notice::Closed { by_agent: *by_agent }),
            Notice::Invitation => WireNotice::Invitation(notice::Invitation {}),
            Notice::LeaveMessage { reason, text } => WireNotice::LeaveMessage(notice::LeaveMessage {
                reason: wire::RefusedReason::from(*reason).into(),
                text: text.clone(),
            }),
            Notice::Reminder { text } => WireNotice::Reminder(notice::Reminder { text: text.clone() }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<wire::Notice> for Notice {
    type Error = DecodeError;

    fn try_from(notice: wire::Notice) -> Result<Self, DecodeError> {
        variant("kind", notice.kind)
    }
}

impl TryFrom<WireNotice> for Notice {
    type Error = DecodeError;

    fn try_from(notice: WireNotice) -> Result<Self, DecodeError> {
        Ok(match notice {
            WireNotice::Queued(queued) => {
                Self::Queued { position: queued.position, wait: queued.wait_ms.map(Duration::from_millis) }
            }
            WireNotice::Assigned(assigned) => Self::Assigned { agent: required("assigned.agent", assigned.agent)? },
            WireNotice::Transferred(told) => {
                Self::Transferred { target: optional("transferred.target", told.target)?.unwrap_or_default() }
            }
            WireNotice::Refused(refused) => Self::Refused {
                reason: (refused.reason != 0)
                    .then(|| choice::<wire::RefusedReason, _>("refused.reason", refused.reason))
                    .transpose()?,
                text: refused.text,
            },
            WireNotice::Closed(closed) => Self::Closed { by_agent: closed.by_agent },
            WireNotice::Invitation(_) => Self::Invitation,
            WireNotice::LeaveMessage(invited) => Self::LeaveMessage {
                reason: choice::<wire::RefusedReason, _>("leave_message.reason", invited.reason)?,
                text: invited.text,
            },
            WireNotice::Reminder(reminder) => Self::Reminder { text: reminder.text },
        })
    }
}

impl From<LeftReason> for wire::LeftReason {
    fn from(reason: LeftReason) -> Self {
        match reason {
            LeftReason::Closed => Self::Closed,
            LeftReason::VisitorLeft => Self::VisitorLeft,
            LeftReason::Idle => Self::Idle,
            LeftReason::Transferred => Self::Transferred,
            LeftReason::Reassigned => Self::Reassigned,
            LeftReason::OnHold => Self::OnHold,
            LeftReason::Unanswered => Self::Unanswered,
        }
    }
}

impl TryFrom<wire::LeftReason> for LeftReason {
    type Error = DecodeError;

    fn try_from(reason: wire::LeftReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::LeftReason::Unspecified => return unspecified(),
            wire::LeftReason::Closed => Self::Closed,
            wire::LeftReason::VisitorLeft => Self::VisitorLeft,
            wire::LeftReason::Idle => Self::Idle,
            wire::LeftReason::Transferred => Self::Transferred,
            wire::LeftReason::Reassigned => Self::Reassigned,
            wire::LeftReason::OnHold => Self::OnHold,
            wire::LeftReason::Unanswered => Self::Unanswered,
        })
    }
}
