//! How fast a session submits: as many a second as the account says, and nothing for a while when the SMSC wants it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The instant of the next submit.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let every = per_second.map_or(Duration::ZERO, |number| Duration::from_secs(1) / number.max(1));
        Self { every, next: Mutex::new(None) }
    }

    /// Waits for one's turn.
    pub(super) async fn turn(&self) {
        let at = {
            let now = Instant::now();
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let at = next.map_or(now, |next| next.max(now));
            *next = Some(at + self.every);
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// Nobody's turn comes for this long.
    pub(super) fn pause(&self, span: Duration) {
        let from = Instant::now() + span;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(next.map_or(from, |next| next.max(from)));
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
}
