//! The contract kit: one set of cases that every implementation of [`Broker`] must pass.
//!
//! A case takes a broker and a prefix, makes topics, group and workers of its own under that prefix, and panics with a
//! sentence when the broker breaks the contract. Cases wait for conditions, so they hold on a broker in memory as on a
//! real one; none looks at anything but the contract. The prefix must be new for every case of every run: a real broker
//! remembers.

use crate::Broker;

mod fencing;
mod groups;
mod places;
mod restore;
mod stage;
mod transactions;
mod writing;

/// One behaviour of the contract: takes the broker and a prefix that nobody has used before; panics when broken.
pub type Case<B> = fn(&B, &str);

/// Every case with its name.
pub fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    let mut all = Vec::new();
    all.extend(writing::cases());
    all.extend(transactions::cases());
    all.extend(places::cases());
    all.extend(fencing::cases());
    all.extend(restore::cases());
    all.extend(groups::cases());
    all
}
