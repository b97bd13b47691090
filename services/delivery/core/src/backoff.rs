//! How long to wait before the next try: exponential, with a jitter that follows from the order and the try, so that
//! the same history always waits the same and a thousand orders that failed together do not return together.

use std::time::Duration;

use usher_domain::{DeliveryId, InputId};

/// The schedule of tries, as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// How many attempts an order gets.
    pub tries_max: u32,
    /// The wait after the first failure.
    pub first: Duration,
    /// By how much each further wait is longer.
    pub factor: u32,
    /// The longest wait, before jitter.
    pub wait_max: Duration,
    /// The jitter: a wait is this many percent shorter or longer at most.
    pub jitter_percent: u32,
    /// The longest `Retry-After` that is waited for. Above it the order ends: one order that waits for an hour would
    /// hold the committed offset, and with it the partition.
    pub retry_after_max: Duration,
    /// Up to which step of the waits an order goes that only waits for its turn: it must be back when there is room.
    pub busy_steps: u32,
    /// How long an order without a deadline waits for its turn.
    pub busy_max: Duration,
}

impl Default for Backoff {
    /// 200 ms, 800 ms, 3.2 s, 12.8 s between five tries: long enough for a receiver to be restarted.
    fn default() -> Self {
        Self {
            tries_max: 5,
            first: Duration::from_millis(200),
            factor: 4,
            wait_max: Duration::from_secs(30),
            jitter_percent: 20,
            retry_after_max: Duration::from_secs(60),
            busy_steps: 3,
            busy_max: Duration::from_secs(15 * 60),
        }
    }
}

impl Backoff {
    /// How long to wait after `failed` tries (1 after the first) of this order.
    pub fn wait(&self, order: DeliveryId, failed: u32) -> Duration {
        let nominal_ms = millis(self.nominal(failed));
        let spread_ms = nominal_ms.saturating_mul(u64::from(self.jitter_percent)) / 100;
        let chance = InputId::derive(&[b"jitter", &order.bits().to_be_bytes(), &failed.to_be_bytes()]).short();
        Duration::from_millis(nominal_ms - spread_ms + chance % (2 * spread_ms + 1))
    }

    /// The wait before jitter.
    pub fn nominal(&self, failed: u32) -> Duration {
        let growth = self.factor.saturating_pow(failed.saturating_sub(1));
        self.first.saturating_mul(growth).min(self.wait_max)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
