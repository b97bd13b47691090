//! Where agents are asked first: the crossings of an offer with whatever else happens, each by its name; all that two
//! conversations and two agents can do, in every order; and what the explorer finds where something is wrong.

use usher_domain::desk::Presence::{Offline, Online};
use usher_domain::event::Refusal;
use usher_domain::policy::OfferPolicy;

use super::explorer::{Report, Space, Violation};
use super::link::Link;
use super::moves::Topics::{InOrder, Shuffled};
use super::moves::{Budget, NOTHING, Topics, WAITS};
use super::world::{Line, World};

const TWO: &[Line<'static>] = &[("a", 1, &[]), ("b", 1, &[])];

/// One agent at once; every timer lasts equally long, so that their order is that in which they began.
const ONE_AT_ONCE: OfferPolicy = OfferPolicy { within: WAITS, at_once: 1, misses_max: Some(2), back_off: WAITS };
/// Both at once.
const BOTH: OfferPolicy = OfferPolicy { at_once: 2, misses_max: None, ..ONE_AT_ONCE };

/// Conversation 1 has asked, and the first agents know that they are asked.
fn asked(offers: OfferPolicy) -> World {
    let mut world = World::asking(Some(offers), &[], TWO);
    world.ask(1, "");
    world.settle();
    assert!(world.was_asked(1, "a"));
    world
}

fn quiet(world: &mut World) {
    world.settle();
    world.agrees();
}

#[test]
fn visitor_leaves_while_an_offer_is_under_way() {
    let mut world = World::asking(Some(ONE_AT_ONCE), &[], TWO);
    world.ask(1, "");
    world.desk_reads(0, false);
    world.leave(1);
    quiet(&mut world);
    assert!(!world.was_asked(1, "a"), "the workspace never hears of it");
    assert_eq!(world.known_at_desk(), 0);
}

#[test]
fn agent_accepts_while_the_visitor_leaves() {
    let mut world = asked(ONE_AT_ONCE);
    world.answer(1, "a", true);
    world.leave(1);
    world.desk_reads(0, false);
    assert_eq!(world.agent_at_desk(1), Some("a"), "assigned for a moment");
    quiet(&mut world);
    assert_eq!((world.known_at_desk(), world.was_told(1)), (0, false));
}

#[test]
fn accept_crosses_the_end_of_its_time() {
    let mut world = asked(ONE_AT_ONCE);
    world.answer(1, "a", true);
    world.time_passes();
    quiet(&mut world);
    assert_eq!(world.refusals, [Refusal::OfferGone], "the order at the desk decides");
    world.answer(1, "b", true);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

#[test]
fn of_two_accepts_the_second_is_refused() {
    let mut world = asked(BOTH);
    world.answer(1, "b", true);
    world.answer(1, "a", true);
    quiet(&mut world);
    assert_eq!((world.agent_of(1), &world.refusals[..]), (Some("b"), &[Refusal::OfferGone][..]));
}

#[test]
fn accept_that_comes_three_times_acts_once_and_is_no_error() {
    let mut world = asked(ONE_AT_ONCE);
    world.answer(1, "a", true);
    world.desk_reads(0, true);
    world.desk_reads(0, true);
    quiet(&mut world);
    assert_eq!((world.agent_of(1), &world.refusals[..]), (Some("a"), &[][..]));
}

#[test]
fn agent_goes_offline_while_their_accept_is_under_way() {
    let mut world = asked(ONE_AT_ONCE);
    world.answer(1, "a", true);
    world.presence("a", Offline);
    quiet(&mut world);
    assert_eq!(world.refusals, [Refusal::OfferGone]);
    world.answer(1, "b", true);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

#[test]
fn declined_by_all_and_asked_again_when_the_back_off_ends() {
    let mut world = asked(ONE_AT_ONCE);
    world.answer(1, "a", false);
    quiet(&mut world);
    world.answer(1, "b", false);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), None);
    world.time_passes();
    quiet(&mut world);
    world.answer(1, "a", true);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("a"), "nobody is stuck");
}

#[test]
fn agent_is_removed_while_they_are_asked() {
    let mut world = asked(ONE_AT_ONCE);
    world.directory(&[], &TWO[1..]);
    quiet(&mut world);
    world.answer(1, "b", true);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

#[test]
fn transfer_is_offered_and_the_first_agent_has_left_before() {
    let mut world = asked(ONE_AT_ONCE);
    world.answer(1, "a", true);
    quiet(&mut world);
    world.transfer(1, "@b");
    quiet(&mut world);
    assert_eq!(world.agent_of(1), None, "nobody has it until they accept");
    world.answer(1, "b", true);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

#[test]
fn lost_agent_who_is_back_at_once_is_asked_like_any_other() {
    let mut world = World::asking(Some(ONE_AT_ONCE), &[], &TWO[..1]);
    world.ask(1, "");
    world.settle();
    world.answer(1, "a", true);
    quiet(&mut world);
    world.presence("a", Offline);
    world.presence("a", Online);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), None);
    world.answer(1, "a", true);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("a"));
}

