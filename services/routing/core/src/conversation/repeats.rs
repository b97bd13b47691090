//! Recognises an input that came before: by the last 32 ids of its conversation, for 48 hours, and by the messages that
//! are still kept. Receipts and placements are not counted here: a join and a version make their repeats harmless.

use usher_domain::state::conversation::{Seen, SeenInput};
use usher_domain::{InputId, MessageId, Timestamp};

use super::store::Conversation;

/// Whether this input came before.
pub(super) fn is_repeat(conversation: &Conversation, input: InputId, now: Timestamp) -> bool {
    let known = conversation.seen().is_some_and(|seen| has(seen, input.short(), now));
    // A kept message outlasts the list: ordering it again could arm its deadline a second time.
    known || conversation.message(MessageId::from(input)).is_some()
}

/// Remembers an input of the conversation's own tenant. One of anybody else must not come here: it would push those out
/// that count, and a repeat of it is harmless, because it is refused again.
pub(super) fn remember(conversation: &mut Conversation, input: InputId, now: Timestamp) {
    note(conversation.seen_mut(), input.short(), now);
}

fn has(seen: &Seen, id: u64, now: Timestamp) -> bool {
    seen.inputs.iter().any(|input| input.id == id && !is_over(input, now))
}

fn note(seen: &mut Seen, id: u64, now: Timestamp) {
    seen.inputs.retain(|input| !is_over(input, now));
    if seen.inputs.len() >= Seen::KEPT {
        seen.inputs.drain(..=seen.inputs.len() - Seen::KEPT);
    }
    seen.inputs.push(SeenInput { id, at: now });
}

fn is_over(input: &SeenInput, now: Timestamp) -> bool {
    input.at.plus(Seen::LASTS) <= now
}
