//! Plays a history on the real core, as the worker would, and keeps what it wrote.

use std::collections::BTreeMap;

use usher_domain::desk::{DeskAct, OfferAnswer};
use usher_domain::policy::{DeskPolicy, LanePolicy};
use usher_domain::state::desk::{AgentState, Item, Seat, SessionState, StateKey, StateValue};
use usher_domain::supervision::{Supervision, Warrant};
use usher_domain::{
    Account, AccountId, AgentId, Body, DeskId, DeskInput, Dialect, GroupId, InputId, PlacementId, SessionId, TenantId,
    Timestamp,
};
use usher_routing_core::desk::{DeskCore, Input};

use super::random::{Event, History, START};

/// More ticks at one instant than that are a loop.
const TICKS_MAX: usize = 1_000;

/// What a core has written, as its state topic keeps it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    pub(crate) kept: BTreeMap<StateKey, StateValue>,
}

impl Book {
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (SessionId, &SessionState)> {
        self.kept.iter().filter_map(|(key, value)| match (&key.item, value) {
            (Item::Session(id), StateValue::Session(state)) => Some((*id, state)),
            _ => None,
        })
    }

    pub(crate) fn session(&self, wanted: SessionId) -> Option<&SessionState> {
        self.sessions().find(|(id, _)| *id == wanted).map(|(_, state)| state)
    }

    pub(crate) fn agents(&self) -> impl Iterator<Item = &AgentState> {
        self.kept.values().filter_map(|value| if let StateValue::Agent(state) = value { Some(state) } else { None })
    }

    pub(crate) fn agent(&self, wanted: &AgentId) -> Option<&AgentState> {
        self.agents().find(|agent| agent.record.id == *wanted)
    }

    pub(crate) fn desk(&self) -> DeskPolicy {
        let desk =
            |value: &StateValue| if let StateValue::Desk(policy) = value { Some((**policy).clone()) } else { None };
        self.kept.values().find_map(desk).unwrap_or_default()
    }

    pub(crate) fn group(&self, wanted: &GroupId) -> Option<&LanePolicy> {
        self.kept.iter().find_map(|(key, value)| match (&key.item, value) {
            (Item::Group(id), StateValue::Group(policy)) if id == wanted => Some(&**policy),
            _ => None,
        })
    }

    /// A core that knows only this.
    pub(crate) fn restored(&self) -> DeskCore {
        let mut core = DeskCore::new();
        for (key, value) in self.kept.iter().rev() {
            core.restore(key.clone(), Some(value.clone()));
        }
        core
    }

    fn keep(&mut self, changes: Vec<(StateKey, Option<StateValue>)>) {
        for (key, value) in changes {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
    }
}

/// One step of a core: what was so before it, what it read, what it said, and what is so now.
pub(crate) struct Step<'a> {
    pub(crate) before: &'a Book,
    pub(crate) act: Option<&'a DeskAct>,
    pub(crate) said: &'a [Body],
    pub(crate) after: &'a Book,
    pub(crate) now: Timestamp,
    /// Whether the core has nothing left to do at this instant.
    pub(crate) is_settled: bool,
}

/// A core, what it has written, and the time of its log.
pub(crate) struct Player<'a> {
    pub(crate) core: DeskCore,
    pub(crate) book: Book,
    now: Timestamp,
    inputs: u32,
    revision: u64,
    look: &'a mut dyn FnMut(&Step<'_>),
}

/// Plays it; `look` sees each step.
pub(crate) fn play(history: &History, look: &mut dyn FnMut(&Step<'_>)) -> (DeskCore, Book) {
    let (core, book) = (DeskCore::new(), Book::default());
    let mut player = Player { core, book, now: START, inputs: 0, revision: 0, look };
    for event in &history.events {
        player.happen(event, history.ticks);
    }
    (player.core, player.book)
}

impl Player<'_> {
    fn happen(&mut self, event: &Event, ticks: bool) {
        match event {
            Event::Demand(demand) => self.act(DeskAct::Demand(demand.clone())),
            Event::Presence(said) => self.act(DeskAct::Presence(said.clone())),
            Event::Directory(entries) => {
                self.revision += 1;
                let (revision, count) = (self.revision, entries.len() as u32);
                for entry in entries.iter().cloned() {
                    self.act(DeskAct::Staged { revision, entry });
                }
                self.act(DeskAct::Applied { revision, count });
            }
            Event::Answer(which, accepts) => {
                let offers = self.offers();
                if !offers.is_empty() {
                    let (session, agent, placement) = which.get(&offers).clone();
                    let accepts = *accepts;
                    self.act(DeskAct::Answer(Box::new(OfferAnswer {
                        account: account(),
                        session,
                        agent,
                        placement,
                        accepts,
                    })));
                }
            }
            Event::Supervise(order) => {
                let warrant = Warrant { by: "boss".to_owned(), why: "because".into() };
                self.act(DeskAct::Supervision(Box::new(Supervision { warrant, order: order.clone() })));
            }
            Event::Pass(span) => {
                let end = self.now.plus(*span);
                while ticks && let Some(due) = self.core.next_wakeup().filter(|due| *due <= end) {
                    self.now = self.now.max(due);
                    self.settle();
                }
                self.now = end;
            }
            Event::Restart => self.core = self.book.restored(),
        }
    }

    /// Everybody who is asked, and what their answer must name.
    fn offers(&self) -> Vec<(SessionId, AgentId, PlacementId)> {
        let of = |(session, state): (SessionId, &SessionState)| {
            let Seat::Offered(offer) = &state.seat else { return Vec::new() };
            let placement = PlacementId { epoch: state.epoch, turn: state.turn };
            offer.agents.iter().map(|agent| (session, agent.clone(), placement)).collect()
        };
        self.book.sessions().flat_map(of).collect()
    }

    fn act(&mut self, act: DeskAct) {
        self.inputs += 1;
        let Account { tenant, desk, .. } = account();
        let id = InputId::from_bits(self.inputs.into());
        self.step(Input::Act(DeskInput { tenant, desk, id, act: act.clone() }), Some(&act));
        self.settle();
    }

    /// Ticks until nothing is left to do at this instant.
    fn settle(&mut self) {
        for _ in 0..TICKS_MAX {
            if self.core.next_wakeup().is_none_or(|due| due > self.now) {
                return;
            }
            self.step(Input::Tick, None);
        }
        panic!("the desk never comes to rest");
    }

    fn step(&mut self, input: Input, act: Option<&DeskAct>) {
        let before = self.book.clone();
        let effects = self.core.step(input, self.now);
        self.book.keep(effects.changes);
        let is_settled = self.core.next_wakeup().is_none_or(|due| due > self.now);
        let step = Step { before: &before, act, said: &effects.bodies, after: &self.book, now: self.now, is_settled };
        (self.look)(&step);
    }
}

fn account() -> Account {
    Account::new(TenantId::new("tenant"), AccountId::new("account"), Dialect::Native, DeskId::new("desk"))
}
