//! Promises of searching and choosing on random histories with random rules: a naive model says by linear search who may
//! take whom at each instant, and objects to the first decision that is not so: eligibility with selectors, exclusions
//! and searches (I10), capacity and channels' limits (I9), VIPs, then who asked first (I12, I13), the agent whom the rule
//! names, and that nobody waits whom somebody could take (I14). What was written restores to what wrote it.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use usher_domain::desk::{AgentRecord, Presence};
use usher_domain::event::{Fact, Rule};
use usher_domain::policy::{Choice, ChoicePolicy, Compare, DeskPolicy, Label, LanePolicy, OrderPolicy, Ring, Selector};
use usher_domain::{AgentId, Demand, Dialect, GroupId, SessionId, Timestamp, Want, Wish};

use super::bench::{Answer, Bench, agent, at, group, record, session, target};
use crate::desk::{DeskCore, StateKey, StateValue};

const AGENTS: [&str; 4] = ["a", "b", "c", "d"];
const GROUPS: [&str; 2] = ["sales", "service"];
const TARGETS: [&str; 7] = ["", "sales", "sales", "service", "@a", "@b", "@nobody"];

/// One thing that happens, so many seconds after the one before.
#[derive(Debug, Clone)]
struct Event(i64, Act);

#[derive(Debug, Clone)]
enum Act {
    Demand(Demand),
    Presence(&'static str, Presence),
    Agents(Vec<AgentRecord>),
    Nothing,
}

fn span(seconds: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    seconds.prop_map(Duration::from_secs)
}

fn lane_policy() -> impl Strategy<Value = LanePolicy> {
    let choice = prop::sample::select(vec![Choice::LongestIdle, Choice::LeastLoaded, Choice::HighestSkill]);
    let some_groups = prop::sample::subsequence(&GROUPS[..], 0..=2);
    let ring = (span(0..30), some_groups, any::<bool>()).prop_map(|(after, groups, anyone)| {
        let groups = groups.into_iter().map(group).collect();
        Ring { after, groups, anyone }
    });
    (choice, prop::option::of(span(1..20)), prop::collection::vec(ring, 0..3)).prop_map(|(by, sticky, rings)| {
        LanePolicy { choice: ChoicePolicy { by, sticky }, order: OrderPolicy::VipFirst, rings, ..LanePolicy::default() }
    })
}

fn selectors() -> impl Strategy<Value = Vec<Selector>> {
    let what = prop::sample::select(vec![
        ("lang", Compare::Equal, Label::Text("zh".to_owned())),
        ("lang", Compare::NotEqual, Label::Text("zh".to_owned())),
        ("level", Compare::AtLeast, Label::Number(2)),
    ]);
    let one = (what, prop::option::of(span(1..25))).prop_map(|((label, compare, value), within)| {
        let label = label.to_owned();
        Selector { label, compare, value, within }
    });
    prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(one, 1..3)]
}

fn demand() -> impl Strategy<Value = Act> {
    let whom = (prop::sample::select(&TARGETS[..]), any::<bool>(), selectors());
    let known = prop::option::of(prop::sample::select(&AGENTS[..]));
    let avoided = prop::option::weighted(0.2, prop::sample::select(&AGENTS[..]));
    let numbers = (0..10_u32, 1..5_u32, any::<bool>(), 0..6_i64, 0..3_u32);
    let channel = prop::sample::select(vec![Dialect::Native, Dialect::Sms]);
    (whom, numbers, known, avoided, channel).prop_map(
        |((to, beside, selectors), (number, epoch, vip, asked_at, weight), last_agent, avoid, channel)| {
            let mut target = target(to);
            if beside && target.agent.is_some() {
                target.group = Some(group("service"));
            }
            target.selectors = selectors;
            let wish = Wish {
                target,
                vip,
                asked_at: at(asked_at),
                weight,
                channel,
                last_agent: last_agent.map(agent),
                avoid: avoid.map(agent),
                ..Wish::default()
            };
            Act::Demand(Demand { session: session(number), epoch, want: Want::Agent(Box::new(wish)) })
        },
    )
}

