//! A naive desk that searches and chooses by linear search over plain lists, from inputs and answers alone.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_domain::desk::{AgentRecord, Presence};
use usher_domain::event::{Fact, Grounds, Rule};
use usher_domain::policy::{DeskPolicy, LanePolicy, Ring, Selector};
use usher_domain::{AgentId, Demand, Dialect, GroupId, SessionId, Timestamp, Want, Wish};

use crate::desk::tests::bench::{Answer, agent};

pub(super) struct Agent {
    record: AgentRecord,
    presence: Presence,
    since: Timestamp,
    ever_assigned: bool,
}

pub(super) struct Session {
    epoch: u32,
    wish: Wish,
    /// Its target is not there.
    fell: bool,
    since: Timestamp,
    /// For whom it waits alone at first.
    sticky: Option<AgentId>,
    agent: Option<AgentId>,
}

/// What should be so.
pub(super) struct Model {
    pub(super) desk: DeskPolicy,
    pub(super) groups: BTreeMap<GroupId, LanePolicy>,
    pub(super) agents: BTreeMap<AgentId, Agent>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) now: Timestamp,
    pub(super) seen: BTreeMap<&'static str, u32>,
}

fn serves(record: &AgentRecord, base: Option<&GroupId>) -> bool {
    base.map_or(record.groups.is_empty(), |group| record.groups.contains(group))
}

impl Session {
    fn named(&self) -> Option<&AgentId> {
        self.wish.target.agent.as_ref().filter(|_| !self.fell)
    }

    fn base(&self) -> Option<&GroupId> {
        self.wish.target.group.as_ref().filter(|_| !self.fell)
    }

    fn wants(&self, agent: &AgentRecord, now: Timestamp) -> bool {
        let insisted = |selector: &&Selector| selector.within.is_none_or(|within| self.since.plus(within) > now);
        self.wish.target.selectors.iter().filter(insisted).all(|selector| selector.fits(&agent.labels))
    }

    fn avoids(&self, agent: &AgentId, now: Timestamp, demanded: Timestamp) -> bool {
        self.wish.avoid.as_ref() == Some(agent) && now < demanded.plus(Duration::from_secs(60))
    }
}

impl Model {
    fn policy(&self, base: Option<&GroupId>) -> &LanePolicy {
        base.and_then(|base| self.groups.get(base)).unwrap_or(&self.desk.lane)
    }

    fn eligible(&self, session: &Session, agent: &Agent) -> bool {
        let (id, record) = (&agent.record.id, &agent.record);
        let demanded = session.wish.moved_at.expect("the model notes it");
        if session.avoids(id, self.now, demanded) {
            return false;
        }
        let mut rings_from = session.since;
        if let Some(named) = session.named() {
            let left = self.desk.designated_within.map(|within| session.since.plus(within));
            match left {
                _ if named == id => return true,
                Some(left) if left <= self.now => rings_from = left,
                _ => return false,
            }
        }
        let policy = self.policy(session.base());
        if let (Some(last), Some(sticky)) = (&session.sticky, policy.choice.sticky)
            && self.now < session.since.plus(sticky)
        {
            return last == id;
        }
        let rings = policy.rings.iter().filter(|ring| rings_from.plus(ring.after) <= self.now);
        let in_ring = |ring: &Ring| ring.anyone || ring.groups.iter().any(|group| record.groups.contains(group));
        session.wants(record, self.now) && (serves(record, session.base()) || rings.into_iter().any(in_ring))
    }

    fn load(&self, agent: &AgentId) -> (u64, impl Fn(Dialect) -> u32) {
        let held: Vec<&Session> = self.sessions.values().filter(|held| held.agent.as_ref() == Some(agent)).collect();
        let weight = held.iter().map(|held| u64::from(held.wish.weight)).sum();
        let channels: Vec<Dialect> = held.iter().map(|held| held.wish.channel).collect();
        (weight, move |channel| channels.iter().filter(|other| **other == channel).count() as u32)
    }

    fn has_room(&self, agent: &Agent, session: &Session) -> bool {
        let (weight, count) = self.load(&agent.record.id);
        let limit = agent.record.limits.get(&session.wish.channel);
        agent.presence == Presence::Online
            && weight + u64::from(session.wish.weight) <= u64::from(agent.record.capacity)
            && limit.is_none_or(|limit| count(session.wish.channel) < *limit)
    }

    fn takers(&self, session: &Session) -> Vec<&Agent> {
        self.agents.values().filter(|agent| self.eligible(session, agent) && self.has_room(agent, session)).collect()
    }

    fn first(&self) -> Option<SessionId> {
        let served = self.sessions.iter().filter(|(_, held)| held.agent.is_none() && !self.takers(held).is_empty());
        served.min_by_key(|(id, held)| (!held.wish.vip, held.wish.asked_at, **id)).map(|(id, _)| *id)
    }

    fn at_hand(&self, session: &Session, last: &AgentId) -> bool {
        let sticky = self.policy(session.base()).choice.sticky;
        let demanded = session.wish.moved_at.expect("noted");
        session.named().is_none()
            && sticky.is_some()
            && !session.avoids(last, self.now, demanded)
            && self.agents.get(last).is_some_and(|agent| {
                let selectors = &session.wish.target.selectors;
                !matches!(agent.presence, Presence::Offline | Presence::Break)
                    && serves(&agent.record, session.base())
                    && selectors.iter().all(|selector| selector.fits(&agent.record.labels))
            })
    }

