//! Rows: what an SMSC delivers, as reports and as what a phone has said.

use proptest::prelude::*;
use usher_domain::AccountId;
use usher_domain::report::Fate;

use super::*;
use crate::accounts::{ChannelSettings, ReceiptId, SmsSettings};
use crate::inbound::sample;

/// The receipt that W17 quotes.
const RECEIPT_TEXT: &[u8] =
    b"id:0123456789 sub:001 dlvrd:001 submit date:2502251502 done date:2502251503 stat:DELIVRD err:000 text:id:9 stat:UNDELIV";

fn read_with(delivered: &Delivered<'_>, change: impl FnOnce(&mut SmppSettings)) -> Heard {
    let (accounts, tenant) = (sample::accounts(), TenantId::new("acme"));
    let account = accounts.account(&tenant, &AccountId::new("smsc")).expect("an SMPP account");
    let ChannelSettings::Sms(SmsSettings::Smpp(settings)) = &account.channel else { panic!("not SMPP") };
    let mut settings = settings.clone();
    change(&mut settings);
    heard(&tenant, account, &settings, delivered, InputId::from_bits(7))
}

fn read(delivered: &Delivered<'_>) -> Heard {
    read_with(delivered, |_| {})
}

fn receipt(text: &[u8]) -> Delivered<'_> {
    Delivered { esm_class: RECEIPT, source: "12223334444", text, ..Delivered::default() }
}

fn reported(heard: Heard) -> (String, Fate) {
    match heard {
        Heard::Write(Body::Report(input)) => match input.act {
            ReportAct::Reported { provider_id, fate } => (provider_id.to_string(), fate),
            other => panic!("no report: {other:?}"),
        },
        other => panic!("no report: {other:?}"),
    }
}

fn sms(text: &[u8]) -> Delivered<'_> {
    Delivered { source: "12223334444", destination: "4915112345678", text, ..Delivered::default() }
}

fn content(heard: Heard) -> Content {
    match heard {
        Heard::Write(Body::Conversation(input)) => match input.act {
            ConversationAct::Visitor(said) => match said.act {
                VisitorAct::Message { content, .. } => content,
                other => panic!("no message: {other:?}"),
            },
            other => panic!("not of a visitor: {other:?}"),
        },
        other => panic!("nothing said: {other:?}"),
    }
}

#[test]
fn a_receipt_is_read_from_its_text_but_not_from_what_it_quotes() {
    assert_eq!(reported(read(&receipt(RECEIPT_TEXT))), ("123456789".to_owned(), Fate::Delivered));
    let upper = RECEIPT_TEXT.to_ascii_uppercase();
    assert_eq!(reported(read(&receipt(&upper))), ("123456789".to_owned(), Fate::Delivered));
}

#[test]
fn tlvs_are_believed_before_the_text() {
    let delivered = Delivered { receipted_message_id: Some("00FF"), message_state: Some(5), ..receipt(RECEIPT_TEXT) };
    let (id, fate) = reported(read(&delivered));
    assert_eq!(id, "ff");
    assert!(matches!(fate, Fate::Undelivered { .. }), "{fate:?}");
    let by_tlv_alone = Delivered { receipted_message_id: Some("7"), message_state: Some(2), ..receipt(b"") };
    assert_eq!(reported(read(&by_tlv_alone)), ("7".to_owned(), Fate::Delivered));
    let unknown_state = Delivered { message_state: Some(77), ..receipt(RECEIPT_TEXT) };
    assert_eq!(reported(read(&unknown_state)).1, Fate::Delivered, "the text still says it");
}

#[test]
fn states_become_fates_and_what_is_on_its_way_is_no_news() {
    let undelivered = |reason: &str| Some(Fate::Undelivered { reason: reason.to_owned() });
    let refused = |reason: &str| Some(Fate::Refused { reason: reason.to_owned() });
    let rows = [
        ("DELIVRD err:000", 2, Some(Fate::Delivered)),
        ("EXPIRED err:0b1", 3, undelivered("the SMSC reported EXPIRED, error 0b1")),
        ("DELETED err:000", 4, undelivered("the SMSC reported DELETED")),
        ("UNDELIV err:011", 5, undelivered("the SMSC reported UNDELIV, error 011")),
        ("UNKNOWN err:a-b", 7, undelivered("the SMSC reported UNKNOWN")),
        ("REJECTD err:1234567", 8, refused("the SMSC reported REJECTD")),
        ("SKIPPED", 9, undelivered("the SMSC reported SKIPPED")),
        ("SCHEDULED", 0, None),
        ("ENROUTE", 1, None),
        ("ACCEPTD", 6, None),
    ];
    for (stat, number, fate) in rows {
        let text = format!("id:1 stat:{stat}");
        let heard = read(&receipt(text.as_bytes()));
        let by_number = read(&Delivered { message_state: Some(number), ..receipt(b"id:1") });
        match fate {
            Some(fate) => {
                assert_eq!(reported(heard), ("1".to_owned(), fate.clone()), "{stat}");
                let same_kind = std::mem::discriminant(&reported(by_number).1) == std::mem::discriminant(&fate);
                assert!(same_kind, "{stat}");
            }
            None => assert_eq!((heard, by_number), (Heard::Nothing("on-its-way"), Heard::Nothing("on-its-way"))),
        }
    }
}

