//! Groups under any order of joining, leaving, hearing and releasing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Group, Notice};
use crate::Partition;

const PARTITIONS: i32 = 5;

/// A member as its worker sees it.
#[derive(Clone, Debug, Default)]
struct Seen {
    incarnation: u64,
    generation: u64,
    held: BTreeSet<Partition>,
    revoking: BTreeSet<Partition>,
}

#[derive(Clone, Debug)]
enum Act {
    Join(u8),
    Hear(u8),
    Release(u8),
    Leave(u8),
    Lose(u8),
    Revoke(u8, Partition),
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..4u8;
    prop_oneof![
        2 => who.clone().prop_map(Act::Join),
        6 => who.clone().prop_map(Act::Hear),
        3 => who.clone().prop_map(Act::Release),
        1 => who.clone().prop_map(Act::Leave),
        1 => who.clone().prop_map(Act::Lose),
        1 => (who, 0..PARTITIONS).prop_map(|(who, partition)| Act::Revoke(who, partition)),
    ]
}

struct Play {
    group: Group,
    seen: BTreeMap<String, Seen>,
    joins: u64,
}

impl Play {
    fn new() -> Self {
        Self { group: Group::new(PARTITIONS), seen: BTreeMap::new(), joins: 0 }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Join(who) => {
                self.joins += 1;
                self.group.join(&name(who), self.joins);
                self.seen.insert(name(who), Seen { incarnation: self.joins, ..Seen::default() });
            }
            Act::Hear(who) => {
                self.hear(&name(who));
            }
            Act::Release(who) => {
                self.release(&name(who));
            }
            Act::Leave(who) => {
                if let Some(seen) = self.seen.remove(&name(who)) {
                    self.group.drop_handle(&name(who), seen.incarnation, 0);
                    self.group.expire_now(&name(who));
                }
            }
            Act::Lose(who) => self.group.lose(&name(who)),
            Act::Revoke(who, partition) => self.group.revoke(&name(who), &BTreeSet::from([partition])),
        }
    }

    /// Tells one member one thing; whether there was any.
    fn hear(&mut self, who: &str) -> bool {
        let Some(seen) = self.seen.get_mut(who) else { return false };
        let Some((generation, notice)) = self.group.next_notice(who) else { return false };
        seen.generation = generation;
        match notice {
            Notice::Assigned(coming) => {
                assert!(seen.held.is_disjoint(&coming), "{who} was given what it has: {coming:?}");
                seen.held.extend(coming);
            }
            Notice::Revoking(going) => {
                assert!(going.is_subset(&seen.held), "{who} was asked for what it has not: {going:?}");
                assert!(going.is_disjoint(&seen.revoking), "{who} was asked twice: {going:?}");
                seen.revoking.extend(going);
            }
            Notice::Lost(gone) => {
                assert_eq!(gone, seen.held, "{who} lost something else than it had");
                seen.held.clear();
                seen.revoking.clear();
            }
        }
        true
    }

    /// Lets one member give back what it was asked for; whether there was any.
    fn release(&mut self, who: &str) -> bool {
        let Some(seen) = self.seen.get_mut(who) else { return false };
        let given = std::mem::take(&mut seen.revoking);
        seen.held.retain(|partition| !given.contains(partition));
        if !given.is_empty() {
            self.group.release(who, seen.incarnation, &given);
        }
        !given.is_empty()
    }

    /// At most one member can commit a partition, whatever they believe.
    fn assert_one_committer(&self) {
        for partition in 0..PARTITIONS {
            let able: Vec<_> = self
                .seen
                .iter()
                .filter(|(_, seen)| seen.held.contains(&partition))
                .filter(|(who, seen)| self.group.may_commit(who, seen.generation, [partition].into_iter()).is_ok())
                .collect();
            assert!(able.len() <= 1, "partition {partition} can be committed by {able:?}");
        }
    }

    /// Lets everybody hear and release until nothing happens any more.
    fn settle(&mut self) {
        let names: Vec<_> = self.seen.keys().cloned().collect();
        for _ in 0..1_000 {
            let mut moved = false;
            for who in &names {
                moved |= self.hear(who);
                moved |= self.release(who);
            }
            if !moved {
                return;
            }
        }
        panic!("the group does not come to rest");
    }
}

fn name(who: u8) -> String {
    format!("worker-{who}")
}

proptest! {
    #[test]
    fn each_partition_has_one_worker_in_the_end(acts in prop::collection::vec(act(), 0..60)) {
        let mut play = Play::new();
        for act in &acts {
            play.act(act);
            play.assert_one_committer();
        }
        play.settle();
        let mut all: Vec<Partition> = play.seen.values().flat_map(|seen| seen.held.iter().copied()).collect();
        all.sort_unstable();
        let expected: Vec<_> = if play.seen.is_empty() { vec![] } else { (0..PARTITIONS).collect() };
        prop_assert_eq!(all, expected);
        for (who, seen) in &play.seen {
            let may = play.group.may_commit(who, seen.generation, seen.held.iter().copied());
            prop_assert_eq!(may, Ok(()), "{} is at rest", who);
        }
    }

    #[test]
    fn partitions_are_spread_evenly(joins in prop::collection::vec(0..4u8, 1..12)) {
        let mut play = Play::new();
        for who in joins {
            play.act(&Act::Join(who));
            play.settle();
        }
        let counts: Vec<_> = play.seen.values().map(|seen| seen.held.len()).collect();
        prop_assert!(counts.iter().max() <= counts.iter().min().map(|least| least + 1).as_ref(), "{:?}", counts);
    }
}

#[test]
fn returning_member_disturbs_nobody() {
    let mut play = Play::new();
    play.act(&Act::Join(0));
    play.act(&Act::Join(1));
    play.settle();
    let (before, generation) = (play.seen[&name(0)].held.clone(), play.group.generation);
    play.act(&Act::Join(0));
    assert!(!play.hear(&name(1)), "the other member hears nothing");
    play.settle();
    assert_eq!(play.seen[&name(0)].held, before);
    assert_eq!(play.group.generation, generation);
}

#[test]
fn member_that_does_not_return_is_replaced_after_its_session() {
    let mut play = Play::new();
    play.act(&Act::Join(0));
    play.act(&Act::Join(1));
    play.settle();
    play.group.drop_handle(&name(0), play.seen[&name(0)].incarnation, 1_000);
    assert!(!play.group.expire(999), "it may still return");
    assert!(play.group.expire(1_000));
    play.seen.remove(&name(0));
    play.settle();
    assert_eq!(play.seen[&name(1)].held.len(), 5);
}
