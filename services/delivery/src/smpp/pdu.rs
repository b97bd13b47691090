//! What the dialect says as PDUs, and PDUs as what the dialect reads. Where the crate's defaults are those of SMPP 5.0,
//! 3.4's are set: `interface_version` 0x34, `esm_class` 0, `registered_delivery` 1.

use std::str::FromStr;

use rusmpp::pdus::{BindTransceiver, DeliverSm, SubmitSm};
use rusmpp::tlvs::TlvValue;
use rusmpp::types::{COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, ServiceType, Ton};
use secrecy::ExposeSecret;
use usher_dialects::accounts::SmppSettings;
use usher_dialects::outbound::Submission;
use usher_dialects::sms::smpp::Segment;
use usher_dialects::sms::smpp::inbound::Delivered;

/// A receipt is wanted when the message has arrived or failed for good.
const FINAL_RECEIPT: u8 = 1;

/// A field that can not stand in a PDU; its name, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit(pub(super) &'static str);

/// The bind of an account.
pub(super) fn bind(settings: &SmppSettings) -> Result<BindTransceiver, Unfit> {
    Ok(BindTransceiver::builder()
        .system_id(text("system_id", &settings.system_id)?)
        .password(text("password", settings.password.expose_secret())?)
        .system_type(text("system_type", &settings.system_type)?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .build())
}

/// One part of a message.
pub(super) fn submit(submission: &Submission, segment: &Segment) -> Result<SubmitSm, Unfit> {
    let (source, destination) = (&submission.source, &submission.destination);
    let validity_period = EmptyOrFullCOctetString::from_str(&submission.validity_period);
    let short_message = OctetString::from_slice(&segment.octets).map_err(|_| Unfit("short_message"))?;
    Ok(SubmitSm::builder()
        .service_type(ServiceType::default())
        .source_addr_ton(Ton::from(source.ton))
        .source_addr_npi(Npi::from(source.npi))
        .source_addr(text("source_addr", &source.text)?)
        .dest_addr_ton(Ton::from(destination.ton))
        .dest_addr_npi(Npi::from(destination.npi))
        .destination_addr(text("destination_addr", &destination.text)?)
        .esm_class(EsmClass::from(segment.esm_class))
        .validity_period(validity_period.map_err(|_| Unfit("validity_period"))?)
        .registered_delivery(RegisteredDelivery::from(FINAL_RECEIPT))
        .data_coding(DataCoding::from(segment.data_coding))
        .short_message(short_message)
        .build())
}

fn text<const MAX: usize>(field: &'static str, value: &str) -> Result<COctetString<1, MAX>, Unfit> {
    COctetString::from_str(value).map_err(|_| Unfit(field))
}

/// What an SMSC delivers.
pub(super) fn delivered(pdu: &DeliverSm) -> Delivered<'_> {
    let mut delivered = Delivered {
        esm_class: u8::from(pdu.esm_class),
        source_ton: u8::from(pdu.source_addr_ton),
        source: pdu.source_addr.as_str(),
        destination: pdu.destination_addr.as_str(),
        data_coding: u8::from(pdu.data_coding),
        text: pdu.short_message().as_ref(),
        ..Delivered::default()
    };
    let (mut reference, mut count, mut number) = (None, None, None);
    for value in pdu.tlvs().iter().filter_map(|tlv| tlv.value()) {
        match value {
            TlvValue::MessagePayload(payload) => delivered.text = payload.value.as_ref(),
            TlvValue::ReceiptedMessageId(id) => delivered.receipted_message_id = Some(id.as_str()),
            TlvValue::MessageState(state) => delivered.message_state = Some(u8::from(*state)),
            TlvValue::SarMsgRefNum(value) => reference = Some(*value),
            TlvValue::SarTotalSegments(value) => count = Some(*value),
            TlvValue::SarSegmentSeqnum(value) => number = Some(*value),
            _ => {}
        }
    }
    delivered.sar = reference.zip(count).zip(number).map(|((reference, count), number)| (reference, count, number));
    delivered
}
