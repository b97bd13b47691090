//! Names of all metrics of routing.

/// Gauge: agents of the desks at work here, by `partition` and `presence`.
pub const AGENTS: &str = "usher_desk_agents";
/// Counter: agents who went offline because nothing was heard of them; only what stands.
pub const LEASES_LOST: &str = "usher_desk_leases_lost_total";
