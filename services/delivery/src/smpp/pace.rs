//! How fast a session submits: as many a second as the account says, and nothing for a while when the SMSC wants it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The instants of submits.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    /// The next turn that nobody has.
    next: Option<Instant>,
    /// Until when nobody submits, whoever's turn it is.
    paused: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let every = per_second.map_or(Duration::ZERO, |number| Duration::from_secs(1) / number.max(1));
        Self { every, times: Mutex::new(Times::default()) }
    }

    /// Waits for one's turn. A turn that a pause has overtaken is no turn: another one is waited for.
    pub(super) async fn turn(&self) {
        loop {
            tokio::time::sleep_until(self.reserve()).await;
            if !self.is_paused() {
                return;
            }
        }
    }

    /// Nobody's turn comes for this long.
    pub(super) fn pause(&self, span: Duration) {
        let until = Instant::now() + span;
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.paused = times.paused.max(Some(until));
    }

    fn reserve(&self) -> Instant {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = Some(Instant::now()).max(times.paused);
        let at = times.next.max(earliest).unwrap_or_else(Instant::now);
        times.next = Some(at + self.every);
        at
    }

    fn is_paused(&self) -> bool {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.paused.is_some_and(|until| until > Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_come_at_the_pace_of_the_account_and_not_in_a_pause() {
        let pace = Pace::new(Some(4));
        let began = Instant::now();
        let mut turns = Vec::new();
        for _ in 0..3 {
            pace.turn().await;
            turns.push(began.elapsed());
        }
        pace.pause(Duration::from_secs(2));
        pace.turn().await;
        turns.push(began.elapsed());
        let ms: Vec<u128> = turns.iter().map(Duration::as_millis).collect();
        assert_eq!(ms, [0, 250, 500, 2_500]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_pace_everybodys_turn_is_now() {
        let pace = Pace::new(None);
        let began = Instant::now();
        for _ in 0..100 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_already_when_a_pause_begins_waits_until_its_end() {
        let pace = std::sync::Arc::new(Pace::new(Some(4)));
        let began = Instant::now();
        pace.turn().await;
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let pace = std::sync::Arc::clone(&pace);
                tokio::spawn(async move {
                    pace.turn().await;
                    Instant::now()
                })
            })
            .collect();
        tokio::task::yield_now().await;
        pace.pause(Duration::from_secs(2));
        let mut turns = Vec::new();
        for waiting in waiting {
            turns.push((waiting.await.expect("a turn") - began).as_millis());
        }
        turns.sort_unstable();
        assert_eq!(turns, [2_000, 2_250, 2_500]);
    }
}
