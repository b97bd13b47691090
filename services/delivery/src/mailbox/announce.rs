//! Says which partitions this process has at work, on topic `mailbox-owners`.

use std::time::Duration;

use usher_broker::{Partition, SenderHandle};
use usher_domain::{Body, Envelope, MailboxOwner};
use usher_runtime::topics::TopicNames;

use super::Board;

/// How long after a word that did not get through the next is said.
const AGAIN_AFTER_FAILURE: Duration = Duration::from_millis(500);
/// How often it is said anew: the late word of a former owner stands for this long at most.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Announces the partitions on `board` as those of the peer at `address`: at once whenever they change, and again every
/// 10 s. Never ends by itself.
pub async fn announce<S: SenderHandle>(board: Board, sender: S, prefix: String, address: String) {
    let names = TopicNames::new(&prefix);
    let mut owned = board.owned();
    loop {
        let partitions = owned.borrow_and_update().clone();
        let wait = if say(&sender, &names, &address, &partitions).await { AGAIN_AFTER } else { AGAIN_AFTER_FAILURE };
        // The board is held here, so its end of the watch is open.
        let _ = tokio::time::timeout(wait, owned.changed()).await;
    }
}

/// Whether everything got through.
async fn say<S: SenderHandle>(sender: &S, names: &TopicNames, address: &str, partitions: &[Partition]) -> bool {
    let mut is_said = true;
    for &partition in partitions {
        let owner = MailboxOwner { partition, address: address.to_owned() };
        let envelope = Envelope { cause: None, traceparent: None, body: Body::MailboxOwner(owner) };
        if let Err(error) = sender.send(names.outgoing(&envelope)).await {
            tracing::warn!(partition, %error, "other instances do not know yet that these mailboxes are here");
            is_said = false;
        }
    }
    is_said
}
