//! A view folded from what a desk has said is the desk: after every step of a random history, with the rules of the
//! waiting room on and off, its counts are those of the state that the core has written.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::account::Survey;
use usher_domain::desk::{
    AgentRecord, DeskAct, DeskInput, DirectoryEntry, GroupRecord, OfferAnswer, Presence, PresenceSaid,
};
use usher_domain::policy::{DeskPolicy, LanePolicy, LimitsPolicy, LossPolicy, OfferPolicy, PresencePolicy, Ring};
use usher_domain::state::desk::{Seat, SessionState, StateKey, StateValue};
use usher_domain::supervision::{MovedQueue, Supervision, SupervisionOrder, Warrant};
use usher_domain::{
    Account, AccountId, AgentId, Body, ConversationId, Demand, DeskId, Dialect, GroupId, InputId, PlacementId,
    SessionId, Target, TenantId, Timestamp, Want, Wish,
};
use usher_routing_core::desk::{DeskCore, Input};
use usher_view::{DeskView, Line, LineCounts};

const AGENTS: [&str; 4] = ["a", "b", "c", "d"];
const GROUPS: [&str; 2] = ["sales", "service"];
/// Whom sessions name, and supervisors.
const LINES: [&str; 6] = ["", "sales", "service", "@a", "@b", "unknown"];

