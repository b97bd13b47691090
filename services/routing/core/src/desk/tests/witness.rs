//! A second, naive desk: the promises said again by linear search over plain lists, from inputs and answers alone. It
//! follows a core and objects to the first answer that breaks one: capacity (I9), eligibility (I10), one agent a session
//! (I11), VIPs first (I12), order of asking (I13), nobody waits in vain (I14), one last placement a step (R5).

use std::collections::BTreeMap;

use usher_domain::desk::{AgentRecord, Presence};
use usher_domain::event::Fact;
use usher_domain::{AgentId, Demand, GroupId, Place, PlacementId, SessionId, Target, Timestamp, Want, Wish};

use super::bench::Answer;

#[derive(Clone)]
struct Agent {
    record: AgentRecord,
    presence: Presence,
    idle_since: Timestamp,
    ever_assigned: bool,
}

#[derive(Clone, PartialEq)]
struct Session {
    version: PlacementId,
    target: Target,
    vip: bool,
    asked_at: Timestamp,
    weight: u32,
    agent: Option<AgentId>,
}

#[derive(Default)]
pub(super) struct Witness {
    agents: BTreeMap<AgentId, Agent>,
    groups: Vec<GroupId>,
    sessions: BTreeMap<SessionId, Session>,
    /// What was known before the step, to see who must be told.
    before: BTreeMap<SessionId, PlacementId>,
    /// How many assignments were seen, so that a test can tell that something happened.
    pub(super) assignments: usize,
}

impl Witness {
    pub(super) fn begin(&mut self) {
        self.before = self.sessions.iter().map(|(id, session)| (*id, session.version)).collect();
    }

    pub(super) fn demand(&mut self, demand: &Demand) {
        let known = self.sessions.get_mut(&demand.session);
        match (&demand.want, known) {
            (_, Some(known)) if demand.epoch < known.version.epoch => {}
            (Want::Nobody | Want::SetAside, _) => {
                self.sessions.remove(&demand.session);
            }
            (Want::Agent(wish), Some(known)) if demand.epoch == known.version.epoch => known.vip |= wish.vip,
            (Want::Agent(wish), _) => {
                let Wish { target, vip, asked_at, weight, .. } = wish.as_ref();
                let target = if self.exists(target) { target.clone() } else { Target::default() };
                let version = PlacementId { epoch: demand.epoch, turn: 1 };
                let session = Session { version, target, vip: *vip, asked_at: *asked_at, weight: *weight, agent: None };
                self.sessions.insert(demand.session, session);
            }
        }
    }

    pub(super) fn presence(&mut self, agent: &AgentId, presence: Presence, now: Timestamp) {
        let Some(known) = self.agents.get_mut(agent) else { return };
        if presence == Presence::Online && known.presence != Presence::Online && !known.ever_assigned {
            known.idle_since = now;
        }
        known.presence = presence;
        self.set_right();
    }

    pub(super) fn directory(&mut self, agents: &[AgentRecord], groups: &[GroupId]) {
        let offline = |record: &AgentRecord| Agent {
            record: record.clone(),
            presence: Presence::Offline,
            idle_since: Timestamp::default(),
            ever_assigned: false,
        };
        let next = agents.iter().map(|record| {
            let known = self.agents.get(&record.id).cloned().unwrap_or_else(|| offline(record));
            (record.id.clone(), Agent { record: record.clone(), ..known })
        });
        self.agents = next.collect();
        self.groups = groups.to_vec();
        self.set_right();
    }

    fn exists(&self, target: &Target) -> bool {
        match target {
            Target { agent: Some(agent), .. } => self.agents.contains_key(agent),
            Target { group: Some(group), .. } => self.groups.contains(group),
            _ => true,
        }
    }

    /// Takes sessions back from who can not keep them, and sends who waits for nobody to the default lane.
    fn set_right(&mut self) {
        let mut sessions = std::mem::take(&mut self.sessions);
        for session in sessions.values_mut() {
            let lost = |agent: &AgentId| self.agents.get(agent).is_none_or(|a| a.presence == Presence::Offline);
            if session.agent.as_ref().is_some_and(lost) {
                session.agent = None;
                session.version.turn += 1;
            }
            if session.agent.is_none() && !self.exists(&session.target) {
                session.target = Target::default();
            }
        }
        self.sessions = sessions;
    }

