//! Who has which partition of topic `mailboxes` at work, as topic `mailbox-owners` says.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use usher_broker::{Broker, BrokerError, Partition};
use usher_domain::{Body, ConversationId};
use usher_proto::topics::Topic;
use usher_runtime::worker::Stop;

use crate::follow::follow;
use crate::mailbox::partition_for;

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
    pub(super) fn set(&self, partition: Partition, address: &str) {
        self.0.send_if_modified(|owners| owners.insert(partition, address.to_owned()).as_deref() != Some(address));
    }
}

/// Follows the topic in the calling thread until asked to stop. A broker that goes away is waited for.
///
/// # Errors
/// What waiting does not mend.
pub fn follow_owners<B: Broker>(broker: &B, prefix: &str, owners: &Owners, stop: &Stop) -> Result<(), BrokerError> {
    follow(broker, prefix, Topic::MailboxOwners, stop, |body| {
        let Body::MailboxOwner(owner) = body else { return false };
        owners.set(owner.partition, &owner.address);
        true
    })
}
