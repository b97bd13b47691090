//! All queues of a desk, and which of them can be served now. Lanes of groups and the default one know who is free at all
//! times, and so does everybody's where some queue's search goes that far; the others are filled when somebody comes to
//! wait in them, and forgotten with the last who does.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::SessionId;
use usher_domain::desk::AgentRecord;
use usher_domain::policy::Choice;
use usher_domain::state::desk::SessionState;

use super::agents::Standing;
use super::classes::{Classes, Spare};
use super::lane::{Idle, Lane, Order, Queue, Wait};
use super::table::Table;

/// The lanes where somebody waits or is free.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lanes {
    queues: Table<Lane, Queue>,
    /// The heads of all lanes that have one, so that the first over all lanes is at hand.
    heads: BTreeSet<(Order, Lane)>,
    /// Where somebody waits for some of a lane's agents, by that lane.
    picked: BTreeMap<Lane, BTreeSet<Lane>>,
    /// Lanes that do not choose who has been idle longest.
    choices: BTreeMap<Lane, Choice>,
    /// Lanes whose sessions may come to search among everybody.
    to_anyone: BTreeSet<Lane>,
}

impl Lanes {
    /// Whether the lane knows who is free for it.
    pub(super) fn is_open(&self, lane: &Lane) -> bool {
        self.stays(lane) || self.queues.contains(lane)
    }

    /// Whether the lane is kept although nobody waits in it.
    fn stays(&self, lane: &Lane) -> bool {
        !lane.is_passing() || *lane == Lane::Anyone && !self.to_anyone.is_empty()
    }

    /// Whether sessions of this lane may come to search among everybody.
    pub(super) fn reach_anyone(&mut self, lane: &Lane, reaches: bool) {
        if reaches {
            self.to_anyone.insert(lane.clone());
        } else if self.to_anyone.remove(lane) {
            self.forget(&Lane::Anyone);
        }
    }

    /// Opens a lane that is kept only while somebody waits in it, which somebody is about to do: these are free for it.
    pub(super) fn open(&mut self, lane: &Lane, free: Vec<(Spare, Idle)>) {
        self.change(lane, |queue| free.into_iter().for_each(|(spare, idle)| queue.free.insert(spare, idle)));
        if let Lane::Picked(pick) = lane {
            self.picked.entry(pick.of.clone()).or_default().insert(lane.clone());
        }
    }

    /// Somebody comes to wait. The lane is open.
    pub(super) fn join(&mut self, lane: &Lane, wait: &Wait) {
        self.change(lane, |queue| queue.waiting.insert(wait));
    }

    /// Somebody no longer waits.
    pub(super) fn leave(&mut self, lane: &Lane, wait: &Wait) {
        self.change(lane, |queue| queue.waiting.remove(wait));
        self.forget(lane);
    }

    /// Forgets a lane where nobody waits any more, unless it stays.
    fn forget(&mut self, lane: &Lane) {
        if self.stays(lane) || self.has_waiting(lane) {
            return;
        }
        self.queues.remove(lane);
        let Lane::Picked(pick) = lane else { return };
        if let Some(picked) = self.picked.get_mut(&pick.of) {
            picked.remove(lane);
            if picked.is_empty() {
                self.picked.remove(&pick.of);
            }
        }
    }

    /// An agent stands otherwise than before in all lanes they serve: their own, everybody's, and those of their groups
    /// or, in no group, the default lane.
    pub(super) fn stand(&mut self, record: &AgentRecord, before: Option<Standing>, after: Option<Standing>) {
        if before == after {
            return;
        }
        for lane in [Lane::Agent(record.id.clone()), Lane::Anyone] {
            if self.is_open(&lane) {
                self.stand_in(&lane, record, before, after);
            }
        }
        for group in &record.groups {
            self.stand_in(&Lane::Group(group.clone()), record, before, after);
        }
        if record.groups.is_empty() {
            self.stand_in(&Lane::Default, record, before, after);
        }
        if !self.picked.is_empty() {
            self.stand_picked(record, before, after);
        }
    }