fn agents() -> impl Strategy<Value = Vec<AgentRecord>> {
    let who = prop::sample::subsequence(&AGENTS[..], 1..=AGENTS.len());
    let groups = prop::sample::subsequence(&GROUPS[..], 0..=2);
    let labels = (any::<bool>(), prop::option::of(0..4_i64), 0..3_u32, prop::option::of(0..2_u32));
    let how = prop::collection::vec((0..4_u32, groups, labels), AGENTS.len());
    (who, how).prop_map(|(who, how)| {
        who.into_iter()
            .zip(how)
            .map(|(name, (capacity, groups, (zh, level, skill, limit)))| {
                let mut record = record(name, capacity, &groups);
                if zh {
                    record.labels.insert("lang".to_owned(), Label::Text("zh".to_owned()));
                }
                level.map(|level| record.labels.insert("level".to_owned(), Label::Number(level)));
                record.levels.insert(group("sales"), skill);
                limit.map(|limit| record.limits.insert(Dialect::Sms, limit));
                record
            })
            .collect()
    })
}

fn history() -> impl Strategy<Value = (DeskPolicy, Vec<LanePolicy>, Vec<Event>)> {
    let how = prop_oneof![3 => Just(Presence::Online), 1 => prop::sample::select(&Presence::ALL[..])];
    let leave = (0..10_u32, 1..5_u32)
        .prop_map(|(number, epoch)| Act::Demand(Demand { session: session(number), epoch, want: Want::Nobody }));
    let act = prop_oneof![
        10 => demand(),
        4 => leave,
        4 => (prop::sample::select(&AGENTS[..]), how).prop_map(|(name, how)| Act::Presence(name, how)),
        1 => agents().prop_map(Act::Agents),
        3 => Just(Act::Nothing),
    ];
    let event = (prop_oneof![3 => Just(0), 2 => 0..14_i64], act).prop_map(|(seconds, act)| Event(seconds, act));
    let desk = (lane_policy(), prop::option::of(span(0..25))).prop_map(|(lane, designated_within)| DeskPolicy {
        lane,
        designated_within,
        ..DeskPolicy::default()
    });
    let first = agents().prop_map(|agents| Event(0, Act::Agents(agents)));
    let events = (first, prop::collection::vec(event, 1..60)).prop_map(|(first, events)| {
        let online = AGENTS.map(|name| Event(0, Act::Presence(name, Presence::Online)));
        [first].into_iter().chain(online).chain(events).collect()
    });
    (desk, prop::collection::vec(lane_policy(), GROUPS.len()), events)
}

struct Agent {
    record: AgentRecord,
    presence: Presence,
    since: Timestamp,
    ever_assigned: bool,
}

struct Session {
    epoch: u32,
    wish: Wish,
    /// Its target is not there.
    fell: bool,
    since: Timestamp,
    /// For whom it waits alone at first.
    sticky: Option<AgentId>,
    agent: Option<AgentId>,
}

/// What should be so.
struct Model {
    desk: DeskPolicy,
    groups: BTreeMap<GroupId, LanePolicy>,
    agents: BTreeMap<AgentId, Agent>,
    sessions: BTreeMap<SessionId, Session>,
    now: Timestamp,
    seen: BTreeMap<&'static str, u32>,
}

fn serves(record: &AgentRecord, base: Option<&GroupId>) -> bool {
    base.map_or(record.groups.is_empty(), |group| record.groups.contains(group))
}

impl Session {
    fn named(&self) -> Option<&AgentId> {
        self.wish.target.agent.as_ref().filter(|_| !self.fell)
    }

    fn base(&self) -> Option<&GroupId> {
        self.wish.target.group.as_ref().filter(|_| !self.fell)
    }

