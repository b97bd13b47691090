//! The durable pieces of a desk by their names: what each is now, for those who write it down, and taking one over that
//! an earlier core wrote.

use usher_domain::policy::DeskPolicy;
use usher_domain::state::desk::{DirectoryState, Item, Line, ObeyedState, StateValue};

use super::books::Desk;

impl Desk {
    /// Takes over one durable piece, or its end, as it was written. Pieces may come in any order.
    pub(super) fn restore(&mut self, item: Item, value: Option<StateValue>) {
        match (item, value) {
            (Item::Directory, Some(StateValue::Directory(DirectoryState { revision }))) => self.revision = revision,
            (Item::Directory, None) => self.revision = 0,
            (Item::Desk, Some(StateValue::Desk(policy))) => self.put_policy(*policy),
            (Item::Desk, None) => self.put_policy(DeskPolicy::default()),
            (Item::Calendar(id), Some(StateValue::Calendar(calendar))) => self.put_calendar(&id, Some(calendar)),
            (Item::Calendar(id), None) => self.put_calendar(&id, None),
            (Item::Group(group), Some(StateValue::Group(policy))) => self.put_group(&group, Some(policy)),
            (Item::Group(group), None) => self.put_group(&group, None),
            (Item::Agent(agent), Some(StateValue::Agent(state))) => self.put_agent(&agent, Some(state)),
            (Item::Agent(agent), None) => self.put_agent(&agent, None),
            (Item::Staged { revision, line }, Some(StateValue::Staged(entry))) => {
                self.staged.entry(revision).or_default().insert(line, entry);
            }
            (Item::Staged { revision, line }, None) => self.unstage(revision, &line),
            (Item::Session(session), Some(StateValue::Session(state))) => self.put_session(session, Some(state)),
            (Item::Session(session), None) => self.put_session(session, None),
            (Item::Rated(by), Some(StateValue::Rated(average))) => {
                self.ratings.insert(by, average);
            }
            (Item::Rated(by), None) => {
                self.ratings.remove(&by);
            }
            (Item::Lane(queue), Some(StateValue::Lane(state))) => self.put_lane(queue, Some(state)),
            (Item::Lane(queue), None) => self.put_lane(queue, None),
            (Item::Moving(queue), Some(StateValue::Moving(state))) => self.put_moving(queue, Some(state)),
            (Item::Moving(queue), None) => self.put_moving(queue, None),
            (Item::Obeyed, Some(StateValue::Obeyed(ObeyedState { inputs }))) => self.obeyed = inputs,
            (Item::Obeyed, None) => self.obeyed = Vec::new(),
            (item, _) => panic!("the value restored for {item:?} is of another kind than the key"),
        }
    }

    /// The durable value of a piece now.
    pub(super) fn value(&self, item: &Item) -> Option<StateValue> {
        match item {
            Item::Directory => {
                (self.revision > 0).then_some(StateValue::Directory(DirectoryState { revision: self.revision }))
            }
            Item::Desk => {
                let policy = &self.policies.desk;
                (*policy != DeskPolicy::default()).then(|| StateValue::Desk(Box::new(policy.clone())))
            }
            Item::Calendar(calendar) => self.policies.calendars.get(calendar).cloned().map(StateValue::Calendar),
            Item::Group(group) => self.policies.groups.get(group).cloned().map(StateValue::Group),
            Item::Agent(agent) => self.agents.known(agent).cloned().map(StateValue::Agent),
            Item::Staged { revision, line } => self.staged.get(revision)?.get(line).cloned().map(StateValue::Staged),
            Item::Session(session) => self.sessions.get(session).cloned().map(StateValue::Session),
            Item::Rated(by) => self.ratings.get(by).copied().map(StateValue::Rated),
            Item::Moving(queue) => self.moving.get(queue).cloned().map(StateValue::Moving),
            Item::Obeyed => {
                let inputs = &self.obeyed;
                (!inputs.is_empty()).then(|| StateValue::Obeyed(ObeyedState { inputs: inputs.clone() }))
            }
            Item::Lane(queue) => self.lane_states.get(queue).copied().map(StateValue::Lane),
        }
    }

    fn unstage(&mut self, revision: u64, line: &Line) {
        if let Some(lines) = self.staged.get_mut(&revision) {
            lines.remove(line);
            if lines.is_empty() {
                self.staged.remove(&revision);
            }
        }
    }
}
