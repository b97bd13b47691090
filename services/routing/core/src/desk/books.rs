//! What one desk knows: its directory, agents and sessions as they are kept durably, and the queues that follow from
//! them. Every change, by a rule or by a restore, goes through the `put` functions; they keep the queues a
//! pure function of the durable part, and that is why a restored desk equals the one that wrote.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::desk::DirectoryEntry;
use usher_domain::event::Average;
use usher_domain::policy::LanePolicy;
use usher_domain::state::desk::{AgentState, LaneState, Line, MovingState, RatedBy, Seat, SessionState};
use usher_domain::supervision::MovedQueue;
use usher_domain::{AgentId, GroupId, InputId, SessionId, Target, Timestamp};

use super::agents::{Agent, Agents};
use super::classes::Spare;
use super::lane::{Idle, Lane, Wait, load_of};
use super::lanes::Lanes;
use super::policies::Policies;
use super::table::Table;
use super::timers::{Timers, Who};

/// One desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Desk {
    /// Number of the directory in force, 0 before the first.
    pub(super) revision: u64,
    /// Lines of directories that are being published, by revision.
    pub(super) staged: BTreeMap<u64, BTreeMap<Line, DirectoryEntry>>,
    /// How its queues work, and which groups there are.
    pub(super) policies: Policies,
    pub(super) agents: Agents,
    pub(super) sessions: Table<SessionId, SessionState>,
    pub(super) lanes: Lanes,
    /// What is known of queues beside who waits in them.
    pub(super) lane_states: BTreeMap<Option<GroupId>, LaneState>,
    /// What visitors thought of agents and groups.
    pub(super) ratings: BTreeMap<RatedBy, Average>,
    /// Queues that are on their way to somewhere else.
    pub(super) moving: BTreeMap<MovedQueue, MovingState>,
    /// The latest commands of supervisors that were obeyed, the latest last.
    pub(super) obeyed: Vec<InputId>,
    /// How many wait in each queue whose own they are, those who are offered to somebody included.
    waiting: Table<Lane, u32>,
    /// Those of them whom agents are asked about.
    pub(super) offered: BTreeMap<Lane, BTreeSet<SessionId>>,
    /// What is due when.
    pub(super) timers: Timers,
    /// Lanes where somebody waits for a target that the directory does not have.
    pub(super) gone: BTreeSet<Lane>,
}

impl Desk {
    /// Whether nothing durable is known, so that the desk need not be kept.
    pub(super) fn is_empty(&self) -> bool {
        self.revision == 0
            && self.staged.is_empty()
            && self.policies.is_empty()
            && self.agents.is_empty()
            && self.sessions.is_empty()
            && self.ratings.is_empty()
            && self.lane_states.is_empty()
            && self.moving.is_empty()
            && self.obeyed.is_empty()
    }

    /// Whether a directory has the target of this lane.
    pub(super) fn has_target(&self, lane: &Lane) -> bool {
        match lane {
            Lane::Agent(agent) => self.agents.known(agent).is_some(),
            Lane::Group(group) => self.policies.groups.contains(group),
            Lane::Default | Lane::Anyone => true,
            Lane::Picked(pick) => self.has_target(&pick.of),
        }
    }

    /// Replaces, or with `None` ends, what is known of a session.
    pub(super) fn put_session(&mut self, id: SessionId, state: Option<SessionState>) {
        let old = self.sessions.get(&id).cloned();
        self.hold_picked(old.as_ref(), state.as_ref());
        if let Some(old) = old {
            self.unseat(id, &old);
        }
        let Some(mut new) = state else { return self.sessions.remove(&id) };
        self.share_names(&mut new.target);
        self.seat(id, &new, |_| {});
        self.sessions.insert(id, new);
    }

