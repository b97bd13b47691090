//! What this process shows of the mailboxes that it has at work: whoever serves a visitor's client subscribes to its
//! mailbox here, gets what waits and then every change.
//!
//! What is shown may be ahead of what is committed. That does no harm: a sequence number is an offset, so whoever does the
//! step again shows the same thing under the same number.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{mpsc, watch};
use usher_broker::Partition;
use usher_delivery_core::mailbox::{MailboxCore, Waiting};
use usher_domain::ConversationId;
use usher_domain::state::mailbox::{Piece, StateKey, StateValue};

use super::partition_for;

/// How many changes may wait for a subscriber; one who is slower is cut off and begins anew with what then waits.
const CHANGES_MAX: usize = 1_024;

/// All partitions of topic `mailboxes` that this process has at work. Cheap to clone: all clones show the same.
#[derive(Clone, Debug)]
pub struct Board(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shelves: Mutex<BTreeMap<Partition, Arc<Mutex<Shelf>>>>,
    owned: watch::Sender<Vec<Partition>>,
}

/// One partition: its core, and who follows its mailboxes.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) core: MailboxCore,
    /// Offset of the last record that the core has taken; records before the start count.
    applied: i64,
    subscribers: HashMap<ConversationId, Vec<Subscriber>>,
    subscribed: u64,
}

#[derive(Debug)]
struct Subscriber {
    id: u64,
    changes: mpsc::Sender<Change>,
    /// The snapshot is sent once the record at this offset has been taken.
    waits_for: Option<i64>,
}

/// What a subscriber is told. What waits is told in order; a number once gone never comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// First of all: everything that waits, in order.
    Snapshot(Vec<Waiting>),
    /// Something was put in.
    Put(Waiting),
    /// It is acknowledged, has expired or was withdrawn: it is not to be shown any more.
    Gone {
        /// Its sequence number.
        seq: i64,
    },
}

/// The conversation's partition is not at work in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("partition {partition} of the mailboxes is at work elsewhere")]
pub struct NotHere {
    /// The partition.
    pub partition: Partition,
}

/// One who follows a mailbox; ends when it is dropped.
#[derive(Debug)]
pub struct Subscription {
    changes: mpsc::Receiver<Change>,
    shelf: Weak<Mutex<Shelf>>,
    conversation: ConversationId,
    id: u64,
}

impl Subscription {
    /// The next change. `None`: the partition has left this process, or the subscriber was too slow; whoever still wants
    /// to know subscribes again, maybe elsewhere.
    pub async fn next(&mut self) -> Option<Change> {
        self.changes.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(shelf) = self.shelf.upgrade() {
            lock(&shelf).unsubscribe(self.conversation, self.id);
        }
    }
}

impl Default for Board {
    fn default() -> Self {
        Self(Arc::new(Inner { shelves: Mutex::default(), owned: watch::Sender::new(Vec::new()) }))
    }
}

impl Board {
    /// Follows one mailbox. The first change is a snapshot, taken once the record at `from` of the conversation's partition
    /// has been taken by the core: the record that says that the client is there ([`usher_domain::MailboxAct::Seen`]),
    /// which must be in the log before anything is shown.
    ///
    /// # Errors
    /// The partition is not at work here.
    pub fn subscribe(&self, conversation: ConversationId, from: i64) -> Result<Subscription, NotHere> {
        let partition = partition_for(conversation);
        let shelf = lock(&self.0.shelves).get(&partition).cloned().ok_or(NotHere { partition })?;
        let (sender, changes) = mpsc::channel(CHANGES_MAX);
        let id = lock(&shelf).subscribe(conversation, from, sender);
        Ok(Subscription { changes, shelf: Arc::downgrade(&shelf), conversation, id })
    }

    /// The partitions that are at work here, and whenever that changes.
    pub fn owned(&self) -> watch::Receiver<Vec<Partition>> {
        self.0.owned.subscribe()
    }

    /// Shows a partition from now on, in place of what was shown of it.
    pub(super) fn put_up(&self, partition: Partition, shelf: &Arc<Mutex<Shelf>>) {
        let former = lock(&self.0.shelves).insert(partition, Arc::clone(shelf));
        former.iter().for_each(|former| lock(former).subscribers.clear());
        self.tell_owned();
    }