    fn stand_in(&mut self, lane: &Lane, record: &AgentRecord, before: Option<Standing>, after: Option<Standing>) {
        let choice = self.choice(lane);
        let place = |standing: Standing| (standing.spare, Idle::of(lane, choice, record, standing));
        let (before, after) = (before.map(place), after.map(place));
        self.change(lane, |queue| {
            if let Some((spare, idle)) = before {
                queue.free.remove(spare, &idle);
            }
            if let Some((spare, idle)) = after {
                queue.free.insert(spare, idle);
            }
        });
    }

    fn stand_picked(&mut self, record: &AgentRecord, before: Option<Standing>, after: Option<Standing>) {
        let groups = record.groups.iter().cloned().map(Lane::Group);
        let default = record.groups.is_empty().then_some(Lane::Default);
        let bases = groups.chain(default).chain([Lane::Anyone]);
        let wanted = |lane: &&Lane| matches!(lane, Lane::Picked(pick) if pick.fits(record));
        let lanes = bases.flat_map(|base| self.picked_of(&base).filter(wanted).cloned().collect::<Vec<_>>());
        for lane in lanes.collect::<Vec<_>>() {
            self.stand_in(&lane, record, before, after);
        }
    }

    /// The lanes where somebody waits for some of this lane's agents.
    pub(super) fn picked_of(&self, base: &Lane) -> impl Iterator<Item = &Lane> {
        self.picked.get(base).into_iter().flatten()
    }

    /// By what the lane chooses among the free.
    pub(super) fn choice(&self, lane: &Lane) -> Choice {
        if self.choices.is_empty() {
            Choice::default()
        } else {
            self.choices.get(lane.base()).copied().unwrap_or_default()
        }
    }

    /// By what the lane chooses from now on; `false` when that is what it did before.
    pub(super) fn choose_by(&mut self, lane: &Lane, choice: Choice) -> bool {
        if choice == self.choice(lane) {
            return false;
        }
        if choice == Choice::default() {
            self.choices.remove(lane);
        } else {
            self.choices.insert(lane.clone(), choice);
        }
        true
    }

    /// Puts the free agents of an open lane in order anew.
    pub(super) fn reorder(&mut self, lane: &Lane, free: Vec<(Spare, Idle)>) {
        self.change(lane, |queue| {
            queue.free = Classes::default();
            free.into_iter().for_each(|(spare, idle)| queue.free.insert(spare, idle));
        });
    }

    /// Changes one lane, and keeps what follows from it.
    fn change(&mut self, lane: &Lane, change: impl FnOnce(&mut Queue)) {
        let queue = self.queues.entry(lane);
        let before = queue.head();
        change(queue);
        let (after, empty) = (queue.head(), queue.is_empty());
        if empty {
            self.queues.remove(lane);
        }
        if before != after {
            before.map(|head| self.heads.remove(&(head, lane.clone())));
            after.map(|head| self.heads.insert((head, lane.clone())));
        }
    }

    /// The first session over all lanes that somebody can take.
    pub(super) fn first(&self) -> Option<SessionId> {
        self.heads.first().map(|(order, _)| order.session)
    }

    /// The lane, when anybody waits or is free in it.
    pub(super) fn queue(&self, lane: &Lane) -> Option<&Queue> {
        self.queues.get(lane)
    }

    /// The lane by the name under which it is kept, so that a million sessions share one text.
    pub(super) fn shared(&self, lane: &Lane) -> Option<&Lane> {
        self.queues.key(lane)
    }

    /// Whether anybody waits in the lane.
    pub(super) fn has_waiting(&self, lane: &Lane) -> bool {
        self.queue(lane).is_some_and(|queue| !queue.waiting.is_empty())
    }

    /// Somebody who waits in the lane: the first, whatever they take.
    pub(super) fn first_waiting(&self, lane: &Lane) -> Option<SessionId> {
        self.queue(lane)?.waiting.first()
    }

    /// Place in line, 1 first; not exact far behind. Of those who search, in the lane that is not an agent's own.
    pub(super) fn position(&self, session: SessionId, state: &SessionState) -> u32 {
        let order = Order::of(session, state);
        let lane = Lane::all_of(state).reduce(|one, other| if matches!(one, Lane::Agent(_)) { other } else { one });
        lane.and_then(|lane| self.queue(&lane)).map_or(1, |queue| queue.waiting.position(&order))
    }
}
