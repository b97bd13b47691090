//! Whatever happens in whatever order: each message ends in exactly one way, nothing that somebody may have seen is said to
//! be revoked, the order is kept, and a core built from its state is the same core.

use std::collections::BTreeMap;

use proptest::prelude::*;
use usher_domain::receipt::Report;
use usher_domain::{Held, MessageId};

use super::stage::{Stage, Told, message, release, secs};

#[derive(Clone, Debug)]
enum Event {
    Put { lasts: u64, only_if_connected: bool, watched: bool, ends_watch: bool },
    Repeat,
    Withdraw { nth: usize },
    Seen { client: u128, lease: u64 },
    Polled { lease: u64 },
    Closed { client: u128 },
    Acked { nth: usize },
    Wait { seconds: u64 },
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1..200_u64, any::<[bool; 3]>()).prop_map(|(lasts, [one, two, three])| Event::Put {
            lasts, only_if_connected: one && two, watched: two, ends_watch: one && three
        }),
        1 => Just(Event::Repeat),
        2 => (0..20_usize).prop_map(|nth| Event::Withdraw { nth }),
        3 => (1..4_u128, 0..90_u64).prop_map(|(client, lease)| Event::Seen { client, lease }),
        2 => (0..90_u64).prop_map(|lease| Event::Polled { lease }),
        1 => (1..4_u128).prop_map(|client| Event::Closed { client }),
        2 => (0..20_usize).prop_map(|nth| Event::Acked { nth }),
        4 => (1..60_u64).prop_map(|seconds| Event::Wait { seconds }),
        1 => Just(Event::Restart),
    ]
}

/// What the test itself knows of a message, without asking the core.
#[derive(Debug)]
struct Fate {
    seq: i64,
    /// Somebody was there at some instant since it was put in and before its end.
    may_be_seen: bool,
    ends: Vec<Report>,
    withdrawn: bool,
}

struct Witness {
    stage: Stage,
    fates: BTreeMap<MessageId, Fate>,
    clients: BTreeMap<u128, usher_domain::Timestamp>,
    last: Option<Held>,
    count: u128,
}

impl Witness {
    fn is_there(&self) -> bool {
        self.clients.values().any(|until| *until > self.stage.now)
    }

    fn happen(&mut self, event: Event) {
        let told = match event {
            Event::Put { lasts, only_if_connected, watched, ends_watch } => {
                self.count += 1;
                let expires_at = self.stage.now.plus(secs(lasts));
                let release = if watched { release(100) } else { None };
                let held = Held { expires_at, only_if_connected, release, ends_watch, ..message(self.count, 0) };
                let (seq, may_be_seen) = (self.stage.next, self.is_there());
                let fate = Fate { seq, may_be_seen, ends: Vec::new(), withdrawn: false };
                self.fates.insert(MessageId::from_bits(self.count), fate);
                self.last = Some(held.clone());
                self.stage.put(held).1
            }
            // Only while it is held: what is over is forgotten, and then it is a new thing.
            Event::Repeat => match self.last.clone().filter(|held| self.is_held(held)) {
                Some(held) => self.stage.put(held).1,
                None => Vec::new(),
            },
            Event::Withdraw { nth } => self.withdraw(nth),
            Event::Polled { lease } => {
                self.shown(1, lease);
                self.stage.polled(lease)
            }
            Event::Seen { client, lease } => {
                self.shown(client, lease);
                self.stage.seen(client, lease)
            }
            Event::Closed { client } => {
                self.clients.remove(&client);
                self.stage.closed(client)
            }
            Event::Acked { nth } => {
                let seq = self.fates.values().nth(nth).map_or(0, |fate| fate.seq);
                self.stage.acked(seq)
            }
            Event::Wait { seconds } => self.stage.wait(seconds),
            Event::Restart => {
                let restored = self.stage.restored();
                assert_eq!(restored.mailboxes, self.stage.core.mailboxes);
                assert_eq!((&restored.due, restored.waiting), (&self.stage.core.due, self.stage.core.waiting));
                self.stage.core = restored;
                Vec::new()
            }
        };
        self.note(told);
        let waiting = self.stage.waiting();
        assert!(waiting.is_sorted(), "{waiting:?}");
        assert_eq!(self.stage.core.size().0, waiting.len());
    }

    /// Somebody is there for a while, and may see what waits.
    fn shown(&mut self, client: u128, lease: u64) {
        let until = self.stage.now.plus(secs(lease.min(60)));
        let known = self.clients.entry(client).or_default();
        *known = until.max(*known);
        let waiting = self.stage.waiting();
        let shown = self.fates.values_mut().filter(|fate| waiting.contains(&fate.seq));
        shown.for_each(|fate| fate.may_be_seen = true);
    }

    fn is_held(&self, held: &Held) -> bool {
        let fate = held.message.and_then(|message| self.fates.get(&message));
        fate.is_some_and(|fate| self.stage.waiting().contains(&fate.seq))
    }

    fn withdraw(&mut self, nth: usize) -> Vec<Told> {
        let Some((message, fate)) = self.fates.iter_mut().nth(nth) else { return Vec::new() };
        let was_waiting = self.stage.waiting().contains(&fate.seq);
        fate.withdrawn |= was_waiting;
        let told = self.stage.withdraw(message.bits());
        let revoked = was_waiting && !fate.may_be_seen;
        let answer = Told::Receipt(*message, Report::RevokeAnswered { revoked });
        assert!(told.contains(&answer), "{answer:?} was to be told, not {told:?}");
        told.into_iter().filter(|one| *one != answer).collect()
    }

    fn note(&mut self, told: Vec<Told>) {
        for one in told {
            let Told::Receipt(message, report) = one else { continue };
            let fate = self.fates.get_mut(&message).expect("nothing is told of what was never put in");
            fate.ends.push(report);
        }
    }

    fn check(&self) {
        for (message, fate) in &self.fates {
            let ends: Vec<&Report> = fate.ends.iter().collect();
            let is_right = match ends.as_slice() {
                [] => fate.withdrawn,
                [Report::Delivered] => true,
                [Report::NotReachable { .. }] | [Report::TtlRevoked] => !fate.may_be_seen && !fate.withdrawn,
                [Report::TtlRevokeFailed] | [Report::TtlRevokeFailed, Report::Delivered] => {
                    fate.may_be_seen && !fate.withdrawn
                }
                _ => false,
            };
            assert!(is_right, "{message:?}: {fate:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn each_message_ends_in_exactly_one_way(events in proptest::collection::vec(event(), 1..60)) {
        let stage = Stage::new();
        let mut witness =
            Witness { stage, fates: BTreeMap::new(), clients: BTreeMap::new(), last: None, count: 0 };
        events.into_iter().for_each(|event| witness.happen(event));
        while let Some(at) = witness.stage.core.next_wakeup() {
            let seconds = at.since(witness.stage.now).as_secs() + 1;
            let told = witness.stage.wait(seconds);
            witness.note(told);
        }
        witness.check();
        prop_assert_eq!(witness.stage.core.size(), (0, 0), "everything has an end");
        prop_assert_eq!(witness.stage.restored().size(), (0, 0), "on the state topic too");
    }
}
