//! Promises on random histories.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::world::{INPUT, World};

/// What may happen to a worker between two turns.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Send(u8),
    Turn,
    Abort,
    LoseApplied,
    LoseNotApplied,
    Lost,
    Kill,
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        4 => (0u8..4).prop_map(Trouble::Send),
        4 => Just(Trouble::Turn),
        1 => Just(Trouble::Abort),
        1 => Just(Trouble::LoseApplied),
        1 => Just(Trouble::LoseNotApplied),
        1 => Just(Trouble::Lost),
        1 => Just(Trouble::Kill),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_to_its_transactions_each_record_counts_once(troubles in prop::collection::vec(trouble(), 1..60)) {
        let world = World::new();
        let mut worker = world.worker("w0");
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for trouble in troubles {
            match trouble {
                Trouble::Send(key) => {
                    world.send(&key.to_string(), "x");
                    *sent.entry(key.to_string()).or_default() += 1;
                }
                Trouble::Turn => { worker.turn(world.now()).expect("no error"); }
                Trouble::Abort => world.broker.abort_next_commit("w0"),
                Trouble::LoseApplied => world.broker.lose_next_commit("w0", true),
                Trouble::LoseNotApplied => world.broker.lose_next_commit("w0", false),
                Trouble::Lost => { let _ = world.broker.lose("counters", INPUT, "w0"); }
                Trouble::Kill => worker = world.worker("w0"),
            }
        }
        world.settle(&mut worker);
        let mut expected: Vec<(String, String)> = sent
            .iter()
            .flat_map(|(key, count)| (1..=*count).map(move |nth| (key.clone(), nth.to_string())))
            .collect();
        expected.sort();
        prop_assert_eq!(world.sorted_outputs(), expected);
    }
}