#[derive(Debug, Clone)]
enum Event {
    Demand(Demand),
    Presence(PresenceSaid),
    Directory(Box<Directory>),
    Supervision(SupervisionOrder),
    /// An answer to the offer that stands for this session, by this agent.
    Answer(u32, &'static str, bool),
    Pass(u64),
}

#[derive(Debug, Clone)]
struct Directory {
    desk: DeskPolicy,
    groups: Vec<GroupRecord>,
    agents: Vec<AgentRecord>,
}

fn session(number: u32) -> SessionId {
    let opened_at = Timestamp::default();
    SessionId { conversation: ConversationId::from_bits(number.into()), opened_at, opened_by: 1 }
}

fn target(text: &str) -> Target {
    match (text.strip_prefix('@'), text) {
        (Some(agent), _) => Target { agent: Some(AgentId::new(agent)), ..Target::default() },
        (None, "") => Target::default(),
        (None, group) => Target { group: Some(GroupId::new(group)), ..Target::default() },
    }
}

fn demand() -> impl Strategy<Value = Event> {
    let wish = (select(&LINES[..]), any::<bool>(), 0..6_i64, 0..3_u32).prop_map(|(to, vip, asked_at, weight)| {
        Want::Agent(Box::new(Wish {
            target: target(to),
            vip,
            asked_at: Timestamp::from_millis(asked_at),
            weight,
            ..Wish::default()
        }))
    });
    let want = prop_oneof![4 => wish, 1 => Just(Want::Nobody)];
    (0..8_u32, 1..5_u32, want)
        .prop_map(|(number, epoch, want)| Event::Demand(Demand { session: session(number), epoch, want }))
}

fn presence() -> impl Strategy<Value = Event> {
    let how = prop_oneof![3 => Just(Presence::Online), 2 => select(Presence::ALL.to_vec())];
    (select(&AGENTS[..]), how, any::<bool>(), any::<bool>()).prop_map(|(agent, presence, drains, twice)| {
        let said = PresenceSaid::new(AgentId::new(agent), presence);
        Event::Presence(PresenceSaid { drain: drains && twice, ..said })
    })
}

fn lane() -> impl Strategy<Value = LanePolicy> {
    let offer = proptest::option::of(
        (1..3_u32, proptest::option::of(1..3_u32)).prop_map(|(at_once, misses_max)| OfferPolicy {
            at_once,
            misses_max,
            ..OfferPolicy::default()
        }),
    );
    let ring = any::<bool>().prop_map(|anyone| Ring { after: Duration::from_secs(5), groups: Vec::new(), anyone });
    let limits = (proptest::option::of(1..4_u32), any::<bool>()).prop_map(|(length_max, waits)| LimitsPolicy {
        length_max,
        wait_max: waits.then_some(Duration::from_secs(40)),
    });
    (offer, proptest::collection::vec(ring, 0..2), limits, any::<bool>()).prop_map(|(offer, rings, limits, wraps)| {
        LanePolicy { offer, rings, limits, wrap_up: wraps.then_some(Duration::from_secs(9)), ..LanePolicy::default() }
    })
}

fn directory() -> impl Strategy<Value = Event> {
    let agents = proptest::sample::subsequence(&AGENTS[..], 1..=AGENTS.len());
    let of_agents = proptest::collection::vec((0..4_u32, proptest::sample::subsequence(&GROUPS[..], 0..=2)), 4);
    let groups = (proptest::sample::subsequence(&GROUPS[..], 0..=2), proptest::collection::vec(lane(), 2));
    let presence = (any::<bool>(), any::<bool>()).prop_map(|(lease, hold)| PresencePolicy {
        lease: lease.then_some(Duration::from_secs(30)),
        loss: if hold { LossPolicy::Hold { within: Duration::from_secs(10) } } else { LossPolicy::Requeue },
    });
    let desk = (lane(), any::<bool>(), presence).prop_map(|(lane, designated, presence)| DeskPolicy {
        lane,
        designated_within: designated.then_some(Duration::from_secs(15)),
        presence,
    });
    (agents, of_agents, groups, desk).prop_map(|(agents, of_agents, (groups, lanes), desk)| {
        let agents = agents.into_iter().zip(of_agents).map(|(name, (capacity, groups))| AgentRecord {
            capacity,
            groups: groups.into_iter().map(GroupId::new).collect(),
            ..AgentRecord::new(AgentId::new(name))
        });
        let groups = groups.into_iter().zip(lanes).map(|(id, policy)| GroupRecord { id: GroupId::new(id), policy });
        Event::Directory(Box::new(Directory { desk, groups: groups.collect(), agents: agents.collect() }))
    })
}

fn supervision() -> impl Strategy<Value = Event> {
    let number = || (0..8_u32).prop_map(session);
    let agent = || select(&AGENTS[..]).prop_map(AgentId::new);
    let from = prop_oneof![
        Just(MovedQueue::All),
        Just(MovedQueue::Default),
        agent().prop_map(MovedQueue::Agent),
        select(&GROUPS[..]).prop_map(|group| MovedQueue::Group(GroupId::new(group))),
    ];
    prop_oneof![
        (number(), agent()).prop_map(|(session, agent)| SupervisionOrder::Assign { session, agent, placement: None }),
        number().prop_map(|session| SupervisionOrder::Requeue { session, placement: None }),
        (agent(), any::<bool>()).prop_map(|(agent, drains)| SupervisionOrder::Drain { agent, drains }),
        (from, select(&LINES[..])).prop_map(|(from, to)| SupervisionOrder::Move { from, to: target(to) }),
    ]
    .prop_map(Event::Supervision)
}

fn history() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => demand(),
        3 => presence(),
        1 => directory(),
        2 => supervision(),
        3 => (0..8_u32, select(&AGENTS[..]), any::<bool>())
            .prop_map(|(session, agent, accepts)| Event::Answer(session, agent, accepts)),
        2 => (1..40_000_u64).prop_map(Event::Pass),
    ];
    let online = || AGENTS.map(|agent| Event::Presence(PresenceSaid::new(AgentId::new(agent), Presence::Online)));
    (directory(), proptest::collection::vec(event, 1..50))
        .prop_map(move |(first, events)| [first].into_iter().chain(online()).chain(events).collect())
}

fn account() -> Account {
    Account {
        tenant: TenantId::new("t"),
        account: AccountId::new("web"),
        dialect: Dialect::Native,
        desk: DeskId::new("d"),
        default_group: None,
        bot: None,
        survey: Survey::default(),
        collected: false,
        weight: 1,
        priority: 0,
        sms: None,
    }
}

