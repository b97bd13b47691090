//! Facts of conversations: sessions, messages, surveys.

use usher_domain::AgentId;
use usher_domain::event::Fact;
use wire::event;

use crate::error::DecodeError;
use crate::field::{choice, id, name, optional_id, optional_instant, required, score};
use crate::wire;

impl TryFrom<event::SessionOpened> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionOpened) -> Result<Self, DecodeError> {
        Ok(Self::SessionOpened { session: id("session", &fact.session)?, with_bot: fact.with_bot })
    }
}

impl TryFrom<event::SessionWaiting> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionWaiting) -> Result<Self, DecodeError> {
        Ok(Self::SessionWaiting {
            session: id("session", &fact.session)?,
            epoch: fact.epoch,
            target: required("target", fact.target)?,
            vip: fact.vip,
        })
    }
}

impl TryFrom<event::SessionPromoted> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionPromoted) -> Result<Self, DecodeError> {
        Ok(Self::SessionPromoted { session: id("session", &fact.session)? })
    }
}

impl TryFrom<event::SessionQueued> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionQueued) -> Result<Self, DecodeError> {
        Ok(Self::SessionQueued { session: id("session", &fact.session)?, position: fact.position })
    }
}

impl TryFrom<event::SessionAssigned> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionAssigned) -> Result<Self, DecodeError> {
        Ok(Self::SessionAssigned {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
        })
    }
}

impl TryFrom<event::SessionLeft> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionLeft) -> Result<Self, DecodeError> {
        Ok(Self::SessionLeft {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
        })
    }
}

impl TryFrom<event::SessionClosed> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionClosed) -> Result<Self, DecodeError> {
        Ok(Self::SessionClosed {
            session: id("session", &fact.session)?,
            reason: choice::<wire::CloseReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::InputIgnored> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::InputIgnored) -> Result<Self, DecodeError> {
        Ok(Self::InputIgnored {
            input: id("input", &fact.input)?,
            command: choice::<wire::Command, _>("command", fact.command)?,
        })
    }
}

impl TryFrom<event::InputRepeated> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::InputRepeated) -> Result<Self, DecodeError> {
        Ok(Self::InputRepeated { input: id("input", &fact.input)? })
    }
}

impl TryFrom<event::InputForwarded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::InputForwarded) -> Result<Self, DecodeError> {
        Ok(Self::InputForwarded { input: id("input", &fact.input)?, to: id("to", &fact.to)? })
    }
}

impl TryFrom<event::CommandRefused> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::CommandRefused) -> Result<Self, DecodeError> {
        Ok(Self::CommandRefused {
            input: id("input", &fact.input)?,
            command: choice::<wire::Command, _>("command", fact.command)?,
            reason: choice::<wire::Refusal, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::MessageOrdered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageOrdered) -> Result<Self, DecodeError> {
        Ok(Self::MessageOrdered {
            message: id("message", &fact.message)?,
            deadline: optional_instant(fact.deadline_ms),
        })
    }
}

impl TryFrom<event::MessageStatus> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageStatus) -> Result<Self, DecodeError> {
        Ok(Self::MessageStatus {
            message: id("message", &fact.message)?,
            leg: choice::<wire::Leg, _>("leg", fact.leg)?,
            status: choice::<wire::Status, _>("status", fact.status)?,
        })
    }
}

impl TryFrom<event::MessageRevoking> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageRevoking) -> Result<Self, DecodeError> {
        Ok(Self::MessageRevoking { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::MessageRevokeAnswered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageRevokeAnswered) -> Result<Self, DecodeError> {
        Ok(Self::MessageRevokeAnswered { message: id("message", &fact.message)?, revoked: fact.revoked })
    }
}

impl TryFrom<event::MessageOutcome> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageOutcome) -> Result<Self, DecodeError> {
        Ok(Self::MessageOutcome {
            message: id("message", &fact.message)?,
            outcome: choice::<wire::Outcome, _>("outcome", fact.outcome)?,
            reason: choice::<wire::OutcomeReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::DuplicateDelivered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::DuplicateDelivered) -> Result<Self, DecodeError> {
        Ok(Self::DuplicateDelivered { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::ReceiptUnmatched> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::ReceiptUnmatched) -> Result<Self, DecodeError> {
        Ok(Self::ReceiptUnmatched { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::MessageRecalled> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageRecalled) -> Result<Self, DecodeError> {
        Ok(Self::MessageRecalled { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::ProfileEdited> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::ProfileEdited) -> Result<Self, DecodeError> {
        let field = |number| choice::<wire::ProfileField, _>("fields", number);
        let fields = fact.fields.into_iter().map(field).collect::<Result<_, _>>()?;
        Ok(Self::ProfileEdited { session: id("session", &fact.session)?, fields })
    }
}

impl TryFrom<event::SurveyAnswered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SurveyAnswered) -> Result<Self, DecodeError> {
        Ok(Self::SurveyAnswered {
            session: optional_id("session", fact.session)?,
            score: fact.score.map(score).transpose()?,
        })
    }
}

impl TryFrom<event::SubscriptionChanged> for Fact {
    type Error = DecodeError;

    /// Any answer is one; the signature is that of all facts.
    fn try_from(fact: event::SubscriptionChanged) -> Result<Self, DecodeError> {
        Ok(Self::SubscriptionChanged { opted_out: fact.opted_out })
    }
}
