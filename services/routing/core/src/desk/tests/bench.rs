//! A desk core under test, with short words for what happens to it and for what it answers. Touches the API in one
//! place.

use usher_domain::conversation::ConversationAct;
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, GroupRecord, Presence, PresenceSaid};
use usher_domain::event::Fact;
use usher_domain::policy::{DeskPolicy, LanePolicy};
use usher_domain::{
    AgentId, Body, ConversationId, ConversationInput, Demand, DeskId, DeskInput, GroupId, InputId, Place, Placement,
    SessionId, Target, TenantId, Timestamp, Want, Wish,
};

use crate::desk::{DeskCore, Input, StateKey, StateValue};
use usher_domain::Effects;

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// The session of the conversation with this number.
pub(super) fn session(number: u32) -> SessionId {
    SessionId { conversation: ConversationId::from_bits(number.into()), opened_at: at(0), opened_by: 1 }
}

pub(super) fn agent(name: &str) -> AgentId {
    AgentId::new(name)
}

pub(super) fn group(name: &str) -> GroupId {
    GroupId::new(name)
}

/// A target by `@agent`, `group`, or nothing.
pub(super) fn target(text: &str) -> Target {
    match (text.strip_prefix('@'), text) {
        (Some(name), _) => Target { agent: Some(agent(name)), group: None, ..Target::default() },
        (None, "") => Target::default(),
        (None, name) => Target { agent: None, group: Some(group(name)), ..Target::default() },
    }
}

/// A demand for an agent; plain, weight 1, asked at `asked_at`.
pub(super) fn wish(number: u32, epoch: u32, to: &str, asked_at: i64) -> Demand {
    let wish = Wish { target: target(to), asked_at: at(asked_at), ..Wish::default() };
    let want = Want::Agent(Box::new(wish));
    Demand { session: session(number), epoch, want }
}

pub(super) fn vip(demand: Demand) -> Demand {
    match demand.want {
        Want::Agent(wish) => Demand { want: Want::Agent(Box::new(Wish { vip: true, ..*wish })), ..demand },
        Want::Nobody | Want::SetAside => demand,
    }
}

pub(super) fn weighing(weight: u32, demand: Demand) -> Demand {
    match demand.want {
        Want::Agent(wish) => Demand { want: Want::Agent(Box::new(Wish { weight, ..*wish })), ..demand },
        Want::Nobody | Want::SetAside => demand,
    }
}

pub(super) fn nobody(number: u32, epoch: u32) -> Demand {
    Demand { session: session(number), epoch, want: Want::Nobody }
}

pub(super) fn record(name: &str, capacity: u32, groups: &[&str]) -> AgentRecord {
    AgentRecord {
        name: format!("{name}, shown"),
        capacity,
        groups: groups.iter().map(|name| group(name)).collect(),
        ..AgentRecord::new(agent(name))
    }
}

