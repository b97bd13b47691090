//! Two kinds of cores and what is under way between them: a conversation core for each conversation, one desk core, and
//! the records that one has written and the other has not read. Keeps, as the state topics would, all that they wrote,
//! and holds them to their promises at every step (`promises`).
//!
//! Whatever a step does not touch is shared with the world it was cloned from, so that an explorer can clone often.

use std::collections::BTreeMap;
use std::rc::Rc;

use usher_domain::delivery::Order;
use usher_domain::desk::Presence;
use usher_domain::event::{Fact, Refusal};
use usher_domain::policy::{LossPolicy, OfferPolicy};
use usher_domain::state::conversation::Session;
use usher_domain::state::desk::{AgentState, Item, SessionState};
use usher_domain::state::{conversation, desk};
use usher_domain::{
    Account, AgentId, Body, ConversationId, ConversationInput, DeskInput, PlacementId, SessionId, Timestamp,
};
use usher_routing_core::conversation::ConversationCore;
use usher_routing_core::desk::DeskCore;
use usher_routing_core::{conversation as conversations, desk as desks};

use super::acts::{account, conversation_of};
use super::link::Link;
pub(crate) use super::promises::{Line, wanted};
use super::promises::{Onlooker, acts_once};

/// What a workspace was told last of a conversation: whose session, and what its commands must name.
pub(crate) type Told = (SessionId, AgentId, PlacementId);

/// All that one conversation's core has written, as a compacted topic keeps it.
type Pieces = BTreeMap<conversation::StateKey, conversation::StateValue>;

/// The cores, the topics between them, and what an onlooker knows.
#[derive(Clone)]
pub(crate) struct World {
    conversations: BTreeMap<u32, Rc<ConversationCore>>,
    desk: Rc<DeskCore>,
    /// Written for the conversation cores and not yet read by them.
    pub(crate) to_conversations: Vec<Rc<ConversationInput>>,
    /// Written for the desk core and not yet read by it.
    pub(crate) to_desk: Vec<Rc<DeskInput>>,
    kept: BTreeMap<u32, Rc<Pieces>>,
    pub(super) kept_by_desk: Rc<BTreeMap<Item, desk::StateValue>>,
    /// Sessions in the order of opening, for each conversation.
    pub(super) opened: BTreeMap<u32, Vec<SessionId>>,
    pub(super) told: BTreeMap<u32, Told>,
    /// What each agent was last asked of a conversation: which session, and what their answer must name. They may answer
    /// late.
    pub(super) asked: BTreeMap<(u32, AgentId), (SessionId, PlacementId)>,
    pub(super) onlooker: Rc<Onlooker>,
    /// The reasons of all refusals so far.
    pub(crate) refusals: Vec<Refusal>,
    /// How records get from one core to the other.
    pub(crate) link: Link,
    /// All that the cores answered, when somebody listens.
    pub(crate) heard: Option<String>,
    pub(super) revision: u64,
    pub(super) inputs: u32,
    /// How agents are asked first, if they are.
    pub(super) offers: Option<OfferPolicy>,
    /// What becomes of the sessions of `a`, whose presence then is a lease; all others are there until they say otherwise.
    pub(super) leases: Option<LossPolicy>,
    /// How many may wait in a queue.
    pub(super) length_max: Option<u32>,
    /// Milliseconds of the log.
    pub(crate) now: i64,
    /// How far the desk's log is ahead of it.
    pub(crate) lead: i64,
}

pub(super) fn number(conversation: ConversationId) -> u32 {
    u32::try_from(conversation.bits()).expect("a small number")
}

impl World {
    /// A desk with these agents, all online.
    pub(crate) fn new(groups: &[&str], agents: &[Line<'_>]) -> Self {
        Self::asking(None, groups, agents)
    }

    /// A desk that asks its agents first.
    pub(crate) fn asking(offers: Option<OfferPolicy>, groups: &[&str], agents: &[Line<'_>]) -> Self {
        Self::under(offers, None, groups, agents)
    }

    /// A desk with these rules.
    pub(crate) fn under(
        offers: Option<OfferPolicy>,
        leases: Option<LossPolicy>,
        groups: &[&str],
        agents: &[Line<'_>],
    ) -> Self {
        let mut world = Self {
            conversations: BTreeMap::new(),
            desk: Rc::default(),
            to_conversations: Vec::new(),
            to_desk: Vec::new(),
            kept: BTreeMap::new(),
            kept_by_desk: Rc::default(),
            opened: BTreeMap::new(),
            told: BTreeMap::new(),
            asked: BTreeMap::new(),
            onlooker: Rc::default(),
            refusals: Vec::new(),
            link: Link::Whole,
            heard: None,
            revision: 0,
            inputs: 0,
            offers,
            leases,
            length_max: None,
            now: 0,
            lead: 0,
        };
        world.directory(groups, agents);
        for (name, ..) in agents {
            world.presence(name, Presence::Online);
        }
        world
    }

    /// The desk core reads the record at `index`; with `again` it stays, to be read once more.
    pub(crate) fn desk_reads(&mut self, index: usize, again: bool) {
        let input = if again { self.to_desk[index].clone() } else { self.to_desk.remove(index) };
        self.step_desk(&input);
    }

    /// A conversation core reads the record at `index`; with `again` it stays, to be read once more.
    pub(crate) fn conversations_read(&mut self, index: usize, again: bool) {
        let input = if again { self.to_conversations[index].clone() } else { self.to_conversations.remove(index) };
        self.step_conversation(&input);
    }

    /// Both read everything, in order, until nothing is under way.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            if !self.to_desk.is_empty() {
                self.desk_reads(0, false);
            } else if !self.to_conversations.is_empty() {
                self.conversations_read(0, false);
            } else {
                return;
            }
        }
        panic!("the cores never fall silent: {}", self.view());
    }

