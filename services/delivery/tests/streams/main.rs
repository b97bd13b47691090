//! Clients that collect, over real sockets, from two instances of delivery on the broker in memory: one is the front, the
//! other owns the mailbox, and either may go away.

mod client;
mod edge;
mod handover;
mod instance;
mod polls;
