//! The rules for the bounds of a queue: how many may wait, how long, and when it is open; and what becomes of a session
//! that it does not take, or not any longer.
//!
//! Bounds hold for everybody who comes to wait in a queue: who asks, is handed on or sent there, whose search goes on there,
//! whose agent is gone (these last two whatever the length: they wait already). When its waiting ends is written down when a
//! session comes; another directory does not move it, but at the end of the hours the calendar in force is asked once more.
//!
//! A session that is refused stays known, out of all queues, until its conversation says what becomes of it.

use usher_domain::event::Fact;
use usher_domain::place::RefusedReason;
use usher_domain::policy::{Calendar, Exception, LanePolicy};
use usher_domain::state::desk::{Bound, Seat, SessionState};
use usher_domain::{CalendarId, PlacementId, SessionId, Timestamp};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::{Lane, load_of};

impl Desk {
    /// Takes a session into its queue, or refuses it. It has its first turn.
    pub(super) fn admit(&mut self, session: SessionId, mut state: SessionState, decisions: &mut Decisions) {
        match self.refusal(&state, decisions.now) {
            Some(reason) => self.refuse(session, state, reason, decisions),
            None => {
                self.bind(&mut state, decisions.now);
                self.place_session(session, state, decisions);
            }
        }
    }

    /// The place that a session had until now counts for nobody any more, itself least of all: neither in the length of its
    /// queue nor at its agents. What it searched stays at hand until it has its next place, which whoever calls gives it.
    pub(super) fn give_up_place(&mut self, session: SessionId) {
        if let Some(state) = self.sessions.get(&session).cloned() {
            let seat = Seat::Refused(RefusedReason::QueueFull);
            self.put_session(session, Some(SessionState { seat, ..state }));
        }
    }

    /// Why the queue does not take somebody who comes now.
    fn refusal(&self, state: &SessionState, now: Timestamp) -> Option<RefusedReason> {
        let home = self.home(state);
        let policy = self.lane_policy(&home);
        if self.calendar(policy).is_some_and(|calendar| !calendar.is_open(now)) {
            return Some(RefusedReason::OffHours);
        }
        let is_full = self.waiting_in(&home) >= policy.limits.length_max?;
        (is_full && !self.is_served_at_once(state)).then_some(RefusedReason::QueueFull)
    }

    /// Whether somebody is free who can take the session, so that it will not wait.
    fn is_served_at_once(&self, state: &SessionState) -> bool {
        let load = load_of(state);
        Lane::all_of(state).any(|lane| match self.lanes.queue(&lane) {
            Some(queue) => queue.free.first(|spare| spare.fits(load), |idle| !state.excludes(&idle.agent)).is_some(),
            None if self.lanes.is_open(&lane) => false,
            None => self.free_in(&lane).iter().any(|(spare, idle)| spare.fits(load) && !state.excludes(&idle.agent)),
        })
    }

    /// Writes down when the waiting ends of a session that comes to wait now.
    pub(super) fn bind(&self, state: &mut SessionState, now: Timestamp) {
        let policy = self.lane_policy(&self.home(state));
        let too_long = policy.limits.wait_max.map(|max| Bound { at: now.plus(max), reason: RefusedReason::WaitLimit });
        let closes = self.calendar(policy).and_then(|calendar| closing(calendar, now));
        let closes = closes.map(|at| Bound { at, reason: RefusedReason::OffHours });
        let bound = [too_long, closes].into_iter().flatten().min();
        if state.bound() != bound {
            state.change_extra(|extra| extra.bound = bound);
        }
    }

    /// The waiting of a session ends now.
    pub(super) fn bound_due(
        &mut self,
        session: SessionId,
        mut state: SessionState,
        bound: Bound,
        decisions: &mut Decisions,
    ) {
        let calendar = self.calendar(self.lane_policy(&self.home(&state)));
        if bound.reason == RefusedReason::OffHours && calendar.is_none_or(|calendar| calendar.is_open(decisions.now)) {
            // The hours have been made longer since.
            self.bind(&mut state, decisions.now);
            return self.keep_session(session, state, decisions);
        }
        state.turn = state.turn.saturating_add(1);
        self.refuse(session, state, bound.reason, decisions);
    }

    fn refuse(
        &mut self,
        session: SessionId,
        mut state: SessionState,
        reason: RefusedReason,
        decisions: &mut Decisions,
    ) {
        state.seat = Seat::Refused(reason);
        let home = self.home(&state);
        let placement = PlacementId { epoch: state.epoch, turn: state.turn };
        let then = self.exception(&state, reason);
        self.place_session(session, state, decisions);
        let waiting = self.waiting_in(&home);
        let group = if let Lane::Group(group) = home { Some(group) } else { None };
        decisions.fact(Fact::SessionRefused { session, placement, group, reason, waiting, then });
    }

    /// What becomes of a session that its queue refuses. What has been sent on once is not sent on again.
    pub(super) fn exception(&self, state: &SessionState, reason: RefusedReason) -> Exception {
        let overflowed = state.extra.as_ref().is_some_and(|extra| extra.overflowed);
        match self.lane_policy(&self.home(state)).exceptions.of(reason) {
            Exception::Overflow { .. } if overflowed => Exception::default(),
            exception => exception.clone(),
        }
    }

    fn calendar(&self, policy: &LanePolicy) -> Option<&Calendar> {
        self.policies.calendars.get(policy.calendar.as_ref()?)
    }

    /// A calendar is over. It is forgotten, so that this is said once: queues without one are always open.
    pub(super) fn calendar_due(&mut self, id: &CalendarId, decisions: &mut Decisions) {
        let Some(until) = self.policies.calendars.get(id).map(|calendar| calendar.until) else { return };
        self.keep_calendar(id, None, decisions);
        decisions.fact(Fact::CalendarEnded { calendar: id.clone(), until });
    }
}

/// When a queue with this calendar does not keep anybody waiting any longer: at once while it is closed.
fn closing(calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
    if calendar.is_open(now) { calendar.closes_after(now) } else { Some(now) }
}
