//! What must hold however agents come, go, drain, fall silent and are asked, on random histories with each rule on and
//! off: nobody has more than they can (I9), nor a session that they may not have (I10), nobody waits for whom somebody is
//! free (I14), a lease is lost when nothing was heard and not before, held sessions stay as long as they shall. Said again
//! by linear search over what was written and told; after a restart all goes on as before.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, Presence, PresenceSaid};
use usher_domain::event::{Fact, PresenceReason};
use usher_domain::policy::{DeskPolicy, LanePolicy, LossPolicy, OfferPolicy, PresencePolicy};
use usher_domain::state::desk::{AgentState, Item, Seat, SessionState};
use usher_domain::{AgentId, Demand, Dialect, SessionId, Timestamp, Want, Wish};

use super::bench::{Answer, Bench, agent, at, record, session, target};
use crate::desk::{DeskCore, StateKey, StateValue};

const AGENTS: [&str; 3] = ["a", "b", "c"];

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    Demand(Demand),
    Say(PresenceSaid),
    Answer { session: u32, accepts: bool },
    Pass(i64),
    Directory(Box<DeskPolicy>, Vec<AgentRecord>),
    Restart,
}

fn span() -> impl Strategy<Value = Duration> {
    prop::sample::select(&[20, 50, 120][..]).prop_map(Duration::from_millis)
}

fn policy() -> impl Strategy<Value = DeskPolicy> {
    let loss = prop_oneof![Just(LossPolicy::Requeue), span().prop_map(|within| LossPolicy::Hold { within })];
    let offer = (span(), 1..3_u32, prop::option::of(1..3_u32), span())
        .prop_map(|(within, at_once, misses_max, back_off)| OfferPolicy { within, at_once, misses_max, back_off });
    (prop::option::of(span()), loss, prop::option::of(span()), prop::option::of(offer)).prop_map(
        |(lease, loss, wrap_up, offer)| DeskPolicy {
            lane: LanePolicy { wrap_up, offer, ..LanePolicy::default() },
            presence: PresencePolicy { lease, loss },
            ..DeskPolicy::default()
        },
    )
}

fn agents() -> impl Strategy<Value = Vec<AgentRecord>> {
    let one = |name: &'static str| {
        (0..5_u32, prop::option::of(0..3_u32)).prop_map(move |(capacity, limit)| AgentRecord {
            limits: limit.into_iter().map(|limit| (Dialect::Easemob, limit)).collect(),
            ..record(name, capacity, &[])
        })
    };
    (one("a"), one("b"), one("c"), prop::sample::subsequence(vec![0, 1, 2], 1..=3))
        .prop_map(|(a, b, c, who)| who.into_iter().map(|index| [&a, &b, &c][index].clone()).collect())
}

fn demand() -> impl Strategy<Value = Event> {
    let wish = (prop::sample::select(&["", "", "", "@a", "@b"][..]), any::<bool>(), 0..5_i64, 0..3_u32, any::<bool>());
    (0..8_u32, 1..9_u32, prop::option::weighted(0.7, wish)).prop_map(|(number, epoch, wish)| {
        let want = wish.map_or(Want::Nobody, |(to, vip, asked_at, weight, easemob)| {
            let channel = if easemob { Dialect::Easemob } else { Dialect::Native };
            let (target, asked_at) = (target(to), at(asked_at));
            Want::Agent(Box::new(Wish { target, vip, asked_at, weight, channel, ..Wish::default() }))
        });
        Event::Demand(Demand { session: session(number), epoch, want })
    })
}

fn say() -> impl Strategy<Value = Event> {
    let presence = prop_oneof![3 => Just(Presence::Online), 1 => prop::sample::select(&Presence::ALL[..])];
    let at = prop::option::of((0..40_i64).prop_map(at));
    let who = prop::sample::select(&AGENTS[..]).prop_map(agent);
    (who, presence, at, prop::option::weighted(0.2, span()), prop::bool::weighted(0.2))
        .prop_map(|(agent, presence, at, lease, drain)| Event::Say(PresenceSaid { agent, presence, at, lease, drain }))
}

