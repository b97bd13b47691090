//! The spaces that are explored whole, and what must hold in each of their states.

use super::explorer::Space;
use super::link::Link;
use super::moves::{Budget, NOTHING, Topics};

#[track_caller]
fn check(budget: Budget, topics: Topics, at_least: usize) {
    let space = Space { budget, topics, link: Link::Whole };
    match space.explore() {
        Err(violation) => panic!("{violation}"),
        Ok(report) => {
            println!("{report:?}");
            assert!(report.states >= at_least && report.quiet > 0, "it does not search: {report:?}");
        }
    }
}

#[test]
fn every_order_of_asking_leaving_and_agents_coming_and_going() {
    check(Budget { asks: 3, leaves: 1, presences: 2, ..NOTHING }, Topics::InOrder, 1_000);
}

#[test]
fn every_order_of_transfers_and_closes_with_agents_coming_and_going() {
    check(Budget { asks: 2, transfers: 1, closes: 1, presences: 2, ..NOTHING }, Topics::InOrder, 1_000);
}

#[test]
fn every_order_of_other_targets_promotions_and_a_removed_agent() {
    check(
        Budget { asks: 2, other_targets: 1, promotions: 1, leaves: 1, removals: 1, ..NOTHING },
        Topics::InOrder,
        1_000,
    );
}

#[test]
fn every_order_of_shuffled_topics() {
    check(Budget { asks: 2, other_targets: 1, leaves: 1, presences: 1, ..NOTHING }, Topics::Shuffled, 1_000);
}

#[test]
fn every_order_of_shuffled_topics_with_a_repeat() {
    check(Budget { asks: 2, leaves: 2, repeats: 1, ..NOTHING }, Topics::Shuffled, 1_000);
}

#[test]
fn every_order_of_commands_on_shuffled_topics() {
    check(Budget { asks: 2, transfers: 1, closes: 1, repeats: 1, ..NOTHING }, Topics::Shuffled, 1_000);
}