/// A core with one desk, and the time of its log.
pub(super) struct Bench {
    pub(super) core: DeskCore,
    pub(super) now: i64,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self { core: DeskCore::new(), now: 1_000 }
    }

    /// From now on one step does only so much, so that work remains behind it.
    pub(super) fn in_steps_of(mut self, items: usize) -> Self {
        self.core.items_per_step = items;
        self
    }

    /// A desk with directory 1 in force; everybody is online, one instant after the other.
    pub(super) fn with(groups: &[&str], agents: &[AgentRecord]) -> Self {
        let mut bench = Self::new();
        bench.publish(1, groups, agents);
        for record in agents {
            bench.presence(record.id.as_str(), Presence::Online);
        }
        bench
    }

    /// The same with rules of their own for the desk and its groups.
    pub(super) fn ruled(desk: DeskPolicy, groups: &[(&str, LanePolicy)], agents: &[AgentRecord]) -> Self {
        let mut bench = Self::new();
        bench.apply_ruled(1, desk, groups, agents);
        for record in agents {
            bench.presence(record.id.as_str(), Presence::Online);
        }
        bench
    }

    /// Puts a directory with such rules in force.
    pub(super) fn apply_ruled(
        &mut self,
        revision: u64,
        desk: DeskPolicy,
        groups: &[(&str, LanePolicy)],
        agents: &[AgentRecord],
    ) -> Answer {
        self.published(revision, desk, groups, agents).pop().expect("the last is what puts it in force")
    }

    /// The same, with the answers to all its records.
    pub(super) fn published(
        &mut self,
        revision: u64,
        desk: DeskPolicy,
        groups: &[(&str, LanePolicy)],
        agents: &[AgentRecord],
    ) -> Vec<Answer> {
        let groups = groups.iter().map(|(name, policy)| GroupRecord { id: group(name), policy: policy.clone() });
        let groups = groups.map(|record| DirectoryEntry::Group(Box::new(record)));
        let agents = agents.iter().cloned().map(DirectoryEntry::Agent);
        let entries: Vec<_> = [DirectoryEntry::Desk(Box::new(desk))].into_iter().chain(groups).chain(agents).collect();
        let count = entries.len() as u32;
        let staged = entries.into_iter().map(|entry| DeskAct::Staged { revision, entry });
        staged.chain([DeskAct::Applied { revision, count }]).map(|act| self.act(act)).collect()
    }

    pub(super) fn input(act: DeskAct) -> Input {
        let id = InputId::derive(&[b"test"]);
        Input::Act(DeskInput { tenant: TenantId::new("t"), desk: DeskId::new("d"), id, act })
    }

    pub(super) fn step(&mut self, input: Input) -> Answer {
        self.now += 1;
        Answer(self.core.step(input, at(self.now)))
    }

    pub(super) fn act(&mut self, act: DeskAct) -> Answer {
        self.step(Self::input(act))
    }

    pub(super) fn tick(&mut self) -> Answer {
        self.step(Input::Tick)
    }

    /// Ticks whenever something is due, up to this instant.
    pub(super) fn wait_until(&mut self, ms: i64) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(due) = self.core.next_wakeup().filter(|due| due.millis() <= ms) {
            assert!(answers.len() < 10_000, "something is always due");
            self.now = self.now.max(due.millis() - 1);
            answers.push(self.tick());
        }
        self.now = self.now.max(ms);
        answers
    }

    pub(super) fn demand(&mut self, demand: Demand) -> Answer {
        self.act(DeskAct::Demand(demand))
    }

    pub(super) fn presence(&mut self, name: &str, presence: Presence) -> Answer {
        self.act(DeskAct::Presence(PresenceSaid::new(agent(name), presence)))
    }

    /// A presence with all that a workspace may say beside it.
    pub(super) fn say(&mut self, said: PresenceSaid) -> Answer {
        self.act(DeskAct::Presence(said))
    }

    pub(super) fn stage(&mut self, revision: u64, groups: &[&str], agents: &[AgentRecord]) -> u32 {
        let groups = groups.iter().map(|name| DirectoryEntry::group(group(name)));
        let entries: Vec<_> = groups.chain(agents.iter().cloned().map(DirectoryEntry::Agent)).collect();
        let count = entries.len() as u32;
        for entry in entries {
            assert!(self.act(DeskAct::Staged { revision, entry }).0.bodies.is_empty(), "staging changes nothing");
        }
        count
    }

    pub(super) fn publish(&mut self, revision: u64, groups: &[&str], agents: &[AgentRecord]) -> Answer {
        let count = self.stage(revision, groups, agents);
        self.act(DeskAct::Applied { revision, count })
    }
}

/// What one step answered.
#[derive(Debug)]
pub(super) struct Answer(pub(super) Effects<StateKey, StateValue>);

impl Answer {
    pub(super) fn placements(&self) -> Vec<&Placement> {
        self.0.bodies.iter().filter_map(as_placement).collect()
    }

    /// What was decided, without the facts by which others count: those are looked at where they are counted.
    pub(super) fn facts(&self) -> Vec<&Fact> {
        self.all_facts().into_iter().filter(|fact| !is_for_counting(fact)).collect()
    }

    pub(super) fn all_facts(&self) -> Vec<&Fact> {
        self.0.bodies.iter().filter_map(as_fact).collect()
    }

    /// All placements as `<session> <version> <place>`, for example `1 3.2 li` or `1 3.1 #2`.
    pub(super) fn places(&self) -> Vec<String> {
        let place = |place: &Place| match place {
            Place::Waiting { position, .. } => format!("#{position}"),
            Place::Offered { agents, .. } => {
                let asked: Vec<&str> = agents.iter().map(|card| card.id.as_str()).collect();
                format!("asking {}", asked.join(", "))
            }
            Place::Assigned { agent, .. } => agent.id.to_string(),
            Place::Refused { reason, .. } => format!("{reason:?}"),
        };
        let line =
            |told: &Placement| format!("{} {} {}", told.session.conversation.bits(), told.version, place(&told.place));
        self.placements().into_iter().map(line).collect()
    }

    /// Nothing was told and nothing was written.
    pub(super) fn is_nothing(&self) -> bool {
        self.0 == Effects::default()
    }
}

fn as_placement(body: &Body) -> Option<&Placement> {
    match body {
        Body::Conversation(ConversationInput { act: ConversationAct::Placement(placement), .. }) => Some(placement),
        _ => None,
    }
}

fn as_fact(body: &Body) -> Option<&Fact> {
    if let Body::Event(event) = body { Some(&event.fact) } else { None }
}

/// Compares what was told with what should be.
#[track_caller]
pub(super) fn check(answer: &Answer, places: &[&str]) {
    assert_eq!(answer.places(), places, "{answer:?}");
}

/// Whether the fact goes along with a demand or a presence and says no more than they do.
fn is_for_counting(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::SessionEntered { .. }
            | Fact::SessionEnded { .. }
            | Fact::SessionPromoted { .. }
            | Fact::AgentServes { .. }
    )
}
