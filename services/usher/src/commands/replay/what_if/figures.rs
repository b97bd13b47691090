//! How long sessions waited, who got them and who gave up: counted from what a desk says.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_domain::event::Fact;
use usher_domain::{AgentId, SessionId, Timestamp};

/// Of one desk, for sessions that came to wait in a span of time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// Since when sessions wait that wait now.
    since: BTreeMap<SessionId, Timestamp>,
    pub(super) waits: Vec<Duration>,
    pub(super) abandoned: usize,
    pub(super) refused: usize,
    pub(super) assigned: BTreeMap<AgentId, usize>,
}

impl Figures {
    pub(super) fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self { from, to, ..Self::default() }
    }

    /// Takes what the desk said at this instant.
    pub(super) fn take(&mut self, fact: &Fact, at: Timestamp) {
        match fact {
            Fact::SessionEntered { session, .. } => {
                let counts = self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to);
                if counts {
                    self.since.insert(*session, at);
                }
            }
            Fact::AssignmentDecided { session, agent, .. } | Fact::OfferAccepted { session, agent, .. } => {
                if let Some(since) = self.since.remove(session) {
                    self.waits.push(at.since(since));
                    *self.assigned.entry(agent.clone()).or_default() += 1;
                }
            }
            Fact::SessionEnded { session } => self.abandoned += usize::from(self.since.remove(session).is_some()),
            Fact::SessionRefused { session, .. } => self.refused += usize::from(self.since.remove(session).is_some()),
            _ => {}
        }
    }

    /// How many came to wait.
    pub(super) fn waited(&self) -> usize {
        self.waits.len() + self.abandoned + self.refused + self.since.len()
    }

    /// How many still wait.
    pub(super) fn waiting(&self) -> usize {
        self.since.len()
    }

    /// The wait that `part` of `whole` of those who were answered did not exceed.
    pub(super) fn wait(&self, part: usize, whole: usize) -> String {
        let wait = nth(self.waits.clone(), part, whole);
        wait.map_or("-".to_owned(), |wait| format!("{:.1} s", wait.as_secs_f64()))
    }
}

/// The span that `part` of `whole` of all do not exceed.
pub(super) fn nth(mut spans: Vec<Duration>, part: usize, whole: usize) -> Option<Duration> {
    spans.sort_unstable();
    let place = (spans.len() * part).div_ceil(whole).checked_sub(1)?;
    spans.get(place).copied()
}
