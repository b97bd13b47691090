//! Who waits, and before whom, as the events say: sessions of one tenant that ask for the same wait in one line, VIPs
//! first, then who asked earlier. Events do not say who is in which group, so of agents only presence and sessions are
//! told.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value as Json, json};
use usher_domain::desk::Presence;
use usher_domain::event::{Event, Fact};
use usher_domain::{AgentId, SessionId, Target, TenantId, Timestamp};

use super::words::whom;

/// So many of those before are named.
const NAMED_MAX: usize = 5;

/// What is known of a session that is not over.
#[derive(Clone, Debug)]
struct Open {
    tenant: TenantId,
    target: Target,
    vip: bool,
    /// When it first asked for a human; `None`: it did not yet.
    asked_at: Option<Timestamp>,
    /// When it last asked for somebody.
    demanded_at: Timestamp,
    waits: bool,
    position: Option<u32>,
    agent: Option<AgentId>,
}

/// All sessions that are not over.
#[derive(Default)]
pub(super) struct Lines {
    open: BTreeMap<SessionId, Open>,
    /// When a desk last said of a session that whom it asks for is not there: it is told on another partition than the
    /// session's own events, so neither is known to come first.
    unknown: BTreeMap<SessionId, Timestamp>,
    presences: BTreeMap<(TenantId, AgentId), Presence>,
}

impl Lines {
    pub(super) fn take(&mut self, event: &Event, at: Timestamp) {
        match &event.fact {
            Fact::SessionOpened { session, .. } => drop(self.session(event, *session, at)),
            Fact::SessionWaiting { session, target, vip, .. } => {
                let open = self.session(event, *session, at);
                open.asked_at.get_or_insert(at);
                (open.target, open.vip, open.demanded_at) = (target.clone(), *vip || open.vip, at);
                (open.waits, open.position, open.agent) = (true, None, None);
            }
            Fact::SessionPromoted { session } => self.session(event, *session, at).vip = true,
            Fact::SessionQueued { session, position } => {
                let open = self.session(event, *session, at);
                (open.waits, open.position, open.agent) = (true, Some(*position), None);
            }
            Fact::SessionAssigned { session, agent, .. } => {
                let open = self.session(event, *session, at);
                (open.waits, open.agent) = (false, Some(agent.clone()));
            }
            Fact::SessionLeft { session, .. } => self.session(event, *session, at).agent = None,
            Fact::SessionClosed { session, .. } => drop(self.open.remove(session)),
            Fact::TargetUnknown { session, .. } | Fact::TargetRemoved { session, .. } => {
                self.unknown.insert(*session, at);
            }
            Fact::AgentPresence { agent, presence, .. } => {
                self.presences.insert((event.tenant.clone(), agent.clone()), *presence);
            }
            _ => {}
        }
    }

    fn session(&mut self, event: &Event, session: SessionId, at: Timestamp) -> &mut Open {
        self.open.entry(session).or_insert_with(|| Open {
            tenant: event.tenant.clone(),
            target: Target::default(),
            vip: false,
            asked_at: None,
            demanded_at: at,
            waits: false,
            position: None,
            agent: None,
        })
    }

    /// Whom it waits for: who asks for somebody unknown waits as if it had asked for nobody in particular; an agent wins
    /// over a group.
    fn line(&self, session: SessionId, open: &Open) -> Target {
        let fell = self.unknown.get(&session).is_some_and(|at| *at >= open.demanded_at);
        match &open.target {
            _ if fell => Target::default(),
            Target { agent: Some(agent), .. } => Target { agent: Some(agent.clone()), group: None },
            target => target.clone(),
        }
    }

    /// Behind whom a session waits; `None` when it does not.
    pub(super) fn waits(&self, session: SessionId) -> Option<Waits> {
        let own = self.open.get(&session).filter(|open| open.waits)?;
        let line = self.line(session, own);
        let rank = |session: SessionId, open: &Open| (!open.vip, open.asked_at, session);
        let with_it = self
            .open
            .iter()
            .filter(|(id, open)| open.waits && open.tenant == own.tenant && self.line(**id, open) == line);
        let mut before: Vec<_> =
            with_it.map(|(id, open)| rank(*id, open)).filter(|other| *other < rank(session, own)).collect();
        before.sort_unstable();
        let before = before.into_iter().map(|(plain, asked_at, session)| Before { session, vip: !plain, asked_at });
        Some(Waits { line, position: own.position, before: before.collect(), agents: self.agents(&own.tenant) })
    }

    /// Who is there, with how many sessions.
    fn agents(&self, tenant: &TenantId) -> Vec<(AgentId, Presence, usize)> {
        let of =
            self.presences.iter().filter(|((whose, _), presence)| whose == tenant && **presence != Presence::Offline);
        of.map(|((_, agent), presence)| {
            let sessions =
                self.open.values().filter(|open| open.tenant == *tenant && open.agent.as_ref() == Some(agent));
            (agent.clone(), *presence, sessions.count())
        })
        .collect()
    }
}

/// One who comes first.
#[derive(Debug, PartialEq, Eq)]
struct Before {
    session: SessionId,
    vip: bool,
    asked_at: Option<Timestamp>,
}

/// Why a session still waits.
#[derive(Debug)]
pub(super) struct Waits {
    line: Target,
    /// Its place as the desk last told it.
    position: Option<u32>,
    before: Vec<Before>,
    agents: Vec<(AgentId, Presence, usize)>,
}

impl Waits {
    pub(super) fn json(&self) -> Json {
        let before = self.before.iter().map(|one| {
            json!({
                "session": one.session.to_string(),
                "vip": one.vip,
                "asked_at_ms": one.asked_at.map(Timestamp::millis),
            })
        });
        let agents = self.agents.iter().map(|(agent, presence, sessions)| {
            json!({ "agent": agent.to_string(), "presence": presence.name(), "sessions": sessions })
        });
        json!({
            "for": whom(&self.line),
            "place_told": self.position,
            "place": self.before.len() + 1,
            "before": before.collect::<Vec<_>>(),
            "agents": agents.collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "now: waits for {} at place {}", whom(&self.line), self.before.len() + 1)?;
        for Before { session, vip, asked_at } in self.before.iter().take(NAMED_MAX) {
            let why = if *vip { "a VIP, " } else { "" };
            let asked = asked_at.map_or("long ago".to_owned(), |at| format!("at {}", at.utc()));
            writeln!(f, "  before it: {session}, {why}asked {asked}")?;
        }
        if self.before.len() > NAMED_MAX {
            writeln!(f, "  and {} more", self.before.len() - NAMED_MAX)?;
        }
        for (agent, presence, sessions) in &self.agents {
            writeln!(f, "  agent {agent}: {}, sessions {sessions}", presence.name())?;
        }
        if self.agents.is_empty() {
            writeln!(f, "  no agent is there")?;
        }
        Ok(())
    }
}
