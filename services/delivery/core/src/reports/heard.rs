//! A long message of a phone: it becomes an input when all parts are there, or with those that are, after a while.

use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::report::{HeardPart, Utf16};
use usher_domain::state::report::{HeardState, StateKey, StateValue};
use usher_domain::{Body, Content, InputId, Timestamp};

use super::GATHERED;
use super::store::Store;

/// Stands for parts that never came.
const MISSING: &str = "…";

/// A part came. One that is there already changes nothing, also after the whole was told: the whole is remembered for as
/// long as parts are waited for. One that says something else under the same number begins another message.
pub(super) fn take(store: &mut Store, key: StateKey, heard: HeardPart, now: Timestamp, bodies: &mut Vec<Body>) {
    if heard.number == 0 || heard.number > heard.count {
        return;
    }
    let mut state = match store.take(&key) {
        Some(StateValue::Heard(state)) => *state,
        _ => begun(&heard, now),
    };
    let there = state.parts.iter().find(|(number, _)| *number == heard.number).map(|(_, text)| *text == heard.text);
    match there {
        Some(true) => return store.put(key, StateValue::Heard(Box::new(state))),
        Some(false) => {
            if !is_whole(&state) {
                bodies.push(joined(&key, &state));
            }
            state = begun(&heard, now);
        }
        None => {}
    }
    let at = state.parts.partition_point(|(number, _)| *number < heard.number);
    state.parts.insert(at, (heard.number, heard.text));
    if is_whole(&state) {
        bodies.push(joined(&key, &state));
    }
    store.put(key, StateValue::Heard(Box::new(state)));
}

fn begun(heard: &HeardPart, now: Timestamp) -> HeardState {
    let (whole, count) = (heard.whole.clone(), heard.count);
    HeardState { whole, count, parts: Vec::new(), ends_at: now.plus(GATHERED) }
}

/// Whether all parts are there.
pub(super) fn is_whole(state: &HeardState) -> bool {
    u32::try_from(state.parts.len()) == Ok(state.count)
}

/// The whole as an input. Its id follows from the parts' name, from when they were waited for and from what they say:
/// phones count their messages around, so the name comes again.
pub(super) fn joined(key: &StateKey, state: &HeardState) -> Body {
    let text = text(state.count, &state.parts);
    let mut whole = state.whole.clone();
    let (name, until) = (key.to_string(), state.ends_at.millis().to_be_bytes());
    whole.id = InputId::derive(&[b"heard", name.as_bytes(), &until, text.as_bytes()]);
    if let ConversationAct::Visitor(said) = &mut whole.act
        && let VisitorAct::Message { content, .. } = &mut said.act
    {
        *content = Content::text(text);
    }
    Body::Conversation(whole)
}

fn text(count: u32, parts: &[(u32, Utf16)]) -> String {
    let mut units = Vec::new();
    let mut next = 1;
    for (number, text) in parts {
        if *number > next {
            units.extend(MISSING.encode_utf16());
        }
        units.extend_from_slice(text.units());
        next = number + 1;
    }
    if next <= count {
        units.extend(MISSING.encode_utf16());
    }
    String::from_utf16_lossy(&units)
}
