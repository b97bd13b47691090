//! The rule that gives sessions to agents (R8): while some waiting session has a free agent with room for it, take the
//! first over all lanes, and of its lane's agents the one whom the lane chooses first. Each decision says why.

use usher_domain::event::{Fact, Grounds, Rank, Rule};
use usher_domain::policy::Choice;
use usher_domain::state::desk::SessionState;
use usher_domain::{AgentId, PlacementId, SessionId};

use super::books::Desk;
use super::classes::Spare;
use super::decisions::Decisions;
use super::lane::{Lane, load_of};

/// Who gets whom, and what the choice was.
pub(super) struct Match {
    pub(super) session: SessionId,
    pub(super) agent: AgentId,
    pub(super) lane: Lane,
    /// It was the turn of somebody who is no VIP.
    in_turn: bool,
    candidates: u32,
    waiting: u32,
}

impl Desk {
    /// Whether somebody waits whom somebody can take.
    pub(super) fn has_match(&self) -> bool {
        self.lanes.first().is_some()
    }

    /// Gives one session to one agent; `false` when there is nothing to give.
    pub(super) fn match_one(&mut self, decisions: &mut Decisions) -> bool {
        let Some(found) = self.find_match() else { return false };
        self.note_turn(&found, decisions);
        match self.offer_policy(found.session) {
            Some(policy) => self.offer(found, policy, decisions),
            None => self.assign(found, decisions),
        }
    }

    /// The first session over all lanes, and its agent: of the first of its lanes where it is its turn and somebody can
    /// take it.
    fn find_match(&self) -> Option<Match> {
        let session = self.lanes.first()?;
        let state = self.sessions.get(&session)?;
        let (load, excluded) = (load_of(state), state.excluded().cloned().collect::<Vec<_>>());
        Lane::all_of(state).filter(|lane| self.lanes.leads(lane, session)).find_map(|lane| {
            let queue = self.lanes.queue(&lane)?;
            let agent = queue.taker(load, &excluded)?.clone();
            let waiting = queue.waiting.count() as u32;
            let candidates = self.candidates(&lane, state);
            let in_turn = !state.vip && self.lanes.is_turn(&lane);
            Some(Match { session, agent, lane, in_turn, candidates, waiting })
        })
    }

    /// How many of the free agents of a lane could take the session.
    fn candidates(&self, lane: &Lane, state: &SessionState) -> u32 {
        let Some(queue) = self.lanes.queue(lane) else { return 0 };
        let load = load_of(state);
        let fits = |spare: Spare| spare.fits(load);
        let places = state.excluded().filter_map(|agent| self.place_in(lane, agent));
        let excluded = places.filter(|(spare, idle)| fits(*spare) && queue.free.contains(*spare, idle)).count();
        (queue.free.count(fits) - excluded) as u32
    }

    fn assign(&mut self, found: Match, decisions: &mut Decisions) -> bool {
        let Some(state) = self.sessions.get(&found.session) else { return false };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn.saturating_add(1) };
        let grounds = self.grounds(&found, state);
        let Match { session, agent, .. } = found;
        self.assign_session(session, &agent, placement.turn, decisions);
        decisions.fact(Fact::AssignmentDecided { session, agent, placement, grounds });
        true
    }

    /// Why the session goes to whom it goes, or they are asked.
    pub(super) fn grounds(&self, found: &Match, state: &SessionState) -> Grounds {
        let group = if let Lane::Group(group) = found.lane.base() { Some(group.clone()) } else { None };
        Grounds {
            candidates: found.candidates,
            waiting: found.waiting,
            rank: Rank { vip: state.vip, asked_at: state.asked_at, priority: state.priority, in_turn: found.in_turn },
            rule: self.rule(&found.lane, state),
            group,
            step: state.search().map_or(0, |search| search.step),
            revision: self.revision,
        }
    }

    /// Why the lane gives the session to whom it does.
    fn rule(&self, lane: &Lane, state: &SessionState) -> Rule {
        match (lane.base(), self.lanes.choice(lane)) {
            (Lane::Agent(_), _) if state.search().is_some_and(|search| search.last_agent.is_some()) => Rule::LastAgent,
            (Lane::Agent(_), _) => Rule::Designated,
            (Lane::Group(_), Choice::LongestIdle) => Rule::LongestIdleOfGroup,
            (Lane::Group(_), Choice::LeastLoaded) => Rule::LeastLoadedOfGroup,
            (Lane::Group(_), Choice::HighestSkill) => Rule::HighestSkillOfGroup,
            (Lane::Default, Choice::LeastLoaded) => Rule::LeastLoadedOfDefault,
            (Lane::Default, _) => Rule::LongestIdleOfDefault,
            (Lane::Anyone | Lane::Picked(_), Choice::LeastLoaded) => Rule::LeastLoadedOfAll,
            (Lane::Anyone | Lane::Picked(_), _) => Rule::LongestIdleOfAll,
        }
    }
}
