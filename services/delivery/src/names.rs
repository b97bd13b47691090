//! Names of all metrics of delivery.

/// Histogram: seconds that an attempt took, by `target` (a dialect's name, `bot` or `workspace`) and `end`.
pub const ATTEMPT_SECONDS: &str = "usher_delivery_attempt_seconds";
/// Counter: orders that are over and whose transaction stands, by `verdict`.
pub const ENDED: &str = "usher_delivery_ended_total";