    pub(super) fn step_conversation(&mut self, input: &ConversationInput) {
        let who = number(input.conversation);
        let came_before = self.has_read(input);
        let now = Timestamp::from_millis(self.now);
        let core = Rc::make_mut(self.conversations.entry(who).or_default());
        let mut effects = core.step(conversations::Input::Act(input.clone()), now);
        assert!(core.next_wakeup().is_none_or(|at| at > now), "something is due, but here time does nothing");
        self.hear(&effects);
        acts_once(input, came_before, &effects.bodies);
        let kept = Rc::make_mut(self.kept.entry(who).or_default());
        keep(kept, effects.changes);
        // A session that wants nobody answers like one that is over.
        if self.session(who).is_none_or(|session| wanted(session).is_none()) {
            self.link.loses_answers(input, &mut effects.bodies);
        }
        self.take(effects.bodies);
    }

    pub(super) fn step_desk(&mut self, input: &DeskInput) {
        let current =
            |session: SessionId| self.seat(session).map(|seat| PlacementId { epoch: seat.epoch, turn: seat.turn });
        let act = self.link.to_desk(&input.act, current);
        let now = self.desk_now();
        Rc::make_mut(&mut self.onlooker).read(&input.act, now);
        let Some(act) = act else { return };
        let input = DeskInput { act, ..input.clone() };
        self.desk_steps(desks::Input::Act(input));
    }

    /// Time goes on to the next instant for which the desk waits.
    pub(crate) fn time_passes(&mut self) {
        let Some(due) = self.desk.next_wakeup() else { return };
        self.lead = self.lead.max(due.millis() - self.now);
        Rc::make_mut(&mut self.onlooker).offers.read(None);
        self.desk_steps(desks::Input::Tick);
    }

    /// The instant of the desk's log.
    pub(super) fn desk_now(&self) -> Timestamp {
        Timestamp::from_millis(self.now + self.lead)
    }

    /// Whether an agent is offline, as the desk has it.
    pub(crate) fn is_offline(&self, name: &str) -> bool {
        agents(&self.kept_by_desk).any(|agent| agent.record.id.as_str() == name && agent.presence == Presence::Offline)
    }

    /// Whether the desk waits for an instant.
    pub(crate) fn has_timers(&self) -> bool {
        self.desk.next_wakeup().is_some()
    }

    fn desk_steps(&mut self, input: desks::Input) {
        let before = self.kept_by_desk.clone();
        let now = self.desk_now();
        let core = Rc::make_mut(&mut self.desk);
        let mut effects = core.step(input, now);
        assert!(core.next_wakeup().is_none_or(|at| at > now), "a small desk is settled in one step");
        self.hear(&effects);
        keep(Rc::make_mut(&mut self.kept_by_desk), effects.changes.into_iter().map(|(key, value)| (key.item, value)));
        self.desk_kept_its_promises(&before, &effects.bodies);
        effects.bodies.retain(|body| !self.link.loses_announcement(body, |session| self.is_running(session)));
        effects.bodies.retain(|body| !self.link.loses_placement(body));
        self.take(effects.bodies);
    }

    fn hear(&mut self, effects: &impl std::fmt::Debug) {
        if let Some(heard) = &mut self.heard {
            *heard = format!("{heard}{effects:?}\n");
        }
    }

    /// Puts what a core wrote on its topic, and looks at what it tells.
    fn take(&mut self, bodies: Vec<Body>) {
        for body in bodies {
            match body {
                Body::Conversation(input) => self.to_conversations.push(Rc::new(input)),
                Body::Desk(input) => self.to_desk.push(Rc::new(input)),
                Body::Event(event) => self.look_at(event.fact),
                Body::Delivery(delivery) => {
                    self.onlooker.may_speak(&delivery);
                    if self.link.loses_order(&delivery.order) {
                        continue;
                    }
                    Rc::make_mut(&mut self.onlooker).offers.told(&delivery);
                    if let (Some(session), Order::Offered(offer)) = (delivery.session, &delivery.order) {
                        let whom = (number(session.conversation), offer.agent.clone());
                        self.asked.insert(whom, (session, offer.placement));
                    }
                    if let (Some(session), Order::Assigned { agent, placement, .. }) =
                        (delivery.session, delivery.order)
                    {
                        self.told.insert(number(session.conversation), (session, agent.id, placement));
                    }
                }
                _ => {}
            }
        }
    }

