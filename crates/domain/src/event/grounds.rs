//! What a desk decided by: the rank of a session, the rule, and what else was to choose from; and
//! what visitors think of it.

use crate::ids::GroupId;
use crate::time::Timestamp;

/// What came of all answers that count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Average {
    /// How many.
    pub count: u64,
    /// All their scores together.
    pub sum: u64,
}

impl Average {
    /// The same with one answer more.
    #[must_use]
    pub const fn with(self, score: u8) -> Self {
        Self { count: self.count.saturating_add(1), sum: self.sum.saturating_add(score as u64) }
    }

    /// The mean in hundredths, rounded down; 0 of none.
    pub const fn hundredths(self) -> u64 {
        match self.sum.saturating_mul(100).checked_div(self.count) {
            Some(mean) => mean,
            None => 0,
        }
    }
}

/// What sessions wait in order of: VIPs first, then who asked earlier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rank {
    /// In front of all who are not, where the order is so.
    pub vip: bool,
    /// When it first asked for a human, or was handed on to a queue where one then stands behind the others.
    pub asked_at: Timestamp,
    /// Higher is more urgent, where the order looks at it.
    pub priority: u8,
    /// So many VIPs had been served before that it was the turn of another.
    pub in_turn: bool,
}

/// Why an agent was chosen for a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grounds {
    /// How many agents were free for it.
    pub candidates: u32,
    /// How many sessions waited in its lane, itself included.
    pub waiting: u32,
    /// Its rank among them and those of all other lanes: it was the first by it.
    pub rank: Rank,
    /// By which rule.
    pub rule: Rule,
    /// The group whose agents were looked at; `None`: another line.
    pub group: Option<GroupId>,
    /// How many steps its search had taken; 0: it waited in its own line.
    pub step: u32,
    /// The directory it was decided by.
    pub revision: u64,
}

/// By which rule an agent was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The session named the agent.
    Designated,
    /// The longest idle agent of the group.
    LongestIdleOfGroup,
    /// The longest idle agent of those in no group.
    LongestIdleOfDefault,
    /// Who had the conversation last.
    LastAgent,
    /// Of the group, who has the smallest share of their capacity taken.
    LeastLoadedOfGroup,
    /// Of those in no group, who has the smallest share of their capacity taken.
    LeastLoadedOfDefault,
    /// Who has the highest level in the group.
    HighestSkillOfGroup,
    /// The longest idle agent of the desk.
    LongestIdleOfAll,
    /// Of the whole desk, who has the smallest share of their capacity taken.
    LeastLoadedOfAll,
    /// A supervisor named the agent.
    Supervisor,
}

impl Rule {
    /// All, in the order of their numbers on the wire.
    pub const ALL: [Self; 10] = [
        Self::Designated,
        Self::LongestIdleOfGroup,
        Self::LongestIdleOfDefault,
        Self::LastAgent,
        Self::LeastLoadedOfGroup,
        Self::LeastLoadedOfDefault,
        Self::HighestSkillOfGroup,
        Self::LongestIdleOfAll,
        Self::LeastLoadedOfAll,
        Self::Supervisor,
    ];

    /// It in words, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Designated => "named by the visitor",
            Self::LongestIdleOfGroup => "longest idle of the group",
            Self::LongestIdleOfDefault => "longest idle of those in no group",
            Self::LastAgent => "had the conversation last",
            Self::LeastLoadedOfGroup => "least loaded of the group",
            Self::LeastLoadedOfDefault => "least loaded of those in no group",
            Self::HighestSkillOfGroup => "highest level in the group",
            Self::LongestIdleOfAll => "longest idle of the desk",
            Self::LeastLoadedOfAll => "least loaded of the desk",
            Self::Supervisor => "named by a supervisor",
        }
    }
}
