//! The agents of a desk: presence, load, and who has room. The load is counted from the sessions that are with an
//! agent, also while the agent itself is not known: a restore brings keys in any order, and a directory may drop an
//! agent whose sessions are still to be taken back.

use std::collections::BTreeSet;

use usher_domain::desk::Presence;
use usher_domain::state::desk::AgentState;
use usher_domain::{AgentCard, AgentId, Dialect, SessionId, Timestamp};

use super::classes::{Channels, Load, Spare};
use super::table::Table;

/// All agents of a desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Agents {
    members: Table<AgentId, Box<Agent>>,
    /// Who has sessions and can not keep them: offline, or not in the directory.
    stranded: BTreeSet<AgentId>,
    /// Who is asked and could not get a session now: not online, or not in the directory.
    asked_in_vain: BTreeSet<AgentId>,
    /// Who drains and has no session left.
    drained: BTreeSet<AgentId>,
    /// How many there are, by presence.
    counts: [usize; Presence::ALL.len()],
}

/// One agent, and what is with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Agent {
    /// `None` while the agent is not known.
    pub(super) state: Option<AgentState>,
    /// Sum of the weights of `sessions` and `offers`. Wider than a weight, so that it never overflows.
    weight: u64,
    /// How many of `sessions` and `offers` each channel has.
    counts: [u32; Dialect::ALL.len()],
    sessions: BTreeSet<SessionId>,
    /// What they are asked for; it counts in `weight` and `counts` as if it were theirs.
    offers: BTreeSet<SessionId>,
}

/// How somebody stands who can get sessions, the same in each lane they serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// What is left.
    pub(super) spare: Spare,
    /// How much of the capacity is taken, in millionths.
    pub(super) share: u32,
    /// Last assignment, else when the agent came online.
    pub(super) since: Timestamp,
}

impl Agent {
    /// Counts a session as this agent's.
    pub(super) fn seat(&mut self, session: SessionId, load: Load) {
        if self.sessions.insert(session) {
            self.take(load);
        }
    }

    /// The session is no longer this agent's.
    pub(super) fn unseat(&mut self, session: SessionId, load: Load) {
        if self.sessions.remove(&session) {
            self.give_back(load);
        }
    }

    /// The agent is asked whether they take a session: it takes capacity as if it were theirs.
    pub(super) fn ask(&mut self, session: SessionId, load: Load) {
        if self.offers.insert(session) {
            self.take(load);
        }
    }

    /// The agent is asked no more.
    pub(super) fn unask(&mut self, session: SessionId, load: Load) {
        if self.offers.remove(&session) {
            self.give_back(load);
        }
    }

    fn take(&mut self, load: Load) {
        self.weight += u64::from(load.weight);
        self.counts[load.channel as usize] += 1;
    }

    fn give_back(&mut self, load: Load) {
        self.weight -= u64::from(load.weight);
        self.counts[load.channel as usize] -= 1;
    }

    /// Whether the agent can get sessions: online, and not above capacity.
    pub(super) fn standing(&self) -> Option<Standing> {
        let state = self.state.as_ref().filter(|state| state.takes_new())?;
        let (capacity, taken) = (u64::from(state.record.capacity), self.taken(state));
        let spare = self.spare(state)?;
        // Whoever can have nothing has no share of it left.
        let share = (taken * 1_000_000).checked_div(capacity).unwrap_or(1_000_000);
        let since = state.assigned_at.unwrap_or(state.online_since);
        Some(Standing { spare, share: share as u32, since })
    }

    /// How much of the capacity is taken.
    fn taken(&self, state: &AgentState) -> u64 {
        self.weight + state.wrap_ups.iter().map(|wrap_up| u64::from(wrap_up.weight)).sum::<u64>()
    }

    /// What is left of an agent, however they are; `None` above capacity.
    fn spare(&self, state: &AgentState) -> Option<Spare> {
        let room = u64::from(state.record.capacity).checked_sub(self.taken(state))?;
        Some(Spare { room: u32::try_from(room).unwrap_or(u32::MAX), full: self.full_channels(state) })
    }

    /// The channels of which the agent has as many sessions as may be.
    fn full_channels(&self, AgentState { record, wrap_ups, .. }: &AgentState) -> Channels {
        let wrapped = |channel| wrap_ups.iter().filter(|wrap_up| wrap_up.channel == channel).count() as u32;
        let taken = |channel: Dialect| self.counts[channel as usize].saturating_add(wrapped(channel));
        let full = record.limits.iter().filter(|(channel, limit)| taken(**channel) >= **limit);
        full.fold(Channels::default(), |full, (channel, _)| full.with(*channel))
    }

