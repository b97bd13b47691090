//! An order that is not over: what its attempts have come to, and when the next one may start.

use std::sync::Arc;

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
    tries: u32,
    /// One of them may have arrived, or one of a former start.
    may_have_arrived: bool,
    /// When the next attempt may start.
    pub(crate) due: Instant,
    pub(crate) in_flight: bool,
}

impl Order {
    /// An order that may be attempted at once; `is_ours_alone`: no former start can have tried it.
    pub(crate) fn new(offset: i64, delivery: Delivery, is_ours_alone: bool, due: Instant) -> Self {
        let lane = Lane::of(&delivery);
        let delivery = Arc::new(delivery);
        Self { offset, lane, delivery, tries: 0, may_have_arrived: !is_ours_alone, due, in_flight: false }
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
        self.tries += 1;
        Attempt { offset: self.offset, number: self.tries, delivery: Arc::clone(&self.delivery) }
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
            AttemptEnd::Retry { reason, after } | AttemptEnd::NotTried { reason, after } => (reason, after),
            AttemptEnd::NoConnection => ("no connection to the provider".to_owned(), None),
            AttemptEnd::NoAnswer => ("no answer from the provider".to_owned(), None),
        };
        let attempts = self.attempts();
        if self.tries >= backoff.tries_max {
            return Some(Verdict::UsedUp { reason: format!("{} tries used up: {reason}", self.tries), attempts });
        }
        let wait = backoff.wait(self.delivery.id, self.tries);
        if let Some(after) = after.filter(|after| *after > backoff.retry_after_max) {
            let reason = format!("{reason} and asks to wait {} s, longer than an order is kept", after.as_secs());
            return Some(Verdict::UsedUp { reason, attempts });
        }
        // All that were told the same instant would return at the same instant: the first wait spreads them.
        let asked = after.map(|after| after.saturating_add(backoff.wait(self.delivery.id, 1)));
        self.due = now.saturating_add(wait.max(asked.unwrap_or_default()));
        None
    }
}
