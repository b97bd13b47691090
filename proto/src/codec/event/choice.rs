//! The closed lists of `event.proto`.

use usher_domain::event::{
    CloseReason, Command, Outcome, OutcomeReason, PresenceReason, Refusal, RescindReason, Rule, Status,
};

use crate::error::DecodeError;
use crate::field::unspecified;
use crate::wire;

impl From<CloseReason> for wire::CloseReason {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Agent => Self::Agent,
            CloseReason::Visitor => Self::Visitor,
            CloseReason::Idle => Self::Idle,
            CloseReason::Refused => Self::Refused,
            CloseReason::Supervisor => Self::Supervisor,
        }
    }
}

impl TryFrom<wire::CloseReason> for CloseReason {
    type Error = DecodeError;

    fn try_from(reason: wire::CloseReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::CloseReason::Unspecified => return unspecified(),
            wire::CloseReason::Agent => Self::Agent,
            wire::CloseReason::Visitor => Self::Visitor,
            wire::CloseReason::Idle => Self::Idle,
            wire::CloseReason::Refused => Self::Refused,
            wire::CloseReason::Supervisor => Self::Supervisor,
        })
    }
}

impl From<Command> for wire::Command {
    fn from(command: Command) -> Self {
        match command {
            Command::Connect => Self::Connect,
            Command::Ask => Self::Ask,
            Command::Leave => Self::Leave,
            Command::Typing => Self::Typing,
            Command::Read => Self::Read,
            Command::Send => Self::Send,
            Command::Transfer => Self::Transfer,
            Command::Close => Self::Close,
            Command::Recall => Self::Recall,
            Command::Profile => Self::Profile,
            Command::HandOver => Self::HandOver,
            Command::Hold => Self::Hold,
            Command::Resume => Self::Resume,
            Command::Consult => Self::Consult,
            Command::Whisper => Self::Whisper,
            Command::EndConsult => Self::EndConsult,
            Command::InviteSurvey => Self::InviteSurvey,
            Command::Accept => Self::Accept,
            Command::Decline => Self::Decline,
        }
    }
}

impl TryFrom<wire::Command> for Command {
    type Error = DecodeError;

    fn try_from(command: wire::Command) -> Result<Self, DecodeError> {
        Ok(match command {
            wire::Command::Unspecified => return unspecified(),
            wire::Command::Connect => Self::Connect,
            wire::Command::Ask => Self::Ask,
            wire::Command::Leave => Self::Leave,
            wire::Command::Typing => Self::Typing,
            wire::Command::Read => Self::Read,
            wire::Command::Send => Self::Send,
            wire::Command::Transfer => Self::Transfer,
            wire::Command::Close => Self::Close,
            wire::Command::Recall => Self::Recall,
            wire::Command::Profile => Self::Profile,
            wire::Command::HandOver => Self::HandOver,
            wire::Command::Hold => Self::Hold,
            wire::Command::Resume => Self::Resume,
            wire::Command::Consult => Self::Consult,
            wire::Command::Whisper => Self::Whisper,
            wire::Command::EndConsult => Self::EndConsult,
            wire::Command::InviteSurvey => Self::InviteSurvey,
            wire::Command::Accept => Self::Accept,
            wire::Command::Decline => Self::Decline,
        })
    }
}

impl From<Refusal> for wire::Refusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Closed,
            Refusal::NotAssigned => Self::NotAssigned,
            Refusal::Moved => Self::Moved,
            Refusal::NoSuchMessage => Self::NoSuchMessage,
            Refusal::NotPossible => Self::NotPossible,
            Refusal::OfferGone => Self::OfferGone,
        }
    }
}

impl TryFrom<wire::Refusal> for Refusal {
    type Error = DecodeError;

    fn try_from(refusal: wire::Refusal) -> Result<Self, DecodeError> {
        Ok(match refusal {
            wire::Refusal::Unspecified => return unspecified(),
            wire::Refusal::Closed => Self::Closed,
            wire::Refusal::NotAssigned => Self::NotAssigned,
            wire::Refusal::Moved => Self::Moved,
            wire::Refusal::NoSuchMessage => Self::NoSuchMessage,
            wire::Refusal::NotPossible => Self::NotPossible,
            wire::Refusal::OfferGone => Self::OfferGone,
        })
    }
}

