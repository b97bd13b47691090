//! What the log is told of clients: that one is there, that it is gone, what it has shown.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};
use tokio::time::Instant;
use usher_broker::{SendError, SenderHandle};
use usher_dialects::condition::Condition;
use usher_dialects::pull::Pull;
use usher_domain::mailbox::LEASE_MAX;
use usher_domain::{Body, ConnectionId, Envelope, MailboxAct, MailboxInput};
use usher_runtime::topics::TopicNames;

use crate::names;

/// How often a client that is there is told of: thrice a lease.
const SEEN_EVERY: Duration = Duration::from_secs(20);
/// How much earlier than its lease a client is shown nothing any more: clocks run differently fast.
const MARGIN: Duration = Duration::from_secs(2);
/// How long what was not written waits for its next try.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// How often an acknowledgement is tried whose client is gone: it is shown again otherwise, which harms nobody.
const LAST_TRIES: u32 = 3;

/// The log, as far as clients concern it.
#[derive(Clone, Debug)]
pub(super) struct Log<S> {
    sender: S,
    topics: TopicNames,
}

impl<S: SenderHandle> Log<S> {
    pub(super) fn new(sender: S, prefix: &str) -> Self {
        Self { sender, topics: TopicNames::new(prefix) }
    }

    /// Writes what happened to the mailbox of whoever pulls, and waits until the broker has it; answers with its offset.
    pub(super) async fn tell(&self, pull: &Pull, act: MailboxAct) -> Result<i64, SendError> {
        let Pull { tenant, account, visitor, .. } = pull.clone();
        let input = MailboxInput { tenant, account, visitor, act };
        let body = Body::Mailbox(Box::new(input));
        let envelope = Envelope { cause: None, traceparent: None, body };
        self.sender.send(self.topics.outgoing(&envelope)).await.map(|sent| sent.offset)
    }

    /// The same for a caller who waits for it.
    pub(super) async fn tell_for(&self, pull: &Pull, act: MailboxAct) -> Result<i64, Condition> {
        self.tell(pull, act).await.map_err(|error| {
            tracing::warn!(%error, "a record was not written");
            let reason = "the broker is away".to_owned();
            Condition::Unavailable { reason, retry_after: Duration::from_secs(1) }
        })
    }

    /// Says that a client is there; answers with the offset of the word, and until when the client may be shown something.
    async fn seen(&self, pull: &Pull, connection: ConnectionId) -> Result<(i64, Instant), SendError> {
        let until = Instant::now() + LEASE_MAX - MARGIN;
        self.tell(pull, MailboxAct::Seen { connection, lease: LEASE_MAX }).await.map(|offset| (offset, until))
    }
}

/// What was sent and is not acknowledged, as far as it is remembered one by one: as many as a mailbox holds.
const SENT_MAX: usize = 500;

/// A client that is there: while it is kept, the log is told so; when it is dropped, that the client is gone.
#[derive(Debug)]
pub(super) struct Presence {
    /// What the client was sent and has not acknowledged, in order.
    sent: VecDeque<i64>,
    /// What it had when it came.
    after: Option<i64>,
    /// Up to where it has acknowledged.
    acked: Option<i64>,
    /// What is to be written of that.
    acks: Arc<Mutex<Option<Acks>>>,
    /// Says that there is more to acknowledge; closed when the client is gone.
    more: watch::Sender<()>,
    until: watch::Receiver<Instant>,
    /// Offset of the first word of the client: nothing is shown before the owner has read it.
    since: i64,
    _gone: oneshot::Sender<()>,
}

impl Presence {
    /// Tells of a client for the first time, which has everything up to `after`. `slot` is held until the last word about it.
    pub(super) async fn begin<S: SenderHandle>(
        log: Log<S>,
        pull: Pull,
        connection: ConnectionId,
        after: Option<i64>,
        slot: OwnedSemaphorePermit,
    ) -> Result<Self, SendError> {
        let (since, first) = log.seen(&pull, connection).await?;
        let acks = Arc::new(Mutex::new(None));
        let (more, is_more) = watch::channel(());
        let (renewed, until) = watch::channel(first);
        let (gone, is_gone) = oneshot::channel();
        let keeper = Keeper { log, pull, connection, acks: Arc::clone(&acks) };
        tokio::spawn(async move {
            tokio::join!(keeper.acknowledge(is_more), keeper.stay(renewed, is_gone));
            drop(slot);
        });
        Ok(Self { sent: VecDeque::new(), after, acked: None, acks, more, until, since, _gone: gone })
    }

