//! A session as a desk keeps it. What only some queues' rules need stands in a box of its own, so that a session that
//! waits in an ordinary queue costs nothing for it. Instants are decided when they are written: what a policy says later
//! does not move them.

use std::sync::Arc;

use crate::account::Dialect;
use crate::ids::{AgentId, GroupId};
use crate::place::{RefusedReason, Target};
use crate::policy::Selector;
use crate::time::Timestamp;

/// A session as the desk knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionState {
    /// The version of the demand that is obeyed.
    pub epoch: u32,
    /// The version of the placement inside it.
    pub turn: u32,
    /// Whom it asked for.
    pub target: Target,
    /// Its target is not (any more) in the directory, so it waits in the default lane.
    pub fell_to_default: bool,
    /// In front of all who are not.
    pub vip: bool,
    /// The protocol of its channel.
    pub channel: Dialect,
    /// When it first asked for a human.
    pub asked_at: Timestamp,
    /// How much of an agent's capacity it takes.
    pub weight: u32,
    /// Higher is more urgent, where its queue's order looks at it.
    pub priority: u8,
    /// Where it is.
    pub seat: Seat,
    /// What only some rules need; `None` where there is nothing of it.
    pub extra: Option<Box<SessionExtra>>,
}

/// Where a session is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Seat {
    /// In the queue of its lane.
    Waiting,
    /// Agents are asked whether they take it; it takes capacity of each.
    Offered(Box<Offer>),
    /// With this agent.
    Assigned(AgentId),
    /// Not taken. It stays known, out of the queue, until the next demand, so that no version is given out twice.
    Refused(RefusedReason),
}

/// Agents who are asked at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Who has not answered yet; never empty.
    pub agents: Vec<AgentId>,
    /// When their time to answer is over.
    pub until: Timestamp,
}

/// What only some rules need to know of a session.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SessionExtra {
    /// Who does not get it for now, one entry an agent, in order.
    pub exclusions: Vec<Exclusion>,
    /// How it searches, where it does not simply wait in the lane of its target.
    pub search: Option<Search>,
    /// Which place its visitor was told last, where their queue tells how it changes.
    pub told: Option<u32>,
    /// How long it may wait here, where that ends.
    pub bound: Option<Bound>,
    /// Another queue has sent it here: this one does not send it on.
    pub overflowed: bool,
    /// It comes back to the agent named, who had set it aside: until when it is for them alone.
    pub returns_until: Option<Timestamp>,
}

/// The end of a session's waiting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Bound {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RefusedReason,
}

/// An agent who does not get a session for a while.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Exclusion {
    /// Who.
    pub agent: AgentId,
    /// Until when.
    pub until: Timestamp,
}

/// A search that changes with time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// When the session came to wait: its steps count from here.
    pub since: Timestamp,
    /// How many steps it has taken.
    pub step: u32,
    /// When it takes the next one.
    pub next_at: Option<Timestamp>,
    /// Who had the conversation last, while the session waits for them alone.
    pub last_agent: Option<AgentId>,
    /// Where it waits now.
    pub reach: Reach,
}

/// Where a session waits, all at once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reach {
    /// For this agent, whatever the selectors say.
    pub agent: Option<AgentId>,
    /// For the agents in no group.
    pub default: bool,
    /// For agents of these groups, the first ones first.
    pub groups: Vec<GroupId>,
    /// For every agent of the desk.
    pub anyone: bool,
    /// What agents of groups, in none, or of the whole desk must be; without times, in order.
    pub selectors: Arc<[Selector]>,
}

impl SessionState {
    /// When time alone changes something about it.
    pub fn due(&self) -> Option<Timestamp> {
        let offer = if let Seat::Offered(offer) = &self.seat { Some(offer.until) } else { None };
        let extra = self.extra.as_ref();
        let lapse = extra.and_then(|extra| extra.exclusions.iter().map(|exclusion| exclusion.until).min());
        let waits = matches!(self.seat, Seat::Waiting);
        let step = self.search().and_then(|search| search.next_at).filter(|_| waits);
        let bound = self.bound().map(|bound| bound.at).filter(|_| waits);
        [offer, lapse, step, bound].into_iter().flatten().min()
    }

    /// Whose line it stands in by its own demand: the agent's, else the group's, else the default one.
    pub fn line(&self) -> Target {
        match &self.target {
            _ if self.fell_to_default => Target::default(),
            Target { agent: Some(agent), .. } => Target { agent: Some(agent.clone()), ..Target::default() },
            Target { group, .. } => Target { group: group.clone(), ..Target::default() },
        }
    }

    /// How it searches, where it does not simply wait in the lane of its target.
    pub fn search(&self) -> Option<&Search> {
        self.extra.as_ref()?.search.as_ref()
    }

    /// Until when it waits for the agent alone who had set it aside.
    pub fn returns_until(&self) -> Option<Timestamp> {
        self.extra.as_ref()?.returns_until
    }

    /// How long it may wait, where that ends.
    pub fn bound(&self) -> Option<Bound> {
        self.extra.as_ref()?.bound
    }

    /// Which place its visitor was told last, where their queue tells how it changes.
    pub fn told(&self) -> Option<u32> {
        self.extra.as_ref()?.told
    }

    /// Who does not get it for now.
    pub fn excluded(&self) -> impl Iterator<Item = &AgentId> {
        self.extra.iter().flat_map(|extra| &extra.exclusions).map(|exclusion| &exclusion.agent)
    }

    /// Whether this agent does not get it for now.
    pub fn excludes(&self, agent: &AgentId) -> bool {
        self.excluded().any(|excluded| excluded == agent)
    }

    /// The agent does not get it until this instant, or until the one said before when that is later.
    pub fn exclude(&mut self, agent: AgentId, until: Timestamp) {
        self.change_extra(|extra| match extra.exclusions.binary_search_by(|known| known.agent.cmp(&agent)) {
            Ok(known) => extra.exclusions[known].until = extra.exclusions[known].until.max(until),
            Err(place) => extra.exclusions.insert(place, Exclusion { agent, until }),
        });
    }

    /// Lets everybody have it again whose time is over by `now`; `false` when there is nobody.
    pub fn lapse(&mut self, now: Timestamp) -> bool {
        let over = |exclusion: &Exclusion| exclusion.until <= now;
        if !self.extra.iter().any(|extra| extra.exclusions.iter().any(over)) {
            return false;
        }
        self.change_extra(|extra| extra.exclusions.retain(|exclusion| !over(exclusion)));
        true
    }

    /// Changes what only some rules need, and keeps no box for nothing.
    pub fn change_extra(&mut self, change: impl FnOnce(&mut SessionExtra)) {
        let mut extra = self.extra.take().unwrap_or_default();
        change(&mut extra);
        self.extra = (*extra != SessionExtra::default()).then_some(extra);
    }
}

impl Reach {
    /// Whether it goes beyond an agent's own lane.
    pub fn has_left(&self) -> bool {
        self.default || self.anyone || !self.groups.is_empty()
    }
}
