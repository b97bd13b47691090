//! The rule for searching: where a session waits, and how that widens with time. First the agent who had the
//! conversation last, or had set it aside, for a while; or the agent who is named, for as long as the desk says; then the group that is named,
//! else the default lane; then, ring by ring, further groups and everybody. What is wanted of an agent is given up when
//! its own time is over. A session that has nothing of this simply waits in its own lane.
//!
//! Each step is decided anew from the policies in force, but its instant is kept from the step before: a new directory
//! does not move it.

use std::sync::Arc;

use usher_domain::desk::Presence;
use usher_domain::event::Fact;
use usher_domain::policy::Selector;
use usher_domain::state::desk::{Reach, Search, Seat, SessionState};
use usher_domain::{AgentId, GroupId, SessionId, Target, Timestamp};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::Lane;

/// What a search is made of, for one session at one instant.
struct Plan<'a> {
    target: &'a Target,
    since: Timestamp,
    /// Who is asked before all others.
    first: Option<&'a AgentId>,
    /// Whether `first` is asked later on too: they are named.
    stays: bool,
    /// From when on others are asked.
    from: Option<Timestamp>,
    /// From when on rings count.
    rings_from: Timestamp,
    /// Where the others are.
    base: Lane,
}

impl Desk {
    /// The lane whose rules hold for a session: its own, or where it went from an agent who did not take it in time.
    pub(super) fn home(&self, state: &SessionState) -> Lane {
        let left = state.search().is_some_and(|search| search.reach.has_left());
        if left && !state.fell_to_default { base_of(&state.target) } else { Lane::of(state) }
    }

    /// Whether the directory no longer has whom a session waits for.
    pub(super) fn is_lost(&self, state: &SessionState) -> bool {
        !self.has_target(&self.home(state))
    }

    /// How a session searches that comes to wait, or waits again: `None` when it simply waits in its own lane.
    pub(super) fn search(&self, state: &SessionState, last: Option<&AgentId>, now: Timestamp) -> Option<Search> {
        let before = state.search();
        if before.is_none() && self.simply_waits(state, last) {
            return None;
        }
        let since = before.map_or(now, |search| search.since);
        let last = last.or_else(|| before.and_then(|search| search.last_agent.as_ref()));
        let plan = self.plan(state, since, last);
        let (reach, next_at) = self.reach(&plan, now);
        if before.is_none() && next_at.is_none() && reach == reach_of(&Lane::of(state)) {
            return None;
        }
        let step = before.map_or(0, |search| search.step);
        let last_agent = plan.first.filter(|_| !plan.stays && reach.agent.is_some()).cloned();
        Some(Search { since, step, next_at, last_agent, reach })
    }

    /// Whether there is nothing to search, by a glance: so it is with most.
    fn simply_waits(&self, state: &SessionState, last: Option<&AgentId>) -> bool {
        let policy = self.lane_policy(&Lane::of(state));
        let named = state.target.agent.is_some() && !state.fell_to_default;
        let ends = self.policies.desk.designated_within.is_some() || state.returns_until().is_some();
        let elsewhere = if named { ends } else { !policy.rings.is_empty() };
        let sticky = last.is_some() && policy.choice.sticky.is_some() && !named;
        !elsewhere && !sticky && (named || state.target.selectors.is_empty())
    }

