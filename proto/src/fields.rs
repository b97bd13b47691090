//! The `.proto` files change by addition only: every field and enum value that ever stood in `usher/v1/fields.txt` keeps
//! its number, its name and its type, so that old records and other teams' readers stay good.

use std::collections::BTreeSet;

use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};

use crate::show::SCHEMA;

/// `message.field = number type`, a line each, sorted.
const KNOWN: &str = include_str!("../usher/v1/fields.txt");

fn pool() -> DescriptorPool {
    SCHEMA.envelope.parent_pool().clone()
}

fn lines_of(message: &MessageDescriptor) -> Vec<String> {
    let kind = |kind: Kind| match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(choice) => choice.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    let line = |field: prost_reflect::FieldDescriptor| {
        let many = if field.is_list() { "repeated " } else { "" };
        format!("{} = {} {many}{}", field.full_name(), field.number(), kind(field.kind()))
    };
    message.fields().map(line).collect()
}

fn current() -> BTreeSet<String> {
    let ours = |name: &str| name.starts_with("usher.v1.");
    let messages = pool().all_messages().filter(|message| ours(message.full_name())).collect::<Vec<_>>();
    let enums = pool().all_enums().filter(|choice| ours(choice.full_name())).collect::<Vec<_>>();
    let values = enums.iter().flat_map(|choice| {
        choice.values().map(|value| format!("{} = {}", value.full_name(), value.number())).collect::<Vec<_>>()
    });
    messages.iter().flat_map(lines_of).chain(values).collect()
}

#[test]
fn fields_are_only_ever_added() {
    let known: BTreeSet<String> = KNOWN.lines().map(str::to_owned).collect();
    let current = current();
    let gone: Vec<&String> = known.difference(&current).collect();
    assert!(gone.is_empty(), "changed or removed, which breaks every reader: {gone:#?}");
    let new: Vec<&String> = current.difference(&known).collect();
    let all = current.iter().map(|line| format!("{line}\n")).collect::<String>();
    assert!(new.is_empty(), "new fields are welcome; proto/usher/v1/fields.txt must then read:\n{all}");
}
