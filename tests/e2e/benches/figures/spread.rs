//! Median and 99th percentile of what was measured.

use std::time::Duration;

/// Sorted measurements.
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    pub(crate) fn of(mut measured: Vec<Duration>) -> Self {
        measured.sort();
        Self(measured)
    }

    /// The value below which this share of the measurements lies.
    pub(crate) fn at(&self, share: f64) -> Duration {
        let index = (self.0.len() as f64 * share) as usize;
        self.0.get(index.min(self.0.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |share| self.at(share).as_secs_f64() * 1e3;
        write!(f, "p50 {:.1} ms, p99 {:.1} ms, n {}", ms(0.5), ms(0.99), self.count())
    }
}
