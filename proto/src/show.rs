//! Envelopes for people. Which fields are personal is said once, in the `.proto` files (`usher.v1.personal`), and read
//! from their descriptors: a field that is marked is masked wherever it stands.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage as _, Value,
};
use serde_json::{Map, Value as Json};
use usher_domain::PhoneNumber;

use crate::codec::within_limit;
use crate::error::{DecodeError, Problem};

/// An envelope as JSON, under the field names of the `.proto` files; enum values in lower case, bytes in base64.
///
/// `masked`: texts, visitors' names and bytes become `…12 bytes`, phone numbers their last two digits (`…78`). What
/// this version of usher does not know is left out. Also shows what [`crate::decode`] refuses, as far as it is protobuf.
pub fn show(bytes: &[u8], masked: bool) -> Result<Json, DecodeError> {
    within_limit(bytes)?;
    let envelope = DynamicMessage::decode(SCHEMA.envelope.clone(), bytes).map_err(Problem::NotProtobuf)?;
    Ok(message(&envelope, masked))
}

/// What the `.proto` files say beyond the generated types.
pub(crate) struct Schema {
    pub(crate) envelope: MessageDescriptor,
    /// Full names of the fields that hold personal data.
    personal: BTreeSet<String>,
}

/// Read once: the descriptors are part of this program.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin")).as_slice();
    let pool = DescriptorPool::decode(bytes).expect("the build wrote valid descriptors");
    let mark = pool.get_extension_by_name("usher.v1.personal").expect("personal.proto defines the mark");
    let envelope = pool.get_message_by_name("usher.v1.Envelope").expect("envelope.proto defines it");
    let fields = pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    let marked = fields.filter(|field| field.options().get_extension(&mark).as_bool() == Some(true));
    let personal = marked.map(|field| field.full_name().to_owned()).collect();
    Schema { envelope, personal }
});

fn message(message: &DynamicMessage, masked: bool) -> Json {
    let fields = message.descriptor();
    let present = fields.fields().filter(|field| message.has_field(field) || is_plain(field));
    let object: Map<String, Json> = present
        .map(|field| {
            let hidden = masked && SCHEMA.personal.contains(field.full_name());
            let how = if hidden { Shown::Hidden } else { Shown::of(masked) };
            (field.name().to_owned(), value(&message.get_field(&field), &field.kind(), how))
        })
        .collect();
    Json::Object(object)
}

/// A number or text whose zero is as good as any value: partition 0 is a partition.
fn is_plain(field: &FieldDescriptor) -> bool {
    !field.supports_presence() && !field.is_list() && !field.is_map()
}

/// How much of a value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// All of it.
    Plain,
    /// All of it but personal fields inside.
    Masked,
    /// Its size.
    Hidden,
}

impl Shown {
    const fn of(masked: bool) -> Self {
        if masked { Self::Masked } else { Self::Plain }
    }
}

fn value(of: &Value, kind: &Kind, shown: Shown) -> Json {
    match of {
        Value::List(values) => values.iter().map(|one| value(one, kind, shown)).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, one)| (map_key(key), value(one, &map_value_kind(kind), shown)))
            .collect::<Map<_, _>>()
            .into(),
        of if shown == Shown::Hidden => Json::String(mask(of)),
        Value::Bool(of) => (*of).into(),
        Value::I32(of) => (*of).into(),
        Value::I64(of) => (*of).into(),
        Value::U32(of) => (*of).into(),
        Value::U64(of) => (*of).into(),
        Value::F32(of) => (*of).into(),
        Value::F64(of) => (*of).into(),
        Value::String(of) => of.as_str().into(),
        Value::Bytes(of) => BASE64.encode(of).into(),
        Value::EnumNumber(number) => choice(*number, kind.as_enum()),
        Value::Message(inner) => message(inner, shown == Shown::Masked),
    }
}

fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

fn map_value_kind(kind: &Kind) -> Kind {
    kind.as_message().map_or_else(|| kind.clone(), |entry| entry.map_entry_value_field().kind())
}

/// `FELL_BACK_AT_RISK` of `OUTCOME_FELL_BACK_AT_RISK` as `fell-back-at-risk`; a number that is not known stays one.
fn choice(number: i32, of: Option<&EnumDescriptor>) -> Json {
    let Some((known, of)) = of.and_then(|of| Some((of.get_value(number)?, of))) else { return number.into() };
    let zero = of.default_value();
    let prefix = zero.name().strip_suffix("UNSPECIFIED").unwrap_or_default();
    let name = known.name().strip_prefix(prefix).unwrap_or(known.name());
    name.to_lowercase().replace('_', "-").into()
}

