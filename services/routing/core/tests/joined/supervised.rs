//! Where supervisors overrule the desk, and where a queue takes nobody who would wait: all that two conversations and two
//! agents can do, in every order; and that what goes wrong there is found.

use super::explorer::Space;
use super::link::Link;
use super::moves::Topics::{InOrder, Shuffled};
use super::moves::{Budget, NOTHING, Topics};

fn space(topics: Topics, length_max: Option<u32>, budget: Budget) -> Space {
    Space { budget, topics, link: Link::Whole, offers: None, leases: None, length_max }
}

/// Explores a space; it must have at least so many states (about half of what it had), or it does not search.
#[track_caller]
fn explore(space: Space, at_least: usize) {
    let report = space.explore().unwrap_or_else(|violation| panic!("{violation}"));
    println!("{report:?}");
    assert!(report.states >= at_least && report.transitions > 2 * at_least && report.quiet > 50, "too few: {report:?}");
}

/// Behind a faulty link a promise is broken: this one.
#[track_caller]
fn broken(space: Space, link: Link, promise: &str) {
    let violation = Space { link, ..space }.explore().expect_err("the explorer sees nothing");
    println!("{link:?}: {violation}");
    assert!(violation.promise.contains(promise), "{violation}");
}

#[test]
fn every_order_of_commands_and_sessions_that_supervisors_give_and_take() {
    let budget = Budget { asks: 2, closes: 1, transfers: 1, forces: 1, requeues: 1, ..NOTHING };
    explore(space(InOrder, None, budget), 13_000);
}

#[test]
fn every_order_of_sessions_that_supervisors_give_and_take_with_agents_coming_and_going() {
    let budget = Budget { asks: 2, leaves: 1, presences: 1, forces: 1, requeues: 1, ..NOTHING };
    explore(space(InOrder, None, budget), 17_000);
}

#[test]
fn every_order_of_shuffled_topics_with_supervisors_and_a_repeat() {
    let budget = Budget { asks: 1, leaves: 1, forces: 1, requeues: 1, repeats: 1, ..NOTHING };
    explore(space(Shuffled, None, budget), 1_500);
}

#[test]
fn every_order_of_queues_that_take_nobody_who_would_wait() {
    let budget = Budget { asks: 2, transfers: 1, closes: 1, presences: 1, ..NOTHING };
    explore(space(InOrder, Some(0), budget), 2_000);
}

#[test]
fn every_order_of_shuffled_topics_with_queues_that_take_nobody_who_would_wait_and_a_repeat() {
    let budget = Budget { asks: 2, leaves: 1, presences: 1, repeats: 1, ..NOTHING };
    explore(space(Shuffled, Some(0), budget), 11_000);
}

#[test]
fn session_that_goes_to_another_agent_than_a_supervisor_said_is_found() {
    let space = space(InOrder, None, Budget { asks: 1, forces: 1, ..NOTHING });
    broken(space, Link::ForcedElsewhere, "is not whose a supervisor said");
}

#[test]
fn session_that_is_not_taken_away_is_found() {
    let space = space(InOrder, None, Budget { asks: 1, requeues: 1, ..NOTHING });
    broken(space, Link::WithoutRequeues, "keeps what a supervisor took away");
}

#[test]
fn session_that_waits_where_nobody_may_is_found() {
    let space = space(InOrder, Some(0), Budget { asks: 2, presences: 1, ..NOTHING });
    broken(space, Link::WithoutLimits, "where nobody may");
}
