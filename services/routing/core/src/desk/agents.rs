//! The agents of a desk: presence, load, and who has room. The load is counted from the sessions that are with an
//! agent, also while the agent itself is not known: a restore brings keys in any order, and a directory may drop an
//! agent whose sessions are still to be taken back.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::desk::Presence;
use usher_domain::state::desk::AgentState;
use usher_domain::{AgentCard, AgentId, SessionId};

use super::lane::{Idle, Lane};

/// All agents of a desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Agents {
    known: BTreeMap<AgentId, AgentState>,
    loads: BTreeMap<AgentId, Load>,
    /// Who has sessions and can not keep them: offline, or not in the directory.
    stranded: BTreeSet<AgentId>,
}

/// What is with an agent. Wider than a weight, so that a sum never overflows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Load {
    weight: u64,
    sessions: BTreeSet<SessionId>,
}

/// An agent who can get sessions, and how they stand in each lane they serve.
pub(super) struct Free {
    /// Capacity left.
    pub(super) room: u32,
    pub(super) idle: Idle,
    pub(super) lanes: Vec<Lane>,
}

impl Agents {
    pub(super) fn known(&self, agent: &AgentId) -> Option<&AgentState> {
        self.known.get(agent)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &AgentId> {
        self.known.keys()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.loads.is_empty()
    }

    pub(super) fn put(&mut self, agent: AgentId, state: Option<AgentState>) {
        match state {
            Some(state) => self.known.insert(agent.clone(), state),
            None => self.known.remove(&agent),
        };
        self.judge(&agent);
    }

    /// Counts a session as this agent's.
    pub(super) fn seat(&mut self, agent: &AgentId, session: SessionId, weight: u32) {
        let load = self.loads.entry(agent.clone()).or_default();
        if load.sessions.insert(session) {
            load.weight += u64::from(weight);
        }
        self.judge(agent);
    }

    /// The session is no longer this agent's.
    pub(super) fn unseat(&mut self, agent: &AgentId, session: SessionId, weight: u32) {
        if let Some(load) = self.loads.get_mut(agent) {
            if load.sessions.remove(&session) {
                load.weight -= u64::from(weight);
            }
            if load.sessions.is_empty() {
                self.loads.remove(agent);
            }
        }
        self.judge(agent);
    }

    /// Whether and where the agent can get sessions: online, and not above capacity. The own lane takes them whatever
    /// their groups; in no group they serve the default lane.
    pub(super) fn free(&self, agent: &AgentId) -> Option<Free> {
        let state = self.known.get(agent).filter(|state| state.presence == Presence::Online)?;
        let load = self.loads.get(agent).map_or(0, |load| load.weight);
        let room = u64::from(state.record.capacity).checked_sub(load)?;
        let mut lanes = vec![Lane::Agent(agent.clone())];
        lanes.extend(state.record.groups.iter().cloned().map(Lane::Group));
        if state.record.groups.is_empty() {
            lanes.push(Lane::Default);
        }
        let since = state.assigned_at.unwrap_or(state.online_since);
        Some(Free { room: u32::try_from(room).unwrap_or(u32::MAX), idle: Idle { since, agent: agent.clone() }, lanes })
    }

    /// One session that must be taken back from its agent.
    pub(super) fn first_stranded(&self) -> Option<SessionId> {
        let load = self.loads.get(self.stranded.first()?)?;
        load.sessions.first().copied()
    }

    /// How a visitor may see the agent; without a name when the directory has none.
    pub(super) fn card(&self, agent: &AgentId) -> AgentCard {
        let shown = self.known.get(agent).map(|state| (state.record.name.clone(), state.record.avatar.clone()));
        let (name, avatar) = shown.unwrap_or_default();
        AgentCard { id: agent.clone(), name, avatar }
    }

    fn judge(&mut self, agent: &AgentId) {
        let gone = self.known.get(agent).is_none_or(|state| state.presence == Presence::Offline);
        if gone && self.loads.contains_key(agent) {
            self.stranded.insert(agent.clone());
        } else {
            self.stranded.remove(agent);
        }
    }
}