/// Explores a space; it must have at least so many states (about half of what it had), or it does not search.
#[track_caller]
fn explore(offers: OfferPolicy, topics: Topics, budget: Budget, at_least: usize) -> Report {
    let space = Space { budget, topics, link: Link::Whole, offers: Some(offers), leases: None, length_max: None };
    let report = space.explore().unwrap_or_else(|violation| panic!("{violation}"));
    println!("{report:?}");
    assert!(report.states >= at_least && report.transitions > 2 * at_least && report.quiet > 50, "too few: {report:?}");
    report
}

#[test]
fn every_order_of_asking_accepting_and_declining() {
    explore(ONE_AT_ONCE, InOrder, Budget { asks: 2, accepts: 2, declines: 1, leaves: 1, ..NOTHING }, 8_000);
}

#[test]
fn every_order_of_offers_whose_time_ends_with_agents_coming_and_going() {
    explore(
        ONE_AT_ONCE,
        InOrder,
        Budget { asks: 1, accepts: 1, declines: 1, timers: 3, presences: 2, ..NOTHING },
        8_000,
    );
}

#[test]
fn every_order_of_two_who_are_asked_at_once() {
    explore(BOTH, InOrder, Budget { asks: 1, accepts: 2, declines: 1, timers: 1, leaves: 1, ..NOTHING }, 2_700);
}

#[test]
fn every_order_of_offers_transfers_and_other_targets() {
    let budget = Budget { asks: 1, accepts: 2, transfers: 1, other_targets: 1, closes: 1, presences: 1, ..NOTHING };
    explore(ONE_AT_ONCE, InOrder, budget, 2_500);
}

#[test]
fn every_order_of_shuffled_offers_and_answers_with_a_repeat() {
    let budget = Budget { asks: 2, accepts: 2, declines: 1, repeats: 1, ..NOTHING };
    explore(ONE_AT_ONCE, Shuffled, budget, 5_000);
}

#[test]
fn every_order_of_shuffled_offers_to_both_with_a_removed_agent() {
    let budget = Budget { asks: 1, accepts: 2, removals: 1, timers: 2, repeats: 1, ..NOTHING };
    explore(BOTH, Shuffled, budget, 1_000);
}

/// Larger spaces; no CI runs them.
mod larger {
    use super::*;

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_offers_to_one_with_timers_agents_coming_and_going_and_commands() {
        let budget = Budget { asks: 2, accepts: 2, declines: 1, timers: 2, presences: 1, closes: 1, ..NOTHING };
        explore(ONE_AT_ONCE, InOrder, budget, 200_000);
    }

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_offers_to_both_with_timers_and_a_repeat() {
        let budget = Budget { asks: 2, accepts: 2, declines: 1, timers: 1, repeats: 1, ..NOTHING };
        explore(BOTH, InOrder, budget, 25_000);
    }

    #[test]
    #[ignore = "no CI runs it: cargo test --release -p usher-routing-core --test joined larger -- --ignored"]
    fn every_order_of_shuffled_offers_with_timers_and_a_repeat() {
        let budget = Budget { asks: 2, accepts: 1, declines: 1, leaves: 1, timers: 1, repeats: 1, ..NOTHING };
        explore(ONE_AT_ONCE, Shuffled, budget, 300_000);
    }
}

/// The first violation behind a faulty link; it must be of this promise.
#[track_caller]
fn broken(link: Link, budget: Budget, offers: OfferPolicy, promise: &str) -> Violation {
    let space = Space { budget, topics: InOrder, link, offers: Some(offers), leases: None, length_max: None };
    let violation = space.explore().expect_err("the explorer sees nothing");
    println!("{link:?}: {violation}");
    assert!(violation.promise.contains(promise), "{violation}");
    violation
}

#[test]
fn agent_who_is_asked_and_does_not_know_is_found() {
    let found = broken(Link::WithoutOffers, Budget { asks: 1, ..NOTHING }, ONE_AT_ONCE, "the cores disagree");
    assert_eq!(found.steps.len(), 2, "{found}");
}

#[test]
fn offer_that_still_stands_when_somebody_has_the_session_is_found() {
    let budget = Budget { asks: 1, accepts: 1, ..NOTHING };
    broken(Link::WithoutWithdrawals, budget, BOTH, "an offer of it still stands");
}

#[test]
fn offer_that_nobody_takes_back_is_found() {
    let budget = Budget { asks: 1, leaves: 1, ..NOTHING };
    broken(Link::WithoutWithdrawals, budget, ONE_AT_ONCE, "and does not know");
}

#[test]
fn answer_that_is_taken_for_one_to_another_offer_is_found() {
    let budget = Budget { asks: 1, accepts: 1, presences: 3, ..NOTHING };
    broken(Link::WithoutVersions, budget, ONE_AT_ONCE, "by an answer to another offer");
}

#[test]
fn agent_who_is_asked_for_more_than_the_capacity_is_found() {
    broken(Link::TwiceTheCapacity, Budget { asks: 2, removals: 1, ..NOTHING }, ONE_AT_ONCE, "more than the capacity");
}
