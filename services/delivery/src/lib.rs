//! Delivery: carries out the orders of topic `deliveries`. What is attempted when, and what an end means, is decided
//! in `usher-delivery-core`; what is said to which provider, in `usher-dialects`. Here the two meet the world: records
//! are read, requests are made, results become receipts and dead letters.

mod call;
mod names;
mod outside;
mod partition;
mod retry_after;

pub use names::{ATTEMPT_SECONDS, ENDED};
pub use outside::Outside;
pub use partition::DeliveryPartition;

use usher_broker::Partition;

/// Makes the core of each partition for a worker of topic `deliveries`.
pub fn factory(outside: Outside) -> impl Fn(Partition) -> DeliveryPartition {
    move |partition| DeliveryPartition::new(partition, outside.clone())
}
