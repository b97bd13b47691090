//! The rules of the conversation core, row by row, and the promises that hold for every log.

mod care;
mod closing;
mod collected;
mod consults;
mod deadlines;
mod handovers;
mod holds;
mod linked;
mod offers;
mod placements;
mod promises;
mod random;
mod refusals;
mod remainders;
mod sessions;
mod show;
mod signs;
mod stage;
mod statuses;
mod surveys;
mod tenants;
