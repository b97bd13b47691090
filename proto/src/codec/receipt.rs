//! `receipt.proto`.

use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{AccountId, Receipt};
use wire::receipt::{
    Delivered, Expired, Failed, NotReachable, Read, Report as WireReport, RevokeAnswered, Sent, TtlRevokeFailed,
    TtlRevoked,
};

use crate::error::DecodeError;
use crate::field::{choice, id, optional_instant, optional_name, text, unspecified, variant};
use crate::wire;

impl From<&Receipt> for wire::Receipt {
    fn from(receipt: &Receipt) -> Self {
        Self {
            message: receipt.message.to_string(),
            leg: wire::Leg::from(receipt.leg).into(),
            reported_at_ms: receipt.reported_at.map(|at| at.millis()),
            report: Some((&receipt.report).into()),
            account: text(&receipt.account),
        }
    }
}

impl TryFrom<wire::Receipt> for Receipt {
    type Error = DecodeError;

    fn try_from(receipt: wire::Receipt) -> Result<Self, DecodeError> {
        Ok(Self {
            message: id("message", &receipt.message)?,
            leg: choice::<wire::Leg, _>("leg", receipt.leg)?,
            account: optional_name("account", receipt.account, AccountId::new)?,
            report: variant("report", receipt.report)?,
            reported_at: optional_instant(receipt.reported_at_ms),
        })
    }
}

impl From<&Report> for WireReport {
    fn from(report: &Report) -> Self {
        match report {
            Report::Sent { provider_id } => Self::Sent(Sent { provider_id: provider_id.clone() }),
            Report::Delivered => Self::Delivered(Delivered {}),
            Report::Read => Self::Read(Read {}),
            Report::NotReachable { reason } => Self::NotReachable(NotReachable { reason: reason.clone() }),
            Report::Failed { attempts, reason } => {
                Self::Failed(Failed { attempts: wire::Attempts::from(*attempts).into(), reason: reason.clone() })
            }
            Report::Expired { attempts } => Self::Expired(Expired { attempts: wire::Attempts::from(*attempts).into() }),
            Report::TtlRevoked => Self::TtlRevoked(TtlRevoked {}),
            Report::TtlRevokeFailed => Self::TtlRevokeFailed(TtlRevokeFailed {}),
            Report::RevokeAnswered { revoked } => Self::RevokeAnswered(RevokeAnswered { revoked: *revoked }),
        }
    }
}

impl TryFrom<WireReport> for Report {
    type Error = DecodeError;

    fn try_from(report: WireReport) -> Result<Self, DecodeError> {
        Ok(match report {
            WireReport::Sent(sent) => Self::Sent { provider_id: sent.provider_id },
            WireReport::Delivered(_) => Self::Delivered,
            WireReport::Read(_) => Self::Read,
            WireReport::NotReachable(refused) => Self::NotReachable { reason: refused.reason },
            WireReport::Failed(failed) => Self::Failed {
                attempts: choice::<wire::Attempts, _>("failed.attempts", failed.attempts)?,
                reason: failed.reason,
            },
            WireReport::Expired(expired) => {
                Self::Expired { attempts: choice::<wire::Attempts, _>("expired.attempts", expired.attempts)? }
            }
            WireReport::TtlRevoked(_) => Self::TtlRevoked,
            WireReport::TtlRevokeFailed(_) => Self::TtlRevokeFailed,
            WireReport::RevokeAnswered(answer) => Self::RevokeAnswered { revoked: answer.revoked },
        })
    }
}

impl From<Leg> for wire::Leg {
    fn from(leg: Leg) -> Self {
        match leg {
            Leg::Channel => Self::Channel,
            Leg::Sms => Self::Sms,
        }
    }
}

impl TryFrom<wire::Leg> for Leg {
    type Error = DecodeError;

    fn try_from(leg: wire::Leg) -> Result<Self, DecodeError> {
        Ok(match leg {
            wire::Leg::Unspecified => return unspecified(),
            wire::Leg::Channel => Self::Channel,
            wire::Leg::Sms => Self::Sms,
        })
    }
}

impl From<Attempts> for wire::Attempts {
    fn from(attempts: Attempts) -> Self {
        match attempts {
            Attempts::None => Self::None,
            Attempts::Maybe => Self::Maybe,
        }
    }
}

impl TryFrom<wire::Attempts> for Attempts {
    type Error = DecodeError;

    fn try_from(attempts: wire::Attempts) -> Result<Self, DecodeError> {
        Ok(match attempts {
            wire::Attempts::Unspecified => return unspecified(),
            wire::Attempts::None => Self::None,
            wire::Attempts::Maybe => Self::Maybe,
        })
    }
}