    /// Offset of the first word of the client.
    pub(super) const fn since(&self) -> i64 {
        self.since
    }

    /// The client is sent this; what is sent is sent in order.
    pub(super) fn sent(&mut self, seq: i64) {
        self.sent.push_back(seq);
        if self.sent.len() > SENT_MAX {
            // As if the client had come with it: what waits up to there counts with the next acknowledgement.
            self.after = self.after.max(self.sent.pop_front());
        }
    }

    /// The client has shown everything up to there.
    pub(super) fn acknowledge(&mut self, up_to: i64) {
        let shown = self.sent.partition_point(|seq| *seq <= up_to);
        if Some(up_to) <= self.acked && shown == 0 {
            return;
        }
        self.acked = self.acked.max(Some(up_to));
        let acks = Acks { up_to, sent: self.sent.drain(..shown).collect(), after: self.after };
        merge(&mut lock(&self.acks), acks);
        self.more.send_replace(());
    }

    /// Whether the client may be shown something now.
    pub(super) fn stands(&self) -> bool {
        Instant::now() < *self.until.borrow()
    }

    /// Waits until the client may be shown nothing any more.
    pub(super) async fn lapsed(&self) {
        let mut until = self.until.clone();
        loop {
            let end = *until.borrow_and_update();
            tokio::select! {
                () = tokio::time::sleep_until(end) => return,
                changed = until.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// What a client has acknowledged, to be written.
#[derive(Clone, Debug)]
struct Acks {
    up_to: i64,
    sent: Vec<i64>,
    after: Option<i64>,
}

/// Adds what was acknowledged later: one record says all of it.
fn merge(acks: &mut Option<Acks>, later: Acks) {
    let Some(earlier) = acks else { return *acks = Some(later) };
    earlier.up_to = earlier.up_to.max(later.up_to);
    earlier.after = earlier.after.max(later.after);
    earlier.sent.extend(later.sent);
}

/// A lock whose holder panicked is taken all the same: a list of numbers is never half written.
fn lock(acks: &Mutex<Option<Acks>>) -> MutexGuard<'_, Option<Acks>> {
    acks.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who tells the log of one client.
struct Keeper<S> {
    log: Log<S>,
    pull: Pull,
    connection: ConnectionId,
    acks: Arc<Mutex<Option<Acks>>>,
}

impl<S: SenderHandle> Keeper<S> {
    /// Renews the lease until the client is gone, then says so.
    async fn stay(&self, renewed: watch::Sender<Instant>, mut is_gone: oneshot::Receiver<()>) {
        let mut pause = SEEN_EVERY;
        loop {
            tokio::select! {
                _ = &mut is_gone => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause = match self.log.seen(&self.pull, self.connection).await {
                Ok((_, until)) => {
                    renewed.send_replace(until);
                    SEEN_EVERY
                }
                Err(error) => {
                    tracing::debug!(%error, "a lease was not renewed");
                    AGAIN_AFTER
                }
            };
        }
        if let Err(error) = self.log.tell(&self.pull, MailboxAct::Closed { connection: self.connection }).await {
            tracing::debug!(%error, "a lease will end by itself");
        }
    }

    /// Writes what is acknowledged until it is written, also for a while after the client has gone.
    async fn acknowledge(&self, mut more: watch::Receiver<()>) {
        while more.changed().await.is_ok() {
            let mut unwritten = None;
            let mut last_tries = 0;
            loop {
                more.mark_unchanged();
                let later = lock(&self.acks).take();
                later.into_iter().for_each(|later| merge(&mut unwritten, later));
                let Some(Acks { up_to, sent, after }) = unwritten.clone() else { break };
                match self.log.tell(&self.pull, MailboxAct::Acked { up_to, sent, after }).await {
                    Ok(_) => {
                        counter!(names::ACKED).increment(1);
                        break;
                    }
                    Err(error) => tracing::debug!(%error, "an acknowledgement was not written"),
                }
                last_tries += u32::from(more.has_changed().is_err());
                if last_tries >= LAST_TRIES {
                    return;
                }
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }
}
