//! The crossings of messages that the protocol was made for, each by its name: what is under way when something else
//! happens, and what both cores say when all has been read.

use usher_domain::desk::Presence::{Offline, Online};
use usher_domain::event::Refusal;

use super::world::{Line, World};

const ONE: &[Line<'static>] = &[("a", 1, &[])];
const TWO: &[Line<'static>] = &[("a", 1, &[]), ("b", 1, &[])];

/// Conversation 1 asked, and the desk has given it to `a`; the placement is under way.
fn assigned_under_way(agents: &[Line<'_>]) -> World {
    let mut world = World::new(&[], agents);
    world.ask(1, "");
    world.desk_reads(0, false);
    assert_eq!((world.agent_at_desk(1), world.agent_of(1)), (Some("a"), None));
    world
}

/// Conversation 1 is with `a`, and both cores know.
fn active(agents: &[Line<'_>]) -> World {
    let mut world = assigned_under_way(agents);
    world.settle();
    assert_eq!(world.agent_of(1), Some("a"));
    world
}

/// Reads everything; the cores must agree.
fn quiet(world: &mut World) {
    world.settle();
    world.agrees();
}

#[test]
fn visitor_leaves_while_assigned_is_under_way() {
    let mut world = assigned_under_way(ONE);
    world.leave(1);
    world.desk_reads(0, false);
    assert_eq!(world.known_at_desk(), 0, "the agent is free at once");
    world.conversations_read(0, false);
    assert_eq!(world.to_desk.len(), 1, "the late placement is answered with nobody");
    quiet(&mut world);
    assert!(!world.was_told(1), "the workspace never hears of it");
    world.ask(2, "");
    quiet(&mut world);
    assert_eq!(world.agent_of(2), Some("a"));
}

#[test]
fn agent_goes_offline_while_its_transfer_is_under_way() {
    let mut world = active(TWO);
    world.transfer(1, "@a");
    world.presence("a", Offline);
    assert_eq!(world.agent_at_desk(1), Some("b"), "the desk gave it away meanwhile");
    world.conversations_read(0, false);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), None, "the target of the transfer wins, and waits for a");
    world.ask(2, "");
    quiet(&mut world);
    assert_eq!(world.agent_of(2), Some("b"), "b was freed");
    world.presence("a", Online);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("a"));
}

#[test]
fn agent_goes_offline_while_its_close_is_under_way() {
    let mut world = active(TWO);
    world.close(1);
    world.presence("a", Offline);
    assert_eq!(world.agent_at_desk(1), Some("b"));
    quiet(&mut world);
    assert!(!world.is_open(1), "it ends at whoever has it");
    assert_eq!(world.known_at_desk(), 0);
}

#[test]
fn agent_is_lost_and_back_at_once_and_its_old_close_has_moved() {
    let mut world = active(ONE);
    world.close(1);
    let close = world.to_conversations.remove(0);
    world.presence("a", Offline);
    world.presence("a", Online);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("a"), "the same agent under a higher turn");
    world.to_conversations.push(close);
    quiet(&mut world);
    assert_eq!(world.refusals, [Refusal::Moved]);
    assert_eq!(world.agent_of(1), Some("a"));
    world.close(1);
    quiet(&mut world);
    assert!(!world.is_open(1), "the close under the new version counts");
}

#[test]
fn transfer_sent_twice_moves_once() {
    let mut world = active(TWO);
    world.transfer(1, "@b");
    world.transfer(1, "@b");
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
    assert!(matches!(world.refusals[..], [Refusal::Moved | Refusal::NotAssigned]), "{:?}", world.refusals);
}

#[test]
fn second_ask_with_another_target_while_assigned_is_under_way() {
    let mut world = assigned_under_way(TWO);
    world.ask(1, "@b");
    world.conversations_read(0, false);
    assert_eq!(world.agent_of(1), None, "the placement answers the first demand");
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
    world.ask(2, "");
    quiet(&mut world);
    assert_eq!(world.agent_of(2), Some("a"), "a was freed");
}

#[test]
fn tags_arrive_while_assigned_is_under_way() {
    let mut world = assigned_under_way(ONE);
    world.promote(1);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("a"), "same epoch, the placement stays");
}