/// A desk, what it has written, and the view of what it has said.
#[derive(Default)]
struct Desk {
    core: DeskCore,
    now: i64,
    revision: u64,
    inputs: u64,
    written: BTreeMap<StateKey, StateValue>,
    view: DeskView,
    facts: usize,
    steps: usize,
    loads: BTreeMap<AgentId, u64>,
    /// Since when who waits has waited, by its demand.
    since: BTreeMap<SessionId, (u32, Timestamp)>,
}

impl Desk {
    fn happens(&mut self, event: &Event) {
        match event {
            Event::Demand(demand) => self.act(DeskAct::Demand(demand.clone())),
            Event::Presence(said) => self.act(DeskAct::Presence(said.clone())),
            Event::Supervision(order) => {
                let warrant = Warrant { by: "mei".to_owned(), why: "x".into() };
                self.act(DeskAct::Supervision(Box::new(Supervision { warrant, order: order.clone() })));
            }
            Event::Answer(number, agent, accepts) => self.answer(session(*number), agent, *accepts),
            Event::Directory(directory) => self.publish(directory),
            Event::Pass(ms) => self.pass(*ms as i64),
        }
    }

    fn publish(&mut self, Directory { desk, groups, agents }: &Directory) {
        self.revision += 1;
        let revision = self.revision;
        let groups = groups.iter().cloned().map(|group| DirectoryEntry::Group(Box::new(group)));
        let agents = agents.iter().cloned().map(DirectoryEntry::Agent);
        let all: Vec<_> =
            [DirectoryEntry::Desk(Box::new(desk.clone()))].into_iter().chain(groups).chain(agents).collect();
        let count = all.len() as u32;
        all.into_iter().for_each(|entry| self.act(DeskAct::Staged { revision, entry }));
        self.act(DeskAct::Applied { revision, count });
    }

