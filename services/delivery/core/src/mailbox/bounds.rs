//! How much a mailbox holds, and for how long: everything in it has an end.

use std::time::Duration;

/// How many things one mailbox holds at most, those counted that are over and wait for a late acknowledgement. One more is
/// refused.
pub const HELD_MAX: usize = 500;

/// How many bytes all payloads of one mailbox have at most. What would go beyond is refused.
pub const BYTES_MAX: usize = 1024 * 1024;

/// The longest that anything waits, whatever its order says.
pub(super) const HELD_FOR_MAX: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// How many connections of one visitor are told apart; those beyond count as one.
pub const CLIENTS_MAX: usize = 16;

/// How long an acknowledgement counts that was on its way when its message ended: longer than the graces (40 s by
/// default) in which the conversation still believes that a message was delivered.
pub const LATE: Duration = Duration::from_secs(2 * 60);

/// How many records and changes of state due things make at one step at most, give or take one mailbox; what remains stays
/// due.
pub const OUTPUTS_AT_ONCE: usize = 2_000;
