//! Durable state of the cores as it is kept on the two state topics. The same types are the cores' own memory, so a
//! restore is a fold.

pub mod conversation;
pub mod desk;
