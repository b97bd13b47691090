//! Both cores of routing, joined by their two topics as the worker joins them: what one writes the other reads, later,
//! in another order, or twice. The single rules are tested beside the cores; here it is tested that the two registers,
//! `Demand` and `Placement`, always end in agreement.

mod explorer;
mod interleavings;
mod shuffled;
mod world;
