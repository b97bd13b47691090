//! A desk in numbers, at one instant.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use usher_domain::Timestamp;
use usher_domain::desk::Presence;

use crate::answered::Within;
use crate::line::Line;

/// One line, or all of a desk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineCounts {
    /// Sessions that wait, those included that are being offered.
    pub waiting: u64,
    /// VIPs among them.
    pub vips: u64,
    /// Those of them that agents are being asked about.
    pub offered: u64,
    /// When the one that has waited longest came to wait.
    pub oldest: Option<Timestamp>,
    /// Sessions that an agent has.
    pub assigned: u64,
    /// How those were served who waited here lately.
    pub served: Within,
}

impl LineCounts {
    /// Adds another line; how it was served is added apart.
    pub(crate) fn add(&mut self, other: Self) {
        self.waiting += other.waiting;
        self.vips += other.vips;
        self.offered += other.offered;
        self.assigned += other.assigned;
        self.oldest = match (self.oldest, other.oldest) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }
}

/// A desk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// The directory in force, 0 before the first.
    pub revision: u64,
    /// All lines together.
    pub all: LineCounts,
    /// Lines that somebody waits in, or was served from lately.
    pub lines: BTreeMap<Line, LineCounts>,
    /// Agents of the directory, by presence.
    pub agents: BTreeMap<Presence, u64>,
    /// Agents who end with their last session.
    pub draining: u64,
}

impl Counts {
    /// As the API shows them. `minutes` and `seconds` say what the service level is about.
    pub fn json(&self, now: Timestamp, minutes: u32, seconds: u32) -> Json {
        let line = |counts: &LineCounts| {
            json!({
                "waiting": counts.waiting,
                "vips": counts.vips,
                "offered": counts.offered,
                "oldest_wait_ms": counts.oldest.map(|since| span_ms(now, since)),
                "assigned": counts.assigned,
                "service_level": {
                    "answered": counts.served.answered,
                    "in_time": counts.served.in_time,
                    "abandoned": counts.served.abandoned,
                    "share": counts.served.share(),
                },
            })
        };
        let lines = self.lines.iter().map(|(name, counts)| {
            let mut shown = line(counts);
            let (key, value) = match name {
                Line::Agent(agent) => ("agent", agent.to_string()),
                Line::Group(group) => ("group", group.to_string()),
                Line::Default => ("default", String::new()),
            };
            shown[key] = if value.is_empty() { true.into() } else { value.into() };
            shown
        });
        let agents: BTreeMap<&str, u64> = Presence::ALL
            .iter()
            .map(|presence| (presence.name(), self.agents.get(presence).copied().unwrap_or_default()))
            .chain([("draining", self.draining)])
            .collect();
        json!({
            "revision": self.revision,
            "at_ms": now.millis(),
            "minutes": minutes,
            "within_s": seconds,
            "all": line(&self.all),
            "lines": lines.collect::<Vec<_>>(),
            "agents": agents,
        })
    }
}

fn span_ms(now: Timestamp, since: Timestamp) -> u64 {
    u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX)
}
