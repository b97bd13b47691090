//! Random rules, and random histories of one small desk under them.

use std::time::Duration;

use proptest::prelude::*;

use usher_domain::desk::{AgentRecord, Presence};
use usher_domain::policy::{Choice, ChoicePolicy, Compare, DeskPolicy, Label, LanePolicy, OrderPolicy, Ring, Selector};
use usher_domain::{Demand, Dialect, Want, Wish};

use crate::desk::tests::bench::{agent, at, group, record, session, target};

const AGENTS: [&str; 4] = ["a", "b", "c", "d"];
pub(super) const GROUPS: [&str; 2] = ["sales", "service"];
const TARGETS: [&str; 7] = ["", "sales", "sales", "service", "@a", "@b", "@nobody"];

/// One thing that happens, so many seconds after the one before.
#[derive(Debug, Clone)]
pub(super) struct Event(pub(super) i64, pub(super) Act);

#[derive(Debug, Clone)]
pub(super) enum Act {
    Demand(Demand),
    Presence(&'static str, Presence),
    Agents(Vec<AgentRecord>),
    Nothing,
}

fn span(seconds: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    seconds.prop_map(Duration::from_secs)
}

fn lane_policy() -> impl Strategy<Value = LanePolicy> {
    let choice = prop::sample::select(vec![Choice::LongestIdle, Choice::LeastLoaded, Choice::HighestSkill]);
    let some_groups = prop::sample::subsequence(&GROUPS[..], 0..=2);
    let ring = (span(0..30), some_groups, any::<bool>()).prop_map(|(after, groups, anyone)| {
        let groups = groups.into_iter().map(group).collect();
        Ring { after, groups, anyone }
    });
    (choice, prop::option::of(span(1..20)), prop::collection::vec(ring, 0..3)).prop_map(|(by, sticky, rings)| {
        LanePolicy { choice: ChoicePolicy { by, sticky }, order: OrderPolicy::VipFirst, rings, ..LanePolicy::default() }
    })
}

fn selectors() -> impl Strategy<Value = Vec<Selector>> {
    let what = prop::sample::select(vec![
        ("lang", Compare::Equal, Label::Text("zh".to_owned())),
        ("lang", Compare::NotEqual, Label::Text("zh".to_owned())),
        ("level", Compare::AtLeast, Label::Number(2)),
    ]);
    let one = (what, prop::option::of(span(1..25))).prop_map(|((label, compare, value), within)| {
        let label = label.to_owned();
        Selector { label, compare, value, within }
    });
    prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(one, 1..3)]
}

fn demand() -> impl Strategy<Value = Act> {
    let whom = (prop::sample::select(&TARGETS[..]), any::<bool>(), selectors());
    let known = prop::option::of(prop::sample::select(&AGENTS[..]));
    let avoided = prop::option::weighted(0.2, prop::sample::select(&AGENTS[..]));
    let numbers = (0..10_u32, 1..5_u32, any::<bool>(), 0..6_i64, 0..3_u32);
    let channel = prop::sample::select(vec![Dialect::Native, Dialect::Sms]);
    (whom, numbers, known, avoided, channel).prop_map(
        |((to, beside, selectors), (number, epoch, vip, asked_at, weight), last_agent, avoid, channel)| {
            let mut target = target(to);
            if beside && target.agent.is_some() {
                target.group = Some(group("service"));
            }
            target.selectors = selectors;
            let wish = Wish {
                target,
                vip,
                asked_at: at(asked_at),
                weight,
                channel,
                last_agent: last_agent.map(agent),
                avoid: avoid.map(agent),
                ..Wish::default()
            };
            Act::Demand(Demand { session: session(number), epoch, want: Want::Agent(Box::new(wish)) })
        },
    )
}

fn agents() -> impl Strategy<Value = Vec<AgentRecord>> {
    let who = prop::sample::subsequence(&AGENTS[..], 1..=AGENTS.len());
    let groups = prop::sample::subsequence(&GROUPS[..], 0..=2);
    let labels = (any::<bool>(), prop::option::of(0..4_i64), 0..3_u32, prop::option::of(0..2_u32));
    let how = prop::collection::vec((0..4_u32, groups, labels), AGENTS.len());
    (who, how).prop_map(|(who, how)| {
        who.into_iter()
            .zip(how)
            .map(|(name, (capacity, groups, (zh, level, skill, limit)))| {
                let mut record = record(name, capacity, &groups);
                if zh {
                    record.labels.insert("lang".to_owned(), Label::Text("zh".to_owned()));
                }
                level.map(|level| record.labels.insert("level".to_owned(), Label::Number(level)));
                record.levels.insert(group("sales"), skill);
                limit.map(|limit| record.limits.insert(Dialect::Sms, limit));
                record
            })
            .collect()
    })
}

pub(super) fn history() -> impl Strategy<Value = (DeskPolicy, Vec<LanePolicy>, Vec<Event>)> {
    let how = prop_oneof![3 => Just(Presence::Online), 1 => prop::sample::select(&Presence::ALL[..])];
    let leave = (0..10_u32, 1..5_u32)
        .prop_map(|(number, epoch)| Act::Demand(Demand { session: session(number), epoch, want: Want::Nobody }));
    let act = prop_oneof![
        10 => demand(),
        4 => leave,
        4 => (prop::sample::select(&AGENTS[..]), how).prop_map(|(name, how)| Act::Presence(name, how)),
        1 => agents().prop_map(Act::Agents),
        3 => Just(Act::Nothing),
    ];
    let event = (prop_oneof![3 => Just(0), 2 => 0..14_i64], act).prop_map(|(seconds, act)| Event(seconds, act));
    let desk = (lane_policy(), prop::option::of(span(0..25))).prop_map(|(lane, designated_within)| DeskPolicy {
        lane,
        designated_within,
        ..DeskPolicy::default()
    });
    let first = agents().prop_map(|agents| Event(0, Act::Agents(agents)));
    let events = (first, prop::collection::vec(event, 1..60)).prop_map(|(first, events)| {
        let online = AGENTS.map(|name| Event(0, Act::Presence(name, Presence::Online)));
        [first].into_iter().chain(online).chain(events).collect()
    });
    (desk, prop::collection::vec(lane_policy(), GROUPS.len()), events)
}
