//! Durable state of the cores as it is kept on the state topics. The same types are the cores' own memory, so a
//! restore is a fold.

pub mod conversation;
pub mod desk;
pub mod mailbox;
pub mod report;
