//! Both cores of routing, joined by their two topics as the worker joins them: what one writes the other reads, later,
//! in another order, or twice. The single rules are tested beside the cores; here it is tested that the two registers,
//! `Demand` and `Placement`, always end in agreement.

mod acts;
mod explorer;
mod faults;
mod interleavings;
mod leases;
mod link;
mod moves;
mod offered;
mod offers;
mod promises;
mod shuffled;
mod spaces;
mod supervised;
mod view;
mod world;
