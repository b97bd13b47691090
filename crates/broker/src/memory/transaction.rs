//! The transaction coordinator: producers by name, their epochs, and the one transaction that each may have open.

use std::collections::BTreeSet;

use super::log::TransactionId;
use super::state::State;
use crate::{BrokerError, Outgoing, Partition};

/// An open transaction is aborted after this time (`transaction.timeout.ms`).
pub(super) const TRANSACTION_TIMEOUT_MS: i64 = 10_000;

/// A producer with a name.
#[derive(Debug, Default)]
pub(super) struct Producer {
    /// Counts its holders; whoever has an older one is fenced.
    epoch: u32,
    open: Option<Open>,
    /// A transaction that is committed and whose markers are not yet written.
    unmarked: Option<(Open, i64)>,
}

/// A transaction.
#[derive(Debug)]
struct Open {
    id: TransactionId,
    since_ms: i64,
    touched: BTreeSet<(String, Partition)>,
}

impl Producer {
    /// Whether time alone may change something.
    pub(super) fn awaits_time(&self) -> bool {
        self.open.is_some() || self.unmarked.is_some()
    }
}

impl State {
    /// `init_transactions`: ends what is open under the name, fences former holders, answers the new epoch.
    pub(super) fn init_producer(&mut self, name: &str, now_ms: i64) -> u32 {
        self.write_markers_of(name, now_ms);
        let producer = self.producers.entry(name.to_owned()).or_default();
        producer.epoch += 1;
        let (epoch, open) = (producer.epoch, producer.open.take());
        if let Some(open) = open {
            self.mark(&open, now_ms, false);
        }
        epoch
    }

    /// Whether this epoch is the producer's last one.
    pub(super) fn is_newest(&self, name: &str, epoch: u32) -> bool {
        self.producers.get(name).is_some_and(|producer| producer.epoch == epoch)
    }

    /// Opens a transaction; `None` when the producer is fenced.
    pub(super) fn begin(&mut self, name: &str, epoch: u32, now_ms: i64) -> Option<TransactionId> {
        if !self.is_newest(name, epoch) {
            return None;
        }
        // A coordinator takes no new transaction before the last one is finished.
        self.write_markers_of(name, now_ms);
        let id = TransactionId(self.next_id());
        let open = Open { id, since_ms: now_ms, touched: BTreeSet::new() };
        self.producers.get_mut(name)?.open = Some(open);
        Some(id)
    }

    /// Whether the producer's open transaction is this one; not after a fence or a timeout.
    pub(super) fn is_open(&self, name: &str, id: TransactionId) -> bool {
        self.producers.get(name).and_then(|producer| producer.open.as_ref()).is_some_and(|open| open.id == id)
    }

    /// Adds a record to an open transaction. One that is open no more swallows it, as a late produce request is refused.
    pub(super) fn write(
        &mut self,
        name: &str,
        id: TransactionId,
        record: Outgoing,
        now_ms: i64,
    ) -> Result<(), BrokerError> {
        if !self.is_open(name, id) {
            return Ok(());
        }
        let topic = record.topic.clone();
        let sent = self.append(record, Some(id), now_ms)?;
        if let Some(open) = self.producers.get_mut(name).and_then(|producer| producer.open.as_mut()) {
            open.touched.insert((topic, sent.partition));
        }
        Ok(())
    }

    /// Ends the open transaction of a producer, whichever it is. Markers of a commit may come later.
    pub(super) fn end(&mut self, name: &str, committed: bool, now_ms: i64) {
        let delay_ms = self.faults.marker_delay_ms;
        let Some(producer) = self.producers.get_mut(name) else { return };
        let Some(open) = producer.open.take() else { return };
        if committed && delay_ms > 0 {
            producer.unmarked = Some((open, now_ms.saturating_add(delay_ms)));
        } else {
            self.mark(&open, now_ms, committed);
        }
    }

    /// Writes markers that are due and aborts transactions that are open for too long.
    pub(super) fn settle_transactions(&mut self, now_ms: i64) {
        let due = |producer: &Producer| producer.unmarked.as_ref().is_some_and(|(_, due_ms)| *due_ms <= now_ms);
        let overdue = |producer: &Producer| {
            producer.open.as_ref().is_some_and(|open| now_ms.saturating_sub(open.since_ms) >= TRANSACTION_TIMEOUT_MS)
        };
        for name in self.producers_that(due) {
            self.write_markers_of(&name, now_ms);
        }
        for name in self.producers_that(overdue) {
            self.end(&name, false, now_ms);
        }
    }

    fn producers_that(&self, which: impl Fn(&Producer) -> bool) -> Vec<String> {
        self.producers.iter().filter(|(_, producer)| which(producer)).map(|(name, _)| name.clone()).collect()
    }

    fn write_markers_of(&mut self, name: &str, now_ms: i64) {
        let late = self.producers.get_mut(name).and_then(|producer| producer.unmarked.take());
        if let Some((open, _)) = late {
            self.mark(&open, now_ms, true);
        }
    }

    fn mark(&mut self, open: &Open, now_ms: i64, committed: bool) {
        for (topic, partition) in &open.touched {
            // A topic may have been deleted in between; then nothing is left to mark.
            if let Ok(log) = self.log_mut(topic, *partition) {
                log.end(open.id, *partition, now_ms, committed);
            }
        }
    }
}