fn history() -> impl Strategy<Value = Vec<Event>> {
    let directory = || (policy(), agents()).prop_map(|(policy, agents)| Event::Directory(Box::new(policy), agents));
    let event = prop_oneof![
        8 => demand(),
        6 => say(),
        4 => (0..8_u32, any::<bool>()).prop_map(|(session, accepts)| Event::Answer { session, accepts }),
        5 => (1..80_i64).prop_map(Event::Pass),
        1 => directory(),
        1 => Just(Event::Restart),
    ];
    (directory(), prop::collection::vec(event, 1..90)).prop_map(|(directory, events)| {
        let online = AGENTS.map(|name| Event::Say(PresenceSaid::new(agent(name), Presence::Online)));
        [directory].into_iter().chain(online).chain(events).collect()
    })
}

/// What somebody knows who reads what was written and told.
#[derive(Default)]
struct Onlooker {
    kept: BTreeMap<StateKey, StateValue>,
    policy: DeskPolicy,
    /// The last word about each agent, and how long it holds.
    words: BTreeMap<AgentId, (i64, Option<Duration>)>,
    /// What stays taken: by whom, until when, how much.
    notes: Vec<(AgentId, Timestamp, SessionState)>,
    /// When somebody went offline.
    gone_at: BTreeMap<AgentId, (i64, LossPolicy)>,
    /// How much was seen of each kind.
    seen: BTreeMap<&'static str, usize>,
}

impl Onlooker {
    fn sessions(&self) -> impl Iterator<Item = (SessionId, &SessionState)> {
        self.kept.iter().filter_map(|(key, value)| match (&key.item, value) {
            (Item::Session(id), StateValue::Session(state)) => Some((*id, state)),
            _ => None,
        })
    }

    fn agents(&self) -> impl Iterator<Item = &AgentState> {
        self.kept.values().filter_map(|value| if let StateValue::Agent(state) = value { Some(state) } else { None })
    }

    fn agent(&self, id: &AgentId) -> Option<&AgentState> {
        self.agents().find(|state| state.record.id == *id)
    }

    /// All that takes room of an agent: their sessions, what they are asked for, notes.
    fn load(&self, id: &AgentId, now: i64) -> Vec<&SessionState> {
        let notes =
            self.notes.iter().filter(|(agent, until, _)| agent == id && *until > at(now)).map(|(.., left)| left);
        self.sessions().map(|(_, state)| state).filter(|state| has(state, id)).chain(notes).collect()
    }

    fn has_room(&self, state: &AgentState, session: &SessionState, now: i64) -> bool {
        let load = self.load(&state.record.id, now);
        let weight: u32 = load.iter().map(|taken| taken.weight).sum();
        let of_channel = load.iter().filter(|taken| taken.channel == session.channel).count() as u32;
        let limit = state.record.limits.get(&session.channel);
        weight + session.weight <= state.record.capacity && limit.is_none_or(|limit| of_channel < *limit)
    }

