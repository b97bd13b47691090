//! What is due when. Every durable piece says its own instant (`due()` of its state); the `put` functions of `books` keep
//! it here, so a restored desk waits for the same instants. A rule is called for the piece that is due, and puts it back
//! without that instant: nothing is polled.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::state::desk::Seat;
use usher_domain::{AgentId, CalendarId, GroupId, SessionId, Timestamp};

use super::Name;
use super::books::Desk;
use super::decisions::Decisions;

/// Whose time it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A session's.
    Session(SessionId),
    /// An agent's.
    Agent(AgentId),
    /// That of the queue of a group, or of the default one.
    Lane(Option<GroupId>),
    /// A calendar's.
    Calendar(CalendarId),
}

/// The instants of one desk, the earliest first; at one instant sessions before agents before queues before calendars, in
/// order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Timers(BTreeSet<(Timestamp, Who)>);

impl Timers {
    /// A piece waits for another instant than before, or for none.
    pub(super) fn change(&mut self, before: Option<Timestamp>, after: Option<Timestamp>, who: impl Fn() -> Who) {
        if before == after {
            return;
        }
        before.map(|at| self.0.remove(&(at, who())));
        after.map(|at| self.0.insert((at, who())));
    }

    /// The earliest instant.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Who is first of those whose instant is reached.
    fn due(&self, now: Timestamp) -> Option<Who> {
        let (at, who) = self.0.first()?;
        (*at <= now).then(|| who.clone())
    }
}

impl Desk {
    /// Does what is due for one piece; `false` when nothing is.
    pub(super) fn due_one(&mut self, decisions: &mut Decisions) -> bool {
        match self.timers.due(decisions.now) {
            Some(Who::Session(session)) => self.session_due(session, decisions),
            Some(Who::Agent(agent)) => self.agent_due(&agent, decisions),
            Some(Who::Lane(queue)) => self.lane_due(queue, decisions),
            Some(Who::Calendar(calendar)) => self.calendar_due(&calendar, decisions),
            None => return false,
        }
        true
    }
}

impl Desk {
    /// One thing is due for a session: whom it was kept from may have it again, an offer is over, it has waited as long as
    /// it may, or its search goes on.
    fn session_due(&mut self, id: SessionId, decisions: &mut Decisions) {
        let Some(mut state) = self.sessions.get(&id).cloned() else { return };
        let waits = matches!(state.seat, Seat::Waiting);
        let bound = state.bound().filter(|bound| waits && bound.at <= decisions.now);
        match bound {
            _ if state.lapse(decisions.now) => self.keep_session(id, state, decisions),
            Some(bound) => self.bound_due(id, state, bound, decisions),
            None if waits => self.widen(id, state, decisions),
            None => self.offer_over(id, state, decisions),
        }
    }
}

/// When each desk of a partition wants to be looked at: at its first timer, or at once while work remains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Alarms {
    of: BTreeMap<Name, Timestamp>,
    order: BTreeSet<(Timestamp, Name)>,
}

impl Alarms {
    /// Sets the alarm of a desk, or takes it away.
    pub(super) fn set(&mut self, name: &Name, at: Option<Timestamp>) {
        let before = self.of.get(name).copied();
        if before == at {
            return;
        }
        before.map(|before| self.order.remove(&(before, name.clone())));
        match at {
            Some(at) => {
                self.of.insert(name.clone(), at);
                self.order.insert((at, name.clone()));
            }
            None => {
                self.of.remove(name);
            }
        }
    }

    /// The earliest of all.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }

    /// A desk whose alarm has come.
    pub(super) fn due(&self, now: Timestamp) -> Option<Name> {
        let (at, name) = self.order.first()?;
        (*at <= now).then(|| name.clone())
    }
}
