//! One desk, filled: half of the groups are full, with sessions waiting; the agents of the other half have room. What
//! happens to it is made before the clock starts, as a record would bring it, and its answers are dropped after.

use std::time::{Duration, Instant};

use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, GroupRecord, Presence, PresenceSaid};
use usher_domain::policy::{Compare, Label, LanePolicy, Ring, Selector};
use usher_domain::state::desk::{Item, Seat};
use usher_domain::{
    AgentId, ConversationId, Demand, DeskId, DeskInput, Effects, GroupId, InputId, SessionId, Target, TenantId,
    Timestamp, Want, Wish,
};
use usher_routing_core::desk::{DeskCore, Input, StateKey, StateValue};

use crate::members::Members;

/// How many sessions each agent can have.
const CAPACITY: u32 = 5;
/// Operations between two looks at the clock. A room has at least twice as many free places.
const AT_ONCE: usize = 10;

/// How large a room is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) waiting: usize,
    pub(crate) agents: usize,
    pub(crate) groups: usize,
    /// In how many groups each agent is.
    pub(crate) skills: usize,
    /// Agents in a group of their own, online and idle.
    pub(crate) elsewhere: usize,
    /// In how many groups a session searches at once.
    pub(crate) lanes: usize,
    /// How many labels it wants; every agent has them.
    pub(crate) labels: usize,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A demand that has to wait.
    Enqueue,
    /// One who waits gives up.
    Leave,
    /// A session ends; the agent gets the first who waits.
    Next,
    /// A demand that finds a free agent.
    Assign,
    /// A session ends, and nobody waits for the agent.
    Release,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [Self::Enqueue, Self::Leave, Self::Next, Self::Assign, Self::Release];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Enqueue => "enqueue",
            Self::Leave => "leave the queue",
            Self::Next => "release + assign next",
            Self::Assign => "assign at once",
            Self::Release => "release",
        }
    }
}

/// A desk, and who is where in it.
pub(crate) struct Room {
    core: DeskCore,
    size: Size,
    now: i64,
    /// Number of the next session.
    next: u64,
    chance: u64,
    waiting: Members,
    /// With agents of full groups.
    held: Members,
    /// With agents who have room.
    quick: Members,
}

impl Room {
    /// A desk that knows nothing yet.
    pub(crate) fn empty(size: Size) -> Self {
        let members = || Members::up_to(size.waiting + (size.agents + 2) * CAPACITY as usize);
        let (waiting, held, quick) = (members(), members(), members());
        Self { core: DeskCore::new(), size, now: 1_000_000, next: 0, chance: 1, waiting, held, quick }
    }

    /// All agents of full groups at work, as many waiting as the size says, the other agents busy by two fifths.
    pub(crate) fn filled(size: Size) -> Self {
        let mut room = Self::empty(size);
        room.furnish();
        room.fill();
        for _ in 0..size.agents {
            let input = room.input(Operation::Assign);
            let _ = room.step(input);
        }
        room
    }

    /// Sends sessions into the full groups until all who should wait do.
    pub(crate) fn fill(&mut self) {
        let mut left = 40 * (self.size.waiting + self.size.agents * CAPACITY as usize);
        while self.waiting.len() < self.size.waiting && left > 0 {
            let input = self.arrival(0);
            let answer = self.step(input);
            self.follow(&answer);
            left -= 1;
        }
        assert_eq!(self.waiting.len(), self.size.waiting, "so many wait");
    }

    /// Puts a directory in force and brings everybody online.
    pub(crate) fn furnish(&mut self) {
        let groups = (0..self.size.groups).map(|number| self.group(number));
        let own = (0..self.size.agents).map(|number| self.agent(number));
        let other = (0..self.size.elsewhere).map(|number| record(format!("other-{number}"), vec!["elsewhere".into()]));
        let entries: Vec<_> = [DirectoryEntry::group(GroupId::new("elsewhere"))]
            .into_iter()
            .chain(groups)
            .chain(own.chain(other).map(DirectoryEntry::Agent))
            .collect();
        let count = entries.len() as u32;
        let ids: Vec<AgentId> = entries.iter().filter_map(agent_of).collect();
        for entry in entries {
            let _ = self.step(input(DeskAct::Staged { revision: 1, entry }));
        }
        let _ = self.step(input(DeskAct::Applied { revision: 1, count }));
        for agent in ids {
            let _ = self.step(input(DeskAct::Presence(PresenceSaid::new(agent, Presence::Online))));
        }
    }

    /// A group whose search goes to the next ones of its kind at once.
    fn group(&self, number: usize) -> DirectoryEntry {
        let next = |step: usize| group((number + 2 * step) % self.size.groups);
        let ring = Ring { after: Duration::ZERO, groups: (1..self.size.lanes).map(next).collect(), anyone: false };
        let rings = if self.size.lanes > 1 { vec![ring] } else { Vec::new() };
        let policy = LanePolicy { rings, ..LanePolicy::default() };
        DirectoryEntry::Group(Box::new(GroupRecord { id: group(number), policy }))
    }

    /// Even agents are in full groups, odd ones in groups with room.
    fn agent(&self, number: usize) -> AgentRecord {
        let of_kind = self.size.groups / 2;
        let skill = |skill: usize| (number / 2 + skill * 7) % of_kind * 2 + number % 2;
        let mut skills: Vec<usize> = (0..self.size.skills).map(skill).collect();
        skills.sort_unstable();
        skills.dedup();
        let record = record(format!("agent-{number}"), skills.into_iter().map(group_name).collect());
        let labels = (0..self.size.labels).map(|label| (format!("label-{label}"), Label::Number(1)));
        AgentRecord { labels: labels.collect(), ..record }
    }