    /// Follows one step; `word` is what was said in it.
    fn follow(&mut self, answer: &Answer, word: Option<&PresenceSaid>, now: i64) {
        let before: Vec<(SessionId, SessionState)> = self.sessions().map(|(id, state)| (id, state.clone())).collect();
        let known = word.is_some_and(|said| self.agent(&said.agent).is_some());
        self.read_facts(answer, &before, now);
        for (key, value) in answer.0.changes.iter().cloned() {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
        // With somebody who leaves the directory go their notes.
        let here: Vec<AgentId> = self.agents().map(|state| state.record.id.clone()).collect();
        self.notes.retain(|(agent, ..)| here.contains(agent));
        let ignored = answer.facts().iter().any(|fact| matches!(fact, Fact::PresenceIgnored { .. }));
        if let Some(said) = word.filter(|_| known && !ignored) {
            let lease = said.lease.into_iter().chain(self.policy.presence.lease).min();
            self.words.insert(said.agent.clone(), (now, lease));
        }
        self.nobody_has_too_much(&before, now);
        self.nobody_waits_in_vain(now);
        self.nobody_is_late(now);
    }

    fn read_facts(&mut self, answer: &Answer, before: &[(SessionId, SessionState)], now: i64) {
        for fact in answer.facts() {
            match fact {
                Fact::AgentWrapsUp { agent, session, until } => {
                    let left = before.iter().find(|(id, _)| id == session).expect("a session").1.clone();
                    assert!(has(&left, agent) && left.weight > 0, "{agent} had nothing to wrap up");
                    let span = self.policy.lane.wrap_up.expect("notes are written");
                    assert_eq!(*until, at(now).plus(span));
                    self.notes.push((agent.clone(), *until, left));
                    self.count("wrap-up");
                }
                Fact::AgentPresence { agent, presence: Presence::Offline, reason } => {
                    self.gone_at.insert(agent.clone(), (now, self.policy.presence.loss));
                    if *reason == PresenceReason::LeaseLost {
                        let (word, lease) = self.words[agent];
                        let half = lease.expect("a lease") / 2;
                        assert!(at(now) >= at(word).plus(half), "{agent} was heard of at {word} and lost at {now}");
                    }
                    self.count(reason.name());
                }
                Fact::SessionTakenBack { agent, reason, .. } => {
                    let held = self.gone_at.get(agent).filter(|_| *reason != PresenceReason::Removed);
                    if let Some((gone_at, LossPolicy::Hold { within })) = held {
                        assert!(at(now) >= at(*gone_at).plus(*within), "held since {gone_at}, taken back at {now}");
                    }
                    self.count("taken back");
                }
                Fact::SessionsHeld { .. } => self.count("held"),
                _ => {}
            }
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// A directory has brought a lease to those who had none.
    fn begin_leases(&mut self, now: i64) {
        let Some(lease) = self.policy.presence.lease else { return };
        for word in self.words.values_mut().filter(|(_, held)| held.is_none()) {
            *word = (now, Some(lease));
        }
    }

    /// Whoever got something in this step may have it, and has room for all that they have now.
    fn nobody_has_too_much(&mut self, before: &[(SessionId, SessionState)], now: i64) {
        let mut given = 0;
        for state in self.agents() {
            let id = &state.record.id;
            let had = |session: &SessionId| before.iter().any(|(other, seat)| other == session && has(seat, id));
            let got: Vec<_> = self.sessions().filter(|(session, seat)| has(seat, id) && !had(session)).collect();
            let Some((session, _)) = got.first() else { continue };
            given += got.len();
            assert!(state.presence == Presence::Online && state.drains.is_none(), "{id} is not there for {session}");
            let load = self.load(id, now);
            let weight: u32 = load.iter().map(|taken| taken.weight).sum();
            assert!(weight <= state.record.capacity, "{id} got {session} and has {weight} (I9)");
            for (channel, limit) in &state.record.limits {
                let taken = load.iter().filter(|taken| taken.channel == *channel).count() as u32;
                let newly = got.iter().any(|(_, seat)| seat.channel == *channel);
                assert!(!newly || taken <= *limit, "{id} got {session} and has {taken} of {channel:?}");
            }
            let wanted = |seat: &SessionState| {
                seat.fell_to_default || seat.target.agent.is_none() || seat.target.agent.as_ref() == Some(id)
            };
            assert!(got.iter().all(|(_, seat)| wanted(seat) && !seat.excludes(id)), "{id} got another's (I10)");
        }
        *self.seen.entry("given").or_default() += given;
    }

    fn nobody_waits_in_vain(&self, now: i64) {
        for (id, session) in self.sessions().filter(|(_, session)| session.seat == Seat::Waiting) {
            let named = session.target.agent.as_ref().filter(|_| !session.fell_to_default);
            let takes = |state: &&AgentState| {
                let there = state.presence == Presence::Online && state.drains.is_none();
                there
                    && named.is_none_or(|named| *named == state.record.id)
                    && !session.excludes(&state.record.id)
                    && self.has_room(state, session, now)
            };
            let idle = self.agents().find(takes);
            assert!(idle.is_none(), "{id} waits, and {idle:?} is free (I14)");
        }
    }

    /// What is due has been done: leases, holds, draining.
    fn nobody_is_late(&self, now: i64) {
        for state in self.agents() {
            let id = &state.record.id;
            let has_sessions = self.sessions().any(|(_, session)| session.seat == Seat::Assigned(id.clone()));
            let is_offline = state.presence == Presence::Offline;
            if let Some((word, Some(lease))) = self.words.get(id) {
                assert!(is_offline || at(now) < at(*word).plus(*lease), "{id} was last heard of at {word}: {state:?}");
            }
            assert!(state.drains.is_none() || (has_sessions && !is_offline), "{id} has drained: {state:?}");
            if let (true, true, Some((gone_at, loss))) = (is_offline, has_sessions, self.gone_at.get(id)) {
                let LossPolicy::Hold { within } = loss else { panic!("{id} is offline and has sessions") };
                assert!(at(now) < at(*gone_at).plus(*within), "{id} is gone since {gone_at} and has sessions");
            }
        }
        let removed = self.sessions().find(|(_, session)| match &session.seat {
            Seat::Assigned(agent) => self.agent(agent).is_none(),
            _ => false,
        });
        assert_eq!(removed, None, "with somebody who is not there");
    }

    fn restored(&self) -> DeskCore {
        let mut core = DeskCore::new();
        self.kept.iter().rev().for_each(|(key, value)| core.restore(key.clone(), Some(value.clone())));
        core
    }
}

/// Whether the session is with the agent, or they are asked for it.
fn has(session: &SessionState, agent: &AgentId) -> bool {
    match &session.seat {
        Seat::Assigned(other) => other == agent,
        Seat::Offered(offer) => offer.agents.contains(agent),
        _ => false,
    }
}

fn happen(bench: &mut Bench, onlooker: &mut Onlooker, event: &Event, revision: u64) {
    match event {
        Event::Demand(demand) => {
            let answer = bench.demand(demand.clone());
            onlooker.follow(&answer, None, bench.now);
        }
        Event::Say(said) => {
            let answer = bench.say(said.clone());
            onlooker.follow(&answer, Some(said), bench.now);
        }
        Event::Answer { session: number, accepts } => {
            let asked =
                onlooker.sessions().find(|(id, _)| *id == session(*number)).and_then(|(_, state)| match &state.seat {
                    Seat::Offered(offer) => Some((offer.agents[0].clone(), state.epoch, state.turn)),
                    _ => None,
                });
            let Some((agent, epoch, turn)) = asked else { return };
            let answer = bench.says(agent.as_str(), *number, &format!("{epoch}.{turn}"), *accepts);
            onlooker.count("answered");
            onlooker.follow(&answer, None, bench.now);
        }
        Event::Pass(ms) => {
            let until = bench.now + ms;
            while let Some(due) = bench.core.next_wakeup().filter(|due| due.millis() <= until) {
                bench.now = bench.now.max(due.millis() - 1);
                let answer = bench.tick();
                onlooker.follow(&answer, None, bench.now);
            }
            bench.now = until;
        }
        Event::Directory(policy, agents) => {
            let agents = agents.iter().cloned().map(DirectoryEntry::Agent);
            let lines: Vec<_> = [DirectoryEntry::Desk(policy.clone())].into_iter().chain(agents).collect();
            let count = lines.len() as u32;
            for entry in lines {
                let answer = bench.act(DeskAct::Staged { revision, entry });
                onlooker.follow(&answer, None, bench.now);
            }
            // What is due in the same step goes by the directory before.
            while bench.core.next_wakeup().is_some_and(|due| due.millis() <= bench.now + 1) {
                let answer = bench.tick();
                onlooker.follow(&answer, None, bench.now);
            }
            let answer = bench.act(DeskAct::Applied { revision, count });
            // What is due by then is done first, by the rules of before.
            onlooker.follow(&answer, None, bench.now);
            onlooker.policy = (**policy).clone();
            onlooker.begin_leases(bench.now);
        }
        Event::Restart => {
            let restored = onlooker.restored();
            assert_eq!(restored, bench.core, "a restored desk is another");
            bench.core = restored;
        }
    }
}

#[test]
fn however_agents_come_and_go_the_promises_are_kept() {
    let seen = std::cell::RefCell::new(BTreeMap::<&str, usize>::new());
    proptest!(ProptestConfig::with_cases(500), |(history in history())| {
        let (mut bench, mut onlooker) = (Bench::new(), Onlooker::default());
        for (index, event) in history.iter().enumerate() {
            happen(&mut bench, &mut onlooker, event, index as u64 + 1);
        }
        happen(&mut bench, &mut onlooker, &Event::Restart, 0);
        for (what, count) in onlooker.seen {
            *seen.borrow_mut().entry(what).or_default() += count;
        }
    });
    let seen = seen.into_inner();
    let kinds = ["given", "wrap-up", "answered", "held", "taken back", "said", "lease-lost", "drained", "removed"];
    for kind in kinds {
        assert!(seen.get(kind).is_some_and(|count| *count > 0), "{kind} hardly ever happens: {seen:?}");
    }
}