/// What may be seen of personal data: how much there is, and of a phone number the end.
fn mask(of: &Value) -> String {
    let bytes = match of {
        Value::String(text) if PhoneNumber::parse(text).is_ok() => return format!("…{}", &text[text.len() - 2..]),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Message(message) => message.encoded_len(),
        _ => return "…".to_owned(),
    };
    format!("…{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use usher_domain::envelope::DeadLetter;
    use usher_domain::{Body, Envelope};

    use super::*;
    use crate::arbitrary::{self, CANARY, CANARY_NUMBER};
    use crate::encode;

    fn shown(envelope: &Envelope, masked: bool) -> Json {
        show(&encode(envelope), masked).unwrap()
    }

    fn sings(json: &Json) -> bool {
        let text = json.to_string();
        text.contains(CANARY) || text.contains(CANARY_NUMBER)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_text_and_no_number_survives_masking(envelope in arbitrary::envelope()) {
            prop_assert!(!sings(&shown(&envelope, true)));
        }

        #[test]
        fn message_bodies_are_seen_when_asked_for(said in arbitrary::transcript()) {
            let envelope = Envelope { cause: None, traceparent: None, body: Body::Transcript(Box::new(said)) };
            prop_assert!(sings(&shown(&envelope, false)));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = show(&bytes, true);
        }
    }

    #[test]
    fn dead_letter_shows_sizes_until_asked() {
        let letter = DeadLetter {
            source: "usher.desks.v1".to_owned(),
            position: Some((0, 17)),
            key: b"+8613512345678".to_vec(),
            payload: vec![1, 2, 3],
            reason: "unreadable".to_owned(),
        };
        let envelope = Envelope { cause: None, traceparent: None, body: Body::DeadLetter(letter) };
        let expected = |key: &str, payload: &str| {
            json!({ "dead_letter": {
                "source": "usher.desks.v1", "position": { "partition": 0, "offset": 17 },
                "key": key, "payload": payload, "reason": "unreadable",
            }})
        };
        assert_eq!(shown(&envelope, true), expected("…14 bytes", "…3 bytes"));
        assert_eq!(shown(&envelope, false), expected("Kzg2MTM1MTIzNDU2Nzg=", "AQID"));
    }

    #[test]
    fn tags_are_the_tenants_words_about_a_visitor_and_masked() {
        let profile =
            crate::wire::Profile { tags: vec!["owes us".to_owned(), "vip1".to_owned()], ..Default::default() };
        let visitor = crate::wire::VisitorInput { profile: Some(profile), ..Default::default() };
        let act = Some(crate::wire::conversation_input::Act::Visitor(visitor));
        let input = crate::wire::ConversationInput { act, ..Default::default() };
        let body = Some(crate::wire::envelope::Body::Conversation(input));
        let bytes = crate::wire::Envelope { body, ..Default::default() }.encode_to_vec();
        let tags = |masked| show(&bytes, masked).unwrap()["conversation"]["visitor"]["profile"]["tags"].clone();
        assert_eq!(tags(true), json!(["…7 bytes", "…4 bytes"]));
        assert_eq!(tags(false), json!(["owes us", "vip1"]));
    }

    #[test]
    fn phone_number_shows_its_last_two_digits_and_enums_their_names() {
        let terms =
            crate::wire::Fallback { account: "sms".to_owned(), to: Some("+8613512345678".to_owned()), ttl_ms: 0 };
        let push = crate::wire::PushInput {
            terms: Some(crate::wire::Terms {
                class: crate::wire::Class::Authentication.into(),
                fallback: Some(terms),
                unknown: 99,
                ..Default::default()
            }),
            visitor: "小明".to_owned(),
            ..Default::default()
        };
        let input = crate::wire::ConversationInput {
            act: Some(crate::wire::conversation_input::Act::Push(push)),
            ..Default::default()
        };
        let envelope = crate::wire::Envelope {
            body: Some(crate::wire::envelope::Body::Conversation(input)),
            ..Default::default()
        };
        let shown = show(&envelope.encode_to_vec(), true).unwrap();
        let push = &shown["conversation"]["push"];
        assert_eq!(push["visitor"], "…6 bytes");
        let expected = json!({
            "class": "authentication", "unknown": 99, "grace_ms": 0, "revoke_grace_ms": 0,
            "fallback": { "account": "sms", "to": "…78", "ttl_ms": 0 },
        });
        assert_eq!(push["terms"], expected);
    }
}