    pub(super) fn demand(&mut self, demand: &Demand) {
        let known = self.sessions.get_mut(&demand.session);
        match (&demand.want, known) {
            (_, Some(known)) if demand.epoch < known.epoch => {}
            (Want::Nobody | Want::SetAside, _) => drop(self.sessions.remove(&demand.session)),
            (Want::Agent(wish), Some(known)) if demand.epoch == known.epoch => known.wish.vip |= wish.vip,
            (Want::Agent(wish), _) => {
                let fell = wish.target.agent.as_ref().is_some_and(|named| !self.agents.contains_key(named));
                let wish = Wish { moved_at: Some(self.now), ..(**wish).clone() };
                let (epoch, last) = (demand.epoch, wish.last_agent.clone());
                let mut session = Session { epoch, wish, fell, since: self.now, sticky: None, agent: None };
                session.sticky = last.filter(|last| self.at_hand(&session, last));
                self.sessions.insert(demand.session, session);
            }
        }
    }

    /// Takes sessions back from who can not keep them, and sends who waits for nobody elsewhere.
    fn set_right(&mut self) {
        let mut sessions = std::mem::take(&mut self.sessions);
        for held in sessions.values_mut() {
            let lost = |agent: &AgentId| self.agents.get(agent).is_none_or(|a| a.presence == Presence::Offline);
            let taken_back = held.agent.as_ref().is_some_and(lost);
            if taken_back {
                held.agent = None;
            }
            let gone = held.named().is_some_and(|named| !self.agents.contains_key(named));
            if held.agent.is_none() && gone && self.desk.designated_within.is_some() {
                held.wish.target.agent = None;
            } else if held.agent.is_none() && gone {
                (held.fell, held.since, held.sticky) = (true, self.now, None);
            }
            let over = |last: &AgentId| !self.agents.contains_key(last) || taken_back && !self.at_hand(held, last);
            if held.agent.is_none() && held.sticky.as_ref().is_some_and(over) {
                held.sticky = None;
            }
        }
        self.sessions = sessions;
    }

    pub(super) fn presence(&mut self, name: &str, presence: Presence) {
        let Some(known) = self.agents.get_mut(&agent(name)) else { return };
        if presence == Presence::Online && known.presence != Presence::Online && !known.ever_assigned {
            known.since = self.now;
        }
        known.presence = presence;
        self.set_right();
    }

    pub(super) fn directory(&mut self, records: &[AgentRecord]) {
        let mut before = std::mem::take(&mut self.agents);
        let next = records.iter().map(|record| {
            let newcomer = Agent {
                record: record.clone(),
                presence: Presence::Offline,
                since: Timestamp::default(),
                ever_assigned: false,
            };
            let known = before.remove(&record.id).unwrap_or(newcomer);
            (record.id.clone(), Agent { record: record.clone(), ..known })
        });
        self.agents = next.collect();
        self.set_right();
    }

    pub(super) fn follow(&mut self, answer: &Answer) {
        for fact in answer.facts() {
            if let Fact::AssignmentDecided { session, agent, grounds, .. } = fact {
                let Grounds { candidates, rule, group, step, .. } = grounds;
                self.assigned(*session, agent, *candidates, *rule, group.as_ref());
                *self.seen.entry(rule.words()).or_default() += 1;
                *self.seen.entry("after a step").or_default() += u32::from(*step > 0);
            }
        }
        assert_eq!(self.first(), None, "somebody waits although somebody could take them (I14)");
    }

    fn assigned(&mut self, id: SessionId, to: &AgentId, candidates: u32, rule: Rule, of: Option<&GroupId>) {
        assert_eq!(self.first(), Some(id), "VIPs first, then who asked first (I12, I13)");
        let held = &self.sessions[&id];
        let in_lane = |agent: &Agent| match rule {
            Rule::Designated | Rule::LastAgent => agent.record.id == *to,
            Rule::LongestIdleOfAll | Rule::LeastLoadedOfAll => true,
            _ => serves(&agent.record, of),
        };
        let key = |agent: &Agent| match rule {
            Rule::LeastLoadedOfGroup | Rule::LeastLoadedOfDefault | Rule::LeastLoadedOfAll => {
                let weight = self.load(&agent.record.id).0;
                (weight * 1_000_000).checked_div(u64::from(agent.record.capacity)).unwrap_or(1_000_000)
            }
            Rule::HighestSkillOfGroup => {
                u64::MAX - u64::from(of.and_then(|of| agent.record.levels.get(of)).copied().unwrap_or(0))
            }
            _ => 0,
        };
        let takers: Vec<&Agent> = self.takers(held).into_iter().filter(|agent| in_lane(agent)).collect();
        assert_eq!(takers.len() as u32, candidates, "as many as could take it");
        let chosen = takers.iter().min_by_key(|agent| (key(agent), agent.since, agent.record.id.clone()));
        assert_eq!(
            chosen.map(|agent| &agent.record.id),
            Some(to),
            "eligible, with room, and the rule's first (I9, I10)"
        );
        self.sessions.get_mut(&id).expect("known").agent = Some(to.clone());
        let agent = self.agents.get_mut(to).expect("known");
        (agent.since, agent.ever_assigned) = (self.now, true);
    }
}
