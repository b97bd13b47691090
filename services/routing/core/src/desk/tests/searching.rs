//! Promises of searching and choosing on random histories with random rules: a naive model says by linear search who may
//! take whom at each instant, and objects to the first decision that is not so: eligibility with selectors, exclusions
//! and searches (I10), capacity and channels' limits (I9), VIPs, then who asked first (I12, I13), the agent whom the rule
//! names, and that nobody waits whom somebody could take (I14). What was written restores to what wrote it.

mod model;
mod random;

use std::collections::BTreeMap;

use proptest::prelude::*;

use usher_domain::event::Rule;
use usher_domain::policy::{DeskPolicy, LanePolicy};

use super::bench::{Answer, Bench, at, group};
use crate::desk::{DeskCore, StateKey, StateValue};
use model::Model;
use random::{Act, Event, GROUPS, history};

fn keep(kept: &mut BTreeMap<StateKey, StateValue>, answer: &Answer) {
    for (key, value) in answer.0.changes.iter().cloned() {
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
}

fn restored(kept: &BTreeMap<StateKey, StateValue>, seed: u64) -> DeskCore {
    let mut pieces: Vec<_> = kept.iter().collect();
    pieces.sort_by_key(|(key, _)| usher_domain::InputId::derive(&[key.to_string().as_bytes(), &seed.to_be_bytes()]));
    let mut core = DeskCore::new();
    for (key, value) in pieces {
        core.restore(key.clone(), Some(value.clone()));
    }
    core
}

fn run(desk: DeskPolicy, lanes: &[LanePolicy], events: &[Event]) -> BTreeMap<&'static str, u32> {
    let groups: Vec<(&str, LanePolicy)> = GROUPS.into_iter().zip(lanes.iter().cloned()).collect();
    let mut model = Model {
        desk: desk.clone(),
        groups: groups.iter().map(|(name, policy)| (group(name), policy.clone())).collect(),
        agents: BTreeMap::new(),
        sessions: BTreeMap::new(),
        now: at(0),
        seen: BTreeMap::new(),
    };
    let (mut bench, mut kept) = (Bench::new(), BTreeMap::new());
    for (index, Event(seconds, act)) in events.iter().enumerate() {
        bench.now += seconds * 1_000;
        let answers = match act {
            Act::Demand(demand) => vec![bench.demand(demand.clone())],
            Act::Presence(name, presence) => vec![bench.presence(name, *presence)],
            Act::Agents(records) => bench.published(index as u64 + 1, desk.clone(), &groups, records),
            Act::Nothing => vec![bench.tick()],
        };
        let last = answers.len() - 1;
        for (part, answer) in answers.iter().enumerate() {
            keep(&mut kept, answer);
            model.now = at(bench.now - (last - part) as i64);
            match act {
                Act::Demand(demand) => model.demand(demand),
                Act::Presence(name, presence) => model.presence(name, *presence),
                Act::Agents(records) if part == last => model.directory(records),
                Act::Agents(_) | Act::Nothing => {}
            }
            model.follow(answer);
        }
        assert_eq!(restored(&kept, index as u64), bench.core, "what was written restores to what wrote it");
    }
    model.seen
}

#[test]
fn every_decision_keeps_the_promises_with_any_rules_of_search_and_choice() {
    let all = std::cell::RefCell::new(BTreeMap::<&str, u32>::new());
    proptest!(ProptestConfig::with_cases(300), |((desk, lanes, events) in history())| {
        for (what, count) in run(desk, &lanes, &events) {
            *all.borrow_mut().entry(what).or_default() += count;
        }
    });
    let all = all.into_inner();
    for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Supervisor) {
        assert!(all.get(rule.words()).is_some_and(|count| *count > 0), "{} comes up: {all:?}", rule.words());
    }
    assert!(all["after a step"] > 5, "{all:?}");
}
