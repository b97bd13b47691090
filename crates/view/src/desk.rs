//! One desk as its facts tell it. All facts of a desk stand on one partition, in the order of deciding, so the fold needs
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::desk::Presence;
use usher_domain::event::{Fact, PresenceReason};
use usher_domain::{AgentId, GroupId, SessionId, Timestamp};

use crate::answered::Answered;
use crate::counts::{Counts, LineCounts};
use crate::line::Line;

/// One desk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeskView {
    revision: u64,
    /// How many agents the directory has.
    listed: u64,
    sessions: BTreeMap<SessionId, Held>,
    lines: BTreeMap<Line, Waiting>,
    agents: BTreeMap<AgentId, Agent>,
    served: BTreeMap<Line, Answered>,
}

/// One line, so that nobody has to be counted when somebody looks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Waiting {
    /// Who waits, in the usual order.
    order: BTreeSet<Rank>,
    /// Who waits, by when they came to wait.
    since: BTreeSet<(Timestamp, SessionId)>,
    offered: u64,
    vips: u64,
    /// Sessions of this line that an agent has.
    assigned: u64,
}

/// VIPs first, then who asked earlier.
pub(crate) type Rank = (bool, Timestamp, SessionId);

/// A session that the desk knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Held {
    pub(crate) line: Line,
    pub(crate) vip: bool,
    pub(crate) asked_at: Timestamp,
    weight: u32,
    /// When it came to wait, by its last demand or because it was taken from an agent.
    since: Timestamp,
    /// Whether an agent has had it since then.
    answered: bool,
    pub(crate) seat: Seat,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Seat {
    /// In line; these agents are being asked.
    Waiting(BTreeSet<AgentId>),
    /// With an agent.
    Assigned(AgentId),
}

/// An agent of whom a fact has told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Agent {
    pub(crate) presence: Presence,
    pub(crate) draining: bool,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) capacity: u32,
    /// Sum of the weights of their sessions.
    pub(crate) load: u64,
    pub(crate) sessions: u64,
}

impl Default for Agent {
    fn default() -> Self {
        Self { presence: Presence::Offline, draining: false, groups: Vec::new(), capacity: 0, load: 0, sessions: 0 }
    }
}

impl DeskView {
    /// Takes what the desk has said; what concerns neither counts nor lines is passed over.
    pub fn take(&mut self, fact: &Fact, at: Timestamp) {
        match fact {
            Fact::SessionEntered { session, line, vip, asked_at, weight, .. } => {
                let seat = Seat::Waiting(BTreeSet::new());
                let (line, vip, asked_at, weight) = (Line::of(line), *vip, *asked_at, *weight);
                self.put(*session, Some(Held { line, vip, asked_at, weight, since: at, answered: false, seat }));
            }
            // What is not taken does not wait; its demand ends, or comes again.
            Fact::SessionRefused { session, .. } => self.put(*session, None),
            Fact::SessionEnded { session } => self.end(*session, at),
            Fact::SessionPromoted { session } => self.change(*session, |held| held.vip = true),
            Fact::SessionMoved { session, line } => self.change(*session, |held| held.line = Line::of(line)),
            Fact::TargetRemoved { session, .. } => self.change(*session, |held| held.line = Line::Default),
            Fact::SessionTakenBack { session, .. } => {
                self.change(*session, |held| (held.since, held.seat) = (at, Seat::Waiting(BTreeSet::new())));
            }
            Fact::AssignmentDecided { session, agent, .. } | Fact::OfferAccepted { session, agent, .. } => {
                self.assign(*session, agent, at);
            }
            Fact::OfferMade { session, agent, .. } => self.ask(*session, agent, true),
            Fact::OfferDeclined { session, agent, .. }
            | Fact::OfferExpired { session, agent, .. }
            | Fact::OfferRescinded { session, agent, .. } => self.ask(*session, agent, false),
            Fact::AgentPresence { agent, presence, reason } => self.presence(agent, *presence, *reason),
            Fact::AgentDraining { agent, drains, .. } => self.agent(agent, |agent| agent.draining = *drains),
            Fact::AgentServes { agent, groups, capacity } => self.agent(agent, |agent| {
                (agent.groups, agent.capacity) = (groups.clone(), *capacity);
            }),
            Fact::DirectoryApplied { revision, agents, .. } => {
                (self.revision, self.listed) = (*revision, u64::from(*agents));
            }
            _ => {}
        }
    }

    fn presence(&mut self, agent: &AgentId, presence: Presence, reason: PresenceReason) {
        self.agent(agent, |state| {
            state.presence = presence;
            if presence == Presence::Offline || reason == PresenceReason::Removed {
                (state.draining, state.groups) = (false, Vec::new());
            }
        });
    }

    fn ask(&mut self, session: SessionId, agent: &AgentId, asks: bool) {
        self.change(session, |held| {
            if let Seat::Waiting(asked) = &mut held.seat {
                let _changed = if asks { asked.insert(agent.clone()) } else { asked.remove(agent) };
            }
        });
    }

    fn assign(&mut self, session: SessionId, agent: &AgentId, at: Timestamp) {
        let Some(held) = self.sessions.get(&session) else { return };
        if !held.answered {
            let wait = at.since(held.since);
            self.served.entry(held.line.clone()).or_default().answered(at, wait);
        }
        self.change(session, |held| (held.answered, held.seat) = (true, Seat::Assigned(agent.clone())));
    }

