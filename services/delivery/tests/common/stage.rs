//! One partition driven by hand, before a provider.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use usher_broker::{Position, Record};
use usher_delivery::{AccountStates, DeliveryPartition, Outside, factory};
use usher_delivery_core::WINDOW;
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::{Leg, Report};
use usher_domain::{Body, Delivery, Timestamp};
use usher_runtime::worker::{Finished, PartitionCore};

use super::orders::bytes_of;
use super::provider::{Provider, open};
use super::{NOW, PATIENCE};

/// A provider, the partition before it, and a clock.
pub(crate) struct Stage {
    runtime: Runtime,
    pub(crate) provider: Provider,
    pub(crate) partition: DeliveryPartition,
    outside: Outside,
    pub(crate) now: Timestamp,
    pub(crate) next: i64,
    /// Everything that came out, by offset.
    pub(crate) out: BTreeMap<i64, Vec<Body>>,
    /// The position of the last transaction.
    pub(crate) committed: Position,
}

impl Stage {
    /// A partition at its very beginning.
    pub(crate) fn new() -> Self {
        Self::resumed(Position::default())
    }

    /// A partition that goes on here.
    pub(crate) fn resumed(position: Position) -> Self {
        let (runtime, provider, outside) = open();
        let mut partition = factory(outside.clone())(3);
        partition.resume(&position);
        let next = position.offset;
        Self { runtime, provider, partition, outside, now: NOW, next, out: BTreeMap::new(), committed: position }
    }

    /// The partition is taken away and given again: a new one goes on from the committed position.
    pub(crate) fn rebuild(&mut self) {
        self.partition = factory(self.outside.clone())(3);
        self.partition.resume(&self.committed);
        self.next = self.committed.offset;
    }

    /// A partition so far on that no former start can have tried what comes now.
    pub(crate) fn beyond_the_first_window() -> Self {
        let mut stage = Self::new();
        while !stage.partition.is_full() {
            stage.record(None);
        }
        stage.until("the first window is over", |stage| stage.committed.offset >= WINDOW);
        stage
    }

    /// What is known of accounts.
    pub(crate) fn account_states(&self) -> &AccountStates {
        &self.outside.account_states
    }

    /// The next record of the partition; answers with its offset.
    pub(crate) fn record(&mut self, payload: Option<Vec<u8>>) -> i64 {
        let record = Record {
            partition: 3,
            offset: self.next,
            timestamp_ms: self.now.millis(),
            key: Some(b"key".to_vec()),
            payload,
        };
        let step = self.partition.step(&record, self.now).unwrap();
        assert_eq!(step.bodies, [], "a record leads to nothing before its order is over");
        self.next += 1;
        record.offset
    }

    /// The next record, with this order.
    pub(crate) fn order(&mut self, delivery: &Delivery) -> i64 {
        self.record(Some(bytes_of(delivery)))
    }

    /// What the worker does in a turn.
    pub(crate) fn turn(&mut self) {
        for Finished { offset, step } in self.partition.collect(self.now) {
            assert!(self.out.insert(offset, step.bodies).is_none(), "offset {offset} is over twice");
        }
        self.committed = self.partition.position(self.next);
        self.partition.committed(&self.committed);
    }

    /// Turns until the condition holds. Where nothing is under way, the clock moves to the next thing that is due.
    pub(crate) fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        loop {
            self.turn();
            if condition(self) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
            match self.partition.next_wakeup() {
                Some(due) if !self.partition.is_busy() => self.now = self.now.max(due),
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Turns until the order at this offset is over; answers with what it led to.
    pub(crate) fn ended(&mut self, offset: i64) -> Vec<Body> {
        self.until("the order is over", |stage| stage.out.contains_key(&offset));
        self.out[&offset].clone()
    }

    /// Turns until the order at this offset is over; answers with its reports and the reason of its dead letter.
    pub(crate) fn reports(&mut self, offset: i64) -> (Vec<Report>, Option<String>) {
        let mut dead = None;
        let mut reports = Vec::new();
        for body in self.ended(offset) {
            match body {
                Body::Conversation(input) => match input.act {
                    ConversationAct::Receipt(receipt) => reports.push(receipt.report),
                    other => panic!("not a receipt: {other:?}"),
                },
                Body::DeadLetter(letter) => dead = Some(letter.reason),
                other => panic!("neither receipt nor dead letter: {other:?}"),
            }
        }
        (reports, dead)
    }
}

/// The leg of the only receipt.
pub(crate) fn leg(bodies: &[Body]) -> Leg {
    match bodies {
        [Body::Conversation(input)] => match &input.act {
            ConversationAct::Receipt(receipt) => receipt.leg,
            other => panic!("not a receipt: {other:?}"),
        },
        other => panic!("not one receipt: {other:?}"),
    }
}