    /// So many operations of one kind; the time they took.
    pub(crate) fn run(&mut self, operation: Operation, count: usize) -> Duration {
        let held = self.held.len();
        let mut taken = Duration::ZERO;
        let mut answers = Vec::with_capacity(AT_ONCE);
        for _ in 0..count / AT_ONCE {
            let inputs: Vec<Input> = (0..AT_ONCE).map(|_| self.input(operation)).collect();
            taken += self.timed(inputs, &mut answers);
            for answer in answers.drain(..) {
                self.follow(&answer);
            }
            self.make_up_for(operation);
        }
        assert_eq!(self.held.len(), held, "whoever was freed got the next one");
        taken
    }

    #[allow(clippy::disallowed_methods, reason = "a measurement needs a clock; the core that is measured has none")]
    fn timed(&mut self, inputs: Vec<Input>, answers: &mut Vec<Effects<StateKey, StateValue>>) -> Duration {
        let began = Instant::now();
        for input in inputs {
            let answer = self.step(input);
            answers.push(answer);
        }
        began.elapsed()
    }

    /// Brings the room back to its size, beside the clock.
    fn make_up_for(&mut self, operation: Operation) {
        let back = match operation {
            Operation::Enqueue => Operation::Leave,
            Operation::Leave | Operation::Next => Operation::Enqueue,
            Operation::Assign => Operation::Release,
            Operation::Release => Operation::Assign,
        };
        for _ in 0..AT_ONCE {
            let input = self.input(back);
            let answer = self.step(input);
            self.follow(&answer);
        }
    }

    fn input(&mut self, operation: Operation) -> Input {
        match operation {
            Operation::Enqueue => self.arrival(0),
            Operation::Assign => self.arrival(1),
            Operation::Leave => self.departure(|room| &mut room.waiting),
            Operation::Next => self.departure(|room| &mut room.held),
            Operation::Release => self.departure(|room| &mut room.quick),
        }
    }

    /// A new session for a full group (0) or one with room (1).
    fn arrival(&mut self, kind: usize) -> Input {
        let number = self.next;
        self.next += 1;
        let target = self.random(self.size.groups / 2) * 2 + kind;
        let selectors = (0..self.size.labels).map(wanted).collect();
        let target = Target { group: Some(group(target)), selectors, ..Target::default() };
        let asked_at = Timestamp::from_millis(self.now + self.random(1_000) as i64);
        let wish = Wish { target, vip: self.random(10) == 0, asked_at, ..Wish::default() };
        let want = Want::Agent(Box::new(wish));
        if kind == 1 {
            self.quick.add(number);
        }
        input(DeskAct::Demand(Demand { session: session(number), epoch: 1, want }))
    }

    fn departure(&mut self, members: fn(&mut Self) -> &mut Members) -> Input {
        let chance = self.random(usize::MAX);
        let number = members(self).take(chance);
        input(DeskAct::Demand(Demand { session: session(number), epoch: 2, want: Want::Nobody }))
    }

    fn step(&mut self, input: Input) -> Effects<StateKey, StateValue> {
        self.now += 1;
        self.core.step(input, Timestamp::from_millis(self.now))
    }

    /// Notes who waits and who is with an agent, by what the desk wrote.
    fn follow(&mut self, answer: &Effects<StateKey, StateValue>) {
        for (key, value) in &answer.changes {
            let Item::Session(session) = &key.item else { continue };
            let number = session.opened_by;
            let Some(StateValue::Session(state)) = value else { continue };
            if self.quick.has(number) {
                continue;
            }
            match state.seat {
                Seat::Waiting => self.waiting.add(number),
                Seat::Assigned(_) => {
                    self.waiting.remove(number);
                    self.held.add(number);
                }
                Seat::Offered(_) | Seat::Refused(_) => self.waiting.remove(number),
            }
        }
    }

    fn random(&mut self, below: usize) -> usize {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (scatter(self.chance) % below as u64) as usize
    }
}

fn input(act: DeskAct) -> Input {
    let id = InputId::derive(&[b"bench"]);
    Input::Act(DeskInput { tenant: TenantId::new("tenant"), desk: DeskId::new("desk"), id, act })
}

/// Sessions of conversations that are scattered as hashes are.
fn session(number: u64) -> SessionId {
    let bits = u128::from(scatter(number)) << 64 | u128::from(scatter(!number));
    let opened_at = Timestamp::from_millis(1_700_000_000_000 + number as i64);
    SessionId { conversation: ConversationId::from_bits(bits), opened_at, opened_by: number }
}

fn group(number: usize) -> GroupId {
    GroupId::new(group_name(number))
}

fn group_name(number: usize) -> String {
    format!("skill-group-{number}")
}

fn wanted(label: usize) -> Selector {
    Selector { label: format!("label-{label}"), compare: Compare::Equal, value: Label::Number(1), within: None }
}

fn record(name: String, groups: Vec<String>) -> AgentRecord {
    AgentRecord {
        name: format!("{name}, shown"),
        avatar: format!("https://example.com/{name}.png"),
        capacity: CAPACITY,
        groups: groups.into_iter().map(GroupId::new).collect(),
        ..AgentRecord::new(AgentId::new(name))
    }
}

fn agent_of(entry: &DirectoryEntry) -> Option<AgentId> {
    match entry {
        DirectoryEntry::Agent(record) => Some(record.id.clone()),
        _ => None,
    }
}

/// Splitmix64: one number out of another, without a pattern.
fn scatter(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
