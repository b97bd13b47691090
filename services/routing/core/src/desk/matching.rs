//! The rule that gives sessions to agents (R8): while some waiting session has a free agent with room for it, take the
//! first over all lanes, and of its lane's agents the longest idle. Each decision says why.

use usher_domain::event::{Fact, Rank, Rule};
use usher_domain::{AgentId, PlacementId, SessionId};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::{Lane, Queue};

/// Who gets whom, and what the choice was.
struct Match {
    session: SessionId,
    agent: AgentId,
    candidates: u32,
    waiting: u32,
    rule: Rule,
}

impl Desk {
    /// Whether somebody waits whom somebody can take.
    pub(super) fn has_match(&self) -> bool {
        self.lanes.first().is_some()
    }

    /// Gives one session to one agent; `false` when there is nothing to give.
    pub(super) fn match_one(&mut self, decisions: &mut Decisions) -> bool {
        let Some(found) = self.find_match() else { return false };
        self.assign(found, decisions)
    }

    fn find_match(&self) -> Option<Match> {
        let (order, lane) = self.lanes.first()?;
        let Queue { waiting, free } = self.lanes.queue(lane)?;
        let weight = self.sessions.get(&order.session)?.weight;
        Some(Match {
            session: order.session,
            agent: free.first(weight..)?.agent.clone(),
            candidates: free.count(weight..) as u32,
            waiting: waiting.count() as u32,
            rule: rule_of(lane),
        })
    }

    fn assign(&mut self, found: Match, decisions: &mut Decisions) -> bool {
        let Match { session, agent, candidates, waiting, rule } = found;
        let Some(state) = self.sessions.get(&session) else { return false };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn.saturating_add(1) };
        let rank = Rank { vip: state.vip, asked_at: state.asked_at };
        self.assign_session(session, &agent, placement.turn, decisions);
        let revision = self.revision;
        decisions.fact(Fact::AssignmentDecided {
            session,
            agent,
            placement,
            candidates,
            waiting,
            rank,
            rule,
            revision,
        });
        true
    }
}

fn rule_of(lane: &Lane) -> Rule {
    match lane {
        Lane::Agent(_) => Rule::Designated,
        Lane::Group(_) => Rule::LongestIdleOfGroup,
        Lane::Default => Rule::LongestIdleOfDefault,
    }
}