impl From<RescindReason> for wire::RescindReason {
    fn from(reason: RescindReason) -> Self {
        match reason {
            RescindReason::Taken => Self::Taken,
            RescindReason::Overtaken => Self::Overtaken,
            RescindReason::NotOnline => Self::NotOnline,
            RescindReason::Offline => Self::Offline,
            RescindReason::Removed => Self::Removed,
            RescindReason::Supervisor => Self::Supervisor,
        }
    }
}

impl TryFrom<wire::RescindReason> for RescindReason {
    type Error = DecodeError;

    fn try_from(reason: wire::RescindReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::RescindReason::Unspecified => return unspecified(),
            wire::RescindReason::Taken => Self::Taken,
            wire::RescindReason::Overtaken => Self::Overtaken,
            wire::RescindReason::NotOnline => Self::NotOnline,
            wire::RescindReason::Offline => Self::Offline,
            wire::RescindReason::Removed => Self::Removed,
            wire::RescindReason::Supervisor => Self::Supervisor,
        })
    }
}

impl From<Status> for wire::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::Accepted => Self::Accepted,
            Status::Sent => Self::Sent,
            Status::Expired => Self::Expired,
            Status::Failed => Self::Failed,
            Status::Delivered => Self::Delivered,
            Status::Read => Self::Read,
        }
    }
}

impl TryFrom<wire::Status> for Status {
    type Error = DecodeError;

    fn try_from(status: wire::Status) -> Result<Self, DecodeError> {
        Ok(match status {
            wire::Status::Unspecified => return unspecified(),
            wire::Status::Accepted => Self::Accepted,
            wire::Status::Sent => Self::Sent,
            wire::Status::Expired => Self::Expired,
            wire::Status::Failed => Self::Failed,
            wire::Status::Delivered => Self::Delivered,
            wire::Status::Read => Self::Read,
        })
    }
}

impl From<Outcome> for wire::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Delivered => Self::Delivered,
            Outcome::FellBack => Self::FellBack,
            Outcome::FellBackAtRisk => Self::FellBackAtRisk,
            Outcome::Suppressed => Self::Suppressed,
            Outcome::Failed => Self::Failed,
        }
    }
}

impl TryFrom<wire::Outcome> for Outcome {
    type Error = DecodeError;

    fn try_from(outcome: wire::Outcome) -> Result<Self, DecodeError> {
        Ok(match outcome {
            wire::Outcome::Unspecified => return unspecified(),
            wire::Outcome::Delivered => Self::Delivered,
            wire::Outcome::FellBack => Self::FellBack,
            wire::Outcome::FellBackAtRisk => Self::FellBackAtRisk,
            wire::Outcome::Suppressed => Self::Suppressed,
            wire::Outcome::Failed => Self::Failed,
        })
    }
}

impl From<OutcomeReason> for wire::OutcomeReason {
    fn from(reason: OutcomeReason) -> Self {
        match reason {
            OutcomeReason::Receipt => Self::Receipt,
            OutcomeReason::NotReachable => Self::NotReachable,
            OutcomeReason::TtlRevoked => Self::TtlRevoked,
            OutcomeReason::NeverSubmitted => Self::NeverSubmitted,
            OutcomeReason::Critical => Self::Critical,
            OutcomeReason::Revoked => Self::Revoked,
            OutcomeReason::NoEvidence => Self::NoEvidence,
            OutcomeReason::OptedOut => Self::OptedOut,
            OutcomeReason::NoNumber => Self::NoNumber,
            OutcomeReason::FallbackOff => Self::FallbackOff,
            OutcomeReason::NoText => Self::NoText,
            OutcomeReason::Recalled => Self::Recalled,
        }
    }
}

impl TryFrom<wire::OutcomeReason> for OutcomeReason {
    type Error = DecodeError;