    fn is_stranded(&self) -> bool {
        let is_gone = |state: &AgentState| state.presence == Presence::Offline && state.held_until.is_none();
        self.state.as_ref().is_none_or(is_gone) && !self.sessions.is_empty()
    }

    /// Whether they are asked who could not get a session now.
    fn is_asked_in_vain(&self) -> bool {
        self.state.as_ref().is_none_or(|state| !state.takes_new()) && !self.offers.is_empty()
    }

    fn is_drained(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.drains.is_some()) && self.sessions.is_empty()
    }

    fn presence(&self) -> Option<Presence> {
        self.state.as_ref().map(|state| state.presence)
    }

    fn is_empty(&self) -> bool {
        self.state.is_none() && self.sessions.is_empty() && self.offers.is_empty()
    }
}

impl Agents {
    pub(super) fn known(&self, agent: &AgentId) -> Option<&AgentState> {
        self.members.get(agent)?.state.as_ref()
    }

    /// Who is known, in order.
    pub(super) fn ids(&self) -> Vec<&AgentId> {
        let keys = self.members.sorted_keys().into_iter();
        keys.filter(|agent| self.known(agent).is_some()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether an agent could have this beside what they have, however they are.
    pub(super) fn has_room(&self, agent: &AgentId, load: Load) -> bool {
        let agent = self.members.get(agent);
        let spare = agent.and_then(|agent| agent.spare(agent.state.as_ref()?));
        spare.is_some_and(|spare| spare.fits(load))
    }

    /// How the agent stands in the lanes they serve, if they can get sessions.
    pub(super) fn standing(&self, agent: &AgentId) -> Option<Standing> {
        self.members.get(agent)?.standing()
    }

    /// Changes what an agent is or has.
    pub(super) fn change(&mut self, id: &AgentId, change: impl FnOnce(&mut Agent)) {
        let agent = self.members.entry(id);
        let (was_stranded, was_drained, was) = (agent.is_stranded(), agent.is_drained(), agent.presence());
        let was_in_vain = agent.is_asked_in_vain();
        change(agent);
        mark(&mut self.stranded, id, was_stranded, agent.is_stranded());
        mark(&mut self.asked_in_vain, id, was_in_vain, agent.is_asked_in_vain());
        mark(&mut self.drained, id, was_drained, agent.is_drained());
        was.into_iter().for_each(|presence| self.counts[presence as usize] -= 1);
        agent.presence().into_iter().for_each(|presence| self.counts[presence as usize] += 1);
        if agent.is_empty() {
            self.members.remove(id);
        }
    }

    /// One offer to somebody who could not get a session now.
    pub(super) fn first_asked_in_vain(&self) -> Option<(&AgentId, SessionId)> {
        let agent = self.asked_in_vain.first()?;
        Some((agent, *self.members.get(agent)?.offers.first()?))
    }

    /// One agent who drains and has nothing left.
    pub(super) fn first_drained(&self) -> Option<&AgentId> {
        self.drained.first()
    }

    /// How many sessions are with an agent; not those that they are asked for.
    pub(super) fn sessions_of(&self, agent: &AgentId) -> usize {
        self.members.get(agent).map_or(0, |agent| agent.sessions.len())
    }

    /// How many agents there are, by presence.
    pub(super) fn counts(&self) -> [usize; Presence::ALL.len()] {
        self.counts
    }

    /// One session that must be taken back from its agent.
    pub(super) fn first_stranded(&self) -> Option<SessionId> {
        let agent = self.members.get(self.stranded.first()?)?;
        agent.sessions.first().copied()
    }

    /// How a visitor may see the agent; without a name when the directory has none.
    pub(super) fn card(&self, agent: &AgentId) -> AgentCard {
        let shown = self.known(agent).map(|state| (state.record.name.clone(), state.record.avatar.clone()));
        let (name, avatar) = shown.unwrap_or_default();
        AgentCard { id: agent.clone(), name, avatar }
    }
}

/// Keeps the set of those for whom something holds.
fn mark(set: &mut BTreeSet<AgentId>, id: &AgentId, before: bool, after: bool) {
    if after && !before {
        set.insert(id.clone());
    } else if before && !after {
        set.remove(id);
    }
}
