//! How fast a queue moves, so that visitors hear how long it will be: the mean time between two assignments while somebody
//! waited in between. Whole numbers, so that it is the same everywhere; kept only where visitors are told.

use std::time::Duration;

use usher_domain::state::desk::{Pace, SessionState};
use usher_domain::{SessionId, Timestamp};

use super::books::Desk;
use super::decisions::Decisions;
use super::waiting::POSITION_EXACT_UP_TO;

/// How much the latest time counts at least: an eighth.
const SAMPLES_MAX: u32 = 8;
/// From how many times on the mean is told.
const SAMPLES_MIN: u32 = 3;

/// Notes an assignment; `waits`: somebody still does.
fn assigned(pace: Pace, now: Timestamp, waits: bool) -> Pace {
    let last_at = waits.then_some(now);
    let Some(before) = pace.last_at else { return Pace { last_at, ..pace } };
    let micros = u64::try_from(now.since(before).as_micros()).unwrap_or(u64::MAX);
    let samples = pace.samples.saturating_add(1).min(SAMPLES_MAX);
    let (of, mean) = (u128::from(samples), u128::from(pace.mean_micros));
    let mean = (mean * (of - 1) + u128::from(micros)) / of;
    Pace { last_at, mean_micros: u64::try_from(mean).unwrap_or(u64::MAX), samples }
}

/// How long it will be for who is at this place.
fn wait(pace: Pace, position: u32) -> Option<Duration> {
    let is_exact = position <= POSITION_EXACT_UP_TO;
    let micros = pace.mean_micros.saturating_mul(position.into());
    (is_exact && pace.samples >= SAMPLES_MIN).then(|| Duration::from_millis(micros / 1_000))
}

impl Desk {
    /// How long it will be for a waiting session, as far as its queue can tell.
    pub(super) fn wait(&self, state: &SessionState, position: u32) -> Option<Duration> {
        let queue = self.told_queue(state)?;
        wait(self.lane_states.get(&queue)?.pace, position)
    }

    /// Notes that a session was taken out of its queue by an agent.
    pub(super) fn pace_on(&mut self, session: SessionId, decisions: &mut Decisions) {
        let Some(state) = self.sessions.get(&session) else { return };
        let Some(queue) = self.told_queue(state) else { return };
        let waits = self.lanes.lines(&self.home(state)).any(|line| self.lanes.has_waiting(line));
        let mut lane = self.lane_states.get(&queue).copied().unwrap_or_default();
        lane.pace = assigned(lane.pace, decisions.now, waits);
        self.keep_lane(queue, lane, decisions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace_of(seconds: &[i64]) -> Pace {
        let at = |second: &i64| Timestamp::from_millis(second * 1_000);
        seconds.iter().fold(Pace::default(), |pace, second| assigned(pace, at(second), true))
    }

    #[test]
    fn nothing_is_told_before_some_have_been_served() {
        assert_eq!(wait(pace_of(&[0, 10, 20]), 1), None);
        assert_eq!(wait(pace_of(&[0, 10, 20, 30]), 1), Some(Duration::from_secs(10)));
    }

    #[test]
    fn the_wait_grows_with_the_place_and_is_told_of_exact_places_only() {
        let pace = pace_of(&[0, 10, 20, 30]);
        assert_eq!(wait(pace, 7), Some(Duration::from_secs(70)));
        assert_eq!(wait(pace, POSITION_EXACT_UP_TO + 1), None);
    }

    #[test]
    fn time_in_which_nobody_waited_does_not_count() {
        let idle = assigned(pace_of(&[0, 10, 20, 30]), Timestamp::from_millis(40_000), false);
        let after = assigned(idle, Timestamp::from_millis(9_000_000), true);
        assert_eq!((after.mean_micros, after.samples), (idle.mean_micros, idle.samples));
    }

    #[test]
    fn the_latest_times_count_most() {
        let slower = pace_of(&[0, 10, 20, 30, 40, 50, 60, 70, 80, 160]);
        assert_eq!(slower.mean_micros, (7 * 10 + 80) * 1_000_000 / 8);
    }
}
