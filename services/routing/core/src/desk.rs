//! The desk core: decides which agent takes which session. It owns placements, presence and the directory; what a
//! session wants it hears from the conversation core in demands, and answers with placements. It never looks at a
//! conversation. One core holds all desks of one partition; no desk sees another.
//!
//! A step does what is due by then, applies its input, sets right what is out of place (sessions whose agent or target is
//! gone), then matches, all within [`ITEMS_PER_STEP`]. What remains is due at once and goes on at the next record; no
//! session is matched before all are in their places, or one would be served before another that belongs in front of it.

mod agents;
mod books;
mod bounds;
mod classes;
mod decisions;
mod demand;
mod directory;
mod lane;
mod lanes;
mod lease;
mod matching;
mod moving;
mod notices;
mod offers;
mod order;
mod pace;
mod pieces;
mod policies;
mod presence;
mod rating;
mod requeue;
mod search;
mod supervision;
mod table;
mod timers;
mod waiting;
mod wrap_up;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use usher_domain::desk::{DeskAct, Presence};
pub use usher_domain::state::desk::{StateKey, StateValue};
use usher_domain::{Body, Core, DeskId, DeskInput, Effects, InputId, TenantId, Timestamp};

pub use waiting::POSITION_EXACT_UP_TO;

use books::Desk;
use decisions::Decisions;
use timers::Alarms;

/// How many sessions one step moves at most: enough for every ordinary step, and a transaction stays small when a group
/// with a hundred thousand waiting sessions is removed.
pub const ITEMS_PER_STEP: usize = 1_000;

/// One record of topic `desks`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are acts, and each is read where it lies")]
pub enum Input {
    /// Only time has passed, or work remained.
    Tick,
    /// Something happens to a desk.
    Act(DeskInput),
}

/// All desks of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskCore {
    desks: BTreeMap<Name, Desk>,
    /// When each desk wants to be looked at.
    alarms: Alarms,
    /// [`ITEMS_PER_STEP`]; fewer only where a test wants work to remain without a thousand sessions.
    items_per_step: usize,
}

impl Default for DeskCore {
    fn default() -> Self {
        Self { desks: BTreeMap::new(), alarms: Alarms::default(), items_per_step: ITEMS_PER_STEP }
    }
}

/// A desk by its full name: two tenants may call their desks alike.
type Name = (TenantId, DeskId);

impl DeskCore {
    /// A core that knows no desk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over one piece of state as an earlier core wrote it; `None` is its end. Keys may come in any order.
    ///
    /// # Panics
    /// When the value is not of the kind that the key has: whoever reads it from outside asks `Item::holds` first.
    pub fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        let name = (key.tenant, key.desk);
        self.desks.entry(name.clone()).or_default().restore(key.item, value);
        self.note(name);
    }

    /// Takes one input at one instant, which never goes back, and answers with everything that follows.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        let mut effects = Effects::default();
        let mut items = self.items_per_step;
        if let Input::Act(DeskInput { tenant, desk, id, act }) = input {
            self.visit((tenant, desk), now, Some((id, act)), &mut items, &mut effects);
        }
        // Each visit settles its desk or ends the budget.
        while items > 0
            && let Some(name) = self.alarms.due(now)
        {
            self.visit(name, now, None, &mut items, &mut effects);
        }
        effects
    }

    /// The earliest instant at which time alone would change something; one in the past while work remains.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.alarms.first()
    }

    /// How many agents there are, in the order of [`Presence::ALL`]: for metrics.
    pub fn agents(&self) -> [usize; Presence::ALL.len()] {
        let mut sum = [0; Presence::ALL.len()];
        for desk in self.desks.values() {
            sum.iter_mut().zip(desk.agents.counts()).for_each(|(sum, count)| *sum += count);
        }
        sum
    }

    /// Does what is due at one desk, applies an input to it and does what follows, as far as the budget goes.
    fn visit(
        &mut self,
        name: Name,
        now: Timestamp,
        act: Option<(InputId, DeskAct)>,
        items: &mut usize,
        effects: &mut Effects<StateKey, StateValue>,
    ) {
        let desk = self.desks.entry(name.clone()).or_default();
        let mut decisions = Decisions::at(now);
        desk.catch_up(items, &mut decisions);
        if let Some((input, act)) = act {
            desk.act(input, act, &mut decisions);
        }
        desk.settle(items, &mut decisions);
        desk.note_told(&mut decisions);
        decisions.conclude(&name.0, &name.1, desk, effects);
        self.note(name);
    }

    /// Keeps the alarm of a desk, and forgets a desk of which nothing is known.
    fn note(&mut self, name: Name) {
        let Some(desk) = self.desks.get(&name) else { return };
        let alarm = desk.next_wakeup();
        if desk.is_empty() {
            self.desks.remove(&name);
        }
        self.alarms.set(&name, alarm);
    }
}

impl Core for DeskCore {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body, _offset: i64) -> Result<Input, Box<Body>> {
        match body {
            Body::Desk(input) => Ok(Input::Act(input)),
            Body::Tick => Ok(Input::Tick),
            other => Err(Box::new(other)),
        }
    }

    fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        self.restore(key, value);
    }

    fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        self.step(input, now)
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.next_wakeup()
    }
}

impl Desk {
    fn act(&mut self, input: InputId, act: DeskAct, decisions: &mut Decisions) {
        match act {
            DeskAct::Demand(demand) => self.demand(demand, decisions),
            DeskAct::Presence(said) => self.presence(&said, decisions),
            DeskAct::Staged { revision, entry } => self.stage(revision, entry, decisions),
            DeskAct::Applied { revision, count } => self.apply(revision, count, decisions),
            DeskAct::Answer(answer) => self.answer(input, &answer, decisions),
            DeskAct::Rated(rating) => self.rated(rating, decisions),
            DeskAct::Supervision(said) => self.supervise(input, *said, decisions),
        }
    }

    /// At once while work remains, else at the first timer.
    fn next_wakeup(&self) -> Option<Timestamp> {
        let at_once = self.has_misplaced() || !self.moving.is_empty() || self.has_drained() || self.has_match();
        if at_once { Some(Timestamp::from_millis(0)) } else { self.timers.first() }
    }

    /// What is due before the input comes, in order of instants; each piece is one item.
    fn catch_up(&mut self, items: &mut usize, decisions: &mut Decisions) {
        while *items > 0 && self.due_one(decisions) {
            *items -= 1;
        }
    }

    /// First what is due, then every session to where it belongs, then matches; each is one item.
    fn settle(&mut self, items: &mut usize, decisions: &mut Decisions) {
        while *items > 0
            && (self.due_one(decisions)
                || self.requeue_one(decisions)
                || self.move_one(decisions)
                || self.drain_one(decisions)
                || self.match_one(decisions))
        {
            *items -= 1;
        }
    }
}
