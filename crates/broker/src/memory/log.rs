//! One partition: its records, the markers that end transactions in it, and how far a read_committed reader may go.
//! It knows no clock, no group and no producer.

use std::collections::BTreeMap;

use crate::{Outgoing, Partition, Record};

/// A transaction; a producer has a new one after each `begin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TransactionId(pub(super) u64);

/// Headers of a record: names and values.
pub type Headers = Vec<(&'static str, Vec<u8>)>;

/// Who may see a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Everybody.
    Always,
    /// Nobody yet.
    Once(TransactionId),
    /// Nobody: aborted, or a marker.
    Never,
}

/// One offset that is in use.
#[derive(Clone, Debug)]
struct Entry {
    record: Record,
    headers: Headers,
    seen: Seen,
}

/// A partition.
#[derive(Clone, Debug, Default)]
pub(super) struct PartitionLog {
    /// In offset order; compaction leaves gaps.
    entries: Vec<Entry>,
    next: i64,
    /// Transactions without a marker here, with their first offset.
    open: BTreeMap<TransactionId, i64>,
}

impl PartitionLog {
    /// Appends one record and answers its offset.
    pub(super) fn append(
        &mut self,
        partition: Partition,
        timestamp_ms: i64,
        record: Outgoing,
        transaction: Option<TransactionId>,
    ) -> i64 {
        let Outgoing { key, payload, headers, .. } = record;
        let offset = self.next;
        let record = Record { partition, offset, timestamp_ms, key, payload };
        if let Some(id) = transaction {
            self.open.entry(id).or_insert(offset);
        }
        self.push(record, headers, transaction.map_or(Seen::Always, Seen::Once));
        offset
    }

    /// Writes the marker of a transaction, which takes an offset. Does nothing for one that wrote nothing here.
    pub(super) fn end(&mut self, id: TransactionId, partition: Partition, timestamp_ms: i64, committed: bool) {
        let Some(first) = self.open.remove(&id) else { return };
        let from = self.index_of(first);
        for entry in &mut self.entries[from..] {
            if entry.seen == Seen::Once(id) {
                entry.seen = if committed { Seen::Always } else { Seen::Never };
            }
        }
        let marker = Record { partition, offset: self.next, timestamp_ms, key: None, payload: None };
        self.push(marker, Vec::new(), Seen::Never);
    }

    fn push(&mut self, record: Record, headers: Headers, seen: Seen) {
        self.next = record.offset + 1;
        self.entries.push(Entry { record, headers, seen });
    }

    /// The next offset to be written.
    pub(super) fn high_watermark(&self) -> i64 {
        self.next
    }

    /// Where the first transaction without a marker begins; a read_committed reader goes no further.
    pub(super) fn last_stable(&self) -> i64 {
        self.open.values().copied().min().unwrap_or(self.next)
    }

    /// What a read_committed reader gets from `from` on, at most `max` records, and where it goes on.
    pub(super) fn read(&self, from: i64, max: usize) -> (Vec<Record>, i64) {
        let end = self.last_stable();
        let mut found = Vec::new();
        for entry in &self.entries[self.index_of(from)..] {
            if entry.record.offset >= end {
                break;
            }
            if found.len() == max {
                return (found, entry.record.offset);
            }
            if entry.seen == Seen::Always {
                found.push(entry.record.clone());
            }
        }
        (found, end.max(from))
    }

    /// How many records a read_committed reader has before it.
    pub(super) fn unread(&self, from: i64) -> usize {
        let end = self.last_stable();
        self.entries[self.index_of(from)..]
            .iter()
            .take_while(|entry| entry.record.offset < end)
            .filter(|entry| entry.seen == Seen::Always)
            .count()
    }

    /// The headers of the record at an offset.
    pub(super) fn headers(&self, offset: i64) -> Option<&Headers> {
        self.entries
            .get(self.index_of(offset))
            .filter(|entry| entry.record.offset == offset)
            .map(|entry| &entry.headers)
    }

