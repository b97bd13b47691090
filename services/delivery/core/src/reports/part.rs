//! One part, by the name that its SMSC gave it: whose it is, and what became of it, whichever is known first.

use usher_domain::report::{Fate, Part};
use usher_domain::state::report::{PartState, StateKey, StateValue};
use usher_domain::{Body, ReportAct, ReportInput, Timestamp};

use super::message::receipt;
use super::store::Store;
use super::{REMEMBERED, WAITS};

/// The SMSC took it under this name. A name that comes again is a new message's: SMSCs count around.
pub(super) fn submitted(store: &mut Store, key: StateKey, part: Part, now: Timestamp, bodies: &mut Vec<Body>) {
    let known = known(store, &key);
    let is_repeat = known.part.as_ref() == Some(&part);
    if is_repeat {
        return;
    }
    let early = if known.part.is_none() { known.fate } else { None };
    bodies.extend(early.as_ref().map(|fate| told(&key, &part, fate)));
    put(store, key, Some(part), early, now);
}

/// The SMSC says what became of it.
pub(super) fn reported(store: &mut Store, key: StateKey, fate: Fate, now: Timestamp, bodies: &mut Vec<Body>) {
    let known = known(store, &key);
    if !fate.outdoes(known.fate.as_ref()) {
        return;
    }
    bodies.extend(known.part.as_ref().map(|part| told(&key, part, &fate)));
    put(store, key, known.part, Some(fate), now);
}

fn known(store: &Store, key: &StateKey) -> PartState {
    match store.get(key) {
        Some(StateValue::Part(state)) => state.clone(),
        _ => PartState { part: None, fate: None, ends_at: Timestamp::default() },
    }
}

/// A part with nothing more to wait for is kept only so long that a repeated report finds it.
fn put(store: &mut Store, key: StateKey, part: Option<Part>, fate: Option<Fate>, now: Timestamp) {
    let is_over = part.is_some() && fate == Some(Fate::Delivered);
    let ends_at = now.plus(if is_over { REMEMBERED } else { WAITS });
    store.put(key, StateValue::Part(PartState { part, fate, ends_at }));
}

/// The only part is the message; one of several is told to the message's own partition.
fn told(key: &StateKey, part: &Part, fate: &Fate) -> Body {
    if part.count <= 1 {
        return receipt(key, part.conversation, part.message, part.leg, fate);
    }
    let act = ReportAct::PartEnded { part: part.clone(), fate: fate.clone() };
    Body::Report(Box::new(ReportInput { tenant: key.tenant.clone(), account: key.account.clone(), act }))
}