    /// Lanes that pick their agents stay while a session that searches there is known.
    fn hold_picked(&mut self, before: Option<&SessionState>, after: Option<&SessionState>) {
        let picked = |state: Option<&SessionState>| -> Vec<Lane> {
            let lanes = state.filter(|state| state.search().is_some()).into_iter().flat_map(Lane::all_of);
            lanes.filter(|lane| matches!(lane, Lane::Picked(_))).collect()
        };
        for lane in picked(after) {
            self.open(&lane);
            self.lanes.hold(&lane);
        }
        for lane in picked(before) {
            self.lanes.release(&lane);
        }
    }

    /// Gives a session to an agent at this instant: both change in one go.
    pub(super) fn put_assigned(&mut self, id: SessionId, agent: &AgentId, turn: u32, now: Timestamp) {
        let Some(old) = self.sessions.get(&id).cloned() else { return };
        self.unseat(id, &old);
        let new = SessionState { turn, seat: Seat::Assigned(agent.clone()), ..old };
        self.seat(id, &new, |agent| {
            if let Some(state) = &mut agent.state {
                state.assigned_at = Some(now);
            }
        });
        self.sessions.insert(id, new);
    }

    /// How many wait in a queue whose own they are, those who are offered to somebody included.
    pub(super) fn waiting_in(&self, home: &Lane) -> u32 {
        self.waiting.get(home).copied().unwrap_or(0)
    }

    /// Counts somebody who waits, or does so no longer.
    fn count(&mut self, state: &SessionState, comes: bool) {
        if !matches!(state.seat, Seat::Waiting | Seat::Offered(_)) {
            return;
        }
        let home = self.home(state);
        let count = self.waiting.entry(&home);
        if comes {
            *count += 1;
        } else {
            *count -= 1;
            if *count == 0 {
                self.waiting.remove(&home);
            }
        }
    }

    /// Notes a session whom agents are asked about, or are no longer.
    fn note_offered(&mut self, id: SessionId, state: &SessionState, comes: bool) {
        if !matches!(state.seat, Seat::Offered(_)) {
            return;
        }
        let home = self.home(state);
        let sessions = self.offered.entry(home.clone()).or_default();
        if comes {
            sessions.insert(id);
        } else {
            sessions.remove(&id);
            if sessions.is_empty() {
                self.offered.remove(&home);
            }
        }
    }

    fn seat(&mut self, id: SessionId, state: &SessionState, beside: impl FnOnce(&mut Agent)) {
        self.count(state, true);
        self.note_offered(id, state, true);
        self.timers.change(None, state.due(), || Who::Session(id));
        match &state.seat {
            Seat::Waiting => {
                for lane in Lane::all_of(state) {
                    let wait = Wait::of(self.lanes.order(&lane), id, state);
                    self.open(&lane);
                    self.lanes.join(&lane, &wait);
                    self.judge(&lane);
                }
            }
            Seat::Offered(offer) => {
                for agent in &offer.agents {
                    self.change_agent(agent, |agent| agent.ask(id, load_of(state)));
                }
            }
            Seat::Assigned(agent) => self.change_agent(agent, |agent| {
                agent.seat(id, load_of(state));
                beside(agent);
            }),
            Seat::Refused(_) => {}
        }
    }

    fn unseat(&mut self, id: SessionId, state: &SessionState) {
        self.count(state, false);
        self.note_offered(id, state, false);
        self.timers.change(state.due(), None, || Who::Session(id));
        match &state.seat {
            Seat::Waiting => {
                for lane in Lane::all_of(state) {
                    let wait = Wait::of(self.lanes.order(&lane), id, state);
                    self.lanes.leave(&lane, &wait);
                    self.judge(&lane);
                }
            }
            Seat::Offered(offer) => {
                for agent in &offer.agents {
                    self.change_agent(agent, |agent| agent.unask(id, load_of(state)));
                }
            }
            Seat::Assigned(agent) => self.change_agent(agent, |agent| agent.unseat(id, load_of(state))),
            Seat::Refused(_) => {}
        }
    }

    /// Opens a lane for somebody who comes to wait in it: one that did not exist hears who is free for it.
    fn open(&mut self, lane: &Lane) {
        if !self.lanes.is_open(lane) {
            self.lanes.open(lane, self.free_in(lane));
        }
    }