    fn look_at(&mut self, fact: Fact) {
        match fact {
            Fact::SessionOpened { session, .. } => {
                self.opened.entry(number(session.conversation)).or_default().push(session);
            }
            Fact::SessionAssigned { session, agent, .. } => {
                Rc::make_mut(&mut self.onlooker).begins(session, agent);
            }
            Fact::SessionLeft { session, agent } => Rc::make_mut(&mut self.onlooker).leaves(session, &agent),
            Fact::CommandRefused { reason, .. } => self.refusals.push(reason),
            _ => {}
        }
    }

    /// The same world with cores that know only what was written: as after a restart.
    pub(crate) fn restarted(&self) -> Self {
        let mut desk = DeskCore::new();
        let Account { tenant, desk: name, .. } = account();
        for (item, value) in self.kept_by_desk.iter().rev() {
            let key = desk::StateKey { tenant: tenant.clone(), desk: name.clone(), item: item.clone() };
            desk.restore(key, Some(value.clone()));
        }
        assert_eq!(desk, *self.desk, "a restored desk is another");
        let mut conversations = BTreeMap::new();
        for (who, pieces) in &self.kept {
            let mut core = ConversationCore::new();
            for (key, value) in pieces.iter().rev().filter(|(key, _)| !self.link.forgets(key.kind)) {
                core.restore(*key, Some(value.clone()));
            }
            conversations.insert(*who, Rc::new(core));
        }
        Self { conversations, desk: Rc::new(desk), ..self.clone() }
    }

    /// From now on each record is read once and in order, or not.
    pub(crate) fn watch_order(&mut self, in_order: bool) {
        Rc::make_mut(&mut self.onlooker).in_order = in_order;
    }

    /// Whether nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.to_desk.is_empty() && self.to_conversations.is_empty()
    }

    /// The conversation's session, as its core has written it.
    pub(super) fn session(&self, who: u32) -> Option<&Session> {
        let key = conversation::StateKey { conversation: conversation_of(who), kind: conversation::StateKind::Session };
        match self.kept.get(&who)?.get(&key)? {
            conversation::StateValue::Session(session) => Some(session),
            _ => None,
        }
    }

    /// All running sessions.
    pub(super) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.kept.keys().filter_map(|who| self.session(*who))
    }

    /// A session as the desk has written it.
    fn seat(&self, session: SessionId) -> Option<&SessionState> {
        match self.kept_by_desk.get(&Item::Session(session))? {
            desk::StateValue::Session(state) => Some(state),
            _ => None,
        }
    }

    fn is_running(&self, session: SessionId) -> bool {
        self.session(number(session.conversation)).is_some_and(|running| running.id == session)
    }

    /// Whether the conversation core would know this command as one that came before.
    pub(super) fn has_read(&self, input: &ConversationInput) -> bool {
        let key = conversation::StateKey { conversation: input.conversation, kind: conversation::StateKind::Seen };
        match self.kept.get(&number(input.conversation)).and_then(|kept| kept.get(&key)) {
            Some(conversation::StateValue::Seen(seen)) => seen.inputs.iter().any(|seen| seen.id == input.id.short()),
            _ => false,
        }
    }

    /// Who has the conversation's session, as the conversation core knows it.
    pub(crate) fn agent_of(&self, who: u32) -> Option<&str> {
        wanted(self.session(who)?)?.1.map(AgentId::as_str)
    }

    /// How many sessions the desk knows.
    pub(crate) fn known_at_desk(&self) -> usize {
        seats(&self.kept_by_desk).count()
    }

    /// Whether the conversation has a session.
    pub(crate) fn is_open(&self, who: u32) -> bool {
        self.session(who).is_some()
    }

    /// Whether this agent was ever asked for a session of this conversation.
    pub(crate) fn was_asked(&self, who: u32, name: &str) -> bool {
        self.asked.contains_key(&(who, AgentId::new(name)))
    }

    /// Whether a workspace was told of a session of this conversation.
    pub(crate) fn was_told(&self, who: u32) -> bool {
        self.told.contains_key(&who)
    }
}

fn keep<K: Ord, V>(kept: &mut BTreeMap<K, V>, changes: impl IntoIterator<Item = (K, Option<V>)>) {
    for (key, value) in changes {
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
}

/// The sessions among what the desk has written.
pub(super) fn seats(kept: &BTreeMap<Item, desk::StateValue>) -> impl Iterator<Item = (SessionId, &SessionState)> {
    kept.iter().filter_map(|(item, value)| match (item, value) {
        (Item::Session(id), desk::StateValue::Session(state)) => Some((*id, state)),
        _ => None,
    })
}

/// The agents among what the desk has written.
pub(super) fn agents(kept: &BTreeMap<Item, desk::StateValue>) -> impl Iterator<Item = &AgentState> {
    kept.values().filter_map(|value| match value {
        desk::StateValue::Agent(state) => Some(state),
        _ => None,
    })
}