#[test]
fn a_receipt_in_the_other_base_is_turned() {
    let delivered = Delivered { receipted_message_id: Some("0000000026"), message_state: Some(2), ..receipt(b"") };
    let heard = read_with(&delivered, |settings| settings.receipt_id = ReceiptId::DecimalToHex);
    assert_eq!(reported(heard).0, "1a");
}

#[test]
fn a_receipt_without_a_name_or_state_is_shown_to_people() {
    for text in [b"stat:DELIVRD".as_slice(), b"id:1", b"id:1 stat:WHAT", b"id: ", b"", b"text:id:1 stat:DELIVRD"] {
        let heard = read(&receipt(text));
        assert!(matches!(heard, Heard::Write(Body::DeadLetter(_))), "{}: {heard:?}", text.escape_ascii());
    }
}

#[test]
fn a_text_that_looks_like_a_receipt_is_a_text() {
    let heard = read(&sms(b"id:1 stat:DELIVRD"));
    assert_eq!(content(heard), Content::text("id:1 stat:DELIVRD"));
}

#[test]
fn other_types_of_messages_are_answered_and_counted() {
    for (esm_class, name) in [(0x20, "on-its-way"), (0x08, "of-another-type"), (0x10, "of-another-type")] {
        assert_eq!(read(&Delivered { esm_class, ..sms(b"x") }), Heard::Nothing(name));
    }
}

#[test]
fn what_a_phone_says_is_read_by_its_alphabet() {
    assert_eq!(content(read(&sms(b"\x00 \x1b\x65"))), Content::text("@ €"));
    let ucs2 = Delivered { data_coding: 8, ..sms(b"\x55\x2e\xd8\x3d\xde\x00") };
    assert_eq!(content(read(&ucs2)), Content::text("售😀"));
    let latin1 = Delivered { data_coding: 3, ..sms(b"\xe9") };
    assert_eq!(content(read(&latin1)), Content::text("é"));
    let binary = Delivered { data_coding: 4, ..sms(b"\x01\xff") };
    let expected = Content::Opaque { kind: "smpp data_coding 4".to_owned(), raw: "01ff".into() };
    assert_eq!(content(read(&binary)), expected);
}

#[test]
fn the_visitor_is_the_number_with_plus_and_the_same_as_over_other_providers() {
    let of = |source| match read(&Delivered { source, ..sms(b"Hi") }) {
        Heard::Write(Body::Conversation(input)) => input.conversation,
        other => panic!("nothing said: {other:?}"),
    };
    assert_eq!(of("12223334444"), of("+12223334444"));
    let visitor = usher_domain::VisitorId::new("+12223334444");
    let expected = usher_domain::ConversationId::of(&TenantId::new("acme"), &AccountId::new("smsc"), &visitor);
    assert_eq!(of("12223334444"), expected);
    let named = read(&Delivered { source: "ACME", ..sms(b"Hi") });
    assert!(matches!(named, Heard::Write(Body::DeadLetter(_))), "{named:?}");
}

#[test]
fn stop_is_no_message() {
    let Heard::Write(Body::Conversation(input)) = read(&sms(b"stop")) else { panic!("an input") };
    let ConversationAct::Visitor(said) = input.act else { panic!("of the visitor") };
    assert_eq!(said.act, VisitorAct::Subscription { opted_out: true });
}

fn part(delivered: &Delivered<'_>) -> HeardPart {
    match read(delivered) {
        Heard::Write(Body::Report(input)) => match input.act {
            ReportAct::Heard(part) => *part,
            other => panic!("no part: {other:?}"),
        },
        other => panic!("no part: {other:?}"),
    }
}

