//! What the tests of delivery stand on.

#![allow(clippy::unwrap_used, dead_code, reason = "tests, each of which uses its part")]

pub(crate) mod orders;
pub(crate) mod provider;
pub(crate) mod stage;

use std::time::Duration;

use usher_domain::Timestamp;

/// The instant at which tests begin; their clock is moved by hand.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// How long a test waits for a condition before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
