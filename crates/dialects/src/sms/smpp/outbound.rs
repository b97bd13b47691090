//! sms, SMPP: delivery → the parts that are submitted, and the SMSC's answer to each → what it means.

use usher_domain::delivery::Order;
use usher_domain::report::Part;
use usher_domain::time::Utc;
use usher_domain::{AccountId, Body, Delivery, Dialect, MessageId, ReportAct, ReportInput, TenantId, Timestamp};

use super::provider_id::of_answer;
use super::segments::{Segment, split};
use crate::accounts::SmppSettings;
use crate::outbound::SendOutcome;
use crate::outbound::limits::check_text;
use crate::sms::outbound::{recipient, reported_as, unsent};

/// A message as it is submitted: all its parts go one after the other through one session of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Whose tenant.
    pub tenant: TenantId,
    /// The SMS account.
    pub account: AccountId,
    /// The sender.
    pub source: Address,
    /// The recipient.
    pub destination: Address,
    /// `validity_period`, absolute in UTC (SMPP 3.4, 7.1.1.1), so that the SMSC stops trying at our deadline; empty: as
    /// long as the SMSC likes.
    pub validity_period: String,
    /// The parts, in order.
    pub segments: Vec<Segment>,
    /// The first part, as its report will name it.
    first: Part,
}

/// An address with its kinds. May be a visitor's number: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Type of number (SMPP 3.4, 5.2.5).
    pub ton: u8,
    /// Numbering plan (5.2.6).
    pub npi: u8,
    /// Digits without `+`, or a name; at most 20.
    pub text: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({}, {}, …)", self.ton, self.npi)
    }
}

/// What is submitted for a delivery; `account` is the SMS account's name.
pub(crate) fn plan(
    delivery: &Delivery,
    account: &AccountId,
    settings: &SmppSettings,
) -> Result<Submission, SendOutcome> {
    let Order::Message { message, .. } = &delivery.order else { return unsent(&delivery.order) };
    let words = message.content.as_sms_text();
    let words = words.ok_or_else(|| SendOutcome::not_reachable("nothing of this message can be said in an SMS"))?;
    check_text(Dialect::Sms, words.as_str())?;
    let segments = split(&words, settings.default_alphabet, reference(message.id)).map_err(|too_long| {
        SendOutcome::not_reachable(format!("the text needs {} parts, an SMS has at most 255", too_long.parts))
    })?;
    let (conversation, leg) = reported_as(delivery)?;
    let count = u32::try_from(segments.len()).unwrap_or(u32::MAX);
    Ok(Submission {
        tenant: delivery.tenant.clone(),
        account: account.clone(),
        source: source(settings),
        destination: destination(recipient(delivery)?, settings)?,
        validity_period: delivery.deadline.map(absolute_time).unwrap_or_default(),
        segments,
        first: Part { conversation, message: message.id, leg, number: 1, count },
    })
}

impl Submission {
    /// What is written when the SMSC took a part, `number` from 1, and named it: by this its report is found. Without a
    /// name none can be.
    pub fn taken(&self, number: u32, message_id: &str) -> Option<Body> {
        let part = Part { number, ..self.first.clone() };
        let act = ReportAct::Submitted { provider_id: of_answer(message_id)?, part };
        let (tenant, account) = (self.tenant.clone(), self.account.clone());
        Some(Body::Report(Box::new(ReportInput { tenant, account, act })))
    }
}

/// What tells the parts of this message from those of another to the same phone: the same on every attempt, so that a
/// phone which gets a part twice shows it once.
fn reference(message: MessageId) -> u8 {
    let [.., last] = message.bits().to_be_bytes();
    last
}

fn source(settings: &SmppSettings) -> Address {
    let from = settings.from.as_str();
    let digits = from.strip_prefix('+').unwrap_or(from);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // International, unknown (a short code), or alphanumeric; ISDN, or unknown.
    let (ton, npi) = match (is_number, from.starts_with('+')) {
        (true, true) => (1, 1),
        (true, false) => (0, 1),
        (false, _) => (5, 0),
    };
    let text = if is_number { digits } else { from };
    Address { ton: settings.from_ton.unwrap_or(ton), npi: settings.from_npi.unwrap_or(npi), text: text.to_owned() }
}

fn destination(number: &str, settings: &SmppSettings) -> Result<Address, SendOutcome> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if !(1..=20).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SendOutcome::not_reachable("the visitor's name is no phone number"));
    }
    Ok(Address { ton: settings.to_ton, npi: settings.to_npi, text: digits.to_owned() })
}

/// `YYMMDDhhmmsst00+`: an instant with a tenth of a second, in UTC (SMPP 3.4, 7.1.1).
fn absolute_time(at: Timestamp) -> String {
    let Utc { year, month, day, hour, minute, second, milli } = at.utc();
    format!("{:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}{}00+", year % 100, milli / 100)
}

/// `command_status` of an answer that wants us to send more slowly: ESME_RMSGQFUL and ESME_RTHROTTLED.
pub const fn wants_patience(status: u32) -> bool {
    matches!(status, 0x14 | 0x58)
}

/// What a `command_status` of a submit answer means, other than 0 (SMPP 3.4, 5.1.3). Refusals that speak of the recipient
/// end this message; those that speak of us need people; the rest may pass.
pub fn refused(status: u32) -> SendOutcome {
    let reason = match name(status) {
        Some(name) => format!("the SMSC answered {name} (0x{status:02x})"),
        None => format!("the SMSC answered 0x{status:02x}"),
    };
    match status {
        0x04 | 0x08 | 0x14 | 0x45 | 0x58 | 0x64 | 0xff => SendOutcome::Retry { reason, after: None },
        0x0b | 0x65 | 0x66 | 0xfe => SendOutcome::NotReachable { reason },
        _ => SendOutcome::Rejected { reason },
    }
}

const fn name(status: u32) -> Option<&'static str> {
    Some(match status {
        0x01 => "ESME_RINVMSGLEN",
        0x02 => "ESME_RINVCMDLEN",
        0x03 => "ESME_RINVCMDID",
        0x04 => "ESME_RINVBNDSTS",
        0x08 => "ESME_RSYSERR",
        0x0a => "ESME_RINVSRCADR",
        0x0b => "ESME_RINVDSTADR",
        0x0c => "ESME_RINVMSGID",
        0x14 => "ESME_RMSGQFUL",
        0x43 => "ESME_RINVESMCLASS",
        0x45 => "ESME_RSUBMITFAIL",
        0x48 => "ESME_RINVSRCTON",
        0x49 => "ESME_RINVSRCNPI",
        0x50 => "ESME_RINVDSTTON",
        0x51 => "ESME_RINVDSTNPI",
        0x53 => "ESME_RINVSYSTYP",
        0x58 => "ESME_RTHROTTLED",
        0x61 => "ESME_RINVSCHED",
        0x62 => "ESME_RINVEXPIRY",
        0x64 => "ESME_RX_T_APPN",
        0x65 => "ESME_RX_P_APPN",
        0x66 => "ESME_RX_R_APPN",
        0xfe => "ESME_RDELIVERYFAILURE",
        0xff => "ESME_RUNKNOWNERR",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
