//! What must hold where work remains behind every step: the next record, a directory, a presence, an answer or a
//! supervisor's move among them, is read in the middle of it. Nobody gets more than they can (I9); a restart goes on where
//! it was; and when nothing more comes the work ends, every session is where the directory has it, and nobody waits for
//! whom somebody is free (I14).

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use usher_domain::desk::{AgentRecord, DeskAct};
use usher_domain::event::Fact;
use usher_domain::policy::{DeskPolicy, LanePolicy, OfferPolicy};
use usher_domain::state::desk::{AgentState, Item, Seat, SessionState};
use usher_domain::supervision::MovedQueue;
use usher_domain::{AgentId, GroupId, SessionId};

use super::bench::{Answer, Bench, agent, group};
use super::history::{self, Event};
use super::supervisors::{moved, says};
use crate::desk::{DeskCore, StateKey, StateValue};

const LINES: [&str; 5] = ["", "sales", "service", "@a", "@b"];

#[derive(Debug, Clone)]
enum Step {
    Happens(Event),
    /// A supervisor moves one line to another.
    Moves(usize, usize),
    /// One of those who are asked answers.
    Answers(prop::sample::Index, bool),
    Passes(i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let aside = prop_oneof![
        3 => (0..LINES.len(), 0..LINES.len()).prop_map(|(from, to)| Step::Moves(from, to)),
        4 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(who, accepts)| Step::Answers(who, accepts)),
        2 => (1..40_i64).prop_map(Step::Passes),
        1 => Just(Step::Restart),
    ];
    (history::history(), prop::collection::vec((any::<prop::sample::Index>(), aside), 0..40)).prop_map(
        |(events, asides)| {
            let mut steps: Vec<Step> = events.into_iter().map(Step::Happens).collect();
            asides.into_iter().for_each(|(place, aside)| steps.insert(place.index(steps.len() + 1), aside));
            steps
        },
    )
}

fn asking() -> LanePolicy {
    let (within, back_off) = (Duration::from_millis(30), Duration::from_millis(20));
    LanePolicy {
        offer: Some(OfferPolicy { within, at_once: 2, misses_max: Some(3), back_off }),
        ..LanePolicy::default()
    }
}

/// Whoever reads what is written and told.
struct Onlooker {
    bench: Bench,
    items: usize,
    kept: BTreeMap<StateKey, StateValue>,
    /// How many steps left work behind.
    unsettled: usize,
    moved: usize,
    answered: usize,
}

impl Onlooker {
    fn sessions(&self) -> Vec<(SessionId, &SessionState)> {
        let pieces = self.kept.iter();
        pieces
            .filter_map(|(key, value)| match (&key.item, value) {
                (Item::Session(id), StateValue::Session(state)) => Some((*id, state)),
                _ => None,
            })
            .collect()
    }

    fn agents(&self) -> impl Iterator<Item = &AgentState> {
        self.kept.values().filter_map(|value| if let StateValue::Agent(state) = value { Some(state) } else { None })
    }

    fn load(&self, agent: &AgentId) -> u32 {
        self.sessions().iter().filter(|(_, state)| has(state, agent)).map(|(_, state)| state.weight).sum()
    }

    fn is_unsettled(&self) -> bool {
        self.bench.core.next_wakeup().is_some_and(|due| due.millis() <= self.bench.now)
    }

