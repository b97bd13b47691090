//! Who has which partition of topic `mailboxes` at work, as topic `mailbox-owners` says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use usher_broker::{Broker, BrokerError, Partition, ReadFrom, ReaderHandle};
use usher_domain::{Body, ConversationId};
use usher_proto::topics::Topic;
use usher_runtime::worker::Stop;

use crate::mailbox::partition_for;

/// How long one look at the topic takes at most; a stop is noticed after it.
const LOOK: Duration = Duration::from_millis(200);
/// How long the reader waits when the broker is away.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Records taken at one look.
const RECORDS_MAX: usize = 500;

/// A view of the owners; cheap to clone, and everyone sees the same.
#[derive(Debug, Clone, Default)]
pub struct Owners(Arc<watch::Sender<BTreeMap<Partition, String>>>);

impl Owners {
    /// Where the owner of a conversation's mailbox answers its peers, if anybody has said so.
    pub(super) fn of(&self, conversation: ConversationId) -> Option<String> {
        self.0.borrow().get(&partition_for(conversation)).cloned()
    }

    /// Notices changes from now on.
    pub(super) fn watch(&self) -> watch::Receiver<BTreeMap<Partition, String>> {
        self.0.subscribe()
    }

    /// Somebody says that they own a partition: the last one counts.
    pub(crate) fn set(&self, partition: Partition, address: &str) {
        self.0.send_if_modified(|owners| owners.insert(partition, address.to_owned()).as_deref() != Some(address));
    }
}

/// Follows the topic in the calling thread until asked to stop. A broker that goes away is waited for.
///
/// # Errors
/// What waiting does not mend.
pub fn follow_owners<B: Broker>(broker: &B, prefix: &str, owners: &Owners, stop: &Stop) -> Result<(), BrokerError> {
    while !stop.is_asked() {
        match read(broker, prefix, owners, stop) {
            Err(BrokerError::Unavailable(reason)) => {
                tracing::debug!(reason, "the owners of mailboxes are not read for a while");
                std::thread::sleep(AGAIN_AFTER);
            }
            ended => return ended,
        }
    }
    Ok(())
}

fn read<B: Broker>(broker: &B, prefix: &str, owners: &Owners, stop: &Stop) -> Result<(), BrokerError> {
    let mut reader = broker.reader(&Topic::MailboxOwners.name(prefix), ReadFrom::Start)?;
    while !stop.is_asked() {
        for record in reader.poll(RECORDS_MAX, LOOK)? {
            let payload = record.payload.as_deref().unwrap_or_default();
            match usher_proto::decode(payload).map(|envelope| envelope.body) {
                Ok(Body::MailboxOwner(owner)) => owners.set(owner.partition, &owner.address),
                Ok(_) => tracing::warn!("a record on the topic of owners is about something else"),
                Err(error) => tracing::warn!(%error, "a record on the topic of owners can not be read"),
            }
        }
    }
    Ok(())
}
