//! One group on one topic: who holds which partition, generations, and the committed positions.
//!
//! Rebalances are cooperative (KIP-429): a partition that moves is first asked back from its holder and handed on when
//! it is released. Members are static (KIP-345): whoever comes under the name of a member takes over its partitions at
//! once, and nobody else hears of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{Partition, Position};

/// Something that a member is told by its next poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Assigned(BTreeSet<Partition>),
    Revoking(BTreeSet<Partition>),
    Lost(BTreeSet<Partition>),
}

/// A member, dead or alive.
#[derive(Clone, Debug, Default)]
struct Member {
    /// Which handle stands for it: the last one that joined.
    incarnation: u64,
    /// What it has not been told yet, each with its generation.
    notices: VecDeque<(u64, Notice)>,
    /// When its handle was dropped, in milliseconds.
    gone_since_ms: Option<i64>,
}

/// One partition of the topic.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// Who has it until it is released.
    holder: Option<String>,
    /// Who shall have it.
    target: Option<String>,
    /// Whether its holder was asked to give it back and has not done so.
    asked_back: bool,
}

/// A group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    generation: u64,
    slots: Vec<Slot>,
    members: BTreeMap<String, Member>,
    committed: BTreeMap<Partition, Position>,
}

impl Group {
    /// A group without members.
    pub(super) fn new(partitions: i32) -> Self {
        let slots = vec![Slot::default(); usize::try_from(partitions).unwrap_or(0)];
        Self { generation: 0, slots, members: BTreeMap::new(), committed: BTreeMap::new() }
    }

    /// Lets a handle stand for `name` from now on.
    pub(super) fn join(&mut self, name: &str, incarnation: u64) {
        let known = self.members.contains_key(name);
        self.members.insert(name.to_owned(), Member { incarnation, ..Member::default() });
        if known {
            // What the former handle was asked to give back has nobody working on it any more.
            let leaving = self.partitions(|slot| slot.held_by(name) && !slot.wanted_by(name));
            self.free(&leaving);
            let kept = self.partitions(|slot| slot.held_by(name));
            for slot in self.slots.iter_mut().filter(|slot| slot.held_by(name)) {
                slot.asked_back = false;
            }
            let generation = self.generation;
            self.tell(name, generation, Notice::Assigned(kept));
            if !leaving.is_empty() {
                self.next_round();
            }
        } else {
            self.rebalance();
        }
    }

    /// The handle of a member is gone; it may come back under its name for the length of the session timeout.
    pub(super) fn drop_handle(&mut self, name: &str, incarnation: u64, now_ms: i64) {
        if let Some(member) = self.members.get_mut(name).filter(|member| member.incarnation == incarnation) {
            member.gone_since_ms = Some(now_ms);
        }
    }

    /// Removes members whose handle has been gone since `latest_ms` or longer; answers whether there were any.
    pub(super) fn expire(&mut self, latest_ms: i64) -> bool {
        let before = self.members.len();
        self.members.retain(|_, member| member.gone_since_ms.is_none_or(|since| since > latest_ms));
        let expired = self.members.len() < before;
        if expired {
            self.rebalance();
        }
        expired
    }

    /// Whether some member is gone and not yet removed.
    pub(super) fn awaits_somebody(&self) -> bool {
        self.members.values().any(|member| member.gone_since_ms.is_some())
    }

    /// Removes a member whose handle is gone at once, as if its session had timed out.
    pub(super) fn expire_now(&mut self, name: &str) {
        if self.members.get(name).is_some_and(|member| member.gone_since_ms.is_some()) {
            self.members.remove(name);
            self.rebalance();
        }
    }

    /// Takes everything from a living member without asking, as if its session had timed out, and lets it join again.
    pub(super) fn lose(&mut self, name: &str) {
        let Some(mut member) = self.members.remove(name) else { return };
        // What it was never told to have, it can not lose; what it was not told to have lost before, it loses now.
        let untold = member.untold();
        let mut lost = member.untold_losses();
        lost.extend(self.partitions(|slot| slot.held_by(name)).difference(&untold));
        self.rebalance();
        member.notices = VecDeque::from([(self.generation, Notice::Lost(lost))]);
        self.members.insert(name.to_owned(), member);
        self.rebalance();
    }

