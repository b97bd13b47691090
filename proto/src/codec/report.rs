//! `report.proto`.

use usher_domain::report::{Fate, HeardPart, Part, Utf16};
use usher_domain::{AccountId, ProviderId, ReportAct, ReportInput, TenantId};
use wire::fate::Fate as WireFate;
use wire::report_input::{Act, Heard, PartEnded, Reported, Submitted};

use crate::error::DecodeError;
use crate::field::{choice, id, name, required, variant, within};
use crate::wire;

impl From<&ReportInput> for wire::ReportInput {
    fn from(input: &ReportInput) -> Self {
        Self { tenant: input.tenant.to_string(), account: input.account.to_string(), act: Some((&input.act).into()) }
    }
}

impl TryFrom<wire::ReportInput> for ReportInput {
    type Error = DecodeError;

    fn try_from(input: wire::ReportInput) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", input.tenant, TenantId::new)?,
            account: name("account", input.account, AccountId::new)?,
            act: variant("act", input.act)?,
        })
    }
}

impl From<&ReportAct> for Act {
    fn from(act: &ReportAct) -> Self {
        match act {
            ReportAct::Submitted { provider_id, part } => {
                Self::Submitted(Submitted { provider_id: provider_id.to_string(), part: Some(part.into()) })
            }
            ReportAct::Reported { provider_id, fate } => {
                Self::Reported(Reported { provider_id: provider_id.to_string(), fate: Some(fate.into()) })
            }
            ReportAct::PartEnded { part, fate } => {
                Self::PartEnded(PartEnded { part: Some(part.into()), fate: Some(fate.into()) })
            }
            ReportAct::Heard(heard) => Self::Heard(heard.as_ref().into()),
        }
    }
}

impl TryFrom<Act> for ReportAct {
    type Error = DecodeError;

    fn try_from(act: Act) -> Result<Self, DecodeError> {
        Ok(match act {
            Act::Submitted(submitted) => within("submitted", submitted)?,
            Act::Reported(reported) => within("reported", reported)?,
            Act::PartEnded(ended) => within("part_ended", ended)?,
            Act::Heard(heard) => Self::Heard(Box::new(within("heard", heard)?)),
        })
    }
}

impl TryFrom<Submitted> for ReportAct {
    type Error = DecodeError;

    fn try_from(submitted: Submitted) -> Result<Self, DecodeError> {
        Ok(Self::Submitted {
            provider_id: name("provider_id", submitted.provider_id, ProviderId::new)?,
            part: required("part", submitted.part)?,
        })
    }
}

impl TryFrom<Reported> for ReportAct {
    type Error = DecodeError;

    fn try_from(reported: Reported) -> Result<Self, DecodeError> {
        Ok(Self::Reported {
            provider_id: name("provider_id", reported.provider_id, ProviderId::new)?,
            fate: required("fate", reported.fate)?,
        })
    }
}

impl TryFrom<PartEnded> for ReportAct {
    type Error = DecodeError;

    fn try_from(ended: PartEnded) -> Result<Self, DecodeError> {
        Ok(Self::PartEnded { part: required("part", ended.part)?, fate: required("fate", ended.fate)? })
    }
}

impl From<&HeardPart> for Heard {
    fn from(heard: &HeardPart) -> Self {
        Self {
            whole: Some((&heard.whole).into()),
            of: heard.of.to_string(),
            number: heard.number,
            count: heard.count,
            text: utf16_bytes(&heard.text),
        }
    }
}

impl TryFrom<Heard> for HeardPart {
    type Error = DecodeError;

    fn try_from(heard: Heard) -> Result<Self, DecodeError> {
        Ok(Self {
            whole: required("whole", heard.whole)?,
            of: id("of", &heard.of)?,
            number: heard.number,
            count: heard.count,
            text: utf16(&heard.text),
        })
    }
}

/// UTF-16BE.
pub(crate) fn utf16_bytes(text: &Utf16) -> Vec<u8> {
    text.units().iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

/// An octet that is left over is no unit.
pub(crate) fn utf16(bytes: &[u8]) -> Utf16 {
    Utf16::new(bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
}

impl From<&Part> for wire::Part {
    fn from(part: &Part) -> Self {
        Self {
            conversation: part.conversation.to_string(),
            message: part.message.to_string(),
            leg: wire::Leg::from(part.leg).into(),
            number: part.number,
            count: part.count,
        }
    }
}

impl TryFrom<wire::Part> for Part {
    type Error = DecodeError;

    fn try_from(part: wire::Part) -> Result<Self, DecodeError> {
        Ok(Self {
            conversation: id("conversation", &part.conversation)?,
            message: id("message", &part.message)?,
            leg: choice::<wire::Leg, _>("leg", part.leg)?,
            number: part.number,
            count: part.count,
        })
    }
}

impl From<&Fate> for wire::Fate {
    fn from(fate: &Fate) -> Self {
        let fate = match fate {
            Fate::Delivered => WireFate::Delivered(wire::fate::Delivered {}),
            Fate::Undelivered { reason } => WireFate::Undelivered(wire::fate::Undelivered { reason: reason.clone() }),
            Fate::Refused { reason } => WireFate::Refused(wire::fate::Refused { reason: reason.clone() }),
        };
        Self { fate: Some(fate) }
    }
}

impl TryFrom<wire::Fate> for Fate {
    type Error = DecodeError;

    fn try_from(fate: wire::Fate) -> Result<Self, DecodeError> {
        variant("fate", fate.fate)
    }
}

impl TryFrom<WireFate> for Fate {
    type Error = DecodeError;

    fn try_from(fate: WireFate) -> Result<Self, DecodeError> {
        Ok(match fate {
            WireFate::Delivered(_) => Self::Delivered,
            WireFate::Undelivered(undelivered) => Self::Undelivered { reason: undelivered.reason },
            WireFate::Refused(refused) => Self::Refused { reason: refused.reason },
        })
    }
}