    fn follow(&mut self, answer: &Answer) {
        let pairs = |state: &SessionState| match &state.seat {
            Seat::Assigned(agent) => vec![agent.clone()],
            Seat::Offered(offer) => offer.agents.clone(),
            Seat::Waiting | Seat::Refused(_) => Vec::new(),
        };
        let had: Vec<_> = self.sessions().into_iter().map(|(id, state)| (id, pairs(state))).collect();
        for (key, value) in answer.0.changes.iter().cloned() {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
        for (id, state) in self.sessions() {
            let before = had.iter().find(|(other, _)| *other == id).map(|(_, agents)| agents.as_slice()).unwrap_or(&[]);
            for agent in pairs(state).iter().filter(|agent| !before.contains(agent)) {
                let known = self.agents().find(|known| known.record.id == *agent).expect("in the directory");
                assert!(known.takes_new(), "{agent} got {id} and is not there");
                assert!(self.load(agent) <= known.record.capacity, "{agent} got {id} and has too much (I9)");
            }
        }
        self.moved += answer.facts().iter().filter(|fact| matches!(fact, Fact::SessionMoved { .. })).count();
        self.answered += answer.facts().iter().filter(|fact| matches!(fact, Fact::OfferAccepted { .. })).count();
        self.unsettled += usize::from(self.is_unsettled());
    }

    fn act(&mut self, act: DeskAct) {
        let answer = self.bench.act(act);
        self.follow(&answer);
    }

    fn step(&mut self, step: &Step, revision: u64) {
        match step {
            Step::Happens(Event::Directory(agents, groups)) => self.publish(revision, agents, groups),
            Step::Happens(event) => {
                for (_, act) in history::records(std::slice::from_ref(event)) {
                    self.act(act);
                }
            }
            Step::Moves(from, to) => {
                let from = match LINES[*from] {
                    "" => MovedQueue::Default,
                    line if line.starts_with('@') => MovedQueue::Agent(agent(&line[1..])),
                    line => MovedQueue::Group(group(line)),
                };
                let answer = says(&mut self.bench, moved(from, LINES[*to]));
                self.follow(&answer);
            }
            Step::Answers(who, accepts) => self.answer(who, *accepts),
            Step::Passes(ms) => self.bench.now += ms,
            Step::Restart => self.restart(),
        }
    }

    fn publish(&mut self, revision: u64, agents: &[AgentRecord], groups: &[GroupId]) {
        let lanes: Vec<_> = groups.iter().map(|group| (group.as_str(), asking())).collect();
        for answer in self.bench.published(revision, DeskPolicy::default(), &lanes, agents) {
            self.follow(&answer);
        }
    }

    fn answer(&mut self, who: &prop::sample::Index, accepts: bool) {
        let offers = self.sessions().into_iter().filter_map(|(id, state)| match &state.seat {
            Seat::Offered(offer) => Some((id, offer.agents[0].clone(), format!("{}.{}", state.epoch, state.turn))),
            _ => None,
        });
        let offers: Vec<_> = offers.collect();
        if offers.is_empty() {
            return;
        }
        let (id, agent, placement) = who.get(&offers);
        let answer = self.bench.says(agent.as_str(), id.conversation.bits() as u32, placement, accepts);
        self.follow(&answer);
    }

    fn restart(&mut self) {
        let core = DeskCore::new();
        let mut restored = Bench { core, now: self.bench.now }.in_steps_of(self.items).core;
        self.kept.iter().rev().for_each(|(key, value)| restored.restore(key.clone(), Some(value.clone())));
        assert_eq!(restored, self.bench.core, "a restored desk is another");
        self.bench.core = restored;
    }

    fn settle(&mut self) {
        for _ in 0..1_000 {
            if !self.is_unsettled() {
                return self.all_is_in_its_place();
            }
            let answer = self.bench.tick();
            self.follow(&answer);
        }
        panic!("work never ends");
    }

    fn all_is_in_its_place(&self) {
        assert!(!self.kept.keys().any(|key| matches!(key.item, Item::Moving(_))), "a queue is still on its way");
        for (id, state) in self.sessions().into_iter().filter(|(_, state)| state.seat == Seat::Waiting) {
            let line = state.line();
            let knows = |group: &GroupId| self.kept.keys().any(|key| key.item == Item::Group(group.clone()));
            let serves = |known: &&AgentState| match (&line.agent, &line.group) {
                (Some(agent), _) => known.record.id == *agent,
                (None, Some(group)) => known.record.groups.contains(group),
                (None, None) => known.record.groups.is_empty(),
            };
            let is_there = match (&line.agent, &line.group) {
                (Some(_), _) => self.agents().any(|known| serves(&known)),
                (None, group) => group.as_ref().is_none_or(knows),
            };
            assert!(is_there, "{id} waits for somebody who is not in the directory");
            let takes = |known: &&AgentState| {
                let room = self.load(&known.record.id) + state.weight <= known.record.capacity;
                serves(known) && known.takes_new() && room && !state.excludes(&known.record.id)
            };
            let idle = self.agents().find(takes);
            assert!(idle.is_none(), "{id} waits, and {idle:?} is free (I14)");
        }
    }
}

/// Whether the session is with the agent, or they are asked for it.
fn has(state: &SessionState, agent: &AgentId) -> bool {
    match &state.seat {
        Seat::Assigned(other) => other == agent,
        Seat::Offered(offer) => offer.agents.contains(agent),
        Seat::Waiting | Seat::Refused(_) => false,
    }
}

#[test]
fn whatever_comes_before_the_work_is_done_it_ends_and_all_is_in_its_place() {
    let seen = std::cell::Cell::new((0, 0, 0));
    proptest!(ProptestConfig::with_cases(300), |(steps in steps(), items in 1..4_usize)| {
        let bench = Bench::new().in_steps_of(items);
        let mut desk = Onlooker { bench, items, kept: BTreeMap::new(), unsettled: 0, moved: 0, answered: 0 };
        for (index, step) in steps.iter().enumerate() {
            desk.step(step, index as u64 + 1);
        }
        desk.settle();
        desk.restart();
        let (unsettled, moved, answered) = seen.get();
        seen.set((unsettled + desk.unsettled, moved + desk.moved, answered + desk.answered));
    });
    let (unsettled, moved, answered) = seen.get();
    assert!(unsettled > 20 && moved > 2 && answered > 0, "{:?}", seen.get());
}
