//! A message of several parts: delivered when all of them are, failed when one is not.

use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::report::{Fate, Part};
use usher_domain::state::report::{MessageState, StateKey, StateValue};
use usher_domain::{Body, ConversationId, ConversationInput, InputId, MessageId, Receipt, Timestamp};

use super::store::Store;
use super::{REMEMBERED, WAITS};

/// What became of one of its parts.
pub(super) fn part_ended(
    store: &mut Store,
    key: StateKey,
    part: &Part,
    fate: Fate,
    now: Timestamp,
    bodies: &mut Vec<Body>,
) {
    let mut state = known(store, &key, part);
    if !take(&mut state.fates, part.number, fate) {
        return;
    }
    if let Some(whole) = whole(&state).filter(|whole| whole.outdoes(state.told.as_ref())) {
        bodies.push(receipt(&key, state.conversation, part.message, part.leg, &whole));
        state.told = Some(whole);
    }
    let is_over = state.told == Some(Fate::Delivered);
    state.ends_at = now.plus(if is_over { REMEMBERED } else { WAITS });
    store.put(key, StateValue::Message(state));
}

fn known(store: &Store, key: &StateKey, part: &Part) -> MessageState {
    match store.get(key) {
        Some(StateValue::Message(state)) => state.clone(),
        _ => MessageState {
            conversation: part.conversation,
            count: part.count,
            fates: Vec::new(),
            told: None,
            ends_at: Timestamp::default(),
        },
    }
}

/// Whether it says more than what was known of that part.
fn take(fates: &mut Vec<(u32, Fate)>, number: u32, fate: Fate) -> bool {
    match fates.iter_mut().find(|(known, _)| *known == number) {
        Some((_, known)) if fate.outdoes(Some(known)) => *known = fate,
        Some(_) => return false,
        None => fates.push((number, fate)),
    }
    true
}

/// What became of the whole; `None` while that is open. A part that was refused says nothing certain of the whole: others
/// may have arrived.
fn whole(state: &MessageState) -> Option<Fate> {
    let failed = state.fates.iter().find_map(|(number, fate)| match fate {
        Fate::Delivered => None,
        Fate::Undelivered { reason } | Fate::Refused { reason } => Some((number, reason)),
    });
    if let Some((number, reason)) = failed {
        return Some(Fate::Undelivered { reason: format!("part {number} of {}: {reason}", state.count) });
    }
    (u32::try_from(state.fates.len()) == Ok(state.count)).then_some(Fate::Delivered)
}

/// What the conversation is told. Its id follows from the message and the kind of report, so that it is told once.
pub(super) fn receipt(key: &StateKey, conversation: ConversationId, message: MessageId, leg: Leg, fate: &Fate) -> Body {
    let (account, tenant) = (key.account.clone(), key.tenant.clone());
    let word: &[u8] = if *fate == Fate::Delivered { b"delivered" } else { b"failed" };
    let names = [b"report", tenant.as_str().as_bytes(), account.as_str().as_bytes()];
    let id =
        InputId::derive(&[names.as_slice(), &[&message.bits().to_be_bytes(), leg.name().as_bytes(), word]].concat());
    let report = match fate {
        Fate::Delivered => Report::Delivered,
        Fate::Undelivered { reason } => Report::Failed { attempts: Attempts::Maybe, reason: reason.clone() },
        Fate::Refused { reason } => Report::NotReachable { reason: reason.clone() },
    };
    let receipt = Receipt { message, leg, account: Some(account), report, reported_at: None };
    Body::Conversation(ConversationInput { tenant, id, conversation, act: ConversationAct::Receipt(receipt) })
}
