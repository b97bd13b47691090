//! The desk's promises on random histories: a naive second desk follows every decision, what was written restores to
//! what wrote it, and the same log gives the same answers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use usher_domain::desk::DeskAct;

use super::bench::{Answer, Bench, agent, at};
use super::history::{Event, history, records};
use super::witness::Witness;
use crate::desk::{DeskCore, StateKey, StateValue};

/// Everything written so far, as a compacted topic keeps it.
type Kept = BTreeMap<StateKey, StateValue>;

fn keep(kept: &mut Kept, answer: &Answer) {
    for (key, value) in answer.0.changes.iter().cloned() {
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
}

fn restored(kept: impl IntoIterator<Item = (StateKey, StateValue)>) -> DeskCore {
    let mut core = DeskCore::new();
    for (key, value) in kept {
        core.restore(key, Some(value));
    }
    core
}

fn tell(witness: &mut Witness, event: &Event, act: &DeskAct, now: i64) {
    match (event, act) {
        (Event::Demand(demand), _) => witness.demand(demand),
        (Event::Presence(name, presence), _) => witness.presence(&agent(name), *presence, at(now)),
        (Event::Directory(agents, groups), DeskAct::Applied { .. }) => witness.directory(agents, groups),
        (Event::Directory(..), _) | (Event::Incomplete(_), _) => {}
    }
}

#[test]
fn every_decision_keeps_the_promises() {
    let seen = std::cell::Cell::new(0);
    proptest!(ProptestConfig::with_cases(400), |(history in history())| {
        let mut bench = Bench::new();
        let mut witness = Witness::default();
        for (index, act) in records(&history) {
            witness.begin();
            let answer = bench.act(act.clone());
            tell(&mut witness, &history[index], &act, bench.now);
            witness.follow(&answer, at(bench.now));
        }
        seen.set(seen.get() + witness.assignments);
    });
    assert!(seen.get() > 400, "the histories come to assignments: {}", seen.get());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn restored_core_equals_the_one_that_wrote(history in history(), order in any::<u64>()) {
        let mut bench = Bench::new();
        let mut kept = Kept::new();
        for (_, act) in records(&history) {
            keep(&mut kept, &bench.act(act));
        }
        let mut pieces: Vec<_> = kept.into_iter().collect();
        // Any order: a compacted topic keeps each key where it was last written.
        pieces.sort_by_key(|(key, _)| usher_domain::InputId::derive(&[key.to_string().as_bytes(), &order.to_be_bytes()]));
        prop_assert_eq!(restored(pieces), bench.core);
    }

    #[test]
    fn restored_core_goes_on_like_the_one_that_wrote(history in history(), cut in any::<prop::sample::Index>()) {
        let acts: Vec<_> = records(&history).into_iter().map(|(_, act)| act).collect();
        let (before, after) = acts.split_at(cut.index(acts.len()));
        let mut bench = Bench::new();
        let mut kept = Kept::new();
        for act in before {
            keep(&mut kept, &bench.act(act.clone()));
        }
        let mut other = Bench { core: restored(kept), now: bench.now };
        for act in after {
            prop_assert_eq!(bench.act(act.clone()).0, other.act(act.clone()).0);
        }
    }

    #[test]
    fn same_log_gives_the_same_answers(history in history()) {
        let mut one = Bench::new();
        let mut two = Bench::new();
        for (_, act) in records(&history) {
            prop_assert_eq!(one.act(act.clone()).0, two.act(act).0);
        }
    }

    #[test]
    fn each_piece_of_state_is_written_once_a_step_under_its_kind(history in history()) {
        let mut bench = Bench::new();
        for (_, act) in records(&history) {
            let changes = bench.act(act).0.changes;
            for (key, value) in &changes {
                prop_assert!(value.as_ref().is_none_or(|value| key.item.holds(value)), "{key}");
                prop_assert_eq!(changes.iter().filter(|(other, _)| other == key).count(), 1, "{}", key);
            }
        }
    }

    #[test]
    fn a_desk_where_everybody_left_is_forgotten(history in history()) {
        let mut bench = Bench::new();
        for (_, act) in records(&history).into_iter().filter(|(_, act)| matches!(act, DeskAct::Demand(_))) {
            let _ = bench.act(act);
        }
        for number in 0..12 {
            let _ = bench.demand(super::bench::nobody(number, u32::MAX));
        }
        prop_assert_eq!(bench.core, DeskCore::new());
    }
}
