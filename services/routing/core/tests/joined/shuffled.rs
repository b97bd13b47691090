//! Random histories of the joined cores: everything that is under way arrives in any order and up to twice, while
//! visitors, agents and the directory go on. In the end all is read, and both cores must agree.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use usher_domain::AgentId;
use usher_domain::desk::Presence;
use usher_domain::policy::OfferPolicy;

use super::world::{Line, World};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Move {
    Ask(u32, &'static str),
    Leave(u32),
    Promote(u32),
    Transfer(u32, &'static str),
    Close(u32),
    Presence(&'static str, Presence),
    Directory(usize),
    Answer(Index, bool),
    TimePasses,
    DeskReads(Index, bool),
    ConversationsRead(Index, bool),
}

const DIRECTORIES: [&[Line<'static>]; 4] = [
    &[("a", 1, &[]), ("b", 2, &["sales"]), ("c", 1, &["sales"])],
    &[("a", 1, &[]), ("b", 1, &["sales"])],
    &[("b", 2, &["sales"]), ("c", 3, &[])],
    &[("a", 0, &["sales"]), ("c", 1, &["sales"])],
];
const TARGETS: [&str; 6] = ["", "", "sales", "@a", "@b", "nothing"];

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let who = || 1..6_u32;
    let to = || select(&TARGETS[..]);
    let again = || prop::bool::weighted(0.2);
    let one = prop_oneof![
        6 => (who(), to()).prop_map(|(who, to)| Move::Ask(who, to)),
        2 => who().prop_map(Move::Leave),
        1 => who().prop_map(Move::Promote),
        3 => (who(), to()).prop_map(|(who, to)| Move::Transfer(who, to)),
        3 => who().prop_map(Move::Close),
        3 => (select(&["a", "b", "c"][..]), select(&Presence::ALL[..])).prop_map(|(name, how)| Move::Presence(name, how)),
        3 => select(&["a", "b", "c"][..]).prop_map(|name| Move::Presence(name, Presence::Online)),
        1 => (0..DIRECTORIES.len()).prop_map(Move::Directory),
        8 => (any::<Index>(), prop::bool::weighted(0.7)).prop_map(|(index, accepts)| Move::Answer(index, accepts)),
        2 => Just(Move::TimePasses),
        14 => (any::<Index>(), again()).prop_map(|(index, again)| Move::DeskReads(index, again)),
        16 => (any::<Index>(), again()).prop_map(|(index, again)| Move::ConversationsRead(index, again)),
    ];
    prop::collection::vec(one, 1..120)
}

/// How agents are asked, or that they are not; times are so short that many are over before an answer comes.
fn offers() -> impl Strategy<Value = Option<OfferPolicy>> {
    let policy = (3..200_u64, 1..4_u32, prop::option::of(1..3_u32), 0..60_u64).prop_map(
        |(within, at_once, misses_max, back_off)| {
            let (within, back_off) = (Duration::from_millis(within), Duration::from_millis(back_off));
            OfferPolicy { within, at_once, misses_max, back_off }
        },
    );
    prop::option::weighted(0.7, policy)
}

fn make(world: &mut World, next: &Move) {
    world.now += 1;
    match *next {
        Move::Ask(who, to) => world.ask(who, to),
        Move::Leave(who) => world.leave(who),
        Move::Promote(who) => world.promote(who),
        Move::Transfer(who, to) => world.transfer(who, to),
        Move::Close(who) => world.close(who),
        Move::Presence(name, presence) => world.presence(name, presence),
        Move::Directory(which) => world.directory(&["sales"][which % 2..], DIRECTORIES[which]),
        Move::Answer(index, accepts) => {
            let asked: Vec<(u32, AgentId)> = world.asked.keys().cloned().collect();
            if !asked.is_empty() {
                let (who, agent) = index.get(&asked);
                world.answer(*who, agent.as_str(), accepts);
            }
        }
        Move::TimePasses => world.time_passes(),
        Move::DeskReads(index, again) => {
            if !world.to_desk.is_empty() {
                world.desk_reads(index.index(world.to_desk.len()), again);
            }
        }
        Move::ConversationsRead(index, again) => {
            if !world.to_conversations.is_empty() {
                world.conversations_read(index.index(world.to_conversations.len()), again);
            }
        }
    }
}

/// Reads all that is under way, in the order that `order` draws.
fn drain(world: &mut World, order: &[Index]) {
    let mut order = order.iter().cycle();
    for _ in 0..10_000 {
        let (desk, conversations) = (world.to_desk.len(), world.to_conversations.len());
        if desk + conversations == 0 {
            return;
        }
        let index = order.next().map_or(0, |index| index.index(desk + conversations));
        if index < desk {
            world.desk_reads(index, false);
        } else {
            world.conversations_read(index - desk, false);
        }
    }
    panic!("the cores never fall silent: {}", world.view());
}

#[test]
fn cores_agree_when_shuffled_and_repeated_topics_fall_silent() {
    let (assigned, waiting) = (std::cell::Cell::new(0_u32), std::cell::Cell::new(0_u32));
    let accepted = std::cell::Cell::new(0_u32);
    let order = || prop::collection::vec(any::<Index>(), 1..40);
    proptest!(ProptestConfig::with_cases(800), |(offers in offers(), moves in moves(), order in order())| {
        let mut world = World::asking(offers, &["sales"], DIRECTORIES[0]);
        for next in &moves {
            make(&mut world, next);
        }
        drain(&mut world, &order);
        world.agrees();
        for who in 1..6 {
            let counter = if world.agent_of(who).is_some() { &assigned } else { &waiting };
            counter.set(counter.get() + u32::from(world.is_open(who)));
            let has_accepted = offers.is_some() && world.agent_of(who).is_some();
            accepted.set(accepted.get() + u32::from(has_accepted));
        }
    });
    let ended = assigned.get() > 20 && waiting.get() > 20 && accepted.get() > 3;
    assert!(ended, "histories end in every state: {assigned:?} {waiting:?} {accepted:?}");
}
