//! One partition of topic `mailboxes` as the worker drives it, shown on the board while it is at work.

use std::sync::{Arc, Mutex};

use usher_broker::{Partition, Position, Record};
use usher_delivery_core::mailbox::{Input, MailboxCore};
use usher_delivery_core::word;
use usher_domain::conversation::ConversationAct;
use usher_domain::state::mailbox::{StateKey, StateValue};
use usher_domain::{Body, ConversationInput, Core, Effects, Timestamp};
use usher_runtime::worker::{PartitionCore, PurePartition, Step, Undecodable};

use super::board::{Board, Shelf, lock};
use crate::names;

/// The mailboxes of one partition.
#[derive(Debug)]
pub struct MailboxPartition {
    partition: Partition,
    board: Board,
    pure: PurePartition<Shown>,
    /// What was told and is not written yet; counted once its transaction stands.
    unwritten: Vec<&'static str>,
}

impl MailboxPartition {
    /// The partition with this number, as it is before the worker resumes it.
    pub fn new(partition: Partition, board: Board) -> Self {
        Self { partition, board, pure: PurePartition::default(), unwritten: Vec::new() }
    }

    fn measure(&self) {
        let size = lock(&self.pure.core().0).core.size();
        self.show_size(size);
    }

    fn show_size(&self, (waiting, mailboxes): (usize, usize)) {
        let partition = self.partition.to_string();
        metrics::gauge!(names::MAILBOX_WAITING, "partition" => partition.clone()).set(waiting as f64);
        metrics::gauge!(names::MAILBOXES, "partition" => partition).set(mailboxes as f64);
    }
}

impl PartitionCore for MailboxPartition {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Undecodable> {
        self.pure.restore(key, value)
    }

    fn resume(&mut self, position: &Position) {
        let shelf = &self.pure.core().0;
        lock(shelf).resume(position.offset);
        self.board.put_up(self.partition, shelf);
        self.measure();
    }

    fn step(&mut self, record: &Record, now: Timestamp) -> Result<Step, Undecodable> {
        let step = self.pure.step(record, now)?;
        self.unwritten.extend(step.bodies.iter().map(told));
        Ok(step)
    }

    fn committed(&mut self, _position: &Position) {
        for report in self.unwritten.drain(..) {
            metrics::counter!(names::MAILBOX_TOLD, "report" => report).increment(1);
        }
        self.measure();
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.pure.next_wakeup()
    }
}

/// What a record that the core wrote says, as a metric's label.
const fn told(body: &Body) -> &'static str {
    match body {
        Body::Conversation(ConversationInput { act: ConversationAct::Receipt(receipt), .. }) => word(&receipt.report),
        _ => "left",
    }
}

impl Drop for MailboxPartition {
    fn drop(&mut self) {
        if self.board.take_down(self.partition, &self.pure.core().0) {
            self.show_size((0, 0));
        }
    }
}

/// The core where subscribers can see it: each step tells them what it has changed.
#[derive(Debug, Default)]
struct Shown(Arc<Mutex<Shelf>>);

impl Core for Shown {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body, offset: i64) -> Result<Input, Box<Body>> {
        MailboxCore::input(body, offset)
    }

    fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        lock(&self.0).core.restore(key, value);
    }

    fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        let (touched, applied) = match &input {
            Input::Tick => (None, None),
            Input::Act { offset, input } => (Some(input.conversation()), Some(*offset)),
        };
        let mut shelf = lock(&self.0);
        let effects = shelf.core.step(input, now);
        shelf.tell(touched, applied, &effects.changes);
        effects
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        lock(&self.0).core.next_wakeup()
    }
}
