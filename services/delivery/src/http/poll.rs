//! A poll: what waits now, in one answer.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use usher_broker::SenderHandle;
use usher_dialects::condition::Condition;
use usher_dialects::inbound::Answer;
use usher_dialects::pull::{self, Pull};
use usher_domain::MailboxAct;

use super::Http;
use super::follow::{Mailboxes, Told};
use crate::mailbox::Waiting;

/// How long the owner may take; the answer is out well inside the lease.
const OWNER_WITHIN: Duration = Duration::from_secs(3);
/// How long a client that polled may have been shown what the answer carries.
const LEASE: Duration = Duration::from_secs(10);

/// Answers one poll.
pub(super) async fn answer<S: SenderHandle>(http: &Http<S>, pull: &Pull) -> Result<Answer, Condition> {
    let since = http.log.tell_for(pull, MailboxAct::Polled { connection: http.polls, lease: LEASE }).await?;
    let waiting =
        timeout(OWNER_WITHIN, all(&http.mailboxes, pull, since)).await.map_err(|_| Condition::Unavailable {
            reason: "the mailbox is being handed over".to_owned(),
            retry_after: Duration::from_secs(1),
        })?;
    let waiting: Vec<pull::Waiting<'_>> = waiting
        .iter()
        // What came after this poll is told to the next one: that one acknowledges only what was there for this one.
        .filter(|waiting| waiting.seq < since)
        .map(|Waiting { seq, delivery, payload, .. }| pull::Waiting { seq: *seq, delivery: *delivery, payload })
        .collect();
    let sent = waiting.iter().map(|waiting| waiting.seq).collect();
    if let Some(last) = waiting.last()
        && let Err(error) = http.log.tell(pull, MailboxAct::Told { up_to: last.seq, sent }).await
    {
        // It may stand in the log all the same, and then the next poll acknowledges what is in the answer. Does it not,
        // the messages come again under the same codes.
        tracing::warn!(%error, "it is not known whether what a poll is told was written");
    }
    Ok(pull::told(pull, &waiting))
}

/// All that waits now.
async fn all(mailboxes: &Arc<Mailboxes>, pull: &Pull, since: i64) -> Vec<Waiting> {
    let mut following = mailboxes.follow(pull.conversation, since, -1);
    let mut all = Vec::new();
    while let Told::Waiting(waiting) = following.next().await {
        all.push(waiting);
    }
    all
}
