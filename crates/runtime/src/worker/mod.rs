//! One worker: one thread, one topic, one group, one core a partition.

mod core;

pub use self::core::{Finished, PartitionCore, Step, Undecodable};
