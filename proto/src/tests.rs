//! What the codec promises: every envelope survives the wire, every field of the `.proto` files is used, hostile bytes
//! are refused with the field's name and without its content.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, Value};
use usher_domain::{Body, Envelope};

use crate::show::SCHEMA;
use crate::{MAX_BYTES, arbitrary, decode, encode, wire};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_envelope_survives_the_wire(envelope in arbitrary::envelope()) {
        let bytes = encode(&envelope);
        prop_assert!(encode(&decode(&bytes).unwrap()) == bytes, "same envelope, same bytes");
        prop_assert_eq!(decode(&bytes), Ok(envelope));
    }

    #[test]
    fn truncated_records_never_panic(envelope in arbitrary::envelope(), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&envelope);
        let kept = cut.index(bytes.len() + 1);
        let read = decode(&bytes[..kept]);
        prop_assert!(kept < bytes.len() || read == Ok(envelope));
    }

    #[test]
    fn damaged_records_never_panic(
        envelope in arbitrary::envelope(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&envelope);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode(&bytes);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn errors_never_tell_what_was_said(
        envelope in arbitrary::envelope(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&envelope);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(error) = decode(&bytes) {
            let told = format!("{error} {error:?}");
            prop_assert!(!told.contains(arbitrary::CANARY) && !told.contains(arbitrary::CANARY_NUMBER), "{told}");
        }
    }
}

/// A variant that the codec or the strategies forget would otherwise stay unseen.
#[test]
fn every_field_and_every_enum_value_is_reached_by_some_envelope() {
    let mut expected = BTreeSet::new();
    expect(&SCHEMA.envelope, &mut expected);
    let mut seen = BTreeSet::new();
    let (envelopes, mut runner) = (arbitrary::envelope(), TestRunner::deterministic());
    for number in 1..=64_000 {
        let envelope = envelopes.new_tree(&mut runner).unwrap().current();
        see(&DynamicMessage::decode(SCHEMA.envelope.clone(), encode(&envelope).as_slice()).unwrap(), &mut seen);
        if number % 500 == 0 && expected.is_subset(&seen) {
            break;
        }
    }
    let missed: Vec<&String> = expected.difference(&seen).collect();
    assert!(missed.is_empty(), "never written: {missed:?}");
}

/// The names of all fields and enum values that can stand in such a message.
fn expect(message: &MessageDescriptor, names: &mut BTreeSet<String>) {
    for field in message.fields() {
        if !names.insert(field.full_name().to_owned()) {
            continue;
        }
        match field.kind() {
            Kind::Message(inner) => expect(&inner, names),
            Kind::Enum(choices) => {
                names.extend(
                    choices.values().filter(|value| value.number() != 0).map(|value| value.full_name().to_owned()),
                );
            }
            _ => {}
        }
    }
}

/// The names of all fields and enum values that stand in this message.
fn see(message: &DynamicMessage, names: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        names.insert(field.full_name().to_owned());
        match (value, field.kind()) {
            (Value::Message(inner), _) => see(inner, names),
            (Value::List(values), Kind::Message(_)) => {
                values.iter().filter_map(Value::as_message).for_each(|inner| see(inner, names));
            }
            (Value::EnumNumber(number), Kind::Enum(choices)) => {
                names.extend(choices.get_value(*number).map(|value| value.full_name().to_owned()));
            }
            _ => {}
        }
    }
}

fn desk_input(act: wire::desk_input::Act) -> Vec<u8> {
    let input =
        wire::DeskInput { tenant: "acme".to_owned(), desk: "main".to_owned(), id: "0".repeat(32), act: Some(act) };
    wire::Envelope { body: Some(wire::envelope::Body::Desk(input)), ..Default::default() }.encode_to_vec()
}

fn refusal(bytes: &[u8]) -> String {
    decode(bytes).expect_err("refused").to_string()
}