    /// Shows this partition no more; `false`: it has been put up anew since, and stays.
    pub(super) fn take_down(&self, partition: Partition, shelf: &Arc<Mutex<Shelf>>) -> bool {
        let is_shown = |shown: &Arc<Mutex<Shelf>>| Arc::ptr_eq(shown, shelf);
        let mut shelves = lock(&self.0.shelves);
        let is_taken = shelves.get(&partition).is_some_and(is_shown);
        if is_taken {
            shelves.remove(&partition);
        }
        drop(shelves);
        lock(shelf).subscribers.clear();
        self.tell_owned();
        is_taken
    }

    /// Told also when the list is the same: a partition that was taken up again is announced again.
    fn tell_owned(&self) {
        let owned = lock(&self.0.shelves).keys().copied().collect();
        self.0.owned.send_replace(owned);
    }
}

impl Shelf {
    pub(super) const fn resume(&mut self, next: i64) {
        self.applied = next - 1;
    }

    fn subscribe(&mut self, conversation: ConversationId, from: i64, changes: mpsc::Sender<Change>) -> u64 {
        self.subscribed += 1;
        let mut subscriber = Subscriber { id: self.subscribed, changes, waits_for: Some(from) };
        subscriber.begin(self.applied, &self.core, conversation);
        self.subscribers.entry(conversation).or_default().push(subscriber);
        self.subscribed
    }

    fn unsubscribe(&mut self, conversation: ConversationId, id: u64) {
        self.retain(conversation, |subscriber| subscriber.id != id);
    }

    /// Tells the subscribers what a step has changed; `applied` is the offset of its record, `None` for a tick.
    pub(super) fn tell(
        &mut self,
        touched: Option<ConversationId>,
        applied: Option<i64>,
        changes: &[(StateKey, Option<StateValue>)],
    ) {
        self.applied = applied.unwrap_or(self.applied);
        for (key, value) in changes {
            let Piece::Held(seq) = key.piece else { continue };
            let Some(subscribers) = self.subscribers.get_mut(&key.conversation) else { continue };
            let change = change(seq, value.as_ref());
            subscribers.retain(|subscriber| subscriber.tell(&change));
        }
        let Some(conversation) = touched else { return };
        let (applied, core) = (self.applied, &self.core);
        if let Some(subscribers) = self.subscribers.get_mut(&conversation) {
            subscribers.iter_mut().for_each(|subscriber| subscriber.begin(applied, core, conversation));
            self.retain(conversation, |subscriber| !subscriber.changes.is_closed());
        }
    }

    fn retain(&mut self, conversation: ConversationId, keep: impl FnMut(&Subscriber) -> bool) {
        if let Some(subscribers) = self.subscribers.get_mut(&conversation) {
            subscribers.retain(keep);
            if subscribers.is_empty() {
                self.subscribers.remove(&conversation);
            }
        }
    }
}

impl Subscriber {
    /// Sends the snapshot when its time has come.
    fn begin(&mut self, applied: i64, core: &MailboxCore, conversation: ConversationId) {
        if self.waits_for.is_some_and(|from| from <= applied) {
            self.waits_for = None;
            // The channel is empty, so there is room.
            let _ = self.changes.try_send(Change::Snapshot(core.waiting(conversation)));
        }
    }

    /// Whether the subscriber goes on; before its snapshot it is told nothing.
    fn tell(&self, change: &Change) -> bool {
        self.waits_for.is_some() || self.changes.try_send(change.clone()).is_ok()
    }
}

fn change(seq: i64, value: Option<&StateValue>) -> Change {
    match value {
        Some(StateValue::Held(held)) if !held.is_over => Change::Put(Waiting {
            seq,
            delivery: held.delivery,
            payload: held.payload.clone(),
            expires_at: held.expires_at,
        }),
        _ => Change::Gone { seq },
    }
}

/// A lock whose holder panicked is taken all the same: that worker ends, and its partitions are built anew.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
