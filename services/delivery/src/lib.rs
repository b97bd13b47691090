//! Delivery: carries out the orders of topic `deliveries`. What is attempted when, and what an end means, is decided
//! in `usher-delivery-core`; what is said to which provider, in `usher-dialects`. Here the two meet the world: records
//! are read, requests are made, results become receipts and dead letters.

mod account_states;
mod call;
mod follow;
pub mod http;
pub mod mailbox;
mod names;
mod outside;
mod partition;
pub mod reports;
mod retry_after;
pub mod smpp;
mod tokens;

pub use account_states::{AccountStates, follow_account_states};
pub use names::{ATTEMPT_SECONDS, ENDED, MAILBOX_TOLD, MAILBOX_WAITING, MAILBOXES};
pub use outside::Outside;
pub use partition::DeliveryPartition;
pub use tokens::Tokens;

use usher_broker::{Broker, Partition, WorkerSpec};
use usher_proto::topics::Topic;
use usher_runtime::worker::{AtWork, Cadence, Stop, Worker, WorkerError, run};

/// Makes the core of each partition for a worker of topic `deliveries`.
pub fn factory(outside: Outside) -> impl Fn(Partition) -> DeliveryPartition {
    move |partition| DeliveryPartition::new(partition, outside.clone())
}

/// Who a worker of delivery is: `process` is the process's stable name, `thread` counts from 0. It has no state topic:
/// what it must remember stands in the metadata of its committed offsets.
pub fn spec(prefix: &str, process: &str, thread: usize) -> WorkerSpec {
    WorkerSpec {
        name: format!("{prefix}.delivery.{process}.{thread}"),
        group: format!("{prefix}.delivery"),
        input: Topic::Deliveries.name(prefix),
        state: None,
    }
}

/// Runs one worker in the calling thread until it is asked to stop; `at_work` tells others whether it does its work.
pub fn work<B: Broker>(
    broker: &B,
    prefix: &str,
    spec: WorkerSpec,
    cadence: Cadence,
    outside: &Outside,
    stop: &Stop,
    at_work: &AtWork,
) -> Result<(), WorkerError> {
    let handle = broker.worker(&spec)?;
    run(&mut Worker::new(handle, spec, prefix, cadence, factory(outside.clone())), stop, at_work)
}
