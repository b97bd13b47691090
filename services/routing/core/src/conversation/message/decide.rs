//! The outcome table: what follows from one piece of evidence about a message with a deadline. Pure; carries nothing out.

use usher_domain::event::{Outcome, OutcomeReason};
use usher_domain::message::Unknown;
use usher_domain::receipt::{Attempts, Report};
use usher_domain::state::conversation::{Life, OpenMessage};

/// What is learnt of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Evidence {
    /// It arrived.
    Arrived,
    /// It certainly did not, and will not.
    Lost(OutcomeReason),
    /// Nobody can say, and nobody tries any more.
    Unsure,
    /// A revoke was answered.
    RevokeAnswered { revoked: bool },
    /// The deadline, or the grace after a revoke, is over.
    Waited,
}

impl Evidence {
    /// What a report proves; `None`: that it is under way.
    pub(super) fn of(report: &Report) -> Option<Self> {
        match report {
            Report::Sent { .. } => None,
            Report::Delivered | Report::Read => Some(Self::Arrived),
            Report::NotReachable { .. } => Some(Self::Lost(OutcomeReason::NotReachable)),
            Report::TtlRevoked => Some(Self::Lost(OutcomeReason::TtlRevoked)),
            Report::Failed { attempts: Attempts::None, .. } | Report::Expired { attempts: Attempts::None } => {
                Some(Self::Lost(OutcomeReason::NeverSubmitted))
            }
            Report::Failed { attempts: Attempts::Maybe, .. }
            | Report::Expired { attempts: Attempts::Maybe }
            | Report::TtlRevokeFailed => Some(Self::Unsure),
            Report::RevokeAnswered { revoked } => Some(Self::RevokeAnswered { revoked: *revoked }),
        }
    }
}

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Decision {
    /// Nothing.
    Nothing,
    /// A message without a deadline arrived.
    Settle,
    /// A message without a deadline failed.
    Fail(OutcomeReason),
    /// It arrived in time: timers end.
    Deliver,
    /// Send the SMS; it may be a second copy when `at_risk`, then the message is called back as well if it still can be.
    FallBack { reason: OutcomeReason, at_risk: bool, revoke: bool },
    /// Call it back and wait for evidence.
    Revoke,
    /// Remember what the revoke was answered with.
    Remember { revoked: bool },
    /// Send nothing, by policy.
    Silence,
    /// It arrived although its SMS had been ordered.
    Flag,
}

/// One row of the table.
pub(super) fn decide(message: &OpenMessage, evidence: Evidence) -> Decision {
    match message.life {
        Life::Untimed { settled, .. } => untimed(settled, evidence),
        Life::Open { .. } => open(message, evidence),
        Life::Revoking { revoked, .. } => revoking(message, revoked, evidence),
        Life::Ended { outcome, .. } => ended(outcome, evidence),
    }
}

fn untimed(settled: bool, evidence: Evidence) -> Decision {
    match evidence {
        _ if settled => Decision::Nothing,
        Evidence::Arrived => Decision::Settle,
        Evidence::Lost(reason) => Decision::Fail(reason),
        Evidence::Unsure => Decision::Fail(OutcomeReason::Receipt),
        Evidence::RevokeAnswered { .. } | Evidence::Waited => Decision::Nothing,
    }
}

fn open(message: &OpenMessage, evidence: Evidence) -> Decision {
    match evidence {
        Evidence::Arrived => Decision::Deliver,
        Evidence::Lost(reason) => Decision::FallBack { reason, at_risk: false, revoke: false },
        // Better twice than not: a one-time password does not wait for proof.
        Evidence::Unsure | Evidence::Waited if message.class.is_critical() => {
            Decision::FallBack { reason: OutcomeReason::Critical, at_risk: true, revoke: true }
        }
        Evidence::Unsure | Evidence::Waited => Decision::Revoke,
        Evidence::RevokeAnswered { .. } => Decision::Nothing,
    }
}

fn revoking(message: &OpenMessage, revoked: bool, evidence: Evidence) -> Decision {
    match evidence {
        Evidence::Arrived => Decision::Deliver,
        Evidence::Lost(reason) => Decision::FallBack { reason, at_risk: false, revoke: false },
        Evidence::RevokeAnswered { revoked } => Decision::Remember { revoked },
        Evidence::Unsure => Decision::Nothing,
        Evidence::Waited if revoked => {
            Decision::FallBack { reason: OutcomeReason::Revoked, at_risk: false, revoke: false }
        }
        Evidence::Waited => match message.unknown {
            Unknown::Sms => Decision::FallBack { reason: OutcomeReason::NoEvidence, at_risk: true, revoke: false },
            Unknown::Silence => Decision::Silence,
        },
    }
}

fn ended(outcome: Outcome, evidence: Evidence) -> Decision {
    let fell_back = matches!(outcome, Outcome::FellBack | Outcome::FellBackAtRisk);
    if fell_back && evidence == Evidence::Arrived { Decision::Flag } else { Decision::Nothing }
}
