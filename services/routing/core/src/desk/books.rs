//! What one desk knows: its directory, agents and sessions as they are kept durably, and the queues that follow from
//! them. Every change, by a rule or by a restore, goes through the three `put` functions here; they keep the queues a
//! pure function of the durable part, and that is why a restored desk equals the one that wrote.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::desk::DirectoryEntry;
use usher_domain::state::desk::{AgentState, DirectoryState, Item, Line, Seat, SessionState, StateValue};
use usher_domain::{AgentId, GroupId, SessionId, Target, Timestamp};

use super::agents::{Agent, Agents};
use super::lane::{Lane, Lanes, Order};
use super::table::Table;

/// One desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Desk {
    /// Number of the directory in force, 0 before the first.
    pub(super) revision: u64,
    /// Lines of directories that are being published, by revision.
    pub(super) staged: BTreeMap<u64, BTreeMap<Line, DirectoryEntry>>,
    pub(super) groups: Table<GroupId, ()>,
    pub(super) agents: Agents,
    pub(super) sessions: Table<SessionId, SessionState>,
    pub(super) lanes: Lanes,
    /// Lanes where somebody waits for a target that the directory does not have.
    pub(super) gone: BTreeSet<Lane>,
}

impl Desk {
    /// Whether nothing durable is known, so that the desk need not be kept.
    pub(super) fn is_empty(&self) -> bool {
        self.revision == 0
            && self.staged.is_empty()
            && self.groups.is_empty()
            && self.agents.is_empty()
            && self.sessions.is_empty()
    }

    /// Whether a directory has the target of this lane.
    pub(super) fn has_target(&self, lane: &Lane) -> bool {
        match lane {
            Lane::Agent(agent) => self.agents.known(agent).is_some(),
            Lane::Group(group) => self.groups.contains(group),
            Lane::Default => true,
        }
    }

    /// Replaces, or with `None` ends, what is known of a session.
    pub(super) fn put_session(&mut self, id: SessionId, state: Option<SessionState>) {
        if let Some(old) = self.sessions.get(&id).cloned() {
            self.unseat(id, &old);
        }
        let Some(mut new) = state else { return self.sessions.remove(&id) };
        self.share_names(&mut new.target);
        self.seat(id, &new, |_| {});
        self.sessions.insert(id, new);
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

    fn seat(&mut self, id: SessionId, state: &SessionState, beside: impl FnOnce(&mut Agent)) {
        match &state.seat {
            Seat::Waiting => {
                let lane = Lane::of(state);
                let standing = if let Lane::Agent(agent) = &lane { self.agents.standing(agent) } else { None };
                self.lanes.join(&lane, state.weight, Order::of(id, state), standing);
                self.judge(&lane);
            }
            Seat::Assigned(agent) => self.change_agent(agent, |agent| {
                agent.seat(id, state.weight);
                beside(agent);
            }),
        }
    }

    fn unseat(&mut self, id: SessionId, state: &SessionState) {
        match &state.seat {
            Seat::Waiting => {
                let lane = Lane::of(state);
                self.lanes.leave(&lane, state.weight, &Order::of(id, state));
                self.judge(&lane);
            }
            Seat::Assigned(agent) => self.change_agent(agent, |agent| agent.unseat(id, state.weight)),
        }
    }

    /// Every demand brings the name of its target in a text of its own; those who wait in one lane keep only one.
    fn share_names(&self, target: &mut Target) {
        match self.lanes.shared(&Lane::named_by(target)) {
            Some(Lane::Agent(agent)) => target.agent = Some(agent.clone()),
            Some(Lane::Group(group)) => target.group = Some(group.clone()),
            Some(Lane::Default) | None => {}
        }
    }

    /// Replaces, or with `None` ends, what is known of an agent.
    pub(super) fn put_agent(&mut self, id: &AgentId, state: Option<AgentState>) {
        let Self { agents, lanes, .. } = self;
        // Twice, because the groups may be others.
        agents.change(id, |agent| {
            lanes.stand(id, agent.groups(), agent.standing(), None);
            agent.state = state;
            lanes.stand(id, agent.groups(), None, agent.standing());
        });
        self.judge(&Lane::Agent(id.clone()));
    }

    /// Changes what is with an agent, and with it their place among the free of each lane they serve.
    fn change_agent(&mut self, id: &AgentId, change: impl FnOnce(&mut Agent)) {
        let Self { agents, lanes, .. } = self;
        agents.change(id, |agent| {
            let before = agent.standing();
            change(agent);
            lanes.stand(id, agent.groups(), before, agent.standing());
        });
    }

    /// Adds or ends a group.
    pub(super) fn put_group(&mut self, group: &GroupId, there: bool) {
        if there {
            self.groups.insert(group.clone(), ());
        } else {
            self.groups.remove(group);
        }
        self.judge(&Lane::Group(group.clone()));
    }

    /// Takes over one durable piece, or its end, as it was written. Pieces may come in any order.
    pub(super) fn restore(&mut self, item: Item, value: Option<StateValue>) {
        match (item, value) {
            (Item::Directory, Some(StateValue::Directory(DirectoryState { revision }))) => self.revision = revision,
            (Item::Directory, None) => self.revision = 0,
            (Item::Group(group), value) => self.put_group(&group, value.is_some()),
            (Item::Agent(agent), Some(StateValue::Agent(state))) => self.put_agent(&agent, Some(state)),
            (Item::Agent(agent), None) => self.put_agent(&agent, None),
            (Item::Staged { revision, line }, Some(StateValue::Staged(entry))) => {
                self.staged.entry(revision).or_default().insert(line, entry);
            }
            (Item::Staged { revision, line }, None) => self.unstage(revision, &line),
            (Item::Session(session), Some(StateValue::Session(state))) => self.put_session(session, Some(state)),
            (Item::Session(session), None) => self.put_session(session, None),
            (item, _) => panic!("the value restored for {item:?} is of another kind than the key"),
        }
    }

    /// The durable value of a piece now.
    pub(super) fn value(&self, item: &Item) -> Option<StateValue> {
        match item {
            Item::Directory => {
                (self.revision > 0).then_some(StateValue::Directory(DirectoryState { revision: self.revision }))
            }
            Item::Group(group) => self.groups.contains(group).then_some(StateValue::Group),
            Item::Agent(agent) => self.agents.known(agent).cloned().map(StateValue::Agent),
            Item::Staged { revision, line } => self.staged.get(revision)?.get(line).cloned().map(StateValue::Staged),
            Item::Session(session) => self.sessions.get(session).cloned().map(StateValue::Session),
        }
    }

    fn unstage(&mut self, revision: u64, line: &Line) {
        if let Some(lines) = self.staged.get_mut(&revision) {
            lines.remove(line);
            if lines.is_empty() {
                self.staged.remove(&revision);
            }
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