#[test]
fn parts_of_a_long_message_have_one_name_however_they_are_marked() {
    let first = part(&Delivered { esm_class: WITH_HEADER, ..sms(b"\x05\x00\x03\x07\x02\x01one") });
    let second = part(&Delivered { esm_class: WITH_HEADER, ..sms(b"\x05\x00\x03\x07\x02\x02two") });
    assert_eq!((first.number, first.count, second.number, second.count), (1, 2, 2, 2));
    assert_eq!(first.of, second.of);
    assert_eq!(first.text, Utf16::new("one".encode_utf16().collect()));
    let by_tlv = part(&Delivered { sar: Some((7, 2, 2)), ..sms(b"two") });
    assert_eq!((by_tlv.of, by_tlv.number), (first.of, 2));
    let others = [
        Delivered { esm_class: WITH_HEADER, ..sms(b"\x05\x00\x03\x08\x02\x01one") },
        Delivered { esm_class: WITH_HEADER, source: "12223334445", ..sms(b"\x05\x00\x03\x07\x02\x01one") },
        Delivered { esm_class: WITH_HEADER, destination: "1", ..sms(b"\x05\x00\x03\x07\x02\x01one") },
    ];
    for other in &others {
        assert_ne!(part(other).of, first.of, "another message");
    }
}

#[test]
fn a_surrogate_that_a_part_ends_in_is_kept() {
    let octets = b"\x05\x00\x03\x07\x02\x01\xd8\x3d";
    let delivered = Delivered { esm_class: WITH_HEADER, data_coding: 8, ..sms(octets) };
    assert_eq!(part(&delivered).text.units(), [0xd83d]);
}

#[test]
fn a_header_that_says_nothing_of_parts_is_taken_off() {
    let ported = Delivered { esm_class: WITH_HEADER, ..sms(b"\x06\x05\x04\x0b\x84\x23\xf0hi") };
    assert_eq!(content(read(&ported)), Content::text("hi"));
}

#[test]
fn debug_shows_neither_number_nor_text() {
    let shown = format!("{:?} {:?}", sms(b"secret"), read(&sms(b"secret")));
    assert!(!shown.contains("secret") && !shown.contains("12223334444"), "{shown}");
}

proptest! {
    #[test]
    fn nothing_that_an_smsc_delivers_makes_it_panic_or_tells_who_it_was(
        esm_class: u8, data_coding: u8, state in any::<Option<u8>>(), sar in any::<Option<(u16, u8, u8)>>(),
        text in proptest::collection::vec(any::<u8>(), 0..200), id in proptest::option::of("[ -~]{0,70}"),
    ) {
        let delivered = Delivered {
            source_ton: data_coding & 7,
            esm_class, data_coding, source: "12223334444", destination: "1", text: &text,
            receipted_message_id: id.as_deref(), message_state: state, sar,
        };
        let heard = read(&delivered);
        let shown = format!("{heard:?}");
        prop_assert!(!shown.contains("12223334444"), "{}", shown);
    }

    #[test]
    fn any_receipt_text_is_read_or_refused(text in "[ idstaerx:0-9A-Z]{0,120}", id in "[0-9]{1,20}") {
        let _ = read(&receipt(text.as_bytes()));
        let ours = format!("id:{id} {} stat:DELIVRD", text.replace(':', ""));
        let name = id.trim_start_matches('0');
        let name = if name.is_empty() { "0" } else { name };
        prop_assert_eq!(reported(read(&receipt(ours.as_bytes()))), (name.to_owned(), Fate::Delivered));
    }
}

#[test]
fn a_number_is_international_where_the_smsc_says_so_or_its_country_is_known() {
    let from = |source_ton, source, country: Option<&str>| {
        let delivered = Delivered { source_ton, source, ..sms(b"Hi") };
        match read_with(&delivered, |settings| settings.country_prefix = country.map(str::to_owned)) {
            Heard::Write(Body::Conversation(input)) => match input.act {
                ConversationAct::Visitor(said) => Some(said.visitor.as_str().to_owned()),
                other => panic!("not of a visitor: {other:?}"),
            },
            Heard::Write(Body::DeadLetter(letter)) => {
                assert!(!format!("{letter:?}").contains("Hi"));
                None
            }
            other => panic!("nothing said: {other:?}"),
        }
    };
    let is = |number: &str| Some(number.to_owned());
    for ton in [0, 1] {
        assert_eq!(from(ton, "491511234567", Some("49")), is("+491511234567"));
        assert_eq!(from(ton, "+491511234567", None), is("+491511234567"));
    }
    assert_eq!(from(2, "1511234567", Some("49")), is("+491511234567"));
    assert_eq!(from(2, "01511234567", Some("49")), is("+491511234567"));
    assert_eq!(from(2, "1511234567", None), None, "of which country?");
    for ton in [3, 4, 5, 6, 77] {
        assert_eq!(from(ton, "1511234567", Some("49")), None, "{ton}");
    }
}
