//! Both real cores, joined by their two topics as the workers join them, in virtual time: records are read one after
//! another, in order, and a tick comes when one is due. Nothing waits, so an hour takes no time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use usher_domain::delivery::Order;
use usher_domain::event::Fact;
use usher_domain::state::{conversation, desk};
use usher_domain::{
    Account, AgentId, Body, ConversationId, ConversationInput, DeskInput, Effects, InputId, PlacementId, SessionId,
    Timestamp,
};
use usher_routing_core::conversation::{self as conversations, ConversationCore};
use usher_routing_core::desk::{self as desks, DeskCore};

use super::tell::line;
use super::words::Names;

/// When each scenario begins, by the log: no instant of it is taken for a length of time.
pub(crate) const START_MS: i64 = 1_800_000_000_000;
/// More ticks in one span of time than that are a loop.
const TICKS_MAX: usize = 100_000;

/// One record of one of the two topics.
#[derive(Clone)]
pub(crate) enum Record {
    /// Of topic `conversations`.
    Conversation(ConversationInput),
    /// Of topic `desks`.
    Desk(DeskInput),
}

/// The cores, what is under way between them, what they wrote, and what somebody outside knows.
pub(crate) struct Stage {
    conversations: ConversationCore,
    desk: DeskCore,
    kept_by_conversations: BTreeMap<conversation::StateKey, conversation::StateValue>,
    kept_by_desk: BTreeMap<desk::StateKey, desk::StateValue>,
    /// Before each record both cores forget all but what they wrote.
    restarts: bool,
    under_way: VecDeque<Record>,
    now: Timestamp,
    inputs: u32,
    /// All that followed from the line that is being carried out.
    told: Vec<String>,
    /// Sessions of each conversation, in the order of opening.
    opened: BTreeMap<ConversationId, Vec<SessionId>>,
    /// What an agent's workspace was told last of a conversation.
    known: BTreeMap<(AgentId, ConversationId), (SessionId, PlacementId)>,
    /// The accounts of those visitors who have one of their own.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Of the directory that was published last.
    pub(crate) revision: u64,
    /// The last record from outside.
    pub(crate) last: Option<Record>,
}

impl Stage {
    /// Cores that know nothing.
    pub(crate) fn new(restarts: bool) -> Self {
        Self {
            conversations: ConversationCore::new(),
            desk: DeskCore::new(),
            kept_by_conversations: BTreeMap::new(),
            kept_by_desk: BTreeMap::new(),
            restarts,
            under_way: VecDeque::new(),
            now: Timestamp::from_millis(START_MS),
            inputs: 0,
            told: Vec::new(),
            opened: BTreeMap::new(),
            known: BTreeMap::new(),
            accounts: BTreeMap::new(),
            revision: 0,
            last: None,
        }
    }

    /// The next input's id.
    pub(crate) fn next_id(&mut self) -> InputId {
        self.inputs += 1;
        InputId::from_bits(self.inputs.into())
    }

    /// Something from outside comes to a topic; it is read when all that was said at once has come.
    pub(crate) fn send(&mut self, record: Record) {
        self.last = Some(record.clone());
        self.under_way.push_back(record);
    }

    /// Everything under way is read, and what follows, until the cores are silent.
    pub(crate) fn settle(&mut self) {
        while let Some(record) = self.under_way.pop_front() {
            self.restart();
            match record {
                Record::Conversation(input) => self.step_conversations(conversations::Input::Act(input)),
                Record::Desk(input) => self.step_desk(desks::Input::Act(input)),
            }
        }
    }

