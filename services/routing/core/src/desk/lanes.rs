//! All queues of a desk, and which of them can be served now. Lanes of groups and the default one know who is free at all
//! times, and so does everybody's where some queue's search goes that far. A lane of some of their agents is filled with
//! the first session that searches there and forgotten with the last; an agent's own, with the last who waits in it.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::SessionId;
use usher_domain::desk::AgentRecord;
use usher_domain::policy::{Choice, OrderPolicy};
use usher_domain::state::desk::SessionState;

use super::agents::Standing;
use super::classes::{Classes, Spare};
use super::lane::{Idle, Lane, Order, Queue, Wait};
use super::table::Table;
use super::waiting::Waiting;

/// So many lanes at most pick of the agents of one queue: each is touched when one of these agents changes, and by what is
/// picked is for visitors to say.
pub(super) const PICKED_MAX: usize = 64;

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
    /// Groups, and the default lane for all others, where the order is not VIPs first.
    orders: BTreeMap<Lane, OrderPolicy>,
    /// Groups, or the default lane, where it is the turn of somebody who is no VIP.
    turns: BTreeSet<Lane>,
    /// Lanes whose sessions may come to search among everybody.
    to_anyone: BTreeSet<Lane>,
    /// How many sessions, waiting or not, search for some of a lane's agents, by those.
    held: BTreeMap<Lane, u32>,
}

impl Lanes {
    /// Whether the lane knows who is free for it.
    pub(super) fn is_open(&self, lane: &Lane) -> bool {
        self.stays(lane) || self.queues.contains(lane)
    }

    /// Whether there is such a lane, or may be one more for some of the same agents.
    pub(super) fn has_place_for(&self, lane: &Lane) -> bool {
        let Lane::Picked(pick) = lane else { return true };
        self.held.contains_key(lane) || self.picked.get(&pick.of).is_none_or(|picked| picked.len() < PICKED_MAX)
    }

    /// Whether the lane is kept although nobody waits in it.
    fn stays(&self, lane: &Lane) -> bool {
        match lane {
            Lane::Anyone => !self.to_anyone.is_empty(),
            Lane::Picked(_) => self.held.contains_key(lane),
            _ => !lane.is_passing(),
        }
    }

    /// A session searches in this lane, which is open: it stays as long as one does, whether it waits or has an agent.
    pub(super) fn hold(&mut self, lane: &Lane) {
        *self.held.entry(lane.clone()).or_default() += 1;
    }

    /// A session no longer searches in this lane.
    pub(super) fn release(&mut self, lane: &Lane) {
        let Some(count) = self.held.get_mut(lane) else { return };
        *count -= 1;
        if *count == 0 {
            self.held.remove(lane);
            self.forget(lane);
        }
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

    /// The lines of one queue: its own lane, and those of some of its agents.
    pub(super) fn lines<'a>(&'a self, lane: &'a Lane) -> impl Iterator<Item = &'a Lane> {
        std::iter::once(lane).chain(self.picked_of(lane))
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

    /// In which order sessions wait in the lane.
    pub(super) fn order(&self, lane: &Lane) -> OrderPolicy {
        if self.orders.is_empty() {
            return OrderPolicy::default();
        }
        let lane = if let base @ Lane::Group(_) = lane.base() { base } else { &Lane::Default };
        self.orders.get(lane).copied().unwrap_or_default()
    }

    /// In which order sessions wait from now on; `false` when it is the same as before.
    pub(super) fn order_by(&mut self, lane: &Lane, order: OrderPolicy) -> bool {
        if order == self.order(lane) {
            return false;
        }
        if order == OrderPolicy::default() {
            self.orders.remove(lane);
        } else {
            self.orders.insert(lane.clone(), order);
        }
        true
    }

    /// The lanes whose order is that of this one: those that pick of it, and with the default lane agents' own and
    /// everybody's.
    pub(super) fn ordered_as(&self, lane: &Lane) -> Vec<Lane> {
        if *lane != Lane::Default {
            return self.lines(lane).filter(|line| self.queues.contains(line)).cloned().collect();
        }
        let is_no_groups = |other: &&&Lane| !matches!(other.base(), Lane::Group(_));
        self.queues.sorted_keys().iter().filter(is_no_groups).map(|lane| (*lane).clone()).collect()
    }

    /// Puts those who wait in a lane in order anew.
    pub(super) fn refill(&mut self, lane: &Lane, waits: &[Wait]) {
        self.change(lane, |queue| {
            queue.waiting = Waiting::default();
            waits.iter().for_each(|wait| queue.waiting.insert(wait));
        });
    }

    /// Whether it is the turn of somebody who is no VIP.
    pub(super) fn is_turn(&self, lane: &Lane) -> bool {
        !self.turns.is_empty() && self.turns.contains(lane.base())
    }

    /// Says whether it is the turn of somebody who is no VIP.
    pub(super) fn set_turn(&mut self, lane: &Lane, turn: bool) {
        if self.turns.contains(lane) == turn {
            return;
        }
        let lanes: Vec<Lane> = [lane].into_iter().chain(self.picked_of(lane)).cloned().collect();
        let before = self.heads_of(&lanes);
        if turn {
            self.turns.insert(lane.clone());
        } else {
            self.turns.remove(lane);
        }
        for head in &before {
            self.heads.remove(head);
        }
        let after = self.heads_of(&lanes);
        self.heads.extend(after);
    }

    fn heads_of(&self, lanes: &[Lane]) -> Vec<(Order, Lane)> {
        lanes.iter().filter_map(|lane| Some((self.queue(lane)?.head(self.is_turn(lane))?, lane.clone()))).collect()
    }

    /// Whether the session is the first of the lane whom somebody can take. One who is first over all lanes may be so only in
    /// some of theirs where lanes differ in their order.
    pub(super) fn leads(&self, lane: &Lane, session: SessionId) -> bool {
        let is_same_in_all = self.orders.is_empty() && self.turns.is_empty();
        let head = || self.queue(lane)?.head(self.is_turn(lane));
        is_same_in_all || head().is_some_and(|head| head.session == session)
    }

    /// Changes one lane, and keeps what follows from it.
    fn change(&mut self, lane: &Lane, change: impl FnOnce(&mut Queue)) {
        let in_turn = self.is_turn(lane);
        let queue = self.queues.entry(lane);
        let before = queue.head(in_turn);
        change(queue);
        let (after, empty) = (queue.head(in_turn), queue.is_empty());
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
        let lane = Lane::all_of(state).reduce(|one, other| if matches!(one, Lane::Agent(_)) { other } else { one });
        lane.and_then(|lane| {
            let order = Order::of(self.order(&lane), session, state);
            Some(self.queue(&lane)?.waiting.position(&order))
        })
        .unwrap_or(1)
    }
}
