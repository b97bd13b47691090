//! Answers to offers, in `desk.proto`.

use usher_domain::AgentId;
use usher_domain::desk::OfferAnswer;
use wire::desk_input::Answer;

use crate::error::DecodeError;
use crate::field::{id, name, required};
use crate::wire;

impl From<&OfferAnswer> for Answer {
    fn from(answer: &OfferAnswer) -> Self {
        Self {
            account: Some((&answer.account).into()),
            session: answer.session.to_string(),
            agent: answer.agent.to_string(),
            placement: Some(answer.placement.into()),
            accepts: answer.accepts,
        }
    }
}

impl TryFrom<Answer> for OfferAnswer {
    type Error = DecodeError;

    fn try_from(answer: Answer) -> Result<Self, DecodeError> {
        Ok(Self {
            account: required("account", answer.account)?,
            session: id("session", &answer.session)?,
            agent: name("agent", answer.agent, AgentId::new)?,
            placement: required("placement", answer.placement)?,
            accepts: answer.accepts,
        })
    }
}