    fn wants(&self, agent: &AgentRecord, now: Timestamp) -> bool {
        let insisted = |selector: &&Selector| selector.within.is_none_or(|within| self.since.plus(within) > now);
        self.wish.target.selectors.iter().filter(insisted).all(|selector| selector.fits(&agent.labels))
    }

    fn avoids(&self, agent: &AgentId, now: Timestamp, demanded: Timestamp) -> bool {
        self.wish.avoid.as_ref() == Some(agent) && now < demanded.plus(Duration::from_secs(60))
    }
}

impl Model {
    fn policy(&self, base: Option<&GroupId>) -> &LanePolicy {
        base.and_then(|base| self.groups.get(base)).unwrap_or(&self.desk.lane)
    }

    fn eligible(&self, session: &Session, agent: &Agent) -> bool {
        let (id, record) = (&agent.record.id, &agent.record);
        let demanded = session.wish.moved_at.expect("the model notes it");
        if session.avoids(id, self.now, demanded) {
            return false;
        }
        let mut rings_from = session.since;
        if let Some(named) = session.named() {
            let left = self.desk.designated_within.map(|within| session.since.plus(within));
            match left {
                _ if named == id => return true,
                Some(left) if left <= self.now => rings_from = left,
                _ => return false,
            }
        }
        let policy = self.policy(session.base());
        if let (Some(last), Some(sticky)) = (&session.sticky, policy.choice.sticky)
            && self.now < session.since.plus(sticky)
        {
            return last == id;
        }
        let rings = policy.rings.iter().filter(|ring| rings_from.plus(ring.after) <= self.now);
        let in_ring = |ring: &Ring| ring.anyone || ring.groups.iter().any(|group| record.groups.contains(group));
        session.wants(record, self.now) && (serves(record, session.base()) || rings.into_iter().any(in_ring))
    }

    fn load(&self, agent: &AgentId) -> (u64, impl Fn(Dialect) -> u32) {
        let held: Vec<&Session> = self.sessions.values().filter(|held| held.agent.as_ref() == Some(agent)).collect();
        let weight = held.iter().map(|held| u64::from(held.wish.weight)).sum();
        let channels: Vec<Dialect> = held.iter().map(|held| held.wish.channel).collect();
        (weight, move |channel| channels.iter().filter(|other| **other == channel).count() as u32)
    }

    fn has_room(&self, agent: &Agent, session: &Session) -> bool {
        let (weight, count) = self.load(&agent.record.id);
        let limit = agent.record.limits.get(&session.wish.channel);
        agent.presence == Presence::Online
            && weight + u64::from(session.wish.weight) <= u64::from(agent.record.capacity)
            && limit.is_none_or(|limit| count(session.wish.channel) < *limit)
    }

    fn takers(&self, session: &Session) -> Vec<&Agent> {
        self.agents.values().filter(|agent| self.eligible(session, agent) && self.has_room(agent, session)).collect()
    }

    fn first(&self) -> Option<SessionId> {
        let served = self.sessions.iter().filter(|(_, held)| held.agent.is_none() && !self.takers(held).is_empty());
        served.min_by_key(|(id, held)| (!held.wish.vip, held.wish.asked_at, **id)).map(|(id, _)| *id)
    }

    fn at_hand(&self, session: &Session, last: &AgentId) -> bool {
        let sticky = self.policy(session.base()).choice.sticky;
        let demanded = session.wish.moved_at.expect("noted");
        session.named().is_none()
            && sticky.is_some()
            && !session.avoids(last, self.now, demanded)
            && self.agents.get(last).is_some_and(|agent| {
                let selectors = &session.wish.target.selectors;
                agent.presence != Presence::Offline
                    && serves(&agent.record, session.base())
                    && selectors.iter().all(|selector| selector.fits(&agent.record.labels))
            })
    }