    /// Keeps the last record of each key among those that can not change any more; drops what nobody will ever see.
    /// A tombstone goes with what it ended, as after `delete.retention.ms`.
    pub(super) fn compact(&mut self) {
        let end = self.last_stable();
        let mut last: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.record.offset < end && entry.seen == Seen::Always) {
            last.insert(entry.record.key.clone().unwrap_or_default(), entry.record.offset);
        }
        self.entries.retain(|entry| {
            let record = &entry.record;
            record.offset >= end
                || (entry.seen == Seen::Always
                    && record.payload.is_some()
                    && last.get(record.key.as_deref().unwrap_or_default()) == Some(&record.offset))
        });
    }

    /// The first entry at or after an offset.
    fn index_of(&self, offset: i64) -> usize {
        self.entries.partition_point(|entry| entry.record.offset < offset)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{PartitionLog, TransactionId};
    use crate::Outgoing;

    fn record(key: u8, text: Option<u16>) -> Outgoing {
        Outgoing { key: Some(vec![key]), payload: text.map(|n| n.to_be_bytes().to_vec()), ..Outgoing::default() }
    }

    /// What happens to a log, by one of three producers.
    #[derive(Clone, Debug)]
    enum Act {
        Plain(u8),
        Write(u64, u8),
        End(u64, bool),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            (0..4u8).prop_map(Act::Plain),
            (0..3u64, 0..4u8).prop_map(|(producer, key)| Act::Write(producer, key)),
            (0..3u64, any::<bool>()).prop_map(|(producer, committed)| Act::End(producer, committed)),
        ]
    }

    /// Plays the acts; answers the log and what must be visible in the end: (offset, text) of committed records.
    fn play(acts: &[Act]) -> (PartitionLog, Vec<(i64, u16)>) {
        let mut log = PartitionLog::default();
        let mut current: BTreeMap<u64, (TransactionId, Vec<(i64, u16)>)> = BTreeMap::new();
        let mut visible = Vec::new();
        let end = |log: &mut PartitionLog, visible: &mut Vec<_>, (id, mine): (TransactionId, Vec<_>), committed| {
            log.end(id, 0, 0, committed);
            if committed {
                visible.extend(mine);
            }
        };
        for (n, act) in acts.iter().enumerate() {
            let text = n as u16;
            match *act {
                Act::Plain(key) => visible.push((log.append(0, 0, record(key, Some(text)), None), text)),
                Act::Write(producer, key) => {
                    let (id, mine) = current.entry(producer).or_insert_with(|| (TransactionId(n as u64), Vec::new()));
                    mine.push((log.append(0, 0, record(key, Some(text)), Some(*id)), text));
                }
                Act::End(producer, committed) => {
                    if let Some(ended) = current.remove(&producer) {
                        end(&mut log, &mut visible, ended, committed);
                    }
                }
            }
            let first_open = current.values().flat_map(|(_, mine)| mine).map(|(offset, _)| *offset).min();
            assert_eq!(log.last_stable(), first_open.unwrap_or(log.high_watermark()));
        }
        for ended in std::mem::take(&mut current).into_values() {
            end(&mut log, &mut visible, ended, false);
        }
        visible.sort_unstable();
        (log, visible)
    }

    fn read_all(log: &PartitionLog, step: usize) -> Vec<(i64, u16)> {
        let (mut all, mut at) = (Vec::new(), 0);
        while at < log.last_stable() {
            let (records, next) = log.read(at, step);
            assert!(records.len() <= step && next > at, "a read goes forward");
            all.extend(records.iter().map(|record| {
                let payload = record.payload.as_deref().unwrap();
                (record.offset, u16::from_be_bytes([payload[0], payload[1]]))
            }));
            at = next;
        }
        all
    }

    proptest! {
        #[test]
        fn reader_sees_exactly_what_was_committed(acts in prop::collection::vec(act(), 0..60), step in 1..7usize) {
            let (log, visible) = play(&acts);
            prop_assert_eq!(log.unread(0), visible.len());
            prop_assert_eq!(read_all(&log, step), visible);
        }

        #[test]
        fn compaction_keeps_the_last_of_each_key(acts in prop::collection::vec(act(), 0..60)) {
            let (mut log, _) = play(&acts);
            let last = |log: &PartitionLog| -> BTreeMap<_, _> {
                log.read(0, usize::MAX).0.into_iter().map(|record| (record.key, record.payload)).collect()
            };
            let (before, watermark) = (last(&log), log.high_watermark());
            log.compact();
            prop_assert_eq!(&last(&log), &before);
            prop_assert_eq!(log.unread(0), before.len(), "one record a key");
            prop_assert_eq!(log.high_watermark(), watermark, "no offset is used again");
        }
    }

    #[test]
    fn compaction_drops_a_tombstone_with_what_it_ended() {
        let mut log = PartitionLog::default();
        log.append(0, 0, record(1, Some(7)), None);
        log.append(0, 0, record(1, None), None);
        log.compact();
        assert_eq!(log.read(0, 10), (Vec::new(), 2));
    }

    #[test]
    fn open_transaction_stops_a_reader_before_its_first_record() {
        let mut log = PartitionLog::default();
        log.append(0, 0, record(1, Some(1)), None);
        log.append(0, 0, record(1, Some(2)), Some(TransactionId(1)));
        log.append(0, 0, record(1, Some(3)), None);
        assert_eq!(log.read(0, 10).0.len(), 1);
        log.end(TransactionId(1), 0, 0, true);
        assert_eq!(log.read(0, 10).0.len(), 3);
        assert_eq!(log.high_watermark(), 4, "the marker took an offset");
    }
}
