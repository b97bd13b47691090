//! The rule for presence: only who is online gets sessions; who is busy, away or on a break keeps those they have; who
//! goes offline loses them (the taking back is in `requeue`, because it may be more than one step can do), or keeps them
//! for a while, where the desk holds them; who drains gets no more and is offline when the last one is over.
//!
//! A workspace tells its own instant with each word: one that comes late changes nothing, and the same word once more is
//! a sign of life, which renews the lease and takes back nothing that the desk has decided since.

use std::time::Duration;

use usher_domain::desk::{Presence, PresenceSaid};
use usher_domain::event::{Fact, PresenceReason};
use usher_domain::policy::{LossPolicy, PresencePolicy};
use usher_domain::state::desk::AgentState;
use usher_domain::{AgentId, Timestamp};

use super::books::Desk;
use super::decisions::Decisions;

/// How somebody is there: the part of an agent's state that this rule owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Manner {
    presence: Presence,
    reason: PresenceReason,
    drains: Option<PresenceReason>,
    said_at: Option<Timestamp>,
    lease_until: Option<Timestamp>,
    held_until: Option<Timestamp>,
}

impl Desk {
    /// Notes how an agent is. The same presence again changes nothing but the lease, so nobody loses their place among
    /// the idle.
    pub(super) fn presence(&mut self, said: &PresenceSaid, decisions: &mut Decisions) {
        let Some(state) = self.agents.known(&said.agent) else {
            decisions.fact(Fact::AgentUnknown { agent: said.agent.clone() });
            return;
        };
        let before = Manner::of(state);
        if let (Some(at), Some(said_at)) = (said.at, before.said_at)
            && at < said_at
        {
            decisions.fact(Fact::PresenceIgnored { agent: said.agent.clone(), at, said_at });
            return;
        }
        let after = before.told(said, self.policies.desk.presence, self.agents.sessions_of(&said.agent), decisions.now);
        if !before.is_as_good_as(&after) {
            self.keep_manner(&said.agent, after, decisions);
        }
    }

    /// The desk itself decides how an agent is. It brings nobody back.
    pub(super) fn set_presence(
        &mut self,
        agent: &AgentId,
        presence: Presence,
        reason: PresenceReason,
        decisions: &mut Decisions,
    ) {
        let changes = |state: &&AgentState| state.presence != presence && state.presence != Presence::Offline;
        let Some(state) = self.agents.known(agent).filter(changes) else { return };
        let policy = self.policies.desk.presence;
        let after =
            Manner::of(state).become_so(presence, reason, policy, self.agents.sessions_of(agent), decisions.now);
        self.keep_manner(agent, after, decisions);
    }

    /// An agent drains from now on, or no more. Whoever is offline has nothing to drain.
    pub(super) fn set_draining(
        &mut self,
        agent: &AgentId,
        drains: bool,
        reason: PresenceReason,
        decisions: &mut Decisions,
    ) {
        let Some(state) = self.agents.known(agent).filter(|state| state.presence != Presence::Offline) else { return };
        if state.drains.is_some() != drains {
            let drains = drains.then_some(reason);
            self.keep_manner(agent, Manner { drains, reason, ..Manner::of(state) }, decisions);
        }
    }

    /// Whether somebody drains who has nothing left.
    pub(super) fn has_drained(&self) -> bool {
        self.agents.first_drained().is_some()
    }

    /// One agent who drains and has nothing left goes offline; `false` when there is none.
    pub(super) fn drain_one(&mut self, decisions: &mut Decisions) -> bool {
        let Some(agent) = self.agents.first_drained().cloned() else { return false };
        self.set_presence(&agent, Presence::Offline, PresenceReason::Drained, decisions);
        true
    }

    /// Keeps how an agent is, and tells what is new in it.
    fn keep_manner(&mut self, agent: &AgentId, after: Manner, decisions: &mut Decisions) {
        let Some(state) = self.agents.known(agent) else { return };
        let before = Manner::of(state);
        let comes_online = after.presence == Presence::Online && before.presence != Presence::Online;
        let online_since = if comes_online { decisions.now } else { state.online_since };
        let state = AgentState { online_since, ..after.of_whom(state.clone()) };
        self.keep_agent(agent, Some(state), decisions);
        self.tell_manner(agent, before, after, decisions);
    }

    /// Whom an agent serves, and how much they can have.
    pub(super) fn serves(&self, agent: &AgentId) -> Fact {
        let record = self.agents.known(agent).map(|state| &state.record);
        let (groups, capacity) = record.map(|record| (record.groups.clone(), record.capacity)).unwrap_or_default();
        Fact::AgentServes { agent: agent.clone(), groups, capacity }
    }

