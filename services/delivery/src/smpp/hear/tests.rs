#![allow(clippy::unwrap_used, reason = "tests")]

use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::EsmClass;
use rusmppc::ConnectionBuilder;
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::time::Instant;
use usher_dialects::accounts::{ChannelSettings, SmsSettings};
use usher_domain::{AccountId, TenantId};

use super::super::{sample, session::Session};
use super::*;

/// An account whose records are never written, and a connection to its SMSC.
fn stage() -> (Binding, Client, DuplexStream) {
    let accounts = sample::accounts(serde_json::json!({}));
    let tenant = TenantId::new("tenant");
    let account = accounts.account(&tenant, &AccountId::new("sms")).unwrap().clone();
    let ChannelSettings::Sms(SmsSettings::Smpp(settings)) = &account.channel else { panic!("an SMPP account") };
    let (session, settings) = (Session::new(settings), settings.clone());
    let writer = Writer(Arc::new(|_| Box::pin(std::future::pending())));
    let (ours, theirs) = tokio::io::duplex(100_000);
    let (client, events) = ConnectionBuilder::new().connected(ours);
    // The connection ends when nobody listens to it.
    std::mem::forget(events);
    (Binding { tenant, account, settings, session, writer }, client, theirs)
}

fn deliver(esm_class: u8) -> DeliverSm {
    DeliverSm::builder()
        .source_addr(COctetString::from_static_slice(b"491511234567\0").unwrap())
        .esm_class(EsmClass::from(esm_class))
        .short_message(OctetString::from_static_slice(b"id:1 stat:DELIVRD").unwrap())
        .build()
}

#[tokio::test(start_paused = true)]
async fn beyond_what_can_be_kept_in_hand_the_smsc_is_asked_at_once_for_patience() {
    for esm_class in [0x04, 0] {
        let (binding, client, mut smsc) = stage();
        let hearing = Hearing::new(&binding, &client);
        let (began, deliver) = (Instant::now(), deliver(esm_class));
        let count = u32::try_from(IN_HAND_MAX).unwrap();
        for sequence_number in 1..=count + 2 {
            hearing.take(sequence_number, &deliver).await;
        }
        let mut head = [0; 16];
        smsc.read_exact(&mut head).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO, "before anything could be written");
        assert_eq!(head[4..12], [0x80, 0, 0, 5, 0, 0, 0, 0x64]);
        assert!(u32::from_be_bytes(head[12..].try_into().unwrap()) > count);
    }
}