    fn answer(&mut self, session: SessionId, agent: &str, accepts: bool) {
        let found = self.sessions().find(|(id, _)| *id == session);
        let Some((_, state)) = found else { return };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn };
        let account = account();
        let answer = OfferAnswer { account, session, agent: AgentId::new(agent), placement, accepts };
        self.act(DeskAct::Answer(Box::new(answer)));
    }

    fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        while let Some(due) = self.core.next_wakeup().filter(|due| due.millis() <= until) {
            self.now = self.now.max(due.millis());
            self.step(Input::Tick);
        }
        self.now = until;
    }

    fn act(&mut self, act: DeskAct) {
        self.pass(1);
        self.inputs += 1;
        let id = InputId::derive(&[&self.inputs.to_be_bytes()]);
        self.step(Input::Act(DeskInput { tenant: TenantId::new("t"), desk: DeskId::new("d"), id, act }));
    }

    fn step(&mut self, input: Input) {
        let now = Timestamp::from_millis(self.now);
        let effects = self.core.step(input, now);
        for body in &effects.bodies {
            if let Body::Event(event) = body {
                self.view.take(&event.fact, now);
                self.facts += 1;
            }
        }
        for (key, value) in effects.changes {
            match value {
                Some(value) => drop(self.written.insert(key, value)),
                None => drop(self.written.remove(&key)),
            }
        }
        self.note_who_waits(now);
        self.compare();
        self.loads_within_capacity();
        self.steps += 1;
        if self.steps.is_multiple_of(7) {
            self.restored_is_the_same();
        }
    }

    /// Who waits now and did not before, or for another demand, waits since now.
    fn note_who_waits(&mut self, now: Timestamp) {
        let waits = |state: &SessionState| matches!(state.seat, Seat::Waiting | Seat::Offered(_));
        let waiting: Vec<_> =
            self.sessions().filter(|(_, state)| waits(state)).map(|(id, state)| (id, state.epoch)).collect();
        let before = std::mem::take(&mut self.since);
        self.since = waiting
            .into_iter()
            .map(|(id, epoch)| {
                let same = before.get(&id).filter(|(known, _)| *known == epoch);
                (id, same.copied().unwrap_or((epoch, now)))
            })
            .collect();
    }

    /// Nobody gets anything above their capacity, whoever decides it (a directory may lower it afterwards).
    fn loads_within_capacity(&mut self) {
        let mut loads: BTreeMap<AgentId, u64> = BTreeMap::new();
        for (_, state) in self.sessions() {
            let weight = u64::from(state.weight);
            match &state.seat {
                Seat::Assigned(agent) => *loads.entry(agent.clone()).or_default() += weight,
                Seat::Offered(offer) => {
                    offer.agents.iter().for_each(|agent| *loads.entry(agent.clone()).or_default() += weight);
                }
                Seat::Waiting | Seat::Refused(_) => {}
            }
        }
        for value in self.written.values() {
            let StateValue::Agent(state) = value else { continue };
            let id = &state.record.id;
            let (before, now) =
                (self.loads.get(id).copied().unwrap_or_default(), loads.get(id).copied().unwrap_or_default());
            assert!(now <= before || now <= u64::from(state.record.capacity), "{id} has {now}");
        }
        self.loads = loads;
    }

    /// What was written restores to what wrote it, also while a queue is on its way.
    fn restored_is_the_same(&self) {
        let mut restored = DeskCore::new();
        for (key, value) in self.written.iter().rev() {
            restored.restore(key.clone(), Some(value.clone()));
        }
        assert_eq!(restored, self.core);
    }

    fn sessions(&self) -> impl Iterator<Item = (SessionId, &SessionState)> {
        self.written.iter().filter_map(|(key, value)| match (&key.item, value) {
            (usher_domain::state::desk::Item::Session(id), StateValue::Session(state)) => Some((*id, state)),
            _ => None,
        })
    }

    /// What the view says is what the desk has written.
    fn compare(&self) {
        let counts = self.view.counts(Timestamp::from_millis(self.now), 1, 0);
        let mut lines: BTreeMap<Line, LineCounts> = BTreeMap::new();
        for (id, state) in self.sessions() {
            let line = match &state.seat {
                Seat::Refused(_) => continue,
                _ => lines.entry(Line::of(&state.line())).or_default(),
            };
            match &state.seat {
                Seat::Assigned(_) => line.assigned += 1,
                seat => {
                    line.waiting += 1;
                    line.vips += u64::from(state.vip);
                    let since = self.since.get(&id).map(|(_, since)| *since);
                    line.oldest = line.oldest.into_iter().chain(since).min();
                    line.offered += u64::from(matches!(seat, Seat::Offered(_)));
                }
            }
        }
        let said = counts
            .lines
            .iter()
            .filter(|(_, line)| line.waiting + line.assigned > 0)
            .map(|(name, line)| (name.clone(), LineCounts { served: Default::default(), ..*line }));
        assert_eq!(said.collect::<BTreeMap<_, _>>(), lines);
        let agents = || {
            self.written
                .values()
                .filter_map(|value| if let StateValue::Agent(state) = value { Some(state) } else { None })
        };
        for presence in Presence::ALL {
            let written = agents().filter(|state| state.presence == presence).count() as u64;
            assert_eq!(counts.agents.get(&presence).copied().unwrap_or_default(), written, "{presence:?}");
        }
        let draining = agents().filter(|state| state.drains.is_some()).count() as u64;
        assert_eq!(counts.draining, draining);
        assert_eq!(counts.all.waiting, lines.values().map(|line| line.waiting).sum::<u64>());
    }
}

#[test]
fn a_view_of_what_a_desk_has_said_counts_what_it_has_written() {
    let facts = std::cell::Cell::new(0);
    proptest!(ProptestConfig::with_cases(1_500), |(history in history())| {
        let mut desk = Desk { now: 1_000, ..Desk::default() };
        history.iter().for_each(|event| desk.happens(event));
        desk.pass(120_000);
        desk.restored_is_the_same();
        facts.set(facts.get() + desk.facts);
    });
    assert!(facts.get() > 30_000, "the histories come to something: {}", facts.get());
}
