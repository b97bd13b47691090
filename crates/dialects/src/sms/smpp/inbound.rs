//! sms, SMPP: what the SMSC delivers → a report about a part of ours, or what a phone has sent.

mod receipt;
#[cfg(test)]
mod tests;

use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::envelope::DeadLetter;
use usher_domain::report::{HeardPart, Utf16};
use usher_domain::{Body, Content, InputId, PhoneNumber, ReportAct, ReportInput, TenantId};

use super::alphabet::units;
use super::segments::{Place, WITH_HEADER, without_header};
use crate::accounts::{AccountSettings, SmppSettings};
use crate::sms::incoming;

/// Message types in `esm_class` (SMPP 3.4, 5.2.12), and those of them that are no message of a phone.
const MESSAGE_TYPE: u8 = 0x3c;
const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

/// A `deliver_sm`, as far as it is read. Numbers and text are personal: `Debug` hides them.
#[derive(Clone, Default)]
pub struct Delivered<'a> {
    /// `esm_class`.
    pub esm_class: u8,
    /// The type of the sender's number (5.2.5).
    pub source_ton: u8,
    /// Who sends it, without `+`.
    pub source: &'a str,
    /// To whom: our own number.
    pub destination: &'a str,
    /// `data_coding`.
    pub data_coding: u8,
    /// `short_message`, or `message_payload` where that is given.
    pub text: &'a [u8],
    /// TLV `receipted_message_id`.
    pub receipted_message_id: Option<&'a str>,
    /// TLV `message_state`.
    pub message_state: Option<u8>,
    /// TLVs `sar_msg_ref_num`, `sar_total_segments`, `sar_segment_seqnum`, when all three are there.
    pub sar: Option<(u16, u8, u8)>,
}

impl std::fmt::Debug for Delivered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Delivered(esm_class {}, data_coding {}, ", self.esm_class, self.data_coding)?;
        write!(f, "{} bytes)", self.text.len())
    }
}

/// What a `deliver_sm` comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and nearly all are to be written")]
pub enum Heard {
    /// It is answered when this is written.
    Write(Body),
    /// It is answered at once, and counted under this name.
    Nothing(&'static str),
}

/// Reads a `deliver_sm` of an account. `fresh` is a random id: SMPP gives a phone's message no name.
pub fn heard(
    tenant: &TenantId,
    account: &AccountSettings,
    settings: &SmppSettings,
    delivered: &Delivered<'_>,
    fresh: InputId,
) -> Heard {
    let report = |act| {
        let account = usher_domain::AccountId::new(account.account.as_str());
        Body::Report(Box::new(ReportInput { tenant: tenant.clone(), account, act }))
    };
    match delivered.esm_class & MESSAGE_TYPE {
        // Only what the SMSC itself marks is one: anybody can send a text that looks like it.
        RECEIPT => match receipt::read(delivered, settings.receipt_id) {
            Some((provider_id, Some(fate))) => Heard::Write(report(ReportAct::Reported { provider_id, fate })),
            Some((_, None)) => Heard::Nothing("on-its-way"),
            None => Heard::Write(letter(account, "the SMSC's receipt names no message, or no state that is known")),
        },
        INTERMEDIATE => Heard::Nothing("on-its-way"),
        0 => said(tenant, account, settings, delivered, fresh, report),
        _ => Heard::Nothing("of-another-type"),
    }
}

fn said(
    tenant: &TenantId,
    account: &AccountSettings,
    settings: &SmppSettings,
    delivered: &Delivered<'_>,
    fresh: InputId,
    report: impl FnOnce(ReportAct) -> Body,
) -> Heard {
    let Some(from) = sender(delivered, settings) else {
        return Heard::Write(letter(account, "an SMS came from somebody who has no international number"));
    };
    let (place, text) = place(delivered);
    let Some(units) = units(text, delivered.data_coding, settings.default_alphabet) else {
        let kind = format!("smpp data_coding {}", delivered.data_coding);
        let raw = text.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into();
        let whole = incoming::input(tenant, account, &from, Content::Opaque { kind, raw }, &[&bits(fresh)]);
        return Heard::Write(Body::Conversation(whole));
    };
    let Some(place) = place else {
        let text = String::from_utf16_lossy(&units);
        let whole = incoming::input(tenant, account, &from, Content::text(text), &[&bits(fresh)]);
        return Heard::Write(Body::Conversation(whole));
    };
    // Words that stop or start are never so long that they come in parts.
    let whole = incoming::input(tenant, account, &from, Content::text(""), &[]);
    debug_assert!(is_message(&whole.act));
    let of = InputId::derive(&[
        b"smpp-parts",
        &whole.conversation.bits().to_be_bytes(),
        delivered.destination.as_bytes(),
        &place.reference.to_be_bytes(),
        &[place.count],
    ]);
    let (number, count) = (u32::from(place.number), u32::from(place.count));
    Heard::Write(report(ReportAct::Heard(Box::new(HeardPart { whole, of, number, count, text: Utf16::new(units) }))))
}

/// Types of numbers (SMPP 3.4, 5.2.5).
const UNKNOWN: u8 = 0;
const INTERNATIONAL: u8 = 1;
const NATIONAL: u8 = 2;

/// The sender's international number. What the SMSC calls unknown is taken for one; a national one needs its country.
fn sender(delivered: &Delivered<'_>, settings: &SmppSettings) -> Option<PhoneNumber> {
    let number = delivered.source.trim_start_matches('+');
    let international = match delivered.source_ton {
        UNKNOWN | INTERNATIONAL => format!("+{number}"),
        NATIONAL => format!("+{}{}", settings.country_prefix.as_deref()?, number.strip_prefix('0').unwrap_or(number)),
        _ => return None,
    };
    PhoneNumber::parse(&international).ok()
}

fn is_message(act: &ConversationAct) -> bool {
    matches!(act, ConversationAct::Visitor(said) if matches!(said.act, VisitorAct::Message { .. }))
}

fn bits(id: InputId) -> [u8; 16] {
    id.bits().to_be_bytes()
}

/// Which part of a longer message it is, and its text without the header that says so.
fn place<'a>(delivered: &Delivered<'a>) -> (Option<Place>, &'a [u8]) {
    let by_tlv = delivered.sar.and_then(|(reference, count, number)| Place::checked(reference, count, number));
    if delivered.esm_class & WITH_HEADER == 0 {
        return (by_tlv, delivered.text);
    }
    let (by_header, text) = without_header(delivered.text).unwrap_or((None, delivered.text));
    (by_header.or(by_tlv), text)
}

/// What stands for a `deliver_sm` that can not be read at all.
pub fn unreadable(account: &AccountSettings) -> Body {
    letter(account, "the SMSC delivered what is no deliver_sm of SMPP 3.4")
}

/// What can not be worked on is shown to people, without the text: that is a visitor's.
fn letter(account: &AccountSettings, reason: &str) -> Body {
    let source = "smpp".to_owned();
    Body::DeadLetter(DeadLetter::of(source, None, account.account.as_bytes(), &[], reason.to_owned()))
}