    fn end(&mut self, session: SessionId, at: Timestamp) {
        let Some(held) = self.sessions.get(&session) else { return };
        if !held.answered && matches!(held.seat, Seat::Waiting(_)) {
            self.served.entry(held.line.clone()).or_default().abandoned(at);
        }
        self.put(session, None);
    }

    fn change(&mut self, session: SessionId, change: impl FnOnce(&mut Held)) {
        if let Some(mut held) = self.sessions.get(&session).cloned() {
            change(&mut held);
            self.put(session, Some(held));
        }
    }

    /// Replaces what is known of a session, and keeps what follows from it.
    fn put(&mut self, session: SessionId, held: Option<Held>) {
        if let Some(before) = self.sessions.remove(&session) {
            self.count(session, &before, false);
        }
        if let Some(held) = held {
            self.count(session, &held, true);
            self.sessions.insert(session, held);
        }
    }

    fn count(&mut self, session: SessionId, held: &Held, there: bool) {
        let line = self.lines.entry(held.line.clone()).or_default();
        line.count(session, held, there);
        if line.is_empty() {
            self.lines.remove(&held.line);
        }
        if let Seat::Assigned(agent) = &held.seat {
            let (weight, sign) = (u64::from(held.weight), if there { u64::wrapping_add } else { u64::wrapping_sub });
            self.agent(agent, |agent| {
                (agent.load, agent.sessions) = (sign(agent.load, weight), sign(agent.sessions, 1))
            });
        }
    }

    /// Changes an agent. Who is offline and has nothing is forgotten: most of a directory is.
    fn agent(&mut self, id: &AgentId, change: impl FnOnce(&mut Agent)) {
        let agent = self.agents.entry(id.clone()).or_default();
        change(agent);
        if agent.presence == Presence::Offline && agent.sessions == 0 {
            self.agents.remove(id);
        }
    }

    pub(crate) fn session(&self, session: SessionId) -> Option<&Held> {
        self.sessions.get(&session)
    }

    /// Those who wait before this one in its line, by the usual order.
    pub(crate) fn before(&self, session: SessionId, held: &Held) -> impl Iterator<Item = &Rank> {
        let own = held.rank(session);
        self.lines.get(&held.line).into_iter().flat_map(|line| &line.order).take_while(move |other| **other < own)
    }

    /// Agents who serve the line and are not offline.
    pub(crate) fn serving<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = (&'a AgentId, &'a Agent)> {
        let there = self.agents.iter().filter(|(_, agent)| agent.presence != Presence::Offline);
        there.filter(|(id, agent)| line.is_served_by(id, &agent.groups))
    }

    /// Forgets lines that nobody was served from in the last hour.
    pub(crate) fn forget_before(&mut self, now: Timestamp) {
        self.served.retain(|_, served| served.is_recent(now));
    }

    /// The desk in numbers; the service level of the last `minutes` is about waits of up to `seconds`.
    pub fn counts(&self, now: Timestamp, minutes: u32, seconds: u32) -> Counts {
        let mut counts = Counts { revision: self.revision, ..Counts::default() };
        for (name, line) in &self.lines {
            let line = line.counts();
            counts.all.add(line);
            counts.lines.insert(name.clone(), line);
        }
        for (line, served) in &self.served {
            let within = served.within(now, minutes, seconds);
            if within.answered + within.abandoned > 0 {
                counts.lines.entry(line.clone()).or_default().served = within;
            }
            let all = &mut counts.all.served;
            all.answered += within.answered;
            all.in_time += within.in_time;
            all.abandoned += within.abandoned;
        }
        self.count_agents(&mut counts);
        counts
    }

    fn count_agents(&self, counts: &mut Counts) {
        for agent in self.agents.values().filter(|agent| agent.presence != Presence::Offline) {
            *counts.agents.entry(agent.presence).or_default() += 1;
            counts.draining += u64::from(agent.draining);
        }
        let there: u64 = counts.agents.values().sum();
        counts.agents.insert(Presence::Offline, self.listed.saturating_sub(there));
    }
}

impl Held {
    fn rank(&self, session: SessionId) -> Rank {
        (!self.vip, self.asked_at, session)
    }
}

impl Waiting {
    fn count(&mut self, session: SessionId, held: &Held, there: bool) {
        let sign = if there { u64::wrapping_add } else { u64::wrapping_sub };
        match &held.seat {
            Seat::Waiting(asked) => {
                let (rank, since) = (held.rank(session), (held.since, session));
                if there {
                    self.order.insert(rank);
                    self.since.insert(since);
                } else {
                    self.order.remove(&rank);
                    self.since.remove(&since);
                }
                self.vips = sign(self.vips, u64::from(held.vip));
                self.offered = sign(self.offered, u64::from(!asked.is_empty()));
            }
            Seat::Assigned(_) => self.assigned = sign(self.assigned, 1),
        }
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty() && self.assigned == 0
    }

    fn counts(&self) -> LineCounts {
        LineCounts {
            waiting: self.order.len() as u64,
            vips: self.vips,
            offered: self.offered,
            oldest: self.since.first().map(|(since, _)| *since),
            assigned: self.assigned,
            ..LineCounts::default()
        }
    }
}
