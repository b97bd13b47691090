//! The line in which a session waits, as facts name it.

use std::fmt;

use usher_domain::{AgentId, GroupId, Target};

/// A line at a desk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Line {
    /// For this agent and no other.
    Agent(AgentId),
    /// For any agent of this group.
    Group(GroupId),
    /// For the agents in no group.
    Default,
}

impl Line {
    /// The line of a target: the agent wins over a group beside it.
    pub fn of(target: &Target) -> Self {
        match (&target.agent, &target.group) {
            (Some(agent), _) => Self::Agent(agent.clone()),
            (None, Some(group)) => Self::Group(group.clone()),
            (None, None) => Self::Default,
        }
    }

    /// Whether an agent with these groups serves it.
    pub(crate) fn is_served_by(&self, agent: &AgentId, groups: &[GroupId]) -> bool {
        match self {
            Self::Agent(own) => own == agent,
            Self::Group(group) => groups.contains(group),
            Self::Default => groups.is_empty(),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => write!(f, "agent {agent}"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::Default => f.write_str("anybody in no group"),
        }
    }
}
