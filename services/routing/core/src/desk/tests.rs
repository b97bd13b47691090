//! The rules of the desk core one by one, and its promises on random histories.

mod attendance;
mod bench;
mod bounds;
mod choices;
mod crowds;
mod demands;
mod directories;
mod history;
mod leases;
mod limits;
mod matches;
mod moves;
mod notices;
mod offers;
mod ordering;
mod orders;
mod presences;
mod promises;
mod ratings;
mod searches;
mod searching;
mod supervisors;
mod tables;
mod unsettled;
mod witness;
mod wrap_ups;
