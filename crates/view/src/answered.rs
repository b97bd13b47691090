//! How long sessions waited that were answered lately, minute by minute: what a service level is counted from. A wait is
//! kept to the second, so that any bound can be asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_domain::Timestamp;

/// So many minutes can be asked for.
pub const MINUTES_MAX: u32 = 60;
/// Longer waits count as this: no service level is about more.
const SECONDS_MAX: u32 = 3_600;
const MINUTE_MS: i64 = 60_000;

/// The share of those who were answered in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Within {
    /// Sessions that an agent got, each counted once for each time that it came to wait.
    pub answered: u64,
    /// Those of them that had waited no longer than was asked for.
    pub in_time: u64,
    /// Sessions that ended while they waited.
    pub abandoned: u64,
}

impl Within {
    /// `in_time` of all that were answered or abandoned; `None` when there was none.
    pub fn share(self) -> Option<f64> {
        let all = self.answered + self.abandoned;
        (all > 0).then(|| self.in_time as f64 / all as f64)
    }
}

/// The last hour of one line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Answered {
    minutes: BTreeMap<i64, Minute>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Minute {
    /// How many waited so many seconds, rounded up.
    waits: BTreeMap<u32, u32>,
    abandoned: u32,
}

impl Answered {
    pub(crate) fn answered(&mut self, at: Timestamp, wait: Duration) {
        let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(SECONDS_MAX).min(SECONDS_MAX);
        *self.minute(at).waits.entry(seconds).or_default() += 1;
    }

    pub(crate) fn abandoned(&mut self, at: Timestamp) {
        self.minute(at).abandoned += 1;
    }

    fn minute(&mut self, at: Timestamp) -> &mut Minute {
        let now = at.millis().div_euclid(MINUTE_MS);
        self.minutes = self.minutes.split_off(&(now - i64::from(MINUTES_MAX)));
        self.minutes.entry(now).or_default()
    }

    /// Whether anything of it can still be asked for.
    pub(crate) fn is_recent(&self, now: Timestamp) -> bool {
        let first = now.millis().div_euclid(MINUTE_MS) - i64::from(MINUTES_MAX);
        self.minutes.last_key_value().is_some_and(|(minute, _)| *minute > first)
    }

    /// Counts the minute of `now` and the ones before it, `minutes` in all.
    pub(crate) fn within(&self, now: Timestamp, minutes: u32, seconds: u32) -> Within {
        let last = now.millis().div_euclid(MINUTE_MS);
        let mut within = Within::default();
        // The range of no minutes would begin behind its end.
        if minutes == 0 {
            return within;
        }
        for minute in self.minutes.range(last - i64::from(minutes) + 1..=last).map(|(_, minute)| minute) {
            within.abandoned += u64::from(minute.abandoned);
            for (waited, count) in &minute.waits {
                within.answered += u64::from(*count);
                within.in_time += if *waited <= seconds { u64::from(*count) } else { 0 };
            }
        }
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_share_counts_who_gave_up_too() {
        let mut answered = Answered::default();
        answered.answered(at(0), Duration::from_millis(20_000));
        answered.answered(at(10), Duration::from_millis(20_001));
        answered.abandoned(at(59));
        let within = answered.within(at(59), 1, 20);
        assert_eq!(within, Within { answered: 2, in_time: 1, abandoned: 1 });
        assert_eq!(within.share(), Some(1.0 / 3.0));
        assert_eq!(Answered::default().within(at(0), 1, 20).share(), None);
    }

    #[test]
    fn only_the_minutes_asked_for_count_and_no_more_are_kept() {
        let mut answered = Answered::default();
        answered.answered(at(0), Duration::ZERO);
        answered.answered(at(60), Duration::ZERO);
        assert_eq!(answered.within(at(119), 1, 0).answered, 1);
        assert_eq!(answered.within(at(119), 2, 0).answered, 2);
        answered.answered(at(60 * 61), Duration::ZERO);
        assert_eq!(answered.within(at(60 * 61), u32::MAX, 0).answered, 2, "the first minute is forgotten");
        assert!(answered.is_recent(at(60 * 120)) && !answered.is_recent(at(60 * 121)), "an hour, and no line for ever");
    }
}