    fn try_from(reason: wire::OutcomeReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::OutcomeReason::Unspecified => return unspecified(),
            wire::OutcomeReason::Receipt => Self::Receipt,
            wire::OutcomeReason::NotReachable => Self::NotReachable,
            wire::OutcomeReason::TtlRevoked => Self::TtlRevoked,
            wire::OutcomeReason::NeverSubmitted => Self::NeverSubmitted,
            wire::OutcomeReason::Critical => Self::Critical,
            wire::OutcomeReason::Revoked => Self::Revoked,
            wire::OutcomeReason::NoEvidence => Self::NoEvidence,
            wire::OutcomeReason::OptedOut => Self::OptedOut,
            wire::OutcomeReason::NoNumber => Self::NoNumber,
            wire::OutcomeReason::FallbackOff => Self::FallbackOff,
            wire::OutcomeReason::NoText => Self::NoText,
            wire::OutcomeReason::Recalled => Self::Recalled,
        })
    }
}

impl From<Rule> for wire::Rule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Designated => Self::Designated,
            Rule::LongestIdleOfGroup => Self::LongestIdleOfGroup,
            Rule::LongestIdleOfDefault => Self::LongestIdleOfDefault,
            Rule::LastAgent => Self::LastAgent,
            Rule::LeastLoadedOfGroup => Self::LeastLoadedOfGroup,
            Rule::LeastLoadedOfDefault => Self::LeastLoadedOfDefault,
            Rule::HighestSkillOfGroup => Self::HighestSkillOfGroup,
            Rule::LongestIdleOfAll => Self::LongestIdleOfAll,
            Rule::LeastLoadedOfAll => Self::LeastLoadedOfAll,
            Rule::Supervisor => Self::Supervisor,
        }
    }
}

impl TryFrom<wire::Rule> for Rule {
    type Error = DecodeError;

    fn try_from(rule: wire::Rule) -> Result<Self, DecodeError> {
        Ok(match rule {
            wire::Rule::Unspecified => return unspecified(),
            wire::Rule::Designated => Self::Designated,
            wire::Rule::LongestIdleOfGroup => Self::LongestIdleOfGroup,
            wire::Rule::LongestIdleOfDefault => Self::LongestIdleOfDefault,
            wire::Rule::LastAgent => Self::LastAgent,
            wire::Rule::LeastLoadedOfGroup => Self::LeastLoadedOfGroup,
            wire::Rule::LeastLoadedOfDefault => Self::LeastLoadedOfDefault,
            wire::Rule::HighestSkillOfGroup => Self::HighestSkillOfGroup,
            wire::Rule::LongestIdleOfAll => Self::LongestIdleOfAll,
            wire::Rule::LeastLoadedOfAll => Self::LeastLoadedOfAll,
            wire::Rule::Supervisor => Self::Supervisor,
        })
    }
}

impl From<PresenceReason> for wire::PresenceReason {
    fn from(reason: PresenceReason) -> Self {
        match reason {
            PresenceReason::Said => Self::Said,
            PresenceReason::LeaseLost => Self::LeaseLost,
            PresenceReason::MissedOffers => Self::MissedOffers,
            PresenceReason::Drained => Self::Drained,
            PresenceReason::Supervisor => Self::Supervisor,
            PresenceReason::Removed => Self::Removed,
        }
    }
}

impl TryFrom<wire::PresenceReason> for PresenceReason {
    type Error = DecodeError;

    /// Facts of earlier versions carry none: a presence was what a workspace said.
    fn try_from(reason: wire::PresenceReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::PresenceReason::Unspecified | wire::PresenceReason::Said => Self::Said,
            wire::PresenceReason::LeaseLost => Self::LeaseLost,
            wire::PresenceReason::MissedOffers => Self::MissedOffers,
            wire::PresenceReason::Drained => Self::Drained,
            wire::PresenceReason::Supervisor => Self::Supervisor,
            wire::PresenceReason::Removed => Self::Removed,
        })
    }
}