    fn plan<'a>(&'a self, state: &'a SessionState, since: Timestamp, last: Option<&'a AgentId>) -> Plan<'a> {
        let target = &state.target;
        let base = if state.fell_to_default { Lane::Default } else { base_of(target) };
        let named = target.agent.as_ref().filter(|agent| !state.fell_to_default && self.agents.known(agent).is_some());
        if named.is_some() {
            let within = self.policies.desk.designated_within;
            let from = state.returns_until().or_else(|| Some(since.plus(within?)));
            return Plan { target, since, first: named, stays: true, from, rings_from: from.unwrap_or(since), base };
        }
        let sticky = self.lane_policy(&base).choice.sticky;
        let first = last.filter(|last| sticky.is_some() && self.is_at_hand(last, &base, state));
        let from = if first.is_some() { sticky.map(|within| since.plus(within)) } else { Some(since) };
        Plan { target, since, first, stays: false, from, rings_from: since, base }
    }

    /// Whether it makes sense to wait for the agent who had the conversation last.
    fn is_at_hand(&self, agent: &AgentId, base: &Lane, state: &SessionState) -> bool {
        let Some(known) = self.agents.known(agent) else { return false };
        let serves = match base {
            Lane::Group(group) => known.record.groups.contains(group),
            _ => known.record.groups.is_empty(),
        };
        let wanted = state.target.selectors.iter().all(|selector| selector.fits(&known.record.labels));
        serves && wanted && self.will_be_back(agent) && !state.excludes(agent)
    }

    /// Whether an agent takes sessions again before long: who is on a break, has gone, or drains does not.
    pub(super) fn will_be_back(&self, agent: &AgentId) -> bool {
        let here = |presence| matches!(presence, Presence::Online | Presence::Busy | Presence::Away);
        self.agents.known(agent).is_some_and(|known| here(known.presence) && known.drains.is_none())
    }

    /// Where the session waits now, and when that changes.
    fn reach(&self, plan: &Plan<'_>, now: Timestamp) -> (Reach, Option<Timestamp>) {
        if plan.from.is_none_or(|from| now < from) {
            return (Reach { agent: plan.first.cloned(), ..Reach::default() }, plan.from);
        }
        let mut reach = Reach { agent: plan.first.filter(|_| plan.stays).cloned(), ..Reach::default() };
        enter(&mut reach, &plan.base);
        reach.selectors = insisted(&plan.target.selectors, plan.since, now);
        let rings = self.lane_policy(&plan.base).rings.iter();
        let rings: Vec<_> = rings.map(|ring| (plan.rings_from.plus(ring.after), ring)).collect();
        for (_, ring) in rings.iter().filter(|(at, _)| *at <= now) {
            let known = ring.groups.iter().filter(|group| self.policies.groups.contains(group));
            known.for_each(|group| add(&mut reach, group));
            reach.anyone |= ring.anyone;
        }
        self.want_no_more_than_may_be(&mut reach);
        let ends = plan.target.selectors.iter().filter_map(|selector| Some(plan.since.plus(selector.within?)));
        let instants = ends.chain(rings.iter().map(|(at, _)| *at));
        (reach, instants.filter(|at| *at > now).min())
    }

    /// Who wants what nobody else wants, where others want as many different things as may be, goes to anybody there.
    fn want_no_more_than_may_be(&self, reach: &mut Reach) {
        if !Lane::within(reach).all(|lane| self.lanes.has_place_for(&lane)) {
            reach.selectors = Arc::default();
        }
    }

    /// Takes the next step of a search.
    pub(super) fn widen(&mut self, session: SessionId, state: SessionState, decisions: &mut Decisions) {
        let state = self.searched_on(session, state, decisions);
        self.keep_session(session, state, decisions);
    }

    /// The session with its search as it is from now on; that it changes is told.
    pub(super) fn searched_on(
        &self,
        session: SessionId,
        mut state: SessionState,
        decisions: &mut Decisions,
    ) -> SessionState {
        let before = state.search().map(|search| search.reach.clone());
        let search = self.search(&state, None, decisions.now);
        let mut widened = None;
        state.change_extra(|extra| {
            extra.search = search;
            let Some(search) = &mut extra.search else { return };
            if before.as_ref().is_some_and(|before| *before != search.reach) {
                search.step = search.step.saturating_add(1);
                widened = Some(search.clone());
            }
        });
        if let Some(search) = widened {
            decisions.fact(told(session, search));
        }
        // Who comes to wait somewhere else, or again, goes by the bounds there.
        let waited = self.sessions.get(&session).filter(|old| matches!(old.seat, Seat::Waiting | Seat::Offered(_)));
        if waited.map(|old| self.home(old)).as_ref() != Some(&self.home(&state)) {
            self.bind(&mut state, decisions.now);
        }
        state
    }
}

/// Where a session is sent that names nobody in person.
fn base_of(target: &Target) -> Lane {
    target.group.clone().map_or(Lane::Default, Lane::Group)
}

/// The reach of a session that simply waits in this lane.
fn reach_of(lane: &Lane) -> Reach {
    let mut reach = Reach::default();
    enter(&mut reach, lane);
    reach
}

fn enter(reach: &mut Reach, lane: &Lane) {
    match lane {
        Lane::Agent(agent) => reach.agent = Some(agent.clone()),
        Lane::Group(group) => add(reach, group),
        Lane::Default => reach.default = true,
        Lane::Anyone => reach.anyone = true,
        Lane::Picked(_) => {}
    }
}

fn add(reach: &mut Reach, group: &GroupId) {
    if !reach.groups.contains(group) {
        reach.groups.push(group.clone());
    }
}

/// What is still wanted of an agent; in order and without times, so that equal ones share a lane.
fn insisted(selectors: &[Selector], since: Timestamp, now: Timestamp) -> Arc<[Selector]> {
    let holds = |selector: &&Selector| selector.within.is_none_or(|within| since.plus(within) > now);
    let timeless = |selector: &Selector| Selector { within: None, ..selector.clone() };
    let mut insisted: Vec<Selector> = selectors.iter().filter(holds).map(timeless).collect();
    insisted.sort_unstable();
    insisted.dedup();
    insisted.into()
}

fn told(session: SessionId, search: Search) -> Fact {
    let Search { step, reach: Reach { groups, anyone, selectors, .. }, .. } = search;
    Fact::SearchWidened { session, step, groups, anyone, selectors: selectors.len() as u32 }
}
