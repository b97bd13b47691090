//! The rule for directories: lines are staged under their revision and take effect all at once with its `Applied`, when
//! as many have come as it says and its number is higher than the one in force; else it is rejected and what was staged
//! for it is dropped, so that a second publication starts clean. What a new directory takes away from sessions is in
//! `requeue`. One `Applied` is one step, however long the directory: half a directory in force would be worse.

use std::collections::BTreeMap;

use usher_domain::desk::{AgentRecord, DirectoryEntry, GroupRecord, Presence};
use usher_domain::event::{Fact, PresenceReason};
use usher_domain::policy::{Calendar, DeskPolicy, LanePolicy};
use usher_domain::state::desk::{AgentState, Item, Line, RatedBy};
use usher_domain::{AgentId, CalendarId, GroupId};

use super::books::Desk;
use super::decisions::Decisions;

impl Desk {
    /// Keeps a line for later. A line of a revision that can not come into force any more is dropped; its `Applied`
    /// will be rejected.
    pub(super) fn stage(&mut self, revision: u64, entry: DirectoryEntry, decisions: &mut Decisions) {
        if revision > self.revision {
            let line = entry.line();
            decisions.wrote(Item::Staged { revision, line: line.clone() });
            self.staged.entry(revision).or_default().insert(line, entry);
        }
    }

    /// Puts a directory in force, or rejects it.
    pub(super) fn apply(&mut self, revision: u64, count: u32, decisions: &mut Decisions) {
        let lines = self.staged.remove(&revision).unwrap_or_default();
        note_unstaged(revision, &lines, decisions);
        let staged = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        if revision <= self.revision || staged != count {
            decisions.fact(Fact::DirectoryRejected { revision, expected: count, staged });
            return;
        }
        self.revision = revision;
        decisions.wrote(Item::Directory);
        self.drop_stale(decisions);
        let directory = Directory::of(lines);
        let (agents, groups) = (directory.agents.len() as u32, directory.groups.len() as u32);
        decisions.fact(Fact::DirectoryApplied { revision, agents, groups });
        self.replace_policy(directory.desk, decisions);
        self.replace_calendars(directory.calendars, decisions);
        self.replace_groups(directory.groups, decisions);
        self.forget_turns(decisions);
        self.replace_agents(directory.agents, decisions);
        self.begin_leases(decisions);
        self.begin_notices(decisions);
    }

    /// Drops what was staged for revisions that have been overtaken. What was staged for the one in force is taken out
    /// already.
    fn drop_stale(&mut self, decisions: &mut Decisions) {
        let later = self.staged.split_off(&self.revision);
        for (revision, lines) in std::mem::replace(&mut self.staged, later) {
            note_unstaged(revision, &lines, decisions);
        }
    }

    fn replace_policy(&mut self, policy: DeskPolicy, decisions: &mut Decisions) {
        if self.policies.desk != policy {
            self.keep_policy(policy, decisions);
        }
    }

    fn replace_calendars(&mut self, calendars: BTreeMap<CalendarId, Calendar>, decisions: &mut Decisions) {
        let known: Vec<CalendarId> = self.policies.calendars.keys().cloned().collect();
        for removed in known.iter().filter(|id| !calendars.contains_key(*id)) {
            self.keep_calendar(removed, None, decisions);
        }
        for (id, calendar) in calendars {
            if self.policies.calendars.get(&id) != Some(&calendar) {
                self.keep_calendar(&id, Some(calendar), decisions);
            }
        }
    }

    fn replace_groups(&mut self, groups: BTreeMap<GroupId, Box<LanePolicy>>, decisions: &mut Decisions) {
        let known = self.policies.groups.sorted_keys().into_iter();
        let removed: Vec<GroupId> = known.filter(|group| !groups.contains_key(*group)).cloned().collect();
        for group in removed {
            self.keep_group(&group, None, decisions);
            self.forget_lane(Some(group.clone()), decisions);
            self.forget_rating(RatedBy::Group(group), decisions);
        }
        for (group, policy) in groups {
            if self.policies.groups.get(&group) != Some(&policy) {
                self.keep_group(&group, Some(policy), decisions);
            }
        }
    }

    /// Who was known stays as they are, under their new record; who is new is offline until they say otherwise.
    fn replace_agents(&mut self, records: BTreeMap<AgentId, AgentRecord>, decisions: &mut Decisions) {
        let removed: Vec<AgentId> =
            self.agents.ids().into_iter().filter(|agent| !records.contains_key(*agent)).cloned().collect();
        for agent in removed {
            self.set_presence(&agent, Presence::Offline, PresenceReason::Removed, decisions);
            self.keep_agent(&agent, None, decisions);
            self.forget_rating(RatedBy::Agent(agent), decisions);
        }
        for (agent, record) in records {
            let known = self.agents.known(&agent);
            let is_there = known.is_some_and(|state| state.presence != Presence::Offline);
            let state = match known {
                Some(state) if state.record == record => continue,
                Some(state) => AgentState { record, ..state.clone() },
                None => AgentState::new(record),
            };
            self.keep_agent(&agent, Some(state), decisions);
            if is_there {
                decisions.fact(self.serves(&agent));
            }
        }
    }
}

fn note_unstaged(revision: u64, lines: &BTreeMap<Line, DirectoryEntry>, decisions: &mut Decisions) {
    for line in lines.keys().cloned() {
        decisions.wrote(Item::Staged { revision, line });
    }
}

/// The lines of a directory, sorted.
#[derive(Default)]
struct Directory {
    desk: DeskPolicy,
    calendars: BTreeMap<CalendarId, Calendar>,
    groups: BTreeMap<GroupId, Box<LanePolicy>>,
    agents: BTreeMap<AgentId, AgentRecord>,
}

impl Directory {
    fn of(lines: BTreeMap<Line, DirectoryEntry>) -> Self {
        let mut directory = Self::default();
        lines.into_values().for_each(|entry| directory.add(entry));
        directory
    }

    fn add(&mut self, entry: DirectoryEntry) {
        match entry {
            DirectoryEntry::Agent(record) => {
                self.agents.insert(record.id.clone(), record);
            }
            DirectoryEntry::Group(group) => {
                let GroupRecord { id, policy } = *group;
                self.groups.insert(id, Box::new(policy));
            }
            DirectoryEntry::Desk(policy) => self.desk = *policy,
            DirectoryEntry::Calendar(calendar) => {
                self.calendars.insert(calendar.id.clone(), calendar);
            }
        }
    }
}
