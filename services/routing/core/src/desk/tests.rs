//! The rules of the desk core one by one, and its promises on random histories.

mod bench;
mod bounds;
mod demands;
mod directories;
mod history;
mod matches;
mod presences;
mod promises;
mod tables;
mod witness;
