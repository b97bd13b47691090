//! Whether a directory's names fit together: groups and calendars that are named are there, and what overflows comes to
//! an end somewhere.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use usher_domain::policy::{Exception, LanePolicy};

use super::file::{Directory, once};

/// Refuses names that stand twice, or for nothing.
pub(super) fn names(directory: &Directory) -> Result<()> {
    let groups = once("group", directory.groups.iter().map(|group| group.id.as_str()))?;
    let calendars = once("calendar", directory.calendars.iter().map(|calendar| calendar.id.as_str()))?;
    once("agent", directory.agents.iter().map(|agent| agent.id.as_str()))?;
    for agent in &directory.agents {
        if let Some(group) = agent.groups.iter().find(|group| !groups.contains(group.as_str())) {
            bail!("agents.{}.groups: there is no group `{group}`; name it under groups", agent.id);
        }
        if agent.groups.iter().collect::<BTreeSet<_>>().len() < agent.groups.len() {
            bail!("agents.{}.groups: a group stands twice", agent.id);
        }
    }
    queue("default_lane", &directory.policy.lane, &groups, &calendars)?;
    for group in &directory.groups {
        queue(&format!("groups.{}", group.id), &group.policy, &groups, &calendars)?;
    }
    overflows(directory)
}

fn queue(path: &str, policy: &LanePolicy, groups: &BTreeSet<&str>, calendars: &BTreeSet<&str>) -> Result<()> {
    if let Some(calendar) = policy.calendar.as_ref().filter(|calendar| !calendars.contains(calendar.as_str())) {
        bail!("{path}.calendar: there is no calendar `{calendar}`; describe it under calendars");
    }
    let mut asked = policy.rings.iter().flat_map(|ring| &ring.groups);
    if let Some(group) = asked.find(|group| !groups.contains(group.as_str())) {
        bail!("{path}.rings: there is no group `{group}`; name it under groups");
    }
    for (key, group) in overflows_of(policy) {
        if !groups.contains(group) {
            bail!("{path}.exceptions.{key}: there is no group `{group}`; name it under groups");
        }
    }
    Ok(())
}

/// Where a queue's exceptions send sessions.
fn overflows_of(policy: &LanePolicy) -> impl Iterator<Item = (&'static str, &str)> {
    let table = &policy.exceptions;
    [("full", &table.full), ("too_long", &table.too_long), ("off_hours", &table.off_hours)].into_iter().filter_map(
        |(key, exception)| match exception {
            Exception::Overflow { group } => Some((key, group.as_str())),
            _ => None,
        },
    )
}

/// A session overflows once, so a circle would never be gone through; whoever writes one means something else.
fn overflows(directory: &Directory) -> Result<()> {
    let to: BTreeMap<&str, BTreeSet<&str>> = directory
        .groups
        .iter()
        .map(|group| (group.id.as_str(), overflows_of(&group.policy).map(|(_, group)| group).collect()))
        .collect();
    for start in to.keys() {
        if let Some(circle) = circle(start, &to) {
            let words = circle.join(" → ");
            bail!("groups.{start}.exceptions: {words} is a circle; let one of them close, or take a message");
        }
    }
    Ok(())
}

/// A way from a group back to itself.
fn circle<'a>(start: &'a str, to: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in to.get(way.last()?).into_iter().flatten() {
            let longer = [way.as_slice(), &[*next]].concat();
            if *next == start {
                return Some(longer);
            }
            if seen.insert(*next) {
                ways.push(longer);
            }
        }
    }
    None
}
