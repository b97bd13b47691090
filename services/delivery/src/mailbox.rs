//! The worker of topic `mailboxes`, what this process shows of the mailboxes that it has, and how others find it. What
//! becomes of what waits is decided in `usher-delivery-core`.

mod announce;
mod board;
mod partition;

use usher_broker::{Broker, Partition, WorkerSpec, partition_of};
use usher_domain::ConversationId;
use usher_proto::topics::Topic;
use usher_runtime::worker::{AtWork, Cadence, Stop, Worker, WorkerError, run};

pub use announce::announce;
pub use board::{Board, Change, NotHere, Subscription};
pub use partition::MailboxPartition;
pub use usher_delivery_core::mailbox::Waiting;

/// The partition of topic `mailboxes` that a conversation's mailbox is in.
pub fn partition_for(conversation: ConversationId) -> Partition {
    partition_of(conversation.to_string().as_bytes(), Topic::Mailboxes.partitions())
}

/// Who a worker of mailboxes is: `process` is the process's stable name, `thread` counts from 0.
pub fn spec(prefix: &str, process: &str, thread: usize) -> WorkerSpec {
    WorkerSpec {
        name: format!("{prefix}.mailbox.{process}.{thread}"),
        group: format!("{prefix}.mailbox"),
        input: Topic::Mailboxes.name(prefix),
        state: Some(Topic::MailboxesState.name(prefix)),
    }
}

/// Runs one worker in the calling thread until it is asked to stop; what it has at work is shown on `board`.
pub fn work<B: Broker>(
    broker: &B,
    prefix: &str,
    spec: WorkerSpec,
    cadence: Cadence,
    board: &Board,
    stop: &Stop,
    at_work: &AtWork,
) -> Result<(), WorkerError> {
    let handle = broker.worker(&spec)?;
    let new_core = |partition| MailboxPartition::new(partition, board.clone());
    run(&mut Worker::new(handle, spec, prefix, cadence, new_core), stop, at_work)
}