#[test]
fn visitor_leaves_and_returns_at_once() {
    let mut world = assigned_under_way(ONE);
    world.leave(1);
    world.now += 1;
    world.ask(1, "");
    world.conversations_read(0, false);
    assert_eq!(world.agent_of(1), None, "the placement is of the old session");
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("a"));
    assert_eq!(world.known_at_desk(), 1);
}

#[test]
fn agent_is_removed_from_the_directory_while_assigned() {
    let mut world = active(TWO);
    world.directory(&[], &TWO[1..]);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"));
}

#[test]
fn agent_is_removed_from_the_directory_while_designated() {
    let mut world = World::new(&[], TWO);
    world.presence("a", Offline);
    world.ask(1, "@a");
    quiet(&mut world);
    assert_eq!(world.agent_of(1), None, "waits for a, although b is free");
    world.directory(&[], &TWO[1..]);
    quiet(&mut world);
    assert_eq!(world.agent_of(1), Some("b"), "in the default lane");
}

#[test]
fn demand_and_nobody_swapped_make_a_ghost_that_dies() {
    let mut world = World::new(&[], ONE);
    world.ask(1, "");
    world.leave(1);
    world.desk_reads(1, false);
    assert_eq!(world.known_at_desk(), 0);
    world.desk_reads(0, false);
    assert_eq!(world.agent_at_desk(1), Some("a"), "a ghost");
    assert!(!world.is_open(1));
    quiet(&mut world);
    assert_eq!(world.known_at_desk(), 0);
}

#[test]
fn replayed_demand_of_a_closed_session_makes_a_ghost_that_dies_again() {
    let mut world = World::new(&[], ONE);
    world.ask(1, "");
    let demand = world.to_desk[0].clone();
    world.settle();
    world.close(1);
    quiet(&mut world);
    for _ in 0..3 {
        world.to_desk.push(demand.clone());
        quiet(&mut world);
        assert_eq!(world.known_at_desk(), 0, "also when the desk gives out the same version again");
    }
}

#[test]
fn every_record_comes_three_times() {
    let mut world = World::new(&[], TWO);
    for (who, to) in [(1, ""), (2, "@b"), (3, "")] {
        world.ask(who, to);
    }
    while !world.is_quiet() {
        for again in [true, true, false] {
            if !world.to_desk.is_empty() {
                world.desk_reads(0, again);
            }
        }
        for again in [true, true, false] {
            if !world.to_conversations.is_empty() {
                world.conversations_read(0, again);
            }
        }
    }
    world.agrees();
    assert_eq!([1, 2, 3].map(|who| world.agent_of(who)), [Some("a"), Some("b"), None]);
}

#[test]
fn close_that_comes_twice_acts_once() {
    let mut world = active(ONE);
    world.ask(2, "");
    world.settle();
    world.close(1);
    world.conversations_read(0, true);
    quiet(&mut world);
    assert_eq!(world.agent_of(2), Some("a"), "the second close hits nobody");
    assert!(world.is_open(2));
}

#[test]
fn both_agents_offline_then_one_comes_online() {
    let mut world = World::new(&[], TWO);
    world.presence("a", Offline);
    world.presence("b", Offline);
    for who in 1..=3 {
        world.now += 1;
        world.ask(who, "");
    }
    world.promote(3);
    quiet(&mut world);
    world.presence("b", Online);
    quiet(&mut world);
    for next in [3, 1, 2] {
        assert_eq!(world.agent_of(next), Some("b"), "first by VIP, then by asking");
        world.close(next);
        quiet(&mut world);
    }
}

#[test]
fn after_a_lost_agent_returns_the_desk_counts_right_though_a_workspace_may_see_two() {
    let mut world = active(ONE);
    world.ask(2, "");
    world.promote(2);
    world.settle();
    world.presence("a", Offline);
    world.presence("a", Online);
    let to_second = world.to_conversations.iter().position(|input| input.conversation.bits() == 2);
    world.conversations_read(to_second.expect("the VIP is first"), false);
    assert_eq!((world.agent_of(1), world.agent_of(2)), (Some("a"), Some("a")), "until the first one has left");
    quiet(&mut world);
    assert_eq!((world.agent_of(1), world.agent_of(2)), (None, Some("a")));
}
