//! The rules of the conversation core, row by row, and the promises that hold for every log.

mod closing;
mod collected;
mod deadlines;
mod handovers;
mod linked;
mod placements;
mod promises;
mod random;
mod remainders;
mod sessions;
mod show;
mod signs;
mod stage;
mod statuses;
mod tenants;
