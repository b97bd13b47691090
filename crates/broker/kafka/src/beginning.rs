//! Where a partition is begun when its log no longer reaches back to the offset named: retention goes on whether or not
//! somebody reads.

use usher_broker::BrokerError;

/// Behind the last record of a quiet partition stand only the markers of the transactions that wrote to it: at most one
/// for each producer that had one open. So many offsets may be that.
const MARKERS_MAX: i64 = 16;

/// What a partition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The first offset that is still there.
    pub(crate) low: i64,
    /// The last stable offset.
    pub(crate) stable: i64,
}

/// The offset to begin at, or `None` where records may be gone that nobody has read.
///
/// A group that has committed nothing begins with the oldest record. One that has committed stands right behind the last
/// record it read, which is below the log's start once retention has taken the markers that followed. A single offset is
/// what one transaction leaves; several are believed to be markers only where the log has nothing else.
pub(crate) fn beginning(start: i64, has_committed: bool, extent: Extent) -> Option<i64> {
    let gone = extent.low - start;
    let only_markers = gone <= 1 || (extent.low == extent.stable && gone <= MARKERS_MAX);
    match (gone > 0, has_committed) {
        (false, _) => Some(start),
        (true, false) => Some(extent.low),
        (true, true) => only_markers.then_some(extent.low),
    }
}

/// What a person is told about records that may be gone.
pub(crate) fn gone(topic: &str, partition: i32, group: &str, start: i64, low: i64) -> BrokerError {
    BrokerError::Misconfigured(format!(
        "partition {partition} of `{topic}` begins at offset {low} and group `{group}` has read up to {start}: retention \
         may have taken records that nobody has read. To go on without them, delete the offset of this group and, if \
         the worker has a state topic, the records of the same partition there"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_begins_later_is_begun_later_only_where_no_unread_record_can_be_gone() {
        for (what, start, has_committed, low, stable, expected) in [
            ("all is there", 5, true, 0, 9, Some(5)),
            ("just there", 5, true, 5, 9, Some(5)),
            ("at the end", 9, true, 5, 9, Some(9)),
            ("nothing committed, nothing gone", 0, false, 0, 9, Some(0)),
            ("nothing committed, the oldest are gone", 0, false, 7, 9, Some(7)),
            ("one marker gone, nothing came since", 5, true, 6, 6, Some(6)),
            ("one marker gone, something came since", 5, true, 6, 9, Some(6)),
            ("markers of several producers gone", 5, true, 8, 8, Some(8)),
            ("several gone and others are there: records may be among them", 5, true, 8, 9, None),
            ("everything gone, too much for markers", 5, true, 50, 50, None),
        ] {
            assert_eq!(beginning(start, has_committed, Extent { low, stable }), expected, "{what}");
        }
    }
}
