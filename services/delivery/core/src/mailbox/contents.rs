//! One mailbox: what is known of it, what is in it, and the indexes by which a step costs what it changes.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::state::mailbox::{HeldState, MailboxState, Piece, StateKey, StateValue};
use usher_domain::{ConversationId, DeliveryId, Timestamp};

use super::Waiting;

/// A mailbox and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// What is known of it beside its contents; `None`: nothing, because nobody is or was there and nothing waits.
    state: Option<MailboxState>,
    held: BTreeMap<i64, HeldState>,
    by_delivery: BTreeMap<DeliveryId, i64>,
    by_end: BTreeSet<(Timestamp, i64)>,
    /// How many of them are not over.
    waiting: usize,
    /// Bytes of all payloads.
    bytes: usize,
    /// Pieces that differ from what was last given out.
    changed: BTreeSet<Piece>,
}

impl Mailbox {
    pub(super) fn restore(&mut self, piece: Piece, value: Option<StateValue>) {
        match (piece, value) {
            (Piece::Mailbox, None) => self.state = None,
            (Piece::Mailbox, Some(StateValue::Mailbox(state))) => self.state = Some(*state),
            (Piece::Held(seq), value) => {
                self.take(seq);
                if let Some(StateValue::Held(held)) = value {
                    self.put(seq, held);
                }
            }
            // Whoever reads state from outside asks `Piece::holds` first.
            (Piece::Mailbox, Some(StateValue::Held(_))) => {}
        }
        self.changed.clear();
    }

    /// What is known of it.
    pub(super) const fn state(&self) -> Option<&MailboxState> {
        self.state.as_ref()
    }

    /// What is known of it, to be changed; made by `new` when nothing is.
    pub(super) fn state_mut(&mut self, new: impl FnOnce() -> MailboxState) -> &mut MailboxState {
        self.changed.insert(Piece::Mailbox);
        self.state.get_or_insert_with(new)
    }

    /// What is known of it, to be changed.
    pub(super) fn known_mut(&mut self) -> Option<&mut MailboxState> {
        self.changed.extend(self.state.as_ref().map(|_| Piece::Mailbox));
        self.state.as_mut()
    }

    /// Puts something in under a sequence number that nothing else has.
    pub(super) fn put(&mut self, seq: i64, held: HeldState) {
        self.by_delivery.insert(held.delivery, seq);
        self.by_end.insert((held.expires_at, seq));
        self.waiting += usize::from(!held.is_over);
        self.bytes += held.payload.as_str().len();
        self.held.insert(seq, held);
        self.changed.insert(Piece::Held(seq));
    }

    /// Takes something out.
    pub(super) fn take(&mut self, seq: i64) -> Option<HeldState> {
        let held = self.held.remove(&seq)?;
        self.by_delivery.remove(&held.delivery);
        self.by_end.remove(&(held.expires_at, seq));
        self.waiting -= usize::from(!held.is_over);
        self.bytes -= held.payload.as_str().len();
        self.changed.insert(Piece::Held(seq));
        Some(held)
    }

    /// Takes everything out.
    pub(super) fn clear(&mut self) {
        while let Some(seq) = self.held.first_key_value().map(|(seq, _)| *seq) {
            self.take(seq);
        }
    }

    /// Whether the order's thing is in it.
    pub(super) fn has(&self, delivery: DeliveryId) -> bool {
        self.by_delivery.contains_key(&delivery)
    }

    /// One thing in it.
    pub(super) fn get(&self, seq: i64) -> Option<&HeldState> {
        self.held.get(&seq)
    }

    /// Everything in it, in order.
    pub(super) fn held(&self) -> impl DoubleEndedIterator<Item = (i64, &HeldState)> {
        self.held.iter().map(|(seq, held)| (*seq, held))
    }

    /// What is in it up to a sequence number, in order.
    pub(super) fn up_to(&self, seq: i64) -> Vec<i64> {
        self.held.range(..=seq).map(|(seq, _)| *seq).collect()
    }

    /// What ends first, if it ends by `now`.
    pub(super) fn first_ended(&self, now: Timestamp) -> Option<i64> {
        self.by_end.first().filter(|(end, _)| *end <= now).map(|(_, seq)| *seq)
    }

    /// How many things are in it, and how many bytes they have.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.held.len(), self.bytes)
    }

    /// What clients are shown.
    pub(super) fn waiting(&self) -> impl Iterator<Item = Waiting> {
        self.held.iter().filter(|(_, held)| !held.is_over).map(|(seq, held)| Waiting {
            seq: *seq,
            delivery: held.delivery,
            payload: held.payload.clone(),
            expires_at: held.expires_at,
        })
    }

    pub(super) const fn waiting_count(&self) -> usize {
        self.waiting
    }

    /// When time alone changes something: a thing ends, a client counts as gone, or the visitor does.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let end = self.by_end.first().map(|(end, _)| *end);
        let state = self.state.iter();
        let clients = state.clone().flat_map(|state| state.clients.values().copied());
        let watch = state.filter_map(|state| state.watch.as_ref().map(|watch| watch.due));
        end.into_iter().chain(clients).chain(watch).min()
    }

    /// Forgets what is known of it once nothing waits and nobody is there.
    pub(super) fn settle(&mut self) {
        let is_idle = |state: &MailboxState| state.clients.is_empty() && state.watch.is_none();
        if self.held.is_empty() && self.state.as_ref().is_some_and(is_idle) {
            self.state = None;
            self.changed.insert(Piece::Mailbox);
        }
    }

    /// Whether there is nothing to keep.
    pub(super) fn is_unknown(&self) -> bool {
        self.state.is_none() && self.held.is_empty()
    }

    /// The pieces that changed since the last call, whole.
    pub(super) fn changes(&mut self, conversation: ConversationId) -> Vec<(StateKey, Option<StateValue>)> {
        let value = |piece: Piece| match piece {
            Piece::Mailbox => self.state.clone().map(|state| StateValue::Mailbox(Box::new(state))),
            Piece::Held(seq) => self.held.get(&seq).cloned().map(StateValue::Held),
        };
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|piece| (StateKey { conversation, piece }, value(piece))).collect()
    }
}
