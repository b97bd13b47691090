//! One queue of a desk: its name, the order among those who wait in it and among those who are free for it.

use std::sync::Arc;
use std::time::Duration;

use usher_domain::desk::AgentRecord;
use usher_domain::policy::{Choice, OrderPolicy, Selector};
use usher_domain::state::desk::{Reach, SessionState};
use usher_domain::{AgentId, ConversationId, GroupId, SessionId, Target, Timestamp};

use super::agents::Standing;
use super::classes::{Classes, Load, Spare};
use super::waiting::Waiting;

/// A queue by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lane {
    /// Sessions for this agent.
    Agent(AgentId),
    /// Sessions for any agent of this group.
    Group(GroupId),
    /// All others, for the agents in no group.
    Default,
    /// Sessions for every agent of the desk.
    Anyone,
    /// Sessions of one of the three above that want their agent to be something.
    Picked(Arc<Pick>),
}

/// Which of the agents of a lane are wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pick {
    /// The lane.
    pub(super) of: Lane,
    /// What they must be.
    pub(super) selectors: Arc<[Selector]>,
}

impl Pick {
    /// Whether this agent is wanted.
    pub(super) fn fits(&self, record: &AgentRecord) -> bool {
        self.selectors.iter().all(|selector| selector.fits(&record.labels))
    }
}

impl Lane {
    /// The lane that a target names.
    pub(super) fn named_by(target: &Target) -> Self {
        match target {
            Target { agent: Some(agent), .. } => Self::Agent(agent.clone()),
            Target { group: Some(group), .. } => Self::Group(group.clone()),
            Target { .. } => Self::Default,
        }
    }

    /// A session's own lane: it waits there, or searches from there.
    pub(super) fn of(session: &SessionState) -> Self {
        if session.fell_to_default { Self::Default } else { Self::named_by(&session.target) }
    }

    /// The lanes in which a session waits, or waited before it was assigned; where several could serve it at once, the
    /// first does.
    pub(super) fn all_of(session: &SessionState) -> impl Iterator<Item = Self> {
        let search = session.search();
        let own = search.is_none().then(|| Self::of(session));
        own.into_iter().chain(search.into_iter().flat_map(|search| Self::within(&search.reach)))
    }

    /// The lanes that a search reaches.
    pub(super) fn within(reach: &Reach) -> impl Iterator<Item = Self> {
        let agent = reach.agent.iter().cloned().map(Self::Agent);
        let groups = reach.groups.iter().cloned().map(Self::Group);
        let default = reach.default.then_some(Self::Default);
        let anyone = reach.anyone.then_some(Self::Anyone);
        agent.chain(default.into_iter().chain(groups).chain(anyone).map(|lane| lane.picked(&reach.selectors)))
    }

    fn picked(self, selectors: &Arc<[Selector]>) -> Self {
        if selectors.is_empty() {
            return self;
        }
        Self::Picked(Arc::new(Pick { of: self, selectors: selectors.clone() }))
    }

    /// The lane without what is wanted of its agents.
    pub(super) fn base(&self) -> &Self {
        if let Self::Picked(pick) = self { &pick.of } else { self }
    }

    /// Whether the lane is kept only while somebody waits in it: most agents never have one of their own.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Agent(_) | Self::Anyone | Self::Picked(_))
    }
}

/// The order among waiting sessions, of one lane or of all; the smallest is served first. It is decided by what does not
/// change while a session waits, so it need not be looked at again as time goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// The less the more urgent; the same for all where the lane does not look at it.
    level: u8,
    /// Not a VIP: `false` sorts before `true`. The same for all where VIPs only count as waiting longer.
    plain: bool,
    /// When it asked, or counts as having asked.
    at: Timestamp,
    /// Who.
    pub(super) session: SessionId,
}