    fn room(&self, agent: &Agent) -> i64 {
        let holds = |session: &&Session| session.agent.as_ref() == Some(&agent.record.id);
        let load: i64 = self.sessions.values().filter(holds).map(|session| i64::from(session.weight)).sum();
        i64::from(agent.record.capacity) - load
    }

    fn can_take(&self, agent: &Agent, session: &Session) -> bool {
        let eligible = match &session.target {
            Target { agent: Some(named), .. } => *named == agent.record.id,
            Target { group: Some(group), .. } => agent.record.groups.contains(group),
            _ => agent.record.groups.is_empty(),
        };
        eligible && agent.presence == Presence::Online && self.room(agent) >= i64::from(session.weight)
    }

    fn takers(&self, session: &Session) -> Vec<&Agent> {
        self.agents.values().filter(|agent| self.can_take(agent, session)).collect()
    }

    /// The first of all who wait and whom somebody can take.
    fn first(&self) -> Option<SessionId> {
        let served = self.sessions.iter().filter(|(_, s)| s.agent.is_none() && !self.takers(s).is_empty());
        served.min_by_key(|(id, s)| (!s.vip, s.asked_at, **id)).map(|(id, _)| *id)
    }

    /// Follows the answer to one step, decision by decision.
    pub(super) fn follow(&mut self, answer: &Answer, now: Timestamp) {
        for fact in answer.facts() {
            if let Fact::AssignmentDecided { session, agent, placement, grounds } = fact {
                self.assigned(*session, agent, *placement, (grounds.candidates, grounds.waiting), now);
            }
        }
        assert_eq!(self.first(), None, "somebody waits although somebody is free (I14)");
        self.told(answer);
    }

    fn assigned(&mut self, id: SessionId, to: &AgentId, version: PlacementId, counts: (u32, u32), now: Timestamp) {
        let session = self.sessions.get(&id).expect("a known session").clone();
        assert_eq!(session.agent, None, "a session with an agent got another (I11)");
        let takers = self.takers(&session);
        let chosen = takers.iter().find(|agent| agent.record.id == *to);
        let chosen = chosen.expect("the agent is online, eligible and has room (I9, I10)");
        assert_eq!(self.first(), Some(id), "VIPs first, then who asked first (I12, I13)");
        let longest = takers.iter().map(|agent| (agent.idle_since, &agent.record.id)).min();
        assert_eq!(longest, Some((chosen.idle_since, to)), "the longest idle");
        let in_lane = |s: &&Session| {
            s.agent.is_none() && s.target.agent == session.target.agent && {
                s.target.agent.is_some() || s.target.group == session.target.group
            }
        };
        let waiting = self.sessions.values().filter(in_lane).count() as u32;
        assert_eq!(counts, (takers.len() as u32, waiting), "the reason names candidates and line");
        let expected = PlacementId { turn: session.version.turn + 1, ..session.version };
        assert_eq!(version, expected);
        self.sessions.insert(id, Session { version, agent: Some(to.clone()), ..session });
        let agent = self.agents.get_mut(to).expect("known");
        (agent.idle_since, agent.ever_assigned) = (now, true);
        self.assignments += 1;
    }

    /// Whose version changed is told once, the last; nobody else is told anything.
    fn told(&self, answer: &Answer) {
        let changed = self.sessions.iter().filter(|(id, session)| self.before.get(id) != Some(&session.version));
        let expected: Vec<_> = changed.map(|(id, session)| (*id, session.version, session.agent.clone())).collect();
        let told = answer.placements().into_iter().map(|placement| {
            let agent = match &placement.place {
                Place::Assigned { agent, .. } => Some(agent.id.clone()),
                _ => None,
            };
            (placement.session, placement.version, agent)
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "each moved session is told its last place, once (R5)");
    }
}
