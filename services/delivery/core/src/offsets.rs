//! Which offsets are in work, which are finished, and from where a successor would have to go on.

use std::collections::BTreeSet;

use crate::{FinishedBeyond, WINDOW};

/// The offsets of one partition since this start. The log has holes (markers of transactions), so "contiguous" means:
/// no unfinished record lies below.
#[derive(Debug)]
pub(crate) struct Offsets {
    /// Where this start began.
    start: i64,
    /// The committed offset.
    base: i64,
    /// The offset after the highest one seen.
    seen: i64,
    /// Taken, and not yet told to be finished.
    unfinished: BTreeSet<i64>,
    /// Finished, at or above `base`; also those of a former start that were not read again yet.
    finished: BTreeSet<i64>,
}

impl Offsets {
    pub(crate) fn resume(start: i64, finished: &FinishedBeyond) -> Self {
        let finished = finished.offsets(start).collect();
        Self { start, base: start, seen: start, unfinished: BTreeSet::new(), finished }
    }

    /// Notes an offset as taken into work; `false` when it is in work or finished already.
    pub(crate) fn take(&mut self, offset: i64) -> bool {
        self.seen = self.seen.max(offset.saturating_add(1));
        !self.is_finished(offset) && self.unfinished.insert(offset)
    }

    pub(crate) fn finish(&mut self, offset: i64) {
        self.seen = self.seen.max(offset.saturating_add(1));
        self.unfinished.remove(&offset);
        self.finished.insert(offset);
    }

    /// What was told to be finished was not written.
    pub(crate) fn reopen(&mut self, offset: i64) {
        self.finished.remove(&offset);
        self.unfinished.insert(offset);
    }

    /// Whether this offset is in work, or needs no more work.
    pub(crate) fn is_known(&self, offset: i64) -> bool {
        self.unfinished.contains(&offset) || self.is_finished(offset)
    }

    fn is_finished(&self, offset: i64) -> bool {
        offset < self.base || self.finished.contains(&offset)
    }

    /// Whether an attempt may start: the commit metadata must be able to say that it ended.
    pub(crate) fn is_open(&self, offset: i64) -> bool {
        offset < self.base.saturating_add(WINDOW)
    }

    /// Whether the next record could not be started.
    pub(crate) fn is_full(&self) -> bool {
        !self.is_open(self.seen)
    }

    /// Whether a former start can not have begun with this offset: it started nothing at or above its committed
    /// offset + W, and this start began at that offset.
    pub(crate) fn is_ours_alone(&self, offset: i64) -> bool {
        offset >= self.start.saturating_add(WINDOW)
    }

    /// The first unfinished offset, and what is finished from there on; where nothing is unfinished, everything seen is
    /// over, also what lies above a `next` that was sought back.
    pub(crate) fn position(&self, next: i64) -> (i64, FinishedBeyond) {
        let base = self.unfinished.first().copied().unwrap_or(next.max(self.seen));
        (base, FinishedBeyond::of(base, self.finished.range(base..).copied()))
    }

    pub(crate) fn committed(&mut self, base: i64) {
        self.base = self.base.max(base);
        self.finished = self.finished.split_off(&self.base);
    }
}
