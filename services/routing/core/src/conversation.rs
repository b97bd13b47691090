//! The conversation core: owns the life of sessions and the fate of messages, for every conversation of one partition.
//! Two machines that do not see each other's state, `session` and `message`; each family of inputs has its file.

use usher_domain::state::conversation::{StateKey, StateValue};
use usher_domain::{Body, ConversationInput, Core, Effects, Timestamp};

mod agent;
mod bot;
mod dispatch;
mod lines;
mod linked;
mod message;
mod out;
mod owner;
mod placement;
mod profile;
mod push;
mod receipt;
mod refused;
mod repeats;
mod say;
mod session;
mod sms;
mod store;
mod supervisor;
mod survey;
#[cfg(test)]
mod tests;
mod visitor;
mod wakeup;
mod words;

/// How many deadlines fire at one record at most; what remains stays due for the next one.
const FIRED_AT_ONCE: usize = 1_000;

/// One record as the core takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are acts, and each is read where it lies")]
pub enum Input {
    /// Nothing happened but that time went on.
    Tick,
    /// Something happened to a conversation.
    Act(ConversationInput),
}

/// The conversations of one partition.
#[derive(Clone, Debug, Default)]
pub struct ConversationCore {
    store: store::Store,
    now: Timestamp,
}

impl ConversationCore {
    /// A core that knows of no conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes back one piece of state as an earlier core wrote it; `None` is its tombstone. Call it in log order, before
    /// the first step. A value of another kind than its key is ignored.
    pub fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        self.store.restore(key, value);
    }

    /// Takes one input at one instant and answers with everything that follows. First what is due fires, in the order of
    /// (deadline, id); an instant earlier than the last one counts as the last one.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        self.now = self.now.max(now);
        let mut bodies: Vec<Body> = Vec::new();
        self.fire_due(&mut bodies);
        if let Input::Act(input) = input {
            let now = self.now;
            self.store.edit(input.conversation, |conversation| dispatch::apply(conversation, &input, now, &mut bodies));
        }
        Effects { bodies, changes: self.store.changes() }
    }

    /// The earliest instant at which time alone would change something. Not after the last `now`: more is due than fires
    /// at one record.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.store.first_due().map(|(at, _)| at)
    }

    fn fire_due(&mut self, bodies: &mut Vec<Body>) {
        for _ in 0..FIRED_AT_ONCE {
            let Some((_, key)) = self.store.first_due().filter(|(at, _)| *at <= self.now) else { return };
            let now = self.now;
            self.store.edit(key.conversation, |conversation| wakeup::fire(conversation, key, now, bodies));
        }
    }
}

impl Core for ConversationCore {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body, _offset: i64) -> Result<Input, Box<Body>> {
        match body {
            Body::Conversation(input) => Ok(Input::Act(input)),
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