    fn demand(&mut self, demand: &Demand) {
        let known = self.sessions.get_mut(&demand.session);
        match (&demand.want, known) {
            (_, Some(known)) if demand.epoch < known.epoch => {}
            (Want::Nobody | Want::SetAside, _) => drop(self.sessions.remove(&demand.session)),
            (Want::Agent(wish), Some(known)) if demand.epoch == known.epoch => known.wish.vip |= wish.vip,
            (Want::Agent(wish), _) => {
                let fell = wish.target.agent.as_ref().is_some_and(|named| !self.agents.contains_key(named));
                let wish = Wish { moved_at: Some(self.now), ..(**wish).clone() };
                let (epoch, last) = (demand.epoch, wish.last_agent.clone());
                let mut session = Session { epoch, wish, fell, since: self.now, sticky: None, agent: None };
                session.sticky = last.filter(|last| self.at_hand(&session, last));
                self.sessions.insert(demand.session, session);
            }
        }
    }

    /// Takes sessions back from who can not keep them, and sends who waits for nobody elsewhere.
    fn set_right(&mut self) {
        let mut sessions = std::mem::take(&mut self.sessions);
        for held in sessions.values_mut() {
            let lost = |agent: &AgentId| self.agents.get(agent).is_none_or(|a| a.presence == Presence::Offline);
            let taken_back = held.agent.as_ref().is_some_and(lost);
            if taken_back {
                held.agent = None;
            }
            let gone = held.named().is_some_and(|named| !self.agents.contains_key(named));
            if held.agent.is_none() && gone && self.desk.designated_within.is_some() {
                held.wish.target.agent = None;
            } else if held.agent.is_none() && gone {
                (held.fell, held.since, held.sticky) = (true, self.now, None);
            }
            let over = |last: &AgentId| !self.agents.contains_key(last) || taken_back && !self.at_hand(held, last);
            if held.agent.is_none() && held.sticky.as_ref().is_some_and(over) {
                held.sticky = None;
            }
        }
        self.sessions = sessions;
    }

    fn presence(&mut self, name: &str, presence: Presence) {
        let Some(known) = self.agents.get_mut(&agent(name)) else { return };
        if presence == Presence::Online && known.presence != Presence::Online && !known.ever_assigned {
            known.since = self.now;
        }
        known.presence = presence;
        self.set_right();
    }

    fn directory(&mut self, records: &[AgentRecord]) {
        let mut before = std::mem::take(&mut self.agents);
        let next = records.iter().map(|record| {
            let newcomer = Agent {
                record: record.clone(),
                presence: Presence::Offline,
                since: Timestamp::default(),
                ever_assigned: false,
            };
            let known = before.remove(&record.id).unwrap_or(newcomer);
            (record.id.clone(), Agent { record: record.clone(), ..known })
        });
        self.agents = next.collect();
        self.set_right();
    }

    fn follow(&mut self, answer: &Answer) {
        for fact in answer.facts() {
            if let Fact::AssignmentDecided { session, agent, candidates, rule, group, step, .. } = fact {
                self.assigned(*session, agent, *candidates, *rule, group.as_ref());
                *self.seen.entry(rule.words()).or_default() += 1;
                *self.seen.entry("after a step").or_default() += u32::from(*step > 0);
            }
        }
        assert_eq!(self.first(), None, "somebody waits although somebody could take them (I14)");
    }

