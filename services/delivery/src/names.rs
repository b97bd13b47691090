//! Names of all metrics of delivery.

/// Histogram: seconds that an attempt took, by `target` (a dialect's name, `bot` or `workspace`) and `end`.
pub const ATTEMPT_SECONDS: &str = "usher_delivery_attempt_seconds";
/// Counter: orders that are over and whose transaction stands, by `verdict`.
pub const ENDED: &str = "usher_delivery_ended_total";
/// Gauge: 1 while the session of an SMPP account is bound, by `tenant` and `account`.
pub(crate) const SMPP_BOUND: &str = "usher_smpp_bound";
/// Counter: attempts to submit a message to an SMSC, by `end`.
pub(crate) const SMPP_SUBMITS: &str = "usher_smpp_submits_total";
/// Counter: what SMSCs delivered, by `kind`.
pub(crate) const SMPP_DELIVERED: &str = "usher_smpp_delivered_total";
/// Gauge: things that wait for visitors' clients, by `partition` of the mailboxes at work here.
pub const MAILBOX_WAITING: &str = "usher_mailbox_waiting";
/// Gauge: mailboxes of which something is known, because something waits or a client is there, by `partition`.
pub const MAILBOXES: &str = "usher_mailboxes";
/// Counter: what the conversation was told of what waited, and that visitors left, by `report`; only what stands.
pub const MAILBOX_TOLD: &str = "usher_mailbox_told_total";
/// Counter: requests for what waits, by `route` (a pattern) and `condition` (`accepted`, or why not).
pub(crate) const REQUESTS: &str = "usher_stream_requests_total";
/// Gauge: streams that are open, by `transport` (`websocket` or `events`).
pub(crate) const STREAMS: &str = "usher_streams";
/// Counter: frames with something that waited, sent to clients.
pub(crate) const SHOWN: &str = "usher_stream_shown_total";
/// Counter: acknowledgements of clients that the log has.
pub(crate) const ACKED: &str = "usher_stream_acknowledged_total";
/// Counter: how often a mailbox was followed for a client, by `owner` (`self` or `peer`).
pub(crate) const FOLLOWED: &str = "usher_mailbox_followed_total";
