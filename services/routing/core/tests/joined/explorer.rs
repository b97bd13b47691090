//! Every interleaving of two conversations and two agents of capacity 1, on the real cores: a breadth-first search over
//! cloned worlds, each state visited once. A violation is found with the shortest history that leads to it.

use std::collections::{BTreeSet, VecDeque};

use usher_domain::ConversationInput;
use usher_domain::desk::Presence;

use super::world::{Line, World, is_placement};

const AGENTS: &[Line<'static>] = &[("a", 1, &[]), ("b", 1, &[])];

/// How often each thing may still happen, over both conversations and agents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Budget {
    asks: u8,
    other_targets: u8,
    leaves: u8,
    promotions: u8,
    transfers: u8,
    closes: u8,
    presences: u8,
    removals: u8,
    repeats: u8,
}

const NOTHING: Budget = Budget {
    asks: 0,
    other_targets: 0,
    leaves: 0,
    promotions: 0,
    transfers: 0,
    closes: 0,
    presences: 0,
    removals: 0,
    repeats: 0,
};

/// Whether topics keep their order. A desk is one key, each conversation is one; commands come from elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topics {
    InOrder,
    Shuffled,
}

#[derive(Clone)]
struct State {
    world: World,
    left: Budget,
    online: [bool; 2],
    /// How long the history is that led here.
    steps: usize,
}

/// Visits every state; answers how many there are, and how many of them are quiet.
fn explore(budget: Budget, topics: Topics) -> (usize, usize) {
    let start = State { world: World::new(&[], AGENTS), left: budget, online: [true; 2], steps: 0 };
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([start]);
    let (mut states, mut quiet) = (0, 0);
    while let Some(state) = queue.pop_front() {
        states += 1;
        if state.world.is_quiet() {
            quiet += 1;
            state.world.agrees();
        }
        assert!(state.steps < 200, "the cores never fall silent: {}", state.world.view());
        for mut next in successors(&state, topics) {
            next.steps += 1;
            next.world.sort_under_way(topics == Topics::InOrder);
            if seen.insert((next.world.view(), next.left)) {
                queue.push_back(next);
            }
        }
    }
    (states, quiet)
}

fn successors(state: &State, topics: Topics) -> Vec<State> {
    let mut next = Vec::new();
    visitors(state, &mut next);
    agents(state, &mut next);
    reads(state, topics, &mut next);
    next
}

/// Adds what follows when `act` happens, if its budget is not used up.
fn offer(state: &State, next: &mut Vec<State>, cost: fn(&mut Budget) -> &mut u8, act: impl FnOnce(&mut State)) {
    let mut after = state.clone();
    let left = cost(&mut after.left);
    if *left > 0 {
        *left -= 1;
        act(&mut after);
        next.push(after);
    }
}

fn visitors(state: &State, next: &mut Vec<State>) {
    for who in [1, 2] {
        if !state.world.is_open(who) {
            offer(state, next, |left| &mut left.asks, |after| after.world.ask(who, ""));
            continue;
        }
        offer(state, next, |left| &mut left.other_targets, |after| after.world.ask(who, "@b"));
        offer(state, next, |left| &mut left.leaves, |after| after.world.leave(who));
        offer(state, next, |left| &mut left.promotions, |after| after.world.promote(who));
    }
}

fn agents(state: &State, next: &mut Vec<State>) {
    for who in [1, 2] {
        if state.world.was_told(who) {
            offer(state, next, |left| &mut left.transfers, |after| after.world.transfer(who, "@b"));
            offer(state, next, |left| &mut left.closes, |after| after.world.close(who));
        }
    }
    for (index, (name, ..)) in AGENTS.iter().enumerate() {
        let how = if state.online[index] { Presence::Offline } else { Presence::Online };
        offer(
            state,
            next,
            |left| &mut left.presences,
            |after| {
                after.online[index] = !after.online[index];
                after.world.presence(name, how);
            },
        );
    }
    offer(state, next, |left| &mut left.removals, |after| after.world.directory(&[], &AGENTS[..1]));
}

fn reads(state: &State, topics: Topics, next: &mut Vec<State>) {
    let readable = if topics == Topics::InOrder { 1 } else { usize::MAX };
    for index in 0..state.world.to_desk.len().min(readable) {
        let mut after = state.clone();
        after.world.desk_reads(index, false);
        next.push(after);
        offer(state, next, |left| &mut left.repeats, |after| after.world.desk_reads(index, true));
    }
    let under_way = &state.world.to_conversations;
    for (index, input) in under_way.iter().enumerate() {
        let same_key = |other: &ConversationInput| other.conversation == input.conversation && is_placement(other);
        if topics == Topics::InOrder && is_placement(input) && under_way[..index].iter().any(same_key) {
            continue;
        }
        let mut after = state.clone();
        after.world.conversations_read(index, false);
        next.push(after);
        if is_placement(input) {
            offer(state, next, |left| &mut left.repeats, |after| after.world.conversations_read(index, true));
        }
    }
}

#[track_caller]
fn check(budget: Budget, topics: Topics, at_least: usize) {
    let (states, quiet) = explore(budget, topics);
    println!("{states} states, {quiet} of them quiet");
    assert!(states >= at_least && quiet > 0, "only {states} states: the search does not search");
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
