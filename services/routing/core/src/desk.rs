//! The desk core: decides which agent takes which session. It owns placements, presence and the directory; what a
//! session wants it hears from the conversation core in demands, and answers with placements. It never looks at a
//! conversation. One core holds all desks of one partition; no desk sees another.
//!
//! A step applies its input, then sets right what is out of place (sessions whose agent or target is gone), then
//! matches, all within [`ITEMS_PER_STEP`]. What remains is due at once and goes on at the next record; no session is
//! matched before all are in their places, or one would be served before another that belongs in front of it.

mod agents;
mod books;
mod classes;
mod decisions;
mod demand;
mod directory;
mod lane;
mod matching;
mod moving;
mod notices;
mod offers;
mod presence;
mod requeue;
mod table;
mod waiting;

#[cfg(test)]
mod tests;
mod search;
mod supervision;

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::desk::DeskAct;
pub use usher_domain::state::desk::{StateKey, StateValue};
use usher_domain::{Body, Core, DeskId, DeskInput, Effects, InputId, TenantId, Timestamp};

pub use waiting::POSITION_EXACT_UP_TO;

use books::Desk;
use decisions::Decisions;

/// How many sessions one step moves at most: enough for every ordinary step, and a transaction stays small when a group
/// with a hundred thousand waiting sessions is removed.
pub const ITEMS_PER_STEP: usize = 1_000;

/// One record of topic `desks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Only time has passed, or work remained.
    Tick,
    /// Something happens to a desk.
    Act(DeskInput),
}

/// All desks of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskCore {
    desks: BTreeMap<Name, Desk>,
    /// Desks where something remains to be done.
    unsettled: BTreeSet<Name>,
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
        let mut items = ITEMS_PER_STEP;
        if let Input::Act(DeskInput { tenant, desk, id, act }) = input {
            self.visit((tenant, desk), now, Some((id, act)), &mut items, &mut effects);
        }
        // Each visit settles its desk or ends the budget, so one for each is enough.
        for name in self.unsettled.clone() {
            if items == 0 {
                break;
            }
            self.visit(name, now, None, &mut items, &mut effects);
        }
        effects
    }

    /// An instant in the past while work remains, else none: nothing here waits for time.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        (!self.unsettled.is_empty()).then_some(Timestamp::from_millis(0))
    }

    /// Applies an input to one desk and does what then is due there, as far as the budget goes.
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
        if let Some((input, act)) = act {
            desk.act(input, act, &mut decisions);
        }
        desk.settle(items, &mut decisions);
        decisions.conclude(&name.0, &name.1, desk, effects);
        self.note(name);
    }

    /// Keeps the list of unsettled desks, and forgets a desk of which nothing is known.
    fn note(&mut self, name: Name) {
        let Some(desk) = self.desks.get(&name) else { return };
        if desk.is_empty() {
            self.desks.remove(&name);
            self.unsettled.remove(&name);
        } else if desk.is_settled() {
            self.unsettled.remove(&name);
        } else {
            self.unsettled.insert(name);
        }
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
            DeskAct::Presence(said) => self.presence(&said.agent, said.presence, decisions),
            DeskAct::Staged { revision, entry } => self.stage(revision, entry, decisions),
            DeskAct::Applied { revision, count } => self.apply(revision, count, decisions),
            DeskAct::Answer(answer) => self.answer(input, &answer, decisions),
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

    /// First every session to where it belongs, then matches; each move and each match is one item.
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
            DeskAct::Rated(rating) => self.rated(rating, decisions),
            DeskAct::Supervision(said) => self.supervise(input, *said, decisions),
