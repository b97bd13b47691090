//! What visitors thought of agents and groups: count and sum of all scores, told with each new one. Only of who is in the
//! directory: what is known of the others ends with them.

use usher_domain::desk::Rating;
use usher_domain::event::{Average, Fact};
use usher_domain::state::desk::{Item, RatedBy};

use super::books::Desk;
use super::decisions::Decisions;

impl Desk {
    /// Counts a score, and tells how agent and group stand by now.
    pub(super) fn rated(&mut self, rating: Rating, decisions: &mut Decisions) {
        let Rating { session, agent, group, score } = rating;
        let group = group.filter(|group| self.policies.groups.contains(group));
        if self.agents.known(&agent).is_none() {
            decisions.fact(Fact::AgentUnknown { agent });
            return;
        }
        let of_agent = self.add_score(RatedBy::Agent(agent.clone()), score, decisions);
        let of_group = group.clone().map(|group| self.add_score(RatedBy::Group(group), score, decisions));
        decisions.fact(Fact::SurveyAverages { session, agent, of_agent, group, of_group });
    }

    fn add_score(&mut self, by: RatedBy, score: u8, decisions: &mut Decisions) -> Average {
        let average = self.ratings.get(&by).copied().unwrap_or_default().with(score);
        self.ratings.insert(by.clone(), average);
        decisions.wrote(Item::Rated(by));
        average
    }

    /// Forgets what was thought of somebody who has left the directory.
    pub(super) fn forget_rating(&mut self, by: RatedBy, decisions: &mut Decisions) {
        if self.ratings.remove(&by).is_some() {
            decisions.wrote(Item::Rated(by));
        }
    }
}
