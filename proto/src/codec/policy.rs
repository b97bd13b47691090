//! `policy.proto`. What is absent is as by default, so that records of before a rule was there mean what they meant.

mod care;
mod selector;

use std::time::Duration;

use usher_domain::policy::{
    Calendar, Choice, ChoicePolicy, DeskPolicy, Exception, Exceptions, Interval, LanePolicy, LimitsPolicy, LossPolicy,
    NoticePolicy, OfferPolicy, OrderPolicy, PresencePolicy, Ring, TransferPolicy,
};
use usher_domain::{CalendarId, GroupId, Timestamp};
use wire::exception::{self, Then};
use wire::order_policy::{self, Order};

use crate::error::DecodeError;
use crate::field::{
    choice, list, name, optional, optional_name, optional_span, optional_span_ms, span_ms, text, texts, variant,
};
use crate::wire;

/// Most queues work as by default, and an absent message says so.
pub(crate) fn unless_default<'a, D, W>(value: &'a D) -> Option<W>
where
    D: Default + PartialEq,
    W: From<&'a D>,
{
    (*value != D::default()).then(|| value.into())
}

impl From<&DeskPolicy> for wire::DeskPolicy {
    fn from(policy: &DeskPolicy) -> Self {
        let PresencePolicy { lease, loss } = policy.presence;
        Self {
            lane: unless_default(&policy.lane),
            designated_within_ms: optional_span_ms(policy.designated_within),
            presence_lease_ms: optional_span_ms(lease),
            hold_ms: match loss {
                LossPolicy::Requeue => None,
                LossPolicy::Hold { within } => Some(span_ms(within)),
            },
        }
    }
}

impl TryFrom<wire::DeskPolicy> for DeskPolicy {
    type Error = DecodeError;

    fn try_from(policy: wire::DeskPolicy) -> Result<Self, DecodeError> {
        let hold = |within| LossPolicy::Hold { within };
        Ok(Self {
            lane: optional("lane", policy.lane)?.unwrap_or_default(),
            designated_within: optional_span(policy.designated_within_ms),
            presence: PresencePolicy {
                lease: optional_span(policy.presence_lease_ms),
                loss: optional_span(policy.hold_ms).map_or(LossPolicy::Requeue, hold),
            },
        })
    }
}

impl From<&LanePolicy> for wire::LanePolicy {
    fn from(policy: &LanePolicy) -> Self {
        Self {
            offer: policy.offer.map(Into::into),
            choice: wire::AgentChoice::from(policy.choice.by).into(),
            sticky_ms: optional_span_ms(policy.choice.sticky),
            order: order(policy.order),
            rings: policy.rings.iter().map(Into::into).collect(),
            length_max: policy.limits.length_max,
            wait_max_ms: optional_span_ms(policy.limits.wait_max),
            calendar: text(&policy.calendar),
            full: unless_default(&policy.exceptions.full),
            too_long: unless_default(&policy.exceptions.too_long),
            off_hours: unless_default(&policy.exceptions.off_hours),
            wrap_up_ms: optional_span_ms(policy.wrap_up),
            transfer_restarts: policy.transfer == TransferPolicy::Restarts,
            notices_every_ms: policy.notices.map(|notices| span_ms(notices.every)),
            care: unless_default(&policy.care),
        }
    }
}

impl TryFrom<wire::LanePolicy> for LanePolicy {
    type Error = DecodeError;

    fn try_from(policy: wire::LanePolicy) -> Result<Self, DecodeError> {
        let by = choice::<wire::AgentChoice, _>("choice", policy.choice)?;
        let transfer = if policy.transfer_restarts { TransferPolicy::Restarts } else { TransferPolicy::Keeps };
        Ok(Self {
            offer: optional("offer", policy.offer)?,
            choice: ChoicePolicy { by, sticky: optional_span(policy.sticky_ms) },
            order: optional("order", policy.order)?.unwrap_or_default(),
            rings: list("rings", policy.rings)?,
            limits: LimitsPolicy { length_max: policy.length_max, wait_max: optional_span(policy.wait_max_ms) },
            calendar: optional_name("calendar", policy.calendar, CalendarId::new)?,
            exceptions: Exceptions {
                full: optional("full", policy.full)?.unwrap_or_default(),
                too_long: optional("too_long", policy.too_long)?.unwrap_or_default(),
                off_hours: optional("off_hours", policy.off_hours)?.unwrap_or_default(),
            },
            wrap_up: optional_span(policy.wrap_up_ms),
            transfer,
            notices: optional_span(policy.notices_every_ms).map(|every| NoticePolicy { every }),
            care: optional("care", policy.care)?.unwrap_or_default(),
        })
    }
}

impl From<OfferPolicy> for wire::OfferPolicy {
    fn from(offer: OfferPolicy) -> Self {
        let OfferPolicy { within, at_once, misses_max, back_off } = offer;
        Self { within_ms: span_ms(within), at_once, misses_max, back_off_ms: span_ms(back_off) }
    }
}

impl TryFrom<wire::OfferPolicy> for OfferPolicy {
    type Error = DecodeError;