    /// Asks partitions back from a member; they go to another one if there is one, else back to it.
    pub(super) fn revoke(&mut self, name: &str, partitions: &BTreeSet<Partition>) {
        let other = self.members.keys().find(|member| *member != name).cloned();
        let asked = self.partitions(|slot| slot.held_by(name)).intersection(partitions).copied().collect();
        for (partition, slot) in partitions_of(&mut self.slots) {
            if partitions.contains(&partition) && slot.held_by(name) {
                slot.target.clone_from(&other);
            }
        }
        self.ask_back(name, asked);
        self.aim();
        self.next_round();
    }

    /// Takes partitions back from a member that gives them.
    pub(super) fn release(&mut self, name: &str, incarnation: u64, partitions: &BTreeSet<Partition>) {
        if !self.is_current(name, incarnation) {
            return;
        }
        let Some(member) = self.members.get_mut(name) else { return };
        // It may have lost them in the meantime without knowing, and even been given them again.
        let untold = member.untold();
        member.forget_losses(partitions);
        let given = partitions.difference(&untold).copied().collect();
        let given = self.partitions(|slot| slot.held_by(name)).intersection(&given).copied().collect();
        self.free(&given);
        self.aim();
        self.next_round();
    }

    /// What the member is told next.
    pub(super) fn next_notice(&mut self, name: &str) -> Option<(u64, Notice)> {
        self.members.get_mut(name)?.notices.pop_front()
    }

    /// Whether this handle, which knows this generation, may commit for these partitions; if not, why.
    pub(super) fn may_commit(
        &self,
        name: &str,
        generation: u64,
        partitions: impl Iterator<Item = Partition>,
    ) -> Result<(), String> {
        if generation != self.generation {
            return Err(format!("generation {generation} is stale, the group is at {}", self.generation));
        }
        for partition in partitions {
            let held = usize::try_from(partition).ok().and_then(|index| self.slots.get(index));
            if !held.is_some_and(|slot| slot.held_by(name)) {
                return Err(format!("partition {partition} is not held by this worker"));
            }
        }
        Ok(())
    }

    /// Whether this is the last handle that joined under the name.
    pub(super) fn is_current(&self, name: &str, incarnation: u64) -> bool {
        self.members.get(name).is_none_or(|member| member.incarnation == incarnation)
    }

    /// The committed position of a partition.
    pub(super) fn committed(&self, partition: Partition) -> Option<&Position> {
        self.committed.get(&partition)
    }

    /// Notes committed positions.
    pub(super) fn commit(&mut self, positions: impl IntoIterator<Item = (Partition, Position)>) {
        self.committed.extend(positions);
    }

    /// A new generation with a new distribution.
    fn rebalance(&mut self) {
        let members = &self.members;
        let alive = |name: &Option<String>| name.as_ref().is_some_and(|name| members.contains_key(name));
        for slot in &mut self.slots {
            if !alive(&slot.holder) {
                slot.vacate();
            }
            if !alive(&slot.target) {
                slot.target = None;
            }
        }
        self.balance();
        self.aim();
        let held: Vec<_> = self.members.keys().cloned().collect();
        for name in held {
            let leaving = self.partitions(|slot| slot.held_by(&name) && !slot.wanted_by(&name));
            self.ask_back(&name, leaving);
        }
        self.next_round();
    }

    /// Distributes evenly; whoever has a partition keeps it while that is even.
    fn balance(&mut self) {
        let mut shares: Vec<(usize, String)> = self
            .members
            .keys()
            .map(|name| (self.partitions(|slot| slot.wanted_by(name)).len(), name.clone()))
            .collect();
        // Those who have most get what does not divide, so that least moves.
        shares.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let count = shares.len().max(1);
        let (each, more) = (self.slots.len() / count, self.slots.len() % count);
        let mut room: BTreeMap<String, usize> =
            shares.into_iter().enumerate().map(|(n, (_, name))| (name, each + usize::from(n < more))).collect();
        for slot in &mut self.slots {
            let left = slot.target.as_ref().and_then(|name| room.get_mut(name)).filter(|left| **left > 0);
            match left {
                Some(left) => *left -= 1,
                None => slot.target = None,
            }
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.target.is_none()) {
            if let Some((name, left)) = room.iter_mut().find(|(_, left)| **left > 0) {
                slot.target = Some(name.clone());
                *left -= 1;
            }
        }
    }

