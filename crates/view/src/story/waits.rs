//! Why a session still waits: who is before it in its line, and what hinders the agents who serve that line.

use std::fmt;

use serde_json::{Value as Json, json};
use usher_domain::desk::Presence;
use usher_domain::{AgentId, SessionId, Timestamp};

use crate::desk::{Agent, DeskView, Seat};
use crate::line::Line;

/// So many of those before are named.
const NAMED_MAX: usize = 5;
/// So many of those before are counted.
const COUNTED_MAX: usize = 1_000;

/// Why a session still waits.
#[derive(Debug)]
pub(super) struct Waits {
    line: Line,
    /// Its place as the desk last told it.
    told: Option<u32>,
    /// Who comes first, by the usual order; not all of very many.
    before: Vec<Before>,
    vips: usize,
    asked: Vec<AgentId>,
    agents: Vec<Serving>,
}

#[derive(Debug)]
struct Before {
    session: SessionId,
    vip: bool,
    asked_at: Timestamp,
}

/// An agent of the line who is there.
#[derive(Debug)]
struct Serving {
    agent: AgentId,
    presence: Presence,
    draining: bool,
    sessions: u64,
    /// Whether they have as much as they can.
    full: bool,
}

impl Waits {
    /// `None` when the session does not wait there.
    pub(super) fn of(session: SessionId, desk: &DeskView, told: Option<u32>) -> Option<Self> {
        let held = desk.session(session)?;
        let Seat::Waiting(asked) = &held.seat else { return None };
        let before = desk.before(session, held).take(COUNTED_MAX);
        let before: Vec<Before> = before
            .map(|(plain, asked_at, session)| Before { session: *session, vip: !plain, asked_at: *asked_at })
            .collect();
        let vips = before.iter().filter(|one| one.vip).count();
        let agents = desk.serving(&held.line).map(|(agent, state)| Serving::of(agent, state)).collect();
        Some(Self { line: held.line.clone(), told, before, vips, asked: asked.iter().cloned().collect(), agents })
    }

    pub(super) fn json(&self) -> Json {
        let before = self.before.iter().map(
            |one| json!({ "session": one.session.to_string(), "vip": one.vip, "asked_at_ms": one.asked_at.millis() }),
        );
        let agents = self.agents.iter().map(|one| {
            json!({
                "agent": one.agent.to_string(),
                "presence": one.presence.name(),
                "draining": one.draining,
                "sessions": one.sessions,
                "full": one.full,
            })
        });
        json!({
            "for": self.line.to_string(),
            "place_told": self.told,
            "place": self.before.len() + 1,
            "vips_before": self.vips,
            "before": before.collect::<Vec<_>>(),
            "asked": self.asked.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "agents": agents.collect::<Vec<_>>(),
            "because": self.because(),
        })
    }

    /// What the agents of its line lack.
    fn because(&self) -> String {
        let online = || self.agents.iter().filter(|one| one.presence == Presence::Online && !one.draining);
        let room = online().filter(|one| !one.full).count();
        if self.agents.is_empty() {
            "no agent of its line is there".to_owned()
        } else if online().count() == 0 {
            "no agent of its line takes new sessions".to_owned()
        } else if room == 0 {
            "every agent of its line has as much as they can".to_owned()
        } else if !self.asked.is_empty() {
            "an agent is being asked".to_owned()
        } else if !self.before.is_empty() {
            "others come first".to_owned()
        } else {
            "agents with room are not for it: it has other wishes, they were asked already, or they write notes"
                .to_owned()
        }
    }
}

impl Serving {
    fn of(agent: &AgentId, state: &Agent) -> Self {
        Self {
            agent: agent.clone(),
            presence: state.presence,
            draining: state.draining,
            sessions: state.sessions,
            full: state.load >= u64::from(state.capacity),
        }
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "now: waits for {} at place {}: {}", self.line, self.before.len() + 1, self.because())?;
        for Before { session, vip, asked_at } in self.before.iter().take(NAMED_MAX) {
            let why = if *vip { "a VIP, " } else { "" };
            writeln!(f, "  before it: {session}, {why}asked at {}", asked_at.utc())?;
        }
        if self.before.len() > NAMED_MAX {
            let more = if self.before.len() == COUNTED_MAX { "at least " } else { "" };
            writeln!(f, "  and {more}{} more; VIPs before it: {}", self.before.len() - NAMED_MAX, self.vips)?;
        }
        for one in &self.agents {
            let draining = if one.draining { ", ends with the last session" } else { "" };
            let full = if one.full { ", has as much as they can" } else { "" };
            writeln!(f, "  agent {}: {}, sessions {}{full}{draining}", one.agent, one.presence.name(), one.sessions)?;
        }
        Ok(())
    }
}
