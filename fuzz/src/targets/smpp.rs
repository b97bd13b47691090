//! What an SMSC delivers: any receipt, any text in any coding and under any header.

use usher_dialects::accounts::{ChannelSettings, SmsSettings};
use usher_dialects::sms::smpp::inbound::{Delivered, Heard, heard};
use usher_domain::{AccountId, InputId, TenantId};

use crate::edge::{ACCOUNTS, written_and_read};

pub fn fuzz(data: &[u8]) {
    let [esm_class, data_coding, tlvs, state, text @ ..] = data else { return };
    let id = String::from_utf8_lossy(&text[..text.len().min(64)]);
    let has = |bit: u8| tlvs & bit != 0;
    deliver(&Delivered {
        esm_class: *esm_class,
        source_ton: tlvs >> 4,
        source: if has(1) { &id } else { "12223334444" },
        destination: "4915112345678",
        data_coding: *data_coding,
        text,
        receipted_message_id: has(2).then_some(&*id),
        message_state: has(4).then_some(*state),
        sar: has(8).then_some((u16::from(*state), tlvs >> 4, state >> 4)),
    });
}

fn deliver(delivered: &Delivered<'_>) {
    let tenant = TenantId::new("acme");
    let account = ACCOUNTS.account(&tenant, &AccountId::new("smsc")).expect("an account");
    let ChannelSettings::Sms(SmsSettings::Smpp(settings)) = &account.channel else { panic!("by SMPP") };
    if let Heard::Write(body) = heard(&tenant, account, settings, delivered, InputId::from_bits(7)) {
        written_and_read(&body);
    }
}
