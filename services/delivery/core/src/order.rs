//! An order that is not over: what its attempts have come to, and when the next one may start.

use std::sync::Arc;
use std::time::Duration;

use usher_domain::receipt::Attempts;
use usher_domain::{Delivery, Timestamp};

use crate::attempt::{Attempt, AttemptEnd};
use crate::clock::Instant;
use crate::conclusion::Verdict;
use crate::lanes::MARGIN;
use crate::{Backoff, Lane};

/// An order inside the window.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) offset: i64,
    pub(crate) lane: Lane,
    pub(crate) delivery: Arc<Delivery>,
    /// Attempts started since this start.
    started: u32,
    /// Those of them that failed.
    failed: u32,
    turns: Turns,
    /// One of them may have arrived, or one of a former start.
    may_have_arrived: bool,
    /// When the next attempt may start.
    pub(crate) due: Instant,
    pub(crate) in_flight: bool,
}

/// Turns that an order has waited for in vain, one after the other.
#[derive(Debug, Default)]
struct Turns {
    since: Option<Instant>,
    missed: u32,
}

impl Order {
    /// An order that may be attempted at once; `is_ours_alone`: no former start can have tried it.
    pub(crate) fn new(offset: i64, delivery: Delivery, is_ours_alone: bool, due: Instant) -> Self {
        let lane = Lane::of(&delivery);
        let delivery = Arc::new(delivery);
        Self {
            offset,
            lane,
            delivery,
            started: 0,
            failed: 0,
            turns: Turns::default(),
            may_have_arrived: !is_ours_alone,
            due,
            in_flight: false,
        }
    }

    /// The last instant at which an attempt may start, by the wall clock: the deadline is the conversation's.
    pub(crate) fn last_start(&self) -> Option<Timestamp> {
        self.delivery.deadline.map(|deadline| deadline.minus(MARGIN))
    }

    /// "Never submitted" is claimed only where no connection ever stood, and where no former start can have tried.
    pub(crate) const fn attempts(&self) -> Attempts {
        if self.may_have_arrived { Attempts::Maybe } else { Attempts::None }
    }

    pub(crate) fn begin_attempt(&mut self) -> Attempt {
        self.in_flight = true;
        self.started += 1;
        Attempt { offset: self.offset, number: self.started, delivery: Arc::clone(&self.delivery) }
    }

    /// Whether the order is over with this end of an attempt; where not, it is due again later.
    pub(crate) fn end_attempt(&mut self, end: AttemptEnd, backoff: &Backoff, now: Instant) -> Option<Verdict> {
        self.in_flight = false;
        let earlier = self.attempts();
        self.may_have_arrived |= end.may_have_arrived();
        let (reason, after) = match end {
            AttemptEnd::Done(reports) => return Some(Verdict::Done(reports)),
            AttemptEnd::Held(input) => return Some(Verdict::Held(input)),
            AttemptEnd::NotReachable { reason } => return Some(Verdict::NotReachable { reason, earlier }),
            AttemptEnd::NeverReached { reason } => {
                return Some(Verdict::NotReachable { reason, earlier: Attempts::None });
            }
            AttemptEnd::Rejected { reason } => return Some(Verdict::Rejected { reason, earlier }),
            // From here on an earlier one may have arrived, also for what is inside.
            AttemptEnd::Begun(end) => return self.end_attempt(*end, backoff, now),
            AttemptEnd::Busy { reason, after } => return self.wait_for_turn(reason, after, backoff, now),
            AttemptEnd::Retry { reason, after } | AttemptEnd::NotTried { reason, after } => (reason, after),
            AttemptEnd::NoConnection => ("no connection to the provider".to_owned(), None),
            AttemptEnd::NoAnswer => ("no answer from the provider".to_owned(), None),
        };
        self.turns = Turns::default();
        self.failed += 1;
        if self.failed >= backoff.tries_max {
            return Some(self.used_up(format!("{} tries used up: {reason}", self.failed)));
        }
        self.again(self.failed, reason, after, backoff, now)
    }

    /// Its turn has not come. The deadline ends it; without one nobody knows how long it is worth anything.
    fn wait_for_turn(
        &mut self,
        reason: String,
        after: Option<Duration>,
        backoff: &Backoff,
        now: Instant,
    ) -> Option<Verdict> {
        let since = *self.turns.since.get_or_insert(now);
        let waited = now.saturating_sub(since);
        if self.delivery.deadline.is_none() && waited >= backoff.busy_max {
            return Some(self.used_up(format!("waited {} s for its turn: {reason}", waited.as_secs())));
        }
        self.turns.missed = self.turns.missed.saturating_add(1);
        self.again(self.turns.missed.min(backoff.busy_steps), reason, after, backoff, now)
    }

    /// Due again after the wait that follows so many failures.
    fn again(
        &mut self,
        failures: u32,
        reason: String,
        after: Option<Duration>,
        backoff: &Backoff,
        now: Instant,
    ) -> Option<Verdict> {
        let wait = backoff.wait(self.delivery.id, failures);
        if let Some(after) = after.filter(|after| *after > backoff.retry_after_max) {
            let reason = format!("{reason} and asks to wait {} s, longer than an order is kept", after.as_secs());
            return Some(self.used_up(reason));
        }
        // All that were told the same instant would return at the same instant: the first wait spreads them.
        let asked = after.map(|after| after.saturating_add(backoff.wait(self.delivery.id, 1)));
        self.due = now.saturating_add(wait.max(asked.unwrap_or_default()));
        None
    }

    const fn used_up(&self, reason: String) -> Verdict {
        Verdict::UsedUp { reason, attempts: self.attempts() }
    }
}