    fn assigned(&mut self, id: SessionId, to: &AgentId, candidates: u32, rule: Rule, of: Option<&GroupId>) {
        assert_eq!(self.first(), Some(id), "VIPs first, then who asked first (I12, I13)");
        let held = &self.sessions[&id];
        let in_lane = |agent: &Agent| match rule {
            Rule::Designated | Rule::LastAgent => agent.record.id == *to,
            Rule::LongestIdleOfAll | Rule::LeastLoadedOfAll => true,
            _ => serves(&agent.record, of),
        };
        let key = |agent: &Agent| match rule {
            Rule::LeastLoadedOfGroup | Rule::LeastLoadedOfDefault | Rule::LeastLoadedOfAll => {
                let weight = self.load(&agent.record.id).0;
                (weight * 1_000_000).checked_div(u64::from(agent.record.capacity)).unwrap_or(1_000_000)
            }
            Rule::HighestSkillOfGroup => {
                u64::MAX - u64::from(of.and_then(|of| agent.record.levels.get(of)).copied().unwrap_or(0))
            }
            _ => 0,
        };
        let takers: Vec<&Agent> = self.takers(held).into_iter().filter(|agent| in_lane(agent)).collect();
        assert_eq!(takers.len() as u32, candidates, "as many as could take it");
        let chosen = takers.iter().min_by_key(|agent| (key(agent), agent.since, agent.record.id.clone()));
        assert_eq!(
            chosen.map(|agent| &agent.record.id),
            Some(to),
            "eligible, with room, and the rule's first (I9, I10)"
        );
        self.sessions.get_mut(&id).expect("known").agent = Some(to.clone());
        let agent = self.agents.get_mut(to).expect("known");
        (agent.since, agent.ever_assigned) = (self.now, true);
    }
}

fn keep(kept: &mut BTreeMap<StateKey, StateValue>, answer: &Answer) {
    for (key, value) in answer.0.changes.iter().cloned() {
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
}

fn restored(kept: &BTreeMap<StateKey, StateValue>, seed: u64) -> DeskCore {
    let mut pieces: Vec<_> = kept.iter().collect();
    pieces.sort_by_key(|(key, _)| usher_domain::InputId::derive(&[key.to_string().as_bytes(), &seed.to_be_bytes()]));
    let mut core = DeskCore::new();
    for (key, value) in pieces {
        core.restore(key.clone(), Some(value.clone()));
    }
    core
}

fn run(desk: DeskPolicy, lanes: &[LanePolicy], events: &[Event]) -> BTreeMap<&'static str, u32> {
    let groups: Vec<(&str, LanePolicy)> = GROUPS.into_iter().zip(lanes.iter().cloned()).collect();
    let mut model = Model {
        desk: desk.clone(),
        groups: groups.iter().map(|(name, policy)| (group(name), policy.clone())).collect(),
        agents: BTreeMap::new(),
        sessions: BTreeMap::new(),
        now: at(0),
        seen: BTreeMap::new(),
    };
    let (mut bench, mut kept) = (Bench::new(), BTreeMap::new());
    for (index, Event(seconds, act)) in events.iter().enumerate() {
        bench.now += seconds * 1_000;
        let answers = match act {
            Act::Demand(demand) => vec![bench.demand(demand.clone())],
            Act::Presence(name, presence) => vec![bench.presence(name, *presence)],
            Act::Agents(records) => bench.published(index as u64 + 1, desk.clone(), &groups, records),
            Act::Nothing => vec![bench.tick()],
        };
        let last = answers.len() - 1;
        for (part, answer) in answers.iter().enumerate() {
            keep(&mut kept, answer);
            model.now = at(bench.now - (last - part) as i64);
            match act {
                Act::Demand(demand) => model.demand(demand),
                Act::Presence(name, presence) => model.presence(name, *presence),
                Act::Agents(records) if part == last => model.directory(records),
                Act::Agents(_) | Act::Nothing => {}
            }
            model.follow(answer);
        }
        assert_eq!(restored(&kept, index as u64), bench.core, "what was written restores to what wrote it");
    }
    model.seen
}

#[test]
fn every_decision_keeps_the_promises_with_any_rules_of_search_and_choice() {
    let all = std::cell::RefCell::new(BTreeMap::<&str, u32>::new());
    proptest!(ProptestConfig::with_cases(300), |((desk, lanes, events) in history())| {
        for (what, count) in run(desk, &lanes, &events) {
            *all.borrow_mut().entry(what).or_default() += count;
        }
    });
    let all = all.into_inner();
    for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Supervisor) {
        assert!(all.get(rule.words()).is_some_and(|count| *count > 5), "{} comes up: {all:?}", rule.words());
    }
    assert!(all["after a step"] > 50, "{all:?}");
}
