//! Facts of how a session is served, on their way in: consults, what is set aside, what comes late, surveys.

use usher_domain::AgentId;
use usher_domain::GroupId;
use usher_domain::event::{Average, Fact};
use wire::event;

use crate::error::DecodeError;
use crate::field::{choice, id, name, optional, optional_name, required};
use crate::wire;

impl TryFrom<event::SurveyInvited> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SurveyInvited) -> Result<Self, DecodeError> {
        Ok(Self::SurveyInvited { session: id("session", &fact.session)? })
    }
}

impl From<Average> for event::Average {
    fn from(average: Average) -> Self {
        Self { count: average.count, sum: average.sum, hundredths: average.hundredths() }
    }
}

impl TryFrom<event::Average> for Average {
    type Error = DecodeError;

    /// The mean follows from the other two.
    fn try_from(average: event::Average) -> Result<Self, DecodeError> {
        Ok(Self { count: average.count, sum: average.sum })
    }
}

impl TryFrom<event::SurveyAverages> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SurveyAverages) -> Result<Self, DecodeError> {
        Ok(Self::SurveyAverages {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            of_agent: required("of_agent", fact.of_agent)?,
            group: optional_name("group", fact.group, GroupId::new)?,
            of_group: optional("of_group", fact.of_group)?,
        })
    }
}

impl TryFrom<event::SessionOnHold> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionOnHold) -> Result<Self, DecodeError> {
        let agent = name("agent", fact.agent, AgentId::new)?;
        Ok(Self::SessionOnHold { session: id("session", &fact.session)?, agent })
    }
}

impl TryFrom<event::SessionConsulted> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionConsulted) -> Result<Self, DecodeError> {
        Ok(Self::SessionConsulted {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            by: name("by", fact.by, AgentId::new)?,
        })
    }
}

impl TryFrom<event::ConsultEnded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::ConsultEnded) -> Result<Self, DecodeError> {
        let agent = name("agent", fact.agent, AgentId::new)?;
        Ok(Self::ConsultEnded { session: id("session", &fact.session)?, agent })
    }
}

impl TryFrom<event::FirstReplyLate> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::FirstReplyLate) -> Result<Self, DecodeError> {
        Ok(Self::FirstReplyLate {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
            requeues: fact.requeues,
        })
    }
}

impl TryFrom<event::VisitorReminded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::VisitorReminded) -> Result<Self, DecodeError> {
        Ok(Self::VisitorReminded { session: id("session", &fact.session)? })
    }
}

impl TryFrom<event::MessageInvited> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageInvited) -> Result<Self, DecodeError> {
        Ok(Self::MessageInvited {
            session: id("session", &fact.session)?,
            reason: choice::<wire::RefusedReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::MessageLeft> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageLeft) -> Result<Self, DecodeError> {
        Ok(Self::MessageLeft { session: id("session", &fact.session)?, message: id("message", &fact.message)? })
    }
}
