//! Names of all metrics of the runtime.

/// Histogram: seconds from `begin` to the end of a commit.
pub const COMMIT_SECONDS: &str = "usher_commit_seconds";
/// Counter: input records whose transaction stands.
pub const RECORDS: &str = "usher_records_total";
/// Counter: transactions that do not stand, by how they ended.
pub const ROLLBACKS: &str = "usher_rollbacks_total";