    /// Gives each partition without an aim to the member that has fewest.
    fn aim(&mut self) {
        while let Some(index) = self.slots.iter().position(|slot| slot.target.is_none()) {
            let fewest =
                self.members.keys().min_by_key(|name| self.partitions(|slot| slot.wanted_by(name)).len()).cloned();
            if fewest.is_none() {
                return;
            }
            self.slots[index].target = fewest;
        }
    }

    /// Hands free partitions to those who shall have them and tells every member of the new generation.
    fn next_round(&mut self) {
        self.generation += 1;
        let names: Vec<_> = self.members.keys().cloned().collect();
        for name in names {
            let coming = self.partitions(|slot| slot.holder.is_none() && slot.wanted_by(&name));
            for (partition, slot) in partitions_of(&mut self.slots) {
                if coming.contains(&partition) {
                    slot.holder = Some(name.clone());
                }
            }
            self.tell(&name, self.generation, Notice::Assigned(coming));
        }
    }

    /// Asks partitions back; those that the member was never told to have are free at once.
    fn ask_back(&mut self, name: &str, mut partitions: BTreeSet<Partition>) {
        let generation = self.generation + 1;
        let Some(member) = self.members.get_mut(name) else { return };
        let untold: BTreeSet<_> = member.untold().intersection(&partitions).copied().collect();
        for (_, notice) in &mut member.notices {
            if let Notice::Assigned(coming) = notice {
                coming.retain(|partition| !untold.contains(partition));
            }
        }
        self.free(&untold);
        let asked = self.partitions(|slot| slot.asked_back);
        partitions.retain(|partition| !untold.contains(partition) && !asked.contains(partition));
        for (partition, slot) in partitions_of(&mut self.slots) {
            slot.asked_back |= partitions.contains(&partition);
        }
        if !partitions.is_empty() {
            self.tell(name, generation, Notice::Revoking(partitions));
        }
    }

    fn tell(&mut self, name: &str, generation: u64, notice: Notice) {
        let Some(member) = self.members.get_mut(name) else { return };
        // Two assignments that nobody saw are one.
        if let (Some((told, Notice::Assigned(before))), Notice::Assigned(coming)) = (member.notices.back_mut(), &notice)
        {
            *told = generation;
            before.extend(coming);
            return;
        }
        member.notices.push_back((generation, notice));
    }

    fn free(&mut self, partitions: &BTreeSet<Partition>) {
        for (partition, slot) in partitions_of(&mut self.slots) {
            if partitions.contains(&partition) {
                slot.vacate();
            }
        }
    }

    fn partitions(&self, which: impl Fn(&Slot) -> bool) -> BTreeSet<Partition> {
        (0..).zip(&self.slots).filter(|(_, slot)| which(slot)).map(|(partition, _)| partition).collect()
    }
}

impl Slot {
    fn vacate(&mut self) {
        self.holder = None;
        self.asked_back = false;
    }

    fn held_by(&self, name: &str) -> bool {
        self.holder.as_deref() == Some(name)
    }

    fn wanted_by(&self, name: &str) -> bool {
        self.target.as_deref() == Some(name)
    }
}

impl Member {
    /// Partitions of assignments that it was not told yet.
    fn untold(&self) -> BTreeSet<Partition> {
        self.noticed(|notice| if let Notice::Assigned(coming) = notice { Some(coming) } else { None })
    }

    /// Partitions that it lost and was not told yet.
    fn untold_losses(&self) -> BTreeSet<Partition> {
        self.noticed(|notice| if let Notice::Lost(gone) = notice { Some(gone) } else { None })
    }

    /// It need not be told that these are lost: it has given them back.
    fn forget_losses(&mut self, given: &BTreeSet<Partition>) {
        for (_, notice) in &mut self.notices {
            if let Notice::Lost(gone) = notice {
                gone.retain(|partition| !given.contains(partition));
            }
        }
        self.notices.retain(|(_, notice)| !matches!(notice, Notice::Lost(gone) if gone.is_empty()));
    }

    fn noticed(&self, which: impl Fn(&Notice) -> Option<&BTreeSet<Partition>>) -> BTreeSet<Partition> {
        self.notices.iter().filter_map(|(_, notice)| which(notice)).flatten().copied().collect()
    }
}

fn partitions_of(slots: &mut [Slot]) -> impl Iterator<Item = (Partition, &mut Slot)> {
    (0..).zip(slots)
}

#[cfg(test)]
mod tests;
