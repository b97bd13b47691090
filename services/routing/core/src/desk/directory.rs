//! The rule for directories: lines are staged under their revision and take effect all at once with its `Applied`, when
//! as many have come as it says and its number is higher than the one in force; else it is rejected and what was staged
//! for it is dropped, so that a second publication starts clean. What a new directory takes away from sessions is in
//! `requeue`. One `Applied` is one step, however long the directory: half a directory in force would be worse.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::desk::{AgentRecord, DirectoryEntry, Presence};
use usher_domain::event::Fact;
use usher_domain::state::desk::{AgentState, Item, Line};
use usher_domain::{AgentId, GroupId, Timestamp};

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
        let (agents, groups) = sort(lines);
        decisions.fact(Fact::DirectoryApplied { revision, agents: agents.len() as u32, groups: groups.len() as u32 });
        self.replace_groups(&groups, decisions);
        self.replace_agents(agents, decisions);
    }

    /// Drops what was staged for revisions that have been overtaken. What was staged for the one in force is taken out
    /// already.
    fn drop_stale(&mut self, decisions: &mut Decisions) {
        let later = self.staged.split_off(&self.revision);
        for (revision, lines) in std::mem::replace(&mut self.staged, later) {
            note_unstaged(revision, &lines, decisions);
        }
    }

    fn replace_groups(&mut self, groups: &BTreeSet<GroupId>, decisions: &mut Decisions) {
        let known: BTreeSet<GroupId> = self.groups.sorted_keys().into_iter().cloned().collect();
        let changed: Vec<GroupId> = known.symmetric_difference(groups).cloned().collect();
        for group in changed {
            self.keep_group(&group, groups.contains(&group), decisions);
        }
    }

    /// Who was known stays as they are, under their new record; who is new is offline until they say otherwise.
    fn replace_agents(&mut self, records: BTreeMap<AgentId, AgentRecord>, decisions: &mut Decisions) {
        let removed: Vec<AgentId> =
            self.agents.ids().into_iter().filter(|agent| !records.contains_key(*agent)).cloned().collect();
        for agent in removed {
            self.keep_agent(&agent, None, decisions);
        }
        for (agent, record) in records {
            let state = match self.agents.known(&agent) {
                Some(state) if state.record == record => continue,
                Some(state) => AgentState { record, ..state.clone() },
                None => newcomer(record),
            };
            self.keep_agent(&agent, Some(state), decisions);
        }
    }
}

fn newcomer(record: AgentRecord) -> AgentState {
    AgentState { record, presence: Presence::Offline, online_since: Timestamp::default(), assigned_at: None }
}

fn note_unstaged(revision: u64, lines: &BTreeMap<Line, DirectoryEntry>, decisions: &mut Decisions) {
    for line in lines.keys().cloned() {
        decisions.wrote(Item::Staged { revision, line });
    }
}

fn sort(lines: BTreeMap<Line, DirectoryEntry>) -> (BTreeMap<AgentId, AgentRecord>, BTreeSet<GroupId>) {
    let mut agents = BTreeMap::new();
    let mut groups = BTreeSet::new();
    for entry in lines.into_values() {
        match entry {
            DirectoryEntry::Agent(record) => {
                agents.insert(record.id.clone(), record);
            }
            DirectoryEntry::Group(group) => {
                groups.insert(group);
            }
        }
    }
    (agents, groups)
}
