//! Time that only goes forward, made of a clock that may be set back.

use std::time::Duration;

use usher_domain::Timestamp;

/// An instant of a [`Clock`]: how much time had gone by since its first look.
pub(crate) type Instant = Duration;

/// Adds up by how much the wall clock goes forward from look to look. A clock set back by an hour is an hour lost to
/// whoever waits until an instant of it; here it costs nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    looked_at: Option<Timestamp>,
    gone_by: Duration,
}

impl Clock {
    /// Looks at the wall clock.
    pub(crate) fn look(&mut self, wall: Timestamp) {
        let before = self.looked_at.replace(wall).unwrap_or(wall);
        self.gone_by = self.gone_by.saturating_add(wall.since(before));
    }

    /// The present instant.
    pub(crate) const fn now(&self) -> Instant {
        self.gone_by
    }

    /// What the wall clock will show at an instant, unless it is set.
    pub(crate) fn wall(&self, at: Instant) -> Timestamp {
        self.looked_at.unwrap_or_default().plus(at.saturating_sub(self.gone_by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_there() {
        let wall = Timestamp::from_millis;
        let mut clock = Clock::default();
        let mut shows = |at: i64| {
            clock.look(wall(at));
            (clock.now().as_millis(), clock.wall(Duration::from_millis(1_000)))
        };
        assert_eq!(shows(50_000), (0, wall(51_000)));
        assert_eq!(shows(50_400), (400, wall(51_000)));
        assert_eq!(shows(10_000), (400, wall(10_600)));
        assert_eq!(shows(10_700), (1_100, wall(10_700)));
    }
}
