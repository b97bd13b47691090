//! The explorer finds what is wrong: behind each faulty link a promise is broken, and the history that shows it is as
//! short as it can be. Without them a search that looks at nothing would pass.

use super::explorer::{Space, Violation};
use super::link::Link;
use super::moves::Topics::{InOrder, Shuffled};
use super::moves::{Budget, NOTHING, Topics};

/// The first violation behind a faulty link; it must be of this promise.
#[track_caller]
fn broken(link: Link, budget: Budget, topics: Topics, promise: &str) -> Violation {
    let violation = Space { budget, topics, link, offers: None, leases: None, length_max: None }
        .explore()
        .expect_err("the explorer sees nothing");
    println!("{link:?}: {violation}");
    assert!(violation.promise.contains(promise), "{violation}");
    violation
}

#[test]
fn shuffled_topics_leak_capacity_when_nobody_answers_a_ghost() {
    let found = broken(Link::WithoutAnswers, Budget { asks: 1, leaves: 1, ..NOTHING }, Shuffled, "ghosts: ");
    assert_eq!(found.steps.len(), 5, "{found}");
    assert_eq!(found.steps[4], "a conversation reads: 1/0 placement 1.2 a", "{found}");
}

#[test]
fn shuffled_topics_leave_a_ghost_waiting_that_is_not_announced() {
    let budget = Budget { asks: 1, leaves: 1, presences: 2, ..NOTHING };
    let found = broken(Link::WithoutAnnouncements, budget, Shuffled, "ghosts: ");
    assert_eq!(found.steps.len(), 6, "{found}");
}

#[test]
fn shuffled_topics_leak_capacity_when_a_session_that_is_set_aside_answers_no_ghost() {
    broken(Link::WithoutAnswers, Budget { asks: 1, holds: 1, repeats: 1, ..NOTHING }, Shuffled, "ghosts: ");
}

#[test]
fn topics_in_order_have_no_ghosts_to_answer_or_to_announce() {
    let budget = Budget { asks: 2, leaves: 2, presences: 1, ..NOTHING };
    for link in [Link::WithoutAnswers, Link::WithoutAnnouncements] {
        let space = Space { budget, topics: InOrder, link, offers: None, leases: None, length_max: None };
        let report = space.explore().unwrap_or_else(|violation| panic!("{link:?}: {violation}"));
        assert!(report.quiet > 50, "{report:?}");
    }
}

#[test]
fn seat_that_is_never_given_back_is_found() {
    let found = broken(Link::WithoutNobody, Budget { asks: 1, leaves: 1, ..NOTHING }, InOrder, "ghosts: ");
    assert_eq!(found.steps.len(), 5, "{found}");
}

#[test]
fn other_target_under_the_same_epoch_is_found() {
    let budget = Budget { asks: 1, other_targets: 1, ..NOTHING };
    broken(Link::WithoutEpochs, budget, InOrder, "the cores disagree");
}

#[test]
fn vip_who_is_passed_over_is_found() {
    let budget = Budget { asks: 2, promotions: 1, presences: 3, ..NOTHING };
    broken(Link::WithoutVips, budget, InOrder, "comes first");
}

#[test]
fn last_who_comes_first_is_found() {
    broken(Link::LastFirst, Budget { asks: 2, presences: 3, ..NOTHING }, InOrder, "comes first");
}

#[test]
fn session_that_another_agent_gets_is_found() {
    let budget = Budget { asks: 1, other_targets: 1, presences: 1, ..NOTHING };
    broken(Link::WithoutTargets, budget, InOrder, "not for them");
}

#[test]
fn session_that_waits_in_vain_is_found() {
    let budget = Budget { asks: 3, presences: 2, ..NOTHING };
    broken(Link::WithoutOnline, budget, InOrder, "waits although somebody is free");
}

#[test]
fn session_of_somebody_offline_is_found() {
    broken(Link::WithoutOffline, Budget { asks: 1, presences: 1, ..NOTHING }, InOrder, "not for them");
}

#[test]
fn agent_with_more_than_the_capacity_is_found() {
    let budget = Budget { asks: 2, removals: 1, ..NOTHING };
    broken(Link::TwiceTheCapacity, budget, InOrder, "more than the capacity");
}

#[test]
fn restart_that_forgets_what_came_before_is_found() {
    let budget = Budget { asks: 1, sends: 1, presences: 2, repeats: 1, ..NOTHING };
    broken(Link::WithoutMemory, budget, InOrder, "restored cores answer otherwise");
}
