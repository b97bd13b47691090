//! The reports core: joins what an SMSC reports with the message that it is about, in whichever order the two come, and
//! the parts of long messages with each other, both ways. Pure: one input and one instant go in, receipts and state come
//! out.
//!
//! A report and the answer that says whose it is have the same key, so both come to one partition, and the later one
//! finds the earlier. The parts of one message have names of their own and lie apart: what became of each is told, by a
//! record of this core, to the partition of the message, which tells the conversation once all is known.

mod heard;
mod message;
mod part;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use usher_domain::envelope::DeadLetter;
use usher_domain::state::report::{Item, StateKey, StateValue};
use usher_domain::{Body, Core, Effects, ReportAct, ReportInput, Timestamp};

use store::Store;

/// How long a half waits for the other: what a provider says after it is not looked for any more.
pub const WAITS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a delivered part is remembered: a repeated report must find it.
pub const REMEMBERED: Duration = Duration::from_secs(60 * 60);
/// How long the parts of an incoming message are waited for, from the first on.
pub const GATHERED: Duration = Duration::from_secs(60);
/// How many reports without a message a partition keeps, and how many incoming messages of which parts are missing; the
/// oldest ends early when there is one more.
pub const WAITING_MAX: usize = 100_000;
/// How many parts that went out a partition waits for a report of; the oldest is given up when there is one more.
pub const SUBMITTED_MAX: usize = 200_000;
/// As many pieces end at one record; the rest at the next tick.
const ENDED_AT_ONCE: usize = 1_000;

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Something happened at an SMS account.
    Report(Box<ReportInput>),
    /// Time went on.
    Tick,
}

/// The reports core of one partition.
#[derive(Debug, Default)]
pub struct ReportsCore {
    store: Store,
    /// The latest instant seen: time never goes back.
    now: Timestamp,
}

impl ReportsCore {
    /// How many reports wait for their message.
    pub fn unmatched(&self) -> usize {
        self.store.waiting(store::Waiting::Report)
    }

    fn apply(&mut self, input: ReportInput, bodies: &mut Vec<Body>) {
        let ReportInput { tenant, account, act } = input;
        let key = |item| StateKey { tenant, account, item };
        let (store, now) = (&mut self.store, self.now);
        match act {
            ReportAct::Submitted { provider_id, part } => {
                part::submitted(store, key(Item::Part(provider_id)), part, now, bodies);
            }
            ReportAct::Reported { provider_id, fate } => {
                part::reported(store, key(Item::Part(provider_id)), fate, now, bodies);
            }
            ReportAct::PartEnded { part, fate } => {
                message::part_ended(store, key(Item::Message(part.message, part.leg)), &part, fate, now, bodies);
            }
            ReportAct::Heard(heard) => {
                heard::take(store, key(Item::Heard(heard.of)), *heard, now, bodies);
            }
        }
    }

    fn end_due(&mut self, bodies: &mut Vec<Body>) {
        for _ in 0..ENDED_AT_ONCE {
            let Some(due) = self.store.first_due().filter(|(at, _)| *at <= self.now) else { break };
            let key = due.1.clone();
            self.end(&key, bodies);
        }
        let bounds = [
            (store::Waiting::Report, WAITING_MAX),
            (store::Waiting::Heard, WAITING_MAX),
            (store::Waiting::Submitted, SUBMITTED_MAX),
        ];
        for (waiting, bound) in bounds {
            while self.store.waiting(waiting) > bound {
                let Some(key) = self.store.longest_waiting(waiting) else { break };
                self.end(&key, bodies);
            }
        }
    }

    /// A piece is over: what it still lacks is no longer waited for.
    fn end(&mut self, key: &StateKey, bodies: &mut Vec<Body>) {
        match self.store.take(key) {
            Some(StateValue::Part(state)) if state.part.is_none() => bodies.push(unmatched(key)),
            Some(StateValue::Heard(state)) if !heard::is_whole(&state) => bodies.push(heard::joined(key, &state)),
            _ => {}
        }
    }
}

/// A report that nobody's message was found for is shown to people: the account may need another `receipt_id`.
fn unmatched(key: &StateKey) -> Body {
    let reason = "no message that this SMSC took has the name in this report: does `receipt_id` of the account fit?";
    Body::DeadLetter(DeadLetter::of("reports".to_owned(), None, key.to_string().as_bytes(), &[], reason.to_owned()))
}

impl Core for ReportsCore {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body, _offset: i64) -> Result<Input, Box<Body>> {
        match body {
            Body::Report(input) => Ok(Input::Report(input)),
            Body::Tick => Ok(Input::Tick),
            other => Err(Box::new(other)),
        }
    }

    fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        self.store.restore(key, value);
    }

    fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        self.now = self.now.max(now);
        let mut bodies = Vec::new();
        self.end_due(&mut bodies);
        if let Input::Report(input) = input {
            self.apply(*input, &mut bodies);
            self.end_due(&mut bodies);
        }
        Effects { bodies, changes: self.store.changes() }
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.store.first_due().map(|(at, _)| *at)
    }
}