#[test]
fn unknown_enum_value_is_refused_by_name_and_number() {
    let presence = |number| {
        let agent = "li".to_owned();
        let changed = wire::desk_input::PresenceChanged { agent, presence: number, ..Default::default() };
        desk_input(wire::desk_input::Act::Presence(changed))
    };
    assert!(decode(&presence(1)).is_ok());
    assert_eq!(
        refusal(&presence(77)),
        "field `desk.presence.presence` has the value 77, which this version of usher does not know: a newer one wrote it"
    );
    assert_eq!(refusal(&presence(0)), "field `desk.presence.presence` is not set");
}

#[test]
fn missing_and_malformed_fields_are_refused_by_their_path() {
    let demand = wire::Demand { session: "what a secret".to_owned(), epoch: 1, want: None };
    assert_eq!(
        refusal(&desk_input(wire::desk_input::Act::Demand(demand))),
        "field `desk.demand.session` is malformed: a session id has not the form <32 hex>.<milliseconds>.<16 hex>"
    );
    let staged = wire::desk_input::Staged { revision: 1, entry: None };
    assert_eq!(refusal(&desk_input(wire::desk_input::Act::Staged(staged))), "field `desk.staged.entry` is not set");
    assert_eq!(refusal(&[]), "field `body` is not set, or holds something that this version of usher does not know");
}

#[test]
fn field_that_a_newer_version_added_is_skipped() {
    let tick = Envelope { cause: None, traceparent: None, body: Body::Tick };
    let mut bytes = encode(&tick);
    // Field 1000, a varint.
    bytes.extend([0xc0, 0x3e, 0x01]);
    assert_eq!(decode(&bytes), Ok(tick));
}

#[test]
fn record_beyond_the_limit_is_refused_before_it_is_read() {
    assert_eq!(refusal(&vec![0; MAX_BYTES + 1]), "the record has 2097153 bytes; at most 2097152 are read");
}

/// Records of before queues had rules of their own, agents labels and demands a channel.
#[test]
fn what_was_written_before_a_rule_was_there_means_what_it_meant() {
    use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, Presence, PresenceSaid};
    use usher_domain::{Account, AgentId, Demand, GroupId, Want};
    use wire::desk_input::Act;

    let read = |act: Act| match decode(&desk_input(act)).expect("an old record").body {
        Body::Desk(input) => input.act,
        body => panic!("{body:?}"),
    };
    let session = format!("{}.0.{}", "0".repeat(32), "0".repeat(16));
    let agent = wire::demand::Agent { target: Some(wire::Target::default()), weight: 1, ..Default::default() };
    let want = Some(wire::demand::Want::Agent(agent));
    let demand = Act::Demand(wire::Demand { session, epoch: 1, want });
    let asked = Want::Agent(Box::default());
    let DeskAct::Demand(Demand { want, .. }) = read(demand) else { panic!("a demand") };
    assert_eq!(want, asked);

    let said = wire::desk_input::PresenceChanged { agent: "li".to_owned(), presence: 1, ..Default::default() };
    assert_eq!(read(Act::Presence(said)), DeskAct::Presence(PresenceSaid::new(AgentId::new("li"), Presence::Online)));

    let staged = |entry| {
        let entry = Some(wire::DirectoryEntry { entry: Some(entry) });
        let DeskAct::Staged { entry, .. } = read(Act::Staged(wire::desk_input::Staged { revision: 1, entry })) else {
            panic!("a line")
        };
        entry
    };
    use wire::directory_entry::Entry;
    let group = wire::GroupRecord { id: "sales".to_owned(), policy: None };
    assert_eq!(staged(Entry::Group(group)), DirectoryEntry::group(GroupId::new("sales")));
    let li = wire::AgentRecord { id: "li".to_owned(), capacity: 1, ..Default::default() };
    assert_eq!(staged(Entry::Agent(li)), DirectoryEntry::Agent(AgentRecord::new(AgentId::new("li"))));

    let account = wire::Account {
        tenant: "acme".to_owned(),
        account: "web".to_owned(),
        dialect: 1,
        desk: "main".to_owned(),
        ..Default::default()
    };
    let account = Account::try_from(account).expect("an old account");
    assert_eq!((account.weight, account.priority), (1, 0));
}
