//! Random histories of one small desk: few names, so that everything meets everything.

use proptest::prelude::*;

use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, Presence, PresenceSaid};
use usher_domain::{Demand, GroupId, Want, Wish};

use super::bench::{agent, at, group, record, session, target};

/// One thing that happens; a directory comes as many records.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Demand(Demand),
    Presence(&'static str, Presence),
    Directory(Vec<AgentRecord>, Vec<GroupId>),
    /// One line too few.
    Incomplete(AgentRecord),
}

const AGENTS: [&str; 4] = ["a", "b", "c", "d"];
const GROUPS: [&str; 2] = ["sales", "service"];
const TARGETS: [&str; 8] = ["", "", "sales", "service", "@a", "@b", "@nobody", "unknown"];

fn demand() -> impl Strategy<Value = Event> {
    let names = (0..12_u32, 1..6_u32, prop::sample::select(&TARGETS[..]));
    (names, any::<bool>(), 0..6_i64, 0..4_u32).prop_map(|((number, epoch, to), vip, asked_at, weight)| {
        let wish = Wish { target: target(to), vip, asked_at: at(asked_at), weight, ..Wish::default() };
        let want = Want::Agent(Box::new(wish));
        Event::Demand(Demand { session: session(number), epoch, want })
    })
}

fn leave() -> impl Strategy<Value = Event> {
    (0..12_u32, 1..6_u32)
        .prop_map(|(number, epoch)| Event::Demand(Demand { session: session(number), epoch, want: Want::Nobody }))
}

fn presence() -> impl Strategy<Value = Event> {
    let how = prop_oneof![3 => Just(Presence::Online), 1 => prop::sample::select(&Presence::ALL[..])];
    (prop::sample::select(&AGENTS[..]), how).prop_map(|(name, presence)| Event::Presence(name, presence))
}

fn groups() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(&GROUPS[..], 0..=GROUPS.len())
}

fn agents() -> impl Strategy<Value = Vec<AgentRecord>> {
    let who = prop::sample::subsequence(&AGENTS[..], 0..=AGENTS.len());
    let how = prop::collection::vec((0..4_u32, groups()), AGENTS.len());
    (who, how).prop_map(|(who, how)| {
        who.into_iter().zip(how).map(|(name, (capacity, groups))| record(name, capacity, &groups)).collect()
    })
}

fn directory() -> impl Strategy<Value = Event> {
    (agents(), groups()).prop_map(|(agents, groups)| Event::Directory(agents, groups.into_iter().map(group).collect()))
}

/// A directory first and everybody online, so that most histories come to something.
pub(super) fn history() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        10 => demand(),
        5 => leave(),
        5 => presence(),
        1 => directory(),
        1 => Just(Event::Incomplete(record("a", 9, &[]))),
    ];
    (directory(), prop::collection::vec(event, 1..80)).prop_map(|(directory, events)| {
        let online = AGENTS.map(|name| Event::Presence(name, Presence::Online));
        [directory].into_iter().chain(online).chain(events).collect()
    })
}

/// The records of a history, in order, each with its place in the history; revisions count up.
pub(super) fn records(history: &[Event]) -> Vec<(usize, DeskAct)> {
    let of = |(index, event): (usize, &Event)| {
        let revision = index as u64 + 1;
        let lines = |agents: &[AgentRecord], groups: &[GroupId], missing: u32| {
            let groups = groups.iter().cloned().map(DirectoryEntry::group);
            let entries: Vec<_> = groups.chain(agents.iter().cloned().map(DirectoryEntry::Agent)).collect();
            let count = entries.len() as u32 + missing;
            let staged = entries.into_iter().map(move |entry| DeskAct::Staged { revision, entry });
            staged.chain([DeskAct::Applied { revision, count }]).collect::<Vec<_>>()
        };
        let acts = match event {
            Event::Demand(demand) => vec![DeskAct::Demand(demand.clone())],
            Event::Presence(name, presence) => vec![DeskAct::Presence(PresenceSaid::new(agent(name), *presence))],
            Event::Directory(agents, groups) => lines(agents, groups, 0),
            Event::Incomplete(record) => lines(std::slice::from_ref(record), &[], 1),
        };
        acts.into_iter().map(move |act| (index, act))
    };
    history.iter().enumerate().flat_map(of).collect()
}
