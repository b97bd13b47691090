//! The mailbox core: its rules row by row, and its promises under random histories.

mod bounds;
mod presence;
mod promises;
mod rules;
mod stage;
