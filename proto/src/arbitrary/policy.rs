//! How the queues of a desk work.

use std::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::policy::{
    Calendar, Care, Choice, ChoicePolicy, Compare, DeskPolicy, Exception, Exceptions, FirstReply, Inactivity, Interval,
    Label, Labels, LanePolicy, LimitsPolicy, LossPolicy, NoticePolicy, OfferPolicy, OrderPolicy, PresencePolicy, Ring,
    Selector, TransferPolicy,
};
use usher_domain::{CalendarId, GroupId};

use super::base::{group_id, id_text, span, text, timestamp};

pub(crate) fn calendar_id() -> impl Strategy<Value = CalendarId> {
    id_text().prop_map(CalendarId::new)
}

pub(crate) fn desk_policy() -> BoxedStrategy<DeskPolicy> {
    let loss = prop_oneof![Just(LossPolicy::Requeue), span().prop_map(|within| LossPolicy::Hold { within })];
    let presence = (of(span()), loss).prop_map(|(lease, loss)| PresencePolicy { lease, loss });
    (lane_policy(), of(span()), presence)
        .prop_map(|(lane, designated_within, presence)| DeskPolicy { lane, designated_within, presence })
        .boxed()
}

pub(crate) fn lane_policy() -> BoxedStrategy<LanePolicy> {
    let limits = (of(any::<u32>()), of(span()));
    let exceptions = (exception(), exception(), exception());
    let transfer = select(vec![TransferPolicy::Keeps, TransferPolicy::Restarts]);
    let serving = (of(offer()), choice(), order(), vec(ring(), 0..3));
    let bounds = (limits, of(calendar_id()), exceptions);
    (serving, bounds, of(span()), transfer, of(span()), care())
        .prop_map(|((offer, choice, order, rings), bounds, wrap_up, transfer, notices, care)| {
            let ((length_max, wait_max), calendar, (full, too_long, off_hours)) = bounds;
            LanePolicy {
                offer,
                choice,
                order,
                rings,
                limits: LimitsPolicy { length_max, wait_max },
                calendar,
                exceptions: Exceptions { full, too_long, off_hours },
                wrap_up,
                transfer,
                notices: notices.map(|every| NoticePolicy { every }),
                care,
            }
        })
        .boxed()
}

fn offer() -> BoxedStrategy<OfferPolicy> {
    (span(), any::<u32>(), of(any::<u32>()), span())
        .prop_map(|(within, at_once, misses_max, back_off)| OfferPolicy { within, at_once, misses_max, back_off })
        .boxed()
}

fn choice() -> BoxedStrategy<ChoicePolicy> {
    let by = select(vec![Choice::LongestIdle, Choice::LeastLoaded, Choice::HighestSkill]);
    (by, of(span())).prop_map(|(by, sticky)| ChoicePolicy { by, sticky }).boxed()
}

fn order() -> BoxedStrategy<OrderPolicy> {
    prop_oneof![
        Just(OrderPolicy::VipFirst),
        Just(OrderPolicy::Priority),
        (span(), span()).prop_map(|(vip, level)| OrderPolicy::Ageing { vip, level }),
        any::<u32>().prop_map(|vips| OrderPolicy::Share { vips }),
    ]
    .boxed()
}

fn ring() -> BoxedStrategy<Ring> {
    let groups = vec(group_id(), 0..3);
    (span(), groups, any::<bool>()).prop_map(|(after, groups, anyone)| Ring { after, groups, anyone }).boxed()
}

pub(crate) fn exception() -> BoxedStrategy<Exception> {
    prop_oneof![
        text().prop_map(|text| Exception::Close { text }),
        text().prop_map(|text| Exception::LeaveMessage { text }),
        text().prop_map(|text| Exception::Sms { text }),
        group_id().prop_map(|group| Exception::Overflow { group }),
    ]
    .boxed()
}

pub(crate) fn care() -> BoxedStrategy<Care> {
    let first_reply = (span(), any::<bool>()).prop_map(|(within, requeues)| FirstReply { within, requeues });
    let inactivity = (of(span()), text(), span()).prop_map(|(reminds_after, text, closes_after)| Inactivity {
        reminds_after,
        text,
        closes_after,
    });
    (of(first_reply), of(inactivity)).prop_map(|(first_reply, inactivity)| Care { first_reply, inactivity }).boxed()
}

pub(crate) fn calendar() -> BoxedStrategy<Calendar> {
    let interval = (timestamp(), timestamp()).prop_map(|(from, to)| Interval { from, to });
    (calendar_id(), vec(interval, 0..3), timestamp()).prop_map(|(id, open, until)| Calendar { id, open, until }).boxed()
}

fn label() -> BoxedStrategy<Label> {
    prop_oneof![text().prop_map(Label::Text), any::<i64>().prop_map(Label::Number)].boxed()
}

pub(crate) fn labels() -> BoxedStrategy<Labels> {
    btree_map(id_text(), label(), 0..3).boxed()
}

pub(crate) fn levels() -> BoxedStrategy<std::collections::BTreeMap<GroupId, u32>> {
    btree_map(group_id(), any::<u32>(), 0..3).boxed()
}

pub(crate) fn selectors() -> BoxedStrategy<Vec<Selector>> {
    let compare = select(vec![Compare::Equal, Compare::NotEqual, Compare::AtLeast, Compare::AtMost]);
    let selector = (id_text(), compare, label(), of(span())).prop_map(
        |(label, compare, value, within): (String, Compare, Label, Option<Duration>)| Selector {
            label,
            compare,
            value,
            within,
        },
    );
    vec(selector, 0..3).boxed()
}
