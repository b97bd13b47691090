//! Names of all metrics of ingest. `route` is a pattern, never a path.

/// Counter: requests, by `dialect`, `route` and `condition` (`accepted`, or the name of the refusal's condition).
pub const REQUESTS: &str = "usher_ingest_requests_total";
/// Histogram: seconds from the head of a request to its answer, by `dialect`.
pub const REQUEST_SECONDS: &str = "usher_ingest_request_seconds";
/// Counter: records that the broker has acknowledged, by `topic`.
pub const RECORDS: &str = "usher_ingest_records_total";
/// Counter: what was accepted and is worth a look all the same, by `notice`.
pub const NOTICES: &str = "usher_ingest_notices_total";
/// Gauge: requests under way.
pub const IN_FLIGHT: &str = "usher_ingest_requests_in_flight";
/// Counter: bytes of files, by `direction` (`in`, `out`).
pub const MEDIA_BYTES: &str = "usher_ingest_media_bytes_total";
/// Counter: files that have reached their end and were removed.
pub const MEDIA_REMOVED: &str = "usher_ingest_media_removed_total";