    fn tell_manner(&self, agent: &AgentId, before: Manner, after: Manner, decisions: &mut Decisions) {
        let Manner { presence, reason, .. } = after;
        if before.presence != presence {
            decisions.fact(Fact::AgentPresence { agent: agent.clone(), presence, reason });
        }
        if before.presence == Presence::Offline && presence != Presence::Offline {
            decisions.fact(self.serves(agent));
        }
        let drains = after.drains.is_some();
        if before.drains.is_some() != drains && presence != Presence::Offline {
            decisions.fact(Fact::AgentDraining { agent: agent.clone(), drains, reason });
        }
        if let (None, Some(until)) = (before.held_until, after.held_until) {
            let sessions = u32::try_from(self.agents.sessions_of(agent)).unwrap_or(u32::MAX);
            decisions.fact(Fact::SessionsHeld { agent: agent.clone(), sessions, until });
        }
    }
}

impl Manner {
    fn of(state: &AgentState) -> Self {
        Self {
            presence: state.presence,
            reason: state.reason,
            drains: state.drains,
            said_at: state.said_at,
            lease_until: state.lease_until,
            held_until: state.held_until,
        }
    }

    fn of_whom(self, state: AgentState) -> AgentState {
        let Self { presence, reason, drains, said_at, lease_until, held_until } = self;
        AgentState { presence, reason, drains, said_at, lease_until, held_until, ..state }
    }

    /// What a word of the workspace makes of it.
    fn told(self, said: &PresenceSaid, policy: PresencePolicy, sessions: usize, now: Timestamp) -> Self {
        let (presence, drains) = self.meant(said, sessions);
        let is_new = (presence, drains) != (self.presence, self.drains);
        let kept = self.lease_until.filter(|_| !is_new);
        let next = if is_new { self.become_so(presence, PresenceReason::Said, policy, sessions, now) } else { self };
        let lease = said.lease.into_iter().chain(policy.lease).min().filter(|_| presence != Presence::Offline);
        Self {
            drains,
            said_at: self.said_at.max(said.at),
            lease_until: lease.map(|lease| renewed(kept, lease, now)),
            ..next
        }
    }

    /// Which presence a word means here, and whether they drain. What the desk itself has decided stands against a word
    /// from before, and a supervisor's word about draining against every one.
    fn meant(self, said: &PresenceSaid, sessions: usize) -> (Presence, Option<PresenceReason>) {
        use PresenceReason::{Drained, MissedOffers, Said, Supervisor};
        let is_repeated = said.at.is_some() && said.at == self.said_at;
        if is_repeated && matches!(self.reason, Drained | MissedOffers | Supervisor) {
            return (self.presence, self.drains);
        }
        let has_left = self.presence == Presence::Offline && sessions == 0;
        let presence = match said.presence {
            _ if said.drain && has_left => Presence::Offline,
            Presence::Offline if said.drain => self.presence,
            presence => presence,
        };
        let drains = self.drains.filter(|by| *by == Supervisor).or(said.drain.then_some(Said));
        (presence, drains.filter(|_| presence != Presence::Offline))
    }

    /// With another presence, and what follows from it at once. Whoever has sessions when they go offline keeps them for
    /// as long as the desk holds them.
    fn become_so(
        self,
        presence: Presence,
        reason: PresenceReason,
        policy: PresencePolicy,
        sessions: usize,
        now: Timestamp,
    ) -> Self {
        if presence != Presence::Offline {
            return Self { presence, reason, held_until: None, ..self };
        }
        let held_until = match policy.loss {
            _ if self.presence == Presence::Offline => self.held_until,
            _ if reason == PresenceReason::Removed => None,
            LossPolicy::Hold { within } if sessions > 0 => Some(now.plus(within)),
            LossPolicy::Hold { .. } | LossPolicy::Requeue => None,
        };
        Self { presence, reason, drains: None, lease_until: None, held_until, ..self }
    }

    /// Whether nothing need be written. A sign of life tells a newer instant each time, and is written only with the
    /// lease that it renews.
    fn is_as_good_as(&self, after: &Self) -> bool {
        let newer = Self { said_at: after.said_at, ..*self };
        self == after || (newer == *after && after.lease_until.is_some())
    }
}

/// When a lease ends that is said again now: no later than before while more than half of it is left, so that signs of
/// life need not all be written.
fn renewed(until: Option<Timestamp>, lease: Duration, now: Timestamp) -> Timestamp {
    let (half, whole) = (now.plus(lease / 2), now.plus(lease));
    until.filter(|until| half < *until && *until <= whole).unwrap_or(whole)
}