    /// Who is free for a lane, by the agents themselves.
    pub(super) fn free_in(&self, lane: &Lane) -> Vec<(Spare, Idle)> {
        let members: Vec<&AgentId> = match lane.base() {
            Lane::Agent(agent) => vec![agent],
            // Everybody's lane may be the one that is filled.
            base @ Lane::Anyone if lane == base || !self.lanes.is_open(base) => self.agents.ids(),
            base => {
                let queue = self.lanes.queue(base).into_iter();
                queue.flat_map(|queue| queue.free.iter().map(|(_, idle)| &idle.agent)).collect()
            }
        };
        members.into_iter().filter_map(|agent| self.place_in(lane, agent)).collect()
    }

    /// Where an agent stands among the free of a lane, if they are free and wanted there.
    pub(super) fn place_in(&self, lane: &Lane, agent: &AgentId) -> Option<(Spare, Idle)> {
        let record = &self.agents.known(agent)?.record;
        let standing = self.agents.standing(agent)?;
        let wanted = if let Lane::Picked(pick) = lane { pick.fits(record) } else { true };
        wanted.then(|| (standing.spare, Idle::of(lane, self.lanes.choice(lane), record, standing)))
    }

    /// Every demand brings the name of its target in a text of its own; those who wait in one lane keep only one.
    fn share_names(&self, target: &mut Target) {
        match self.lanes.shared(&Lane::named_by(target)) {
            Some(Lane::Agent(agent)) => target.agent = Some(agent.clone()),
            Some(Lane::Group(group)) => target.group = Some(group.clone()),
            Some(_) | None => {}
        }
    }

    /// Replaces, or with `None` ends, what is known of an agent.
    pub(super) fn put_agent(&mut self, id: &AgentId, state: Option<AgentState>) {
        let Self { agents, lanes, timers, .. } = self;
        // Twice, because what the agent is for may be another.
        agents.change(id, |agent| {
            let due = agent.state.as_ref().and_then(AgentState::due);
            if let Some(old) = &agent.state {
                lanes.stand(&old.record, agent.standing(), None);
            }
            agent.state = state;
            if let Some(new) = &agent.state {
                lanes.stand(&new.record, None, agent.standing());
            }
            timers.change(due, agent.state.as_ref().and_then(AgentState::due), || Who::Agent(id.clone()));
        });
        self.judge(&Lane::Agent(id.clone()));
    }

    /// Changes what is with an agent, and with it their place among the free of each lane they serve.
    fn change_agent(&mut self, id: &AgentId, change: impl FnOnce(&mut Agent)) {
        let Self { agents, lanes, .. } = self;
        agents.change(id, |agent| {
            let before = agent.standing();
            change(agent);
            if let Some(state) = &agent.state {
                lanes.stand(&state.record, before, agent.standing());
            }
        });
    }

    /// Replaces, or with `None` ends, a group.
    pub(super) fn put_group(&mut self, group: &GroupId, policy: Option<Box<LanePolicy>>) {
        let lane = Lane::Group(group.clone());
        let choice = policy.as_ref().map(|policy| policy.choice.by).unwrap_or_default();
        let order = policy.as_ref().map(|policy| policy.order).unwrap_or_default();
        self.put_reach(&lane, policy.as_deref());
        let tells = policy.as_ref().is_some_and(|policy| policy.notices.is_some());
        self.policies.tell(Some(group.clone()), tells);
        match policy {
            Some(policy) => self.policies.groups.insert(group.clone(), policy),
            None => self.policies.groups.remove(group),
        }
        self.put_choice(&lane, choice);
        self.put_order(&lane, order);
        self.judge_turn(&Some(group.clone()));
        self.judge(&lane);
        for picked in self.lanes.picked_of(&lane).cloned().collect::<Vec<_>>() {
            self.judge(&picked);
        }
    }

    fn judge(&mut self, lane: &Lane) {
        if self.lanes.has_waiting(lane) && !self.has_target(lane) {
            self.gone.insert(lane.clone());
        } else {
            self.gone.remove(lane);
        }
    }
}
