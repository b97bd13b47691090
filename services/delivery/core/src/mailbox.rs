//! The mailbox core: keeps what waits until a visitor's client collects it, for every mailbox of one partition. Each
//! thing put in ends in exactly one way: acknowledged, expired, withdrawn or refused.
//!
//! A thing's sequence number is the offset of the record that put it in. Offsets are never given twice, so what waits
//! may be shown before the transaction stands, and a client that has shown a number never shows it again.

mod bounds;
mod contents;
mod rules;
mod tell;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::content::Private;
use usher_domain::state::mailbox::{StateKey, StateValue};
use usher_domain::{Body, ConversationId, Core, DeliveryId, Effects, MailboxInput, Timestamp};

pub use bounds::{BYTES_MAX, CLIENTS_MAX, HELD_MAX, LATE, OUTPUTS_AT_ONCE};

use contents::Mailbox;
use tell::Decisions;

/// One record of topic `mailboxes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing happened but that time went on.
    Tick,
    /// Something happens to a mailbox.
    Act {
        /// The record's offset.
        offset: i64,
        /// What.
        input: Box<MailboxInput>,
    },
}

/// Something that waits, as it is shown to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its sequence number.
    pub seq: i64,
    /// The order that brought it: the same however often it is put in.
    pub delivery: DeliveryId,
    /// As the client gets it.
    pub payload: Private,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The mailboxes of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxCore {
    mailboxes: BTreeMap<ConversationId, Mailbox>,
    /// When time alone changes something in a mailbox; each stands here once at most.
    due: BTreeSet<(Timestamp, ConversationId)>,
    /// How many things wait in all of them.
    waiting: usize,
    /// The latest instant seen.
    now: Timestamp,
}

impl MailboxCore {
    /// What waits in a mailbox, in order.
    pub fn waiting(&self, conversation: ConversationId) -> Vec<Waiting> {
        self.mailboxes.get(&conversation).map_or_else(Vec::new, |mailbox| mailbox.waiting().collect())
    }

    /// How many things wait in all mailboxes, and of how many mailboxes something is known.
    pub fn size(&self) -> (usize, usize) {
        (self.waiting, self.mailboxes.len())
    }

    /// Takes back one piece of state as an earlier core wrote it; `None` is its tombstone.
    pub fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        self.edit(key.conversation, |mailbox| mailbox.restore(key.piece, value));
    }

    /// Takes one input at one instant and answers with everything that follows: first what is due, then the input.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        self.now = self.now.max(now);
        let mut effects = Effects::default();
        self.fire(&mut effects);
        if let Input::Act { offset, input } = input {
            let conversation = input.conversation();
            self.decide(conversation, &mut effects, |mailbox, decisions| {
                rules::act(mailbox, *input, offset, decisions);
            });
        }
        merge(&mut effects);
        effects
    }

    /// The earliest instant at which time alone changes something; a past one while more is due than fires at once.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    fn fire(&mut self, effects: &mut Effects<StateKey, StateValue>) {
        while effects.bodies.len() + effects.changes.len() < OUTPUTS_AT_ONCE
            && let Some((_, conversation)) = self.due.first().copied().filter(|(at, _)| *at <= self.now)
        {
            self.decide(conversation, effects, rules::fire);
        }
    }

    /// Changes one mailbox and adds what follows.
    fn decide(
        &mut self,
        conversation: ConversationId,
        effects: &mut Effects<StateKey, StateValue>,
        change: impl FnOnce(&mut Mailbox, &mut Decisions),
    ) {
        let mut decisions = Decisions::at(self.now);
        let changes = self.edit(conversation, |mailbox| {
            change(mailbox, &mut decisions);
            mailbox.settle();
            mailbox.changes(conversation)
        });
        effects.bodies.append(&mut decisions.into_bodies(conversation));
        effects.changes.extend(changes);
    }

    /// Changes one mailbox and keeps the index of what is due; a mailbox of which nothing is known is forgotten.
    fn edit<T>(&mut self, conversation: ConversationId, change: impl FnOnce(&mut Mailbox) -> T) -> T {
        let mailbox = self.mailboxes.entry(conversation).or_default();
        let (before, waited) = (mailbox.due(), mailbox.waiting_count());
        let made = change(mailbox);
        let after = mailbox.due();
        self.waiting = self.waiting + mailbox.waiting_count() - waited;
        if mailbox.is_unknown() {
            self.mailboxes.remove(&conversation);
        }
        if before != after {
            before.map(|at| self.due.remove(&(at, conversation)));
            self.due.extend(after.map(|at| (at, conversation)));
        }
        made
    }
}

/// A mailbox that was both due and acted upon may have changed a piece twice: the later value is the one.
fn merge(effects: &mut Effects<StateKey, StateValue>) {
    let last: BTreeMap<StateKey, Option<StateValue>> = std::mem::take(&mut effects.changes).into_iter().collect();
    effects.changes = last.into_iter().collect();
}

impl Core for MailboxCore {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body, offset: i64) -> Result<Input, Box<Body>> {
        match body {
            Body::Mailbox(input) => Ok(Input::Act { offset, input }),
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
