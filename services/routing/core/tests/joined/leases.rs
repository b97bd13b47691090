//! Where the presence of an agent is a lease: what is lost, held and comes back while something else is under way, each
//! crossing by its name; and all that two conversations and two agents can do, in every order.

use usher_domain::desk::Presence::Online;
use usher_domain::event::Refusal;
use usher_domain::policy::{LossPolicy, OfferPolicy};

use super::explorer::{Report, Space};
use super::link::Link;
use super::moves::Topics::{InOrder, Shuffled};
use super::moves::{Budget, NOTHING, Topics, WAITS};
use super::world::{Line, World};

const TWO: &[Line<'static>] = &[("a", 1, &[]), ("b", 1, &[])];
/// A hold lasts as long as a lease, so that the order of instants is that in which they began.
const HOLD: LossPolicy = LossPolicy::Hold { within: WAITS };
const REQUEUE: LossPolicy = LossPolicy::Requeue;
const OFFER: OfferPolicy = OfferPolicy { within: WAITS, at_once: 1, misses_max: None, back_off: WAITS };

/// Conversation 1 is with `a`, who then is not heard of any more.
fn lost(leases: LossPolicy, agents: &[Line<'_>]) -> World {
    let mut world = World::under(None, Some(leases), &[], agents);
    world.ask(1, "");
    world.settle();
    assert_eq!(world.agent_of(1), Some("a"));
    world.time_passes();
    assert!(world.is_offline("a"));
    world
}

fn quiet(world: &mut World) {
    world.settle();
    world.agrees();
}

#[test]
fn session_of_a_lost_agent_goes_to_another() {
    let mut world = lost(REQUEUE, TWO);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

#[test]
fn lease_ends_while_the_transfer_of_the_agent_is_under_way() {
    for leases in [REQUEUE, HOLD] {
        let mut world = lost(leases, TWO);
        world.transfer(1, "@b");
        quiet(&mut world);
        assert_eq!(world.agent_of(1), Some("b"), "{leases:?}");
        world.ask(2, "@b");
        quiet(&mut world);
        assert_eq!(world.agent_of(2), None, "b has no room");
    }
}

#[test]
fn lease_ends_while_the_close_of_the_agent_is_under_way() {
    for leases in [REQUEUE, HOLD] {
        let mut world = lost(leases, TWO);
        world.close(1);
        world.conversations_read(world.to_conversations.len() - 1, false);
        quiet(&mut world);
        assert_eq!((world.is_open(1), world.known_at_desk()), (false, 0), "{leases:?}");
    }
}

#[test]
fn held_session_is_still_that_of_who_comes_back_and_nobody_noticed() {
    let mut world = lost(HOLD, TWO);
    assert!(world.is_quiet(), "nothing is told");
    world.presence("a", Online);
    assert!(world.is_quiet(), "nothing is told");
    world.close(1);
    quiet(&mut world);
    assert_eq!((world.is_open(1), &world.refusals[..]), (false, &[][..]), "the placement of before");
}

#[test]
fn held_session_goes_to_another_at_the_deadline_and_an_old_close_closes_nothing() {
    let mut world = lost(HOLD, TWO);
    world.time_passes();
    world.close(1);
    quiet(&mut world);
    assert_eq!((world.agent_of(1), &world.refusals[..]), (Some("b"), &[Refusal::Moved][..]));
}

#[test]
fn visitor_leaves_who_is_held() {
    let mut world = lost(HOLD, &TWO[..1]);
    world.leave(1);
    quiet(&mut world);
    world.presence("a", Online);
    world.ask(2, "");
    quiet(&mut world);
    assert_eq!(world.agent_of(2), Some("a"), "with room again");
}

#[test]
fn agent_is_removed_whose_sessions_are_held() {
    let mut world = lost(HOLD, TWO);
    world.directory(&[], &TWO[1..]);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

/// Explores a space; it must have at least so many states (about half of what it had), or it does not search.
#[track_caller]
fn explore(offers: Option<OfferPolicy>, leases: LossPolicy, topics: Topics, budget: Budget, at_least: usize) -> Report {
    let space = Space { budget, topics, link: Link::Whole, offers, leases: Some(leases), length_max: None };
    let report = space.explore().unwrap_or_else(|violation| panic!("{violation}"));
    println!("{report:?}");
    assert!(report.states >= at_least && report.transitions > 2 * at_least && report.quiet > 50, "too few: {report:?}");
    report
}

#[test]
fn every_order_of_commands_with_leases_that_end() {
    let budget = Budget { asks: 2, transfers: 1, closes: 1, timers: 1, presences: 1, ..NOTHING };
    explore(None, REQUEUE, InOrder, budget, 7_000);
}

#[test]
fn every_order_of_commands_with_sessions_that_are_held() {
    let budget = Budget { asks: 2, closes: 1, leaves: 1, timers: 2, presences: 1, ..NOTHING };
    explore(None, HOLD, InOrder, budget, 9_000);
}

#[test]
fn every_order_of_offers_with_sessions_that_are_held() {
    let budget = Budget { asks: 2, accepts: 2, timers: 2, presences: 1, ..NOTHING };
    explore(Some(OFFER), HOLD, InOrder, budget, 9_000);
}

#[test]
fn every_order_of_shuffled_topics_with_sessions_that_are_held_and_a_removed_agent() {
    let budget = Budget { asks: 1, leaves: 1, timers: 2, presences: 1, removals: 1, repeats: 1, ..NOTHING };
    explore(None, HOLD, Shuffled, budget, 8_000);
}
