//! The structures under the queues, each beside a plain one that can not be wrong: the table beside an ordered map, the
//! places in line beside a sorted list.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::bench::{at, session};
use crate::desk::lane::{Order, Wait};
use crate::desk::table::Table;
use crate::desk::waiting::{POSITION_EXACT_UP_TO, Waiting};
use usher_domain::policy::OrderPolicy;
use usher_domain::state::desk::{Seat, SessionState};
use usher_domain::{Dialect, Target};

/// Puts and removals of few enough keys that most removals meet one, and enough that the table grows and shrinks.
fn changes() -> impl Strategy<Value = Vec<(u16, Option<u32>)>> {
    let phase = |weight| prop::collection::vec((0..1_500_u16, prop::option::weighted(weight, any::<u32>())), 0..3_000);
    (phase(0.9), phase(0.2), phase(0.6)).prop_map(|(grow, shrink, both)| [grow, shrink, both].concat())
}

fn apply(table: &mut Table<u16, u32>, plain: &mut BTreeMap<u16, u32>, (key, value): (u16, Option<u32>)) {
    match value {
        Some(value) => {
            table.insert(key, value);
            plain.insert(key, value);
        }
        None => {
            table.remove(&key);
            plain.remove(&key);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn table_holds_what_an_ordered_map_holds(changes in changes()) {
        let (mut table, mut plain) = (Table::default(), BTreeMap::new());
        for change in changes {
            apply(&mut table, &mut plain, change);
            prop_assert_eq!(table.get(&change.0), plain.get(&change.0));
            prop_assert_eq!(table.is_empty(), plain.is_empty());
        }
        prop_assert_eq!(table.sorted_keys(), plain.keys().collect::<Vec<_>>());
        for (key, value) in &plain {
            prop_assert_eq!(table.get(key), Some(value));
        }
    }

    #[test]
    fn tables_of_the_same_contents_are_equal_whatever_happened_before(changes in changes()) {
        let (mut table, mut plain) = (Table::default(), BTreeMap::new());
        for change in changes {
            apply(&mut table, &mut plain, change);
        }
        let mut other = Table::default();
        for (key, value) in plain.iter().rev() {
            *other.entry(key) = *value;
        }
        prop_assert_eq!(&table, &other);
        if let Some((key, value)) = plain.first_key_value() {
            other.insert(*key, value.wrapping_add(1));
            prop_assert_ne!(&table, &other);
            other.remove(key);
            prop_assert_ne!(&table, &other);
        }
    }

    #[test]
    fn places_in_line_are_those_of_a_sorted_list(changes in waits()) {
        let mut waiting = Waiting::default();
        let mut plain = BTreeMap::new();
        for (number, state, comes) in changes {
            let wait = Wait::of(OrderPolicy::VipFirst, session(number), &state);
            if let Some(known) = plain.remove(&number) {
                waiting.remove(&known);
            }
            if comes {
                waiting.insert(&wait);
                plain.insert(number, wait);
            }
            let mut line: Vec<Order> = plain.values().map(|wait: &Wait| wait.order).collect();
            line.sort_unstable();
            prop_assert_eq!(waiting.count(), line.len());
            for index in [0, 1, 99, 100, 101, line.len().saturating_sub(1)] {
                let Some(order) = line.get(index) else { continue };
                let exact = u32::try_from(index).expect("small") + 1;
                prop_assert_eq!(waiting.position(order), exact.min(POSITION_EXACT_UP_TO + 1));
            }
        }
    }
}

/// Sessions that come (again) or go, in a line that grows past the exact places and back.
fn waits() -> impl Strategy<Value = Vec<(u32, SessionState, bool)>> {
    let phase = |comes| {
        let one = (0..160_u32, any::<bool>(), 0..40_i64, 1..4_u32, prop::bool::weighted(comes));
        prop::collection::vec(one.prop_map(wait), 0..400)
    };
    (phase(0.95), phase(0.3), phase(0.7)).prop_map(|(grow, shrink, both)| [grow, shrink, both].concat())
}

fn wait((number, vip, asked_at, weight, comes): (u32, bool, i64, u32, bool)) -> (u32, SessionState, bool) {
    let state = SessionState {
        epoch: 1,
        turn: 1,
        target: Target::default(),
        fell_to_default: false,
        vip,
        channel: Dialect::Native,
        priority: 0,
        asked_at: at(asked_at),
        weight,
        seat: Seat::Waiting,
        extra: None,
    };
    (number, state, comes)
}