    /// Time goes on; what becomes due meanwhile is read at its instant.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now.plus(span);
        for _ in 0..TICKS_MAX {
            let (first, second) = (self.conversations.next_wakeup(), self.desk.next_wakeup());
            let due = first.into_iter().chain(second).min().filter(|due| *due <= end);
            let Some(due) = due else {
                self.now = end;
                return;
            };
            self.now = self.now.max(due);
            let before = self.told.len();
            self.restart();
            if first == Some(due) {
                self.step_conversations(conversations::Input::Tick);
            } else {
                self.step_desk(desks::Input::Tick);
            }
            self.settle();
            let clock = self.clock();
            self.told[before..].iter_mut().for_each(|line| *line = format!("at {clock}: {line}"));
        }
        panic!("the cores never come to rest before {}", self.instant(end.millis()));
    }

    /// What followed since last asked.
    pub(crate) fn take_told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// What an agent's workspace knows of a conversation: its session, and what a command must name.
    pub(crate) fn known(&self, agent: &AgentId, conversation: ConversationId) -> Option<(SessionId, PlacementId)> {
        self.known.get(&(agent.clone(), conversation)).copied()
    }

    /// The conversation's last session.
    pub(crate) fn last_session(&self, conversation: ConversationId) -> Option<SessionId> {
        self.opened.get(&conversation)?.last().copied()
    }

    fn step_conversations(&mut self, input: conversations::Input) {
        let effects = self.conversations.step(input, self.now);
        let bodies = keep(&mut self.kept_by_conversations, effects);
        self.take(bodies);
    }

    fn step_desk(&mut self, input: desks::Input) {
        let effects = self.desk.step(input, self.now);
        let bodies = keep(&mut self.kept_by_desk, effects);
        self.take(bodies);
    }

    fn take(&mut self, bodies: Vec<Body>) {
        for body in bodies {
            self.look_at(&body);
            let told = line(&body, self);
            self.told.push(told);
            match body {
                Body::Conversation(input) => self.under_way.push_back(Record::Conversation(input)),
                Body::Desk(input) => self.under_way.push_back(Record::Desk(input)),
                _ => {}
            }
        }
    }

    fn look_at(&mut self, body: &Body) {
        match body {
            Body::Event(event) => {
                if let Fact::SessionOpened { session, .. } = &event.fact {
                    self.opened.entry(session.conversation).or_default().push(*session);
                }
            }
            Body::Delivery(delivery) => {
                let Some(session) = delivery.session else { return };
                let (agent, placement) = match &delivery.order {
                    Order::Assigned { agent, placement, .. } => (agent.id.clone(), *placement),
                    Order::Offered(offer) => (offer.agent.clone(), offer.placement),
                    _ => return,
                };
                self.known.insert((agent, session.conversation), (session, placement));
            }
            _ => {}
        }
    }

    /// How long ago the scenario began.
    fn clock(&self) -> String {
        self.instant(self.now.millis())
    }

    /// As after a restart, where that is wanted.
    fn restart(&mut self) {
        if !self.restarts {
            return;
        }
        self.conversations = ConversationCore::new();
        for (key, value) in self.kept_by_conversations.iter().rev() {
            self.conversations.restore(*key, Some(value.clone()));
        }
        self.desk = DeskCore::new();
        for (key, value) in self.kept_by_desk.iter().rev() {
            self.desk.restore(key.clone(), Some(value.clone()));
        }
    }
}

impl Names for Stage {
    fn session(&self, id: &str) -> String {
        let Ok(session) = id.parse::<SessionId>() else { return id.to_owned() };
        let conversation = self.conversation(&session.conversation.to_string());
        let opened = self.opened.get(&session.conversation);
        match opened.and_then(|all| all.iter().position(|other| *other == session)) {
            Some(0) => conversation,
            Some(before) => format!("{conversation}{}", before + 1),
            None => format!("{conversation}?"),
        }
    }

    fn conversation(&self, id: &str) -> String {
        let Ok(conversation) = id.parse::<ConversationId>() else { return id.to_owned() };
        super::acts::visitor_of(conversation)
    }

    fn instant(&self, ms: i64) -> String {
        let ms = ms - START_MS;
        if ms % 1_000 == 0 { format!("{}s", ms / 1_000) } else { format!("{ms}ms") }
    }
}

fn keep<K: Ord, V>(kept: &mut BTreeMap<K, V>, effects: Effects<K, V>) -> Vec<Body> {
    for (key, value) in effects.changes {
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
    effects.bodies
}
