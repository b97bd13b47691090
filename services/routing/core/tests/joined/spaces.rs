//! The spaces that are explored whole: all that two conversations and two agents of capacity 1 can do within a budget,
//! in every order. Together they have every act in order, shuffled, and with a record that is read twice.

use usher_domain::policy::OfferPolicy;

use super::explorer::Space;
use super::link::Link;
use super::moves::Topics::{InOrder, Shuffled};
use super::moves::{Budget, NOTHING, Topics};

/// Explores a space; it must have at least so many states (about half of what it had), or it does not search.
#[track_caller]
fn explore(topics: Topics, budget: Budget, at_least: usize) {
    explore_asking(None, topics, budget, at_least);
}

/// The same where agents are asked first.
#[track_caller]
fn explore_asking(offers: Option<OfferPolicy>, topics: Topics, budget: Budget, at_least: usize) {
    let space = Space { budget, topics, link: Link::Whole, offers, leases: None, length_max: None };
    match space.explore() {
        Err(violation) => panic!("{violation}"),
        Ok(report) => {
            println!("{report:?}");
            let searched = report.states >= at_least && report.transitions > 2 * at_least && report.quiet > 50;
            assert!(searched, "too few: {report:?}");
        }
    }
}

#[test]
fn every_order_of_asking_leaving_and_agents_coming_and_going() {
    explore(InOrder, Budget { asks: 3, leaves: 2, presences: 1, ..NOTHING }, 15_000);
}

#[test]
fn every_order_of_commands_with_agents_coming_and_going() {
    explore(InOrder, Budget { asks: 2, sends: 1, transfers: 1, closes: 1, presences: 2, ..NOTHING }, 25_000);
}

#[test]
fn every_order_of_other_targets_promotions_and_a_removed_agent() {
    let budget = Budget { asks: 2, other_targets: 1, promotions: 1, leaves: 1, removals: 1, ..NOTHING };
    explore(InOrder, budget, 10_000);
}

#[test]
fn every_order_of_vips_and_others_behind_agents_who_come_online() {
    explore(InOrder, Budget { asks: 2, promotions: 1, leaves: 1, presences: 3, ..NOTHING }, 35_000);
}

#[test]
fn every_order_of_commands_with_a_repeat() {
    explore(InOrder, Budget { asks: 2, transfers: 1, closes: 1, presences: 1, repeats: 1, ..NOTHING }, 10_000);
}

#[test]
fn every_order_of_shuffled_topics() {
    explore(Shuffled, Budget { asks: 2, other_targets: 1, leaves: 1, presences: 1, ..NOTHING }, 20_000);
}

#[test]
fn every_order_of_shuffled_topics_with_a_repeat() {
    explore(Shuffled, Budget { asks: 2, leaves: 1, presences: 1, repeats: 1, ..NOTHING }, 10_000);
}

#[test]
fn every_order_of_shuffled_other_targets_with_a_repeat() {
    explore(Shuffled, Budget { asks: 2, other_targets: 1, leaves: 1, repeats: 1, ..NOTHING }, 12_000);
}

#[test]
fn every_order_of_shuffled_promotions_and_a_removed_agent_with_a_repeat() {
    explore(Shuffled, Budget { asks: 2, promotions: 1, removals: 1, repeats: 1, ..NOTHING }, 1_500);
}

#[test]
fn every_order_of_shuffled_commands_with_a_repeat() {
    explore(Shuffled, Budget { asks: 2, sends: 1, transfers: 1, closes: 1, repeats: 1, ..NOTHING }, 11_000);
}

#[test]
fn every_order_of_sessions_that_are_set_aside_and_come_back() {
    explore(InOrder, Budget { asks: 2, holds: 1, words: 1, resumes: 1, closes: 1, ..NOTHING }, 1_500);
}

#[test]
fn every_order_of_shuffled_sessions_that_are_set_aside_and_come_back_with_a_repeat() {
    explore(Shuffled, Budget { asks: 1, holds: 2, words: 1, resumes: 1, repeats: 1, ..NOTHING }, 1_000);
}

/// Larger spaces; no CI runs them.
mod larger {
    use super::*;

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_asking_leaving_promotions_and_agents_coming_and_going() {
        explore(InOrder, Budget { asks: 3, leaves: 2, promotions: 1, presences: 2, ..NOTHING }, 500_000);
    }

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_sessions_that_are_set_aside_with_agents_coming_and_going() {
        let agents = Budget { holds: 2, resumes: 1, closes: 1, ..NOTHING };
        explore(InOrder, Budget { asks: 2, words: 1, presences: 1, ..agents }, 70_000);
    }

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_commands_and_other_targets_with_agents_coming_and_going() {
        let commands = Budget { sends: 1, transfers: 2, closes: 1, ..NOTHING };
        explore(InOrder, Budget { asks: 2, other_targets: 1, presences: 2, ..commands }, 500_000);
    }

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_shuffled_topics_with_a_repeat() {
        explore(Shuffled, Budget { asks: 3, leaves: 2, repeats: 1, ..NOTHING }, 100_000);
    }

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_shuffled_commands_and_other_targets_with_a_repeat() {
        let commands = Budget { transfers: 1, closes: 1, ..NOTHING };
        explore(Shuffled, Budget { asks: 2, other_targets: 1, leaves: 1, repeats: 1, ..commands }, 200_000);
    }
}