    fn try_from(offer: wire::OfferPolicy) -> Result<Self, DecodeError> {
        let wire::OfferPolicy { within_ms, at_once, misses_max, back_off_ms } = offer;
        let (within, back_off) = (Duration::from_millis(within_ms), Duration::from_millis(back_off_ms));
        Ok(Self { within, at_once, misses_max, back_off })
    }
}

impl From<Choice> for wire::AgentChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::LongestIdle => Self::LongestIdle,
            Choice::LeastLoaded => Self::LeastLoaded,
            Choice::HighestSkill => Self::HighestSkill,
        }
    }
}

impl TryFrom<wire::AgentChoice> for Choice {
    type Error = DecodeError;

    fn try_from(choice: wire::AgentChoice) -> Result<Self, DecodeError> {
        Ok(match choice {
            wire::AgentChoice::Unspecified | wire::AgentChoice::LongestIdle => Self::LongestIdle,
            wire::AgentChoice::LeastLoaded => Self::LeastLoaded,
            wire::AgentChoice::HighestSkill => Self::HighestSkill,
        })
    }
}

fn order(policy: OrderPolicy) -> Option<wire::OrderPolicy> {
    let order = match policy {
        OrderPolicy::VipFirst => return None,
        OrderPolicy::Priority => Order::Priority(order_policy::Priority {}),
        OrderPolicy::Ageing { vip, level } => {
            Order::Ageing(order_policy::Ageing { vip_ms: span_ms(vip), level_ms: span_ms(level) })
        }
        OrderPolicy::Share { vips } => Order::Share(order_policy::Share { vips }),
    };
    Some(wire::OrderPolicy { order: Some(order) })
}

impl TryFrom<wire::OrderPolicy> for OrderPolicy {
    type Error = DecodeError;

    fn try_from(policy: wire::OrderPolicy) -> Result<Self, DecodeError> {
        variant("order", policy.order)
    }
}

impl TryFrom<Order> for OrderPolicy {
    type Error = DecodeError;

    fn try_from(order: Order) -> Result<Self, DecodeError> {
        Ok(match order {
            Order::Priority(order_policy::Priority {}) => Self::Priority,
            Order::Ageing(order_policy::Ageing { vip_ms, level_ms }) => {
                Self::Ageing { vip: Duration::from_millis(vip_ms), level: Duration::from_millis(level_ms) }
            }
            Order::Share(order_policy::Share { vips }) => Self::Share { vips },
        })
    }
}

impl From<&Ring> for wire::Ring {
    fn from(ring: &Ring) -> Self {
        Self { after_ms: span_ms(ring.after), groups: texts(&ring.groups), anyone: ring.anyone }
    }
}

impl TryFrom<wire::Ring> for Ring {
    type Error = DecodeError;

    fn try_from(ring: wire::Ring) -> Result<Self, DecodeError> {
        let groups = ring.groups.into_iter().map(|group| name("groups", group, GroupId::new));
        let groups = groups.collect::<Result<_, _>>()?;
        Ok(Self { after: Duration::from_millis(ring.after_ms), groups, anyone: ring.anyone })
    }
}

impl From<&Exception> for wire::Exception {
    fn from(exception: &Exception) -> Self {
        let then = match exception {
            Exception::Close { text } => Then::Close(exception::Close { text: text.clone() }),
            Exception::LeaveMessage { text } => Then::LeaveMessage(exception::LeaveMessage { text: text.clone() }),
            Exception::Sms { text } => Then::Sms(exception::Sms { text: text.clone() }),
            Exception::Overflow { group } => Then::Overflow(exception::Overflow { group: group.to_string() }),
        };
        Self { then: Some(then) }
    }
}

impl TryFrom<wire::Exception> for Exception {
    type Error = DecodeError;

    fn try_from(exception: wire::Exception) -> Result<Self, DecodeError> {
        variant("then", exception.then)
    }
}

impl TryFrom<Then> for Exception {
    type Error = DecodeError;

    fn try_from(then: Then) -> Result<Self, DecodeError> {
        Ok(match then {
            Then::Close(exception::Close { text }) => Self::Close { text },
            Then::LeaveMessage(exception::LeaveMessage { text }) => Self::LeaveMessage { text },
            Then::Sms(exception::Sms { text }) => Self::Sms { text },
            Then::Overflow(exception::Overflow { group }) => {
                Self::Overflow { group: name("overflow.group", group, GroupId::new)? }
            }
        })
    }
}

impl From<&Calendar> for wire::Calendar {
    fn from(calendar: &Calendar) -> Self {
        let interval =
            |span: &Interval| wire::calendar::Interval { from_ms: span.from.millis(), to_ms: span.to.millis() };
        Self {
            id: calendar.id.to_string(),
            open: calendar.open.iter().map(interval).collect(),
            until_ms: calendar.until.millis(),
        }
    }
}

impl TryFrom<wire::Calendar> for Calendar {
    type Error = DecodeError;

    fn try_from(calendar: wire::Calendar) -> Result<Self, DecodeError> {
        let interval = |span: wire::calendar::Interval| Interval {
            from: Timestamp::from_millis(span.from_ms),
            to: Timestamp::from_millis(span.to_ms),
        };
        Ok(Self {
            id: name("id", calendar.id, CalendarId::new)?,
            open: calendar.open.into_iter().map(interval).collect(),
            until: Timestamp::from_millis(calendar.until_ms),
        })
    }
}