impl Order {
    pub(super) fn of(policy: OrderPolicy, session: SessionId, state: &SessionState) -> Self {
        let SessionState { vip, asked_at, priority, .. } = *state;
        let (level, plain, at) = match policy {
            OrderPolicy::VipFirst | OrderPolicy::Share { .. } => (u8::MAX, !vip, asked_at),
            OrderPolicy::Priority => (u8::MAX - priority, !vip, asked_at),
            OrderPolicy::Ageing { vip: ahead, level } => {
                let ahead = if vip { ahead } else { Duration::ZERO };
                (u8::MAX, true, asked_at.minus(ahead.saturating_add(level.saturating_mul(priority.into()))))
            }
        };
        Self { level, plain, at, session }
    }

    /// Behind all VIPs, in front of all others, where VIPs come first.
    fn behind_vips() -> Self {
        let opened_at = Timestamp::from_millis(i64::MIN);
        let session = SessionId { conversation: ConversationId::from_bits(0), opened_at, opened_by: 0 };
        Self { level: u8::MAX, plain: true, at: opened_at, session }
    }

    /// Of one whose turn it is instead of a VIP's.
    const fn instead_of_a_vip(self) -> Self {
        Self { plain: false, ..self }
    }
}

/// One who waits, as the lanes must know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    /// Where they stand in line.
    pub(super) order: Order,
    /// What they take.
    pub(super) load: Load,
    /// To whom they do not go.
    pub(super) excluded: Vec<AgentId>,
}

impl Wait {
    pub(super) fn of(policy: OrderPolicy, session: SessionId, state: &SessionState) -> Self {
        let order = Order::of(policy, session, state);
        Self { order, load: load_of(state), excluded: state.excluded().cloned().collect() }
    }
}

/// What a session takes of its agent.
pub(super) fn load_of(state: &SessionState) -> Load {
    Load { weight: state.weight, channel: state.channel }
}

/// The order among free agents; the smallest is chosen first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Idle {
    /// What the lane looks at first; the same for all where it is how long they have been idle.
    key: u32,
    /// Last assignment, else when the agent came online.
    since: Timestamp,
    /// Who.
    pub(super) agent: AgentId,
}

impl Idle {
    /// How an agent stands in a lane that chooses so.
    pub(super) fn of(lane: &Lane, choice: Choice, record: &AgentRecord, standing: Standing) -> Self {
        let key = match (choice, lane.base()) {
            (Choice::LeastLoaded, _) => standing.share,
            (Choice::HighestSkill, Lane::Group(group)) => u32::MAX - record.levels.get(group).copied().unwrap_or(0),
            (Choice::LongestIdle | Choice::HighestSkill, _) => 0,
        };
        Self { key, since: standing.since, agent: record.id.clone() }
    }
}

/// One lane: who waits, by what they take, and who is free, by what they have left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Queue {
    pub(super) waiting: Waiting,
    pub(super) free: Classes<Spare, Idle>,
}

impl Queue {
    /// The first session that some free agent of the lane can take; while it is the turn of somebody who is no VIP, of
    /// those.
    pub(super) fn head(&self, in_turn: bool) -> Option<Order> {
        if self.free.is_empty() {
            return None;
        }
        let other = in_turn.then(|| self.head_behind(Some(Order::behind_vips()))).flatten();
        other.map(Order::instead_of_a_vip).or_else(|| self.head_behind(None))
    }

    /// Whoever no free agent may have is passed over, together with all who take the same and are kept from the same.
    fn head_behind(&self, passed: Option<Order>) -> Option<Order> {
        let fits = |load, excluded: &[AgentId]| match excluded {
            [] => self.free.has(|spare: Spare| spare.fits(load)),
            _ => self.taker(load, excluded).is_some(),
        };
        self.waiting.next_for(passed.as_ref(), fits).map(|(_, order)| order)
    }

    /// The first of the free agents who can take such a session, but these.
    pub(super) fn taker(&self, load: Load, excluded: &[AgentId]) -> Option<&AgentId> {
        let wanted = |idle: &Idle| !excluded.contains(&idle.agent);
        self.free.first(|spare| spare.fits(load), wanted).map(|idle| &idle.agent)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.free.is_empty()
    }
}
