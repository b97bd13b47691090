//! What waits in one mailbox, told as it comes, wherever its owner is: from the board of this process, else from a peer.
//! An owner that goes away is waited out; the next one is asked from where the last one stopped.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use usher_broker::Partition;
use usher_domain::ConversationId;

use super::owners::Owners;
use super::peer::Peers;
use crate::mailbox::{Board, Change, Subscription, Waiting, partition_for};
use crate::names;

/// What is told and not taken yet by one client: beyond it the owner's side waits, and what is too slow is cut.
const AHEAD_MAX: usize = 16;
/// How long the next try waits at least and at most, doubled each time in between; a new owner is tried at once.
const BACKOFF: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// After so many tries, some five seconds, a person is told.
const FAILURES_TOLD: u32 = 8;
const NOWHERE: &str = "a client waits, and nobody within reach has its mailbox at work: is another delivery running, and do \
                       all have the same stream.peer_secret and a stream.peer_address each?";

/// Where mailboxes are.
#[derive(Debug)]
pub struct Mailboxes {
    board: Board,
    owners: Owners,
    /// How others are asked; `None`: this instance is alone.
    peers: Option<Peers>,
}

/// What is told of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// This waits.
    Waiting(Waiting),
    /// What was told until now is all that waited when the owner was asked.
    CaughtUp,
}

/// Why an owner tells no more.
pub(super) enum Ended {
    /// Nobody listens any more.
    Unheard,
    /// It is not the owner, not there, or went away.
    Lost {
        /// Whether it had told all that waited.
        stood: bool,
    },
}

/// What waits in one mailbox, as it comes. Dropped, nothing is asked any more.
#[derive(Debug)]
pub(super) struct Following {
    told: mpsc::Receiver<Told>,
    task: JoinHandle<()>,
}

impl Following {
    /// The next thing; also when this is called anew instead of waited for, nothing is lost. Never ends by itself.
    pub(super) async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mailboxes {
    /// What this process owns, by `board`; what others own, by `owners` and `peers`.
    pub fn new(board: Board, owners: Owners, peers: Option<Peers>) -> Self {
        Self { board, owners, peers }
    }

    /// Follows a mailbox as it is once its owner has read the record at `since`; nothing up to `after` is told. Everything is
    /// told in order, and once.
    pub(super) fn follow(self: &Arc<Self>, conversation: ConversationId, since: i64, after: i64) -> Following {
        let (teller, told) = mpsc::channel(AHEAD_MAX);
        let mailboxes = Arc::clone(self);
        let task = tokio::spawn(async move {
            let mut cursor = Cursor { conversation, since, after, teller };
            mailboxes.keep_following(&mut cursor).await;
        });
        Following { told, task }
    }

    async fn keep_following(&self, cursor: &mut Cursor) {
        let mut owners = self.owners.watch();
        let mut failures = 0;
        loop {
            owners.mark_unchanged();
            match self.follow_once(cursor).await {
                Ended::Unheard => return,
                Ended::Lost { stood: true } => failures = 0,
                Ended::Lost { stood: false } => {
                    failures += 1;
                    if failures == FAILURES_TOLD {
                        let partition = partition_for(cursor.conversation);
                        tracing::warn!(partition, is_alone = self.peers.is_none(), "{}", NOWHERE);
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(backoff(failures, cursor.conversation)) => {}
                _ = owners.changed() => {}
            }
        }
    }

    async fn follow_once(&self, cursor: &mut Cursor) -> Ended {
        let conversation = cursor.conversation;
        if let Ok(subscription) = self.board.subscribe(conversation, cursor.since) {
            counter!(names::FOLLOWED, "owner" => "self").increment(1);
            return tell_all(subscription, cursor).await;
        }
        let (Some(peers), Some(address)) = (&self.peers, self.owners.of(conversation)) else {
            return Ended::Lost { stood: false };
        };
        counter!(names::FOLLOWED, "owner" => "peer").increment(1);
        tokio::select! {
            ended = peers.follow(&address, cursor) => ended,
            () = self.is_owned_elsewhere(conversation, &address) => Ended::Lost { stood: true },
        }
    }

    /// Waits until the owner is another one than `address`.
    async fn is_owned_elsewhere(&self, conversation: ConversationId, address: &str) {
        let mut owners = self.owners.watch();
        let partition = partition_for(conversation);
        let is_elsewhere = |owners: &BTreeMap<Partition, String>| owners.get(&partition).is_none_or(|at| at != address);
        if owners.wait_for(is_elsewhere).await.map(drop).is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Tells what the board of this process tells.
async fn tell_all(mut subscription: Subscription, cursor: &mut Cursor) -> Ended {
    let mut stood = false;
    while let Some(change) = subscription.next().await {
        stood = true;
        if !cursor.tell(change).await {
            return Ended::Unheard;
        }
    }
    Ended::Lost { stood }
}

/// Which mailbox is told of, how far a client has been told, and who tells them.
pub(super) struct Cursor {
    pub(super) conversation: ConversationId,
    /// The owner must have read the record at this offset first.
    pub(super) since: i64,
    /// Nothing up to here is told.
    pub(super) after: i64,
    teller: mpsc::Sender<Told>,
}

impl Cursor {
    /// Tells what was not told before; `false`: nobody listens. What is gone was told before, or never will be.
    pub(super) async fn tell(&mut self, change: Change) -> bool {
        match change {
            Change::Snapshot(all) => {
                for waiting in all {
                    if !self.tell_one(waiting).await {
                        return false;
                    }
                }
                self.teller.send(Told::CaughtUp).await.is_ok()
            }
            Change::Put(waiting) => self.tell_one(waiting).await,
            Change::Gone { .. } => true,
        }
    }

    /// Whoever follows may be given up while this waits for room; what was not taken by then was not told.
    async fn tell_one(&mut self, waiting: Waiting) -> bool {
        let seq = waiting.seq;
        if seq <= self.after {
            return true;
        }
        let is_told = self.teller.send(Told::Waiting(waiting)).await.is_ok();
        if is_told {
            self.after = seq;
        }
        is_told
    }
}

/// Doubled with each failure; spread by the conversation, so that those of one owner do not come all at once.
fn backoff(failures: u32, conversation: ConversationId) -> Duration {
    let doubled = BACKOFF.saturating_mul(1 << failures.min(6)).min(BACKOFF_MAX);
    let spread = u32::try_from(conversation.bits() % 100).unwrap_or_default();
    doubled / 2 + doubled * spread / 200
}
